/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/probe.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "engine/container_cgroup.h"
#include "engine/engine.h"
#include "engine/monitor/monitor.h"
#include "runtime/cgroup.h"
#include "runtime/exec.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define CGROUP_NAME "coracle.probe"

void probe_init(struct probe *probe)
{
	*probe = (struct probe){0, -1, -1, -1, -1};
}

/* Opened once: closing such a tree waits for the kernel's readers. */
static int open_reaper(void)
{
	static int fd = -1;
	static bool was_tried;
	auto_free char *path = was_tried ? NULL : engine_helper_path("init", NULL);

	if (path)
		fd = exec_open_reaper(path, NULL);
	was_tried = true;
	return fd;
}

/* {"CMD", …} as it is; {"CMD-SHELL", text} below the shell. */
void probe_command(char **args, size_t room, char *const *test)
{
	static char shell[] = "/bin/sh", option[] = "-c";
	size_t used = 0;

	if (strcmp(test[0], "CMD-SHELL") == 0) {
		args[used++] = shell;
		args[used++] = option;
	}
	for (test++; *test && used + 1 < room; test++)
		args[used++] = *test;
	args[used] = NULL;
}

static int execute(struct probe *probe, struct monitor *monitor, struct exec_request *request,
		   struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_close int cgroup_fd =
		cgroup_open(container_cgroup_path(&monitor->container, &arena), NULL);
	struct exec_process process;
	struct spec spec;
	char *args[PROBE_ARGS];

	if (spec_load(monitor->dirs.root_fd, "config.json", &spec, &arena, err) < 0)
		return -1;
	probe_command(args, array_length(args), monitor->container.healthcheck.test);
	if (cgroup_fd >= 0)
		probe->cgroup_fd = cgroup_renew_child(cgroup_fd, CGROUP_NAME, NULL);
	request->spec = &spec;
	request->init_pidfd = monitor->pidfd;
	request->init_pid = monitor->container.state.pid;
	request->cgroup_fd = probe->cgroup_fd >= 0 ? probe->cgroup_fd : cgroup_fd;
	request->args = args;
	request->env = spec.env;
	request->seccomp_cache = monitor->engine->seccomp_cache;
	if (exec_start(&process, request, err) < 0)
		return -1;
	probe->pid = process.pid;
	probe->pidfd = process.pidfd;
	return 0;
}

int probe_start(struct probe *probe, struct monitor *monitor, struct error *err)
{
	struct exec_request request = {.reaper_fd = open_reaper()};
	auto_close int output_fd = -1, told_fd = -1;
	int output[2], told[2];

	probe_init(probe);
	if (pipe2(output, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	probe->output_fd = output[0];
	output_fd = output[1];
	if (request.reaper_fd >= 0 && pipe2(told, O_CLOEXEC) == 0) {
		probe->told_fd = told[0];
		told_fd = told[1];
	} else {
		request.reaper_fd = -1;
	}
	request.stdio_fds[0] = -1;
	request.stdio_fds[1] = output_fd;
	request.stdio_fds[2] = told_fd >= 0 ? told_fd : output_fd;
	if (execute(probe, monitor, &request, err) < 0) {
		probe_release(probe);
		return -1;
	}
	fcntl(probe->output_fd, F_SETFL, O_NONBLOCK);
	return 0;
}

/* All that stem from a process, which is the reaper of its orphans. */
static void kill_below(pid_t pid, int depth)
{
	auto_strbuf struct strbuf children = {0};
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	if (depth > 100 || file_read(AT_FDCWD, path, 1 << 20, &children, NULL) < 0)
		return;
	for (char *at = children.text, *end; at; at = end) {
		pid_t child = (pid_t)strtol(at, &end, 10);

		if (end == at)
			break;
		kill_below(child, depth + 1);
		kill(child, SIGKILL);
	}
}

static void kill_others(const struct probe *probe)
{
	auto_free pid_t *pids = NULL;
	size_t count = 0;

	if (probe->cgroup_fd < 0 || cgroup_list_pids(probe->cgroup_fd, &pids, &count, NULL) < 0) {
		kill_below(probe->pid, 0);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (pids[i] > 0 && pids[i] != probe->pid)
			kill(pids[i], SIGKILL);
}

void probe_end(struct probe *probe, bool all)
{
	if (probe->told_fd >= 0 && !all) {
		kill_others(probe);
		return;
	}
	if (probe->told_fd >= 0)
		kill_others(probe);
	kill(-probe->pid, SIGKILL);
	process_signal(probe->pidfd, SIGKILL, NULL);
}

void probe_release(struct probe *probe)
{
	if (probe->cgroup_fd >= 0 && cgroup_is_populated(probe->cgroup_fd))
		cgroup_kill(probe->cgroup_fd, NULL);
	cleanup_close(&probe->pidfd);
	cleanup_close(&probe->output_fd);
	cleanup_close(&probe->told_fd);
	cleanup_close(&probe->cgroup_fd);
	probe_init(probe);
}

void probe_sweep(const struct monitor *monitor)
{
	auto_arena struct arena arena = {0};
	auto_close int fd =
		cgroup_open(arena_format(&arena, "%s/" CGROUP_NAME,
					 container_cgroup_path(&monitor->container, &arena)),
			    NULL);

	if (fd >= 0)
		cgroup_kill(fd, NULL);
}
