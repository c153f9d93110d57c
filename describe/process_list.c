/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/process_list.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "describe/process_private.h"
#include "engine/container.h"
#include "engine/container_event.h"
#include "runtime/residents.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int process_read_file(pid_t pid, const char *name, struct strbuf *out)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return file_read(AT_FDCWD, path, (size_t)1 << 20, out, NULL);
}

/* The cgroup v2 path: the line "0::/path". malloc'ed, NULL when there is none. */
static char *read_cgroup(pid_t pid)
{
	auto_strbuf struct strbuf text = {0};
	const char *at;

	if (process_read_file(pid, "cgroup", &text) < 0)
		return NULL;
	at = strbuf_text(&text);
	if (strncmp(at, "0::", 3) != 0) {
		at = strstr(at, "\n0::");
		if (!at)
			return NULL;
		at++;
	}
	return strndup(at + 3, strcspn(at + 3, "\n"));
}

static bool is_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* Fields behind the last ')': the name before it may contain anything. */
static int read_stat(struct process *process)
{
	auto_strbuf struct strbuf text = {0};
	unsigned long long user, system, start, size;
	long long pages;
	const char *at;

	if (process_read_file(process->pid, "stat", &text) < 0)
		return -1;
	at = strrchr(strbuf_text(&text), ')');
	if (!at ||
	    sscanf(at + 1,
		   " %c %d %d %d %d %d %u %*u %*u %*u %*u %llu %llu %*d %*d %d %d %d %*d %llu "
		   "%llu %lld %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %d",
		   &process->state, &process->parent, &process->group, &process->session,
		   &process->terminal, &process->foreground, &process->flags, &user, &system,
		   &process->priority, &process->nice, &process->threads, &start, &size, &pages,
		   &process->processor) < 15)
		return -1;
	process->ticks = user + system;
	process->start_ticks = start;
	process->virtual_bytes = size;
	process->resident_pages = pages > 0 ? (uint64_t)pages : 0;
	return 0;
}

static int read_ids(struct process *process)
{
	auto_strbuf struct strbuf text = {0};
	const char *uids, *gids;

	if (process_read_file(process->pid, "status", &text) < 0)
		return -1;
	uids = strstr(strbuf_text(&text), "\nUid:");
	gids = strstr(strbuf_text(&text), "\nGid:");
	if (!uids || !gids || sscanf(uids, "\nUid: %u %u", &process->uid, &process->euid) != 2 ||
	    sscanf(gids, "\nGid: %u %u", &process->gid, &process->egid) != 2)
		return -1;
	return 0;
}

static int read_process(struct process *process, const char *name)
{
	int64_t pid;

	if (units_parse_int(&pid, name, 1, INT32_MAX, NULL) < 0)
		return -1;
	*process = (struct process){.pid = (pid_t)pid};
	return read_stat(process) < 0 ? -1 : read_ids(process);
}

/* Which processes are asked for. */
struct scope {
	char *cgroup; /* in it and below; or NULL, and */
	pid_t *pids;
	size_t count;
};

static void scope_release(struct scope *scope)
{
	free(scope->cgroup);
	free(scope->pids);
}

/* A cgroup that this very process is in is no container's own: the root, or a CI job's. */
static void scope_find(struct scope *scope, pid_t pid)
{
	auto_free char *ours = read_cgroup(getpid());

	scope->cgroup = read_cgroup(pid);
	if (scope->cgroup && strcmp(scope->cgroup, "/") != 0 &&
	    (!ours || !is_below(ours, scope->cgroup)))
		return;
	free(scope->cgroup);
	scope->cgroup = NULL;
	residents_list(pid, &scope->pids, &scope->count, NULL);
}

static bool scope_has(const struct scope *scope, pid_t pid)
{
	auto_free char *cgroup = scope->cgroup ? read_cgroup(pid) : NULL;

	if (scope->cgroup)
		return cgroup && is_below(cgroup, scope->cgroup);
	for (size_t i = 0; i < scope->count; i++)
		if (scope->pids[i] == pid)
			return true;
	return false;
}

int process_list(const struct container *container, const struct process_columns *columns,
		 process_list_take *take, void *data, struct error *err)
{
	auto_closedir DIR *proc = opendir("/proc");
	struct scope scope __attribute__((cleanup(scope_release))) = {0};
	const struct dirent *entry;

	if (!proc)
		return error_errno(err, "cannot list processes");
	scope_find(&scope, container->state.pid);
	while ((scope.cgroup || scope.count) && (entry = readdir(proc))) {
		struct process process;
		auto_strvec struct strvec row = {0};

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    read_process(&process, entry->d_name) < 0)
			continue;
		if (!scope_has(&scope, process.pid))
			continue;
		for (size_t i = 0; i < columns->count; i++)
			columns->items[i]->fill(&row, &process);
		take(&row, data);
	}
	container_event(container, "top", NULL, 0);
	return 0;
}
