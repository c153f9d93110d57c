/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/process_list.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct process {
	pid_t pid;
	int parent;
	uid_t uid;
	int terminal; /* device number */
	uint64_t ticks, start_ticks;
};

static int read_file(pid_t pid, const char *name, struct strbuf *out)
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

	if (read_file(pid, "cgroup", &text) < 0)
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
	unsigned long long user, system, start;
	const char *at;

	if (read_file(process->pid, "stat", &text) < 0)
		return -1;
	at = strrchr(strbuf_text(&text), ')');
	if (!at || sscanf(at + 1,
			  " %*c %d %*d %*d %d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d "
			  "%*d %*d %llu",
			  &process->parent, &process->terminal, &user, &system, &start) != 5)
		return -1;
	process->ticks = user + system;
	process->start_ticks = start;
	return 0;
}

/* /etc/passwd alone: name services would load libraries into a static program. */
static void add_user(struct strvec *row, uid_t uid)
{
	auto_fclose FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;

	while (file && (entry = fgetpwent(file))) {
		if (entry->pw_uid == uid) {
			strvec_add(row, entry->pw_name);
			return;
		}
	}
	strvec_addf(row, "%u", uid);
}

static void add_command(struct strvec *row, pid_t pid)
{
	auto_strbuf struct strbuf text = {0};

	if (read_file(pid, "cmdline", &text) == 0 && text.length > 0) {
		for (size_t i = 0; i + 1 < text.length; i++)
			if (!text.text[i])
				text.text[i] = ' ';
		strvec_add(row, text.text);
		return;
	}
	strbuf_clear(&text);
	read_file(pid, "comm", &text);
	strvec_addf(row, "[%.*s]", (int)strcspn(strbuf_text(&text), "\n"), strbuf_text(&text));
}

static void add_times(struct strvec *row, const struct process *process)
{
	long per_second = sysconf(_SC_CLK_TCK);
	time_t now = time(NULL);
	int64_t up_s = units_monotonic_ns() / SECOND;
	int64_t age_s = up_s - (int64_t)(process->start_ticks / (uint64_t)per_second);
	int64_t used_s = (int64_t)(process->ticks / (uint64_t)per_second);
	time_t started = now - (age_s > 0 ? age_s : 0);
	struct tm parts;
	char text[32];

	strvec_addf(row, "%lld", (long long)(age_s > 0 ? used_s * 100 / age_s : 0));
	localtime_r(&started, &parts);
	strftime(text, sizeof(text), age_s < 86400 ? "%H:%M" : "%b%d", &parts);
	strvec_add(row, text);
	if (process->terminal == 0)
		strvec_add(row, "?");
	else
		strvec_addf(row, "pts/%d", process->terminal & 0xff);
	strvec_addf(row, "%02lld:%02lld:%02lld", (long long)used_s / 3600,
		    (long long)used_s / 60 % 60, (long long)used_s % 60);
}

const char *const process_list_titles[] = {"UID", "PID",  "PPID", "C", "STIME",
					   "TTY", "TIME", "CMD",  NULL};

static void fill_row(struct strvec *row, const struct process *process)
{
	add_user(row, process->uid);
	strvec_addf(row, "%d", process->pid);
	strvec_addf(row, "%d", process->parent);
	add_times(row, process);
	add_command(row, process->pid);
}

static int read_process(struct process *process, int proc_fd, const char *name)
{
	struct stat status;
	int64_t pid;

	if (units_parse_int(&pid, name, 1, INT32_MAX, NULL) < 0 ||
	    fstatat(proc_fd, name, &status, 0) < 0)
		return -1;
	*process = (struct process){.pid = (pid_t)pid, .uid = status.st_uid};
	return read_stat(process);
}

int process_list(pid_t pid, process_list_take *take, void *data, struct error *err)
{
	auto_closedir DIR *proc = opendir("/proc");
	auto_free char *top = read_cgroup(pid);
	const struct dirent *entry;

	if (!proc)
		return error_errno(err, "cannot list processes");
	/* The root cgroup would mean every process of the host. */
	while (top && strcmp(top, "/") != 0 && (entry = readdir(proc))) {
		struct process process;
		auto_free char *cgroup = NULL;
		auto_strvec struct strvec row = {0};

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    read_process(&process, dirfd(proc), entry->d_name) < 0)
			continue;
		cgroup = read_cgroup(process.pid);
		if (!cgroup || !is_below(cgroup, top))
			continue;
		fill_row(&row, &process);
		take(&row, data);
	}
	return 0;
}
