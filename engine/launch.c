/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/launch.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/process.h"
#include "base/program.h"
#include "base/session.h"
#include "engine/container_json.h"
#include "engine/container_store.h"
#include "engine/keeper.h"
#include "engine/monitor_start.h"
#include "engine/start.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Warnings of the starting child travel to the command, which prints each text once. */
static void send_warning(enum log_level level, const char *text, void *data)
{
	struct error message = {.code = LAUNCH_WARNING};

	if (level != LOG_LEVEL_WARNING)
		return;
	snprintf(message.text, sizeof(message.text), "%s", text);
	error_send(*(int *)data, &message);
}

/* Standard streams of a monitor: nothing, nothing, and its own log. */
static void detach_streams(struct engine *engine, const char *id)
{
	char path[100];
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC), log_fd;

	snprintf(path, sizeof(path), "%.64s/monitor.log", id);
	log_fd = openat(engine->layout.run_containers_fd, path,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(null_fd, STDIN_FILENO);
	dup2(null_fd, STDOUT_FILENO);
	dup2(log_fd >= 0 ? log_fd : null_fd, STDERR_FILENO);
}

static int become_monitor(struct engine *engine, const char *id, const char *name,
			  const struct monitor_start *start, struct error *err)
{
	static char *environment[] = {NULL};
	auto_free char *path = engine_helper_path("monitor", err);
	char text[MONITOR_START_SIZE];
	char *argv[] = {
		(char[]){"coracle-monitor"},
		engine->layout.root,
		engine->layout.run,
		(char *)id,
		(char *)name,
		text,
		NULL,
	};

	if (!path)
		return -1;
	monitor_start_format(text, start);
	monitor_start_keep(start);
	detach_streams(engine, id);
	execve(path, argv, environment); /* the caller's may hold secrets */
	/* Not an errno, which would be about the container's own program. */
	return error_set(err, ERROR_UNSUPPORTED, "cannot execute '%s': %s", path,
			 error_strerror(errno));
}

static int fail(struct start *start, struct error *err)
{
	struct container_state *state = &start->container.state;

	spawn_release(&start->spawned);
	if (start->container.id) {
		start_undo(start->engine, &start->container, false);
		state->status = CONTAINER_CREATED;
		state->exit_code = spawn_exit_code(err);
		state->error = err->text;
		state->pid = 0;
		state->endpoint_count = state->port_count = 0;
		container_state_save(start->engine, start->container.id, state, true, NULL);
	}
	return -1;
}

/* Waits out an adoption that only undoes a start, or a monitor that is about to end. ERROR_BUSY:
 * the container runs already; ERROR_CONFLICT: that, and it is paused. */
static int lock_as_monitor(struct engine *engine, const char *id, struct error *err)
{
	for (int attempt = 0;; attempt++) {
		auto_arena struct arena arena = {0};
		struct container_state state;
		struct error reason = {0};
		int fd = container_monitor_lock(engine, id, &reason);

		if (fd >= 0)
			return fd;
		container_state_load(engine, id, &state, &arena, NULL);
		if (state.status == CONTAINER_PAUSED) {
			error_set(err, ERROR_CONFLICT,
				  "cannot start container %s: it is paused; unpause it instead",
				  state.name ? state.name : id);
			return error_state(err, FACT_START_PAUSED, id, NULL);
		}
		if (reason.code != ERROR_BUSY || attempt == 1000 ||
		    (state.status != CONTAINER_CREATED && state.status != CONTAINER_EXITED))
			return error_pass(err, &reason);
		poll(NULL, 0, 10);
	}
}

static int start_and_become(struct engine *engine, const char *id, struct monitor_start *fds,
			    struct error *err)
{
	int lock_fd = container_lock(engine, id, true, err);
	struct start start;

	if (lock_fd < 0)
		return -1;
	fds->lock_fd = lock_as_monitor(engine, id, err);
	if (fds->lock_fd < 0 && err->code == ERROR_BUSY) { /* it runs already */
		*err = (struct error){0};
		return 0;
	}
	if (fds->lock_fd < 0)
		return -1;
	if (start_prepare(&start, engine, id, -1, err) < 0)
		return fail(&start, err);
	start.container.state.status = CONTAINER_CREATED;
	if (container_state_save(engine, id, &start.container.state, false, err) < 0)
		return fail(&start, err);
	if (keeper_record(start.dirs.run_fd, fds->keeper_fd, err) < 0)
		return fail(&start, err);
	fds->netns_fd = start.netns_fd;
	fds->sync_fd = start.spawned.sync_fd;
	fds->terminal_fd = start.spawned.terminal_fd;
	fds->pidfd = start.spawned.pidfd;
	fds->pid = start.spawned.pid;
	become_monitor(engine, id, start.container.name, fds, err);
	return fail(&start, err);
}

static void run_child(struct engine *engine, const char *id, int ready_fd, bool waits_for_attach)
{
	struct monitor_start fds = MONITOR_START_NOTHING;
	struct error err = {0};

	fds.ready_fd = ready_fd;
	fds.waits_for_attach = waits_for_attach ? 1 : -1;
	session_detach();
	fds.keeper_fd = keeper_fork(engine, id, &err);
	log_set_sink(send_warning, &ready_fd);
	if ((fds.keeper_fd < 0 || start_and_become(engine, id, &fds, &err) < 0) && !err.code)
		err.code = ERROR_INVALID;
	error_send(ready_fd, &err);
	_exit(err.code != 0);
}

int launch_start(struct engine *engine, const char *id, bool waits_for_attach, struct error *err)
{
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	fflush(NULL);
	pid = spawn_fork();
	if (pid == 0) {
		close(pipe_fds[0]);
		run_child(engine, id, pipe_fds[1], waits_for_attach);
	}
	close(pipe_fds[1]);
	if (pid < 0) {
		close(pipe_fds[0]);
		return error_errno(err, "cannot start a process");
	}
	return pipe_fds[0];
}

/* It ended without a word: was it a monitor that could not be executed? */
static int explain_end(struct error *err)
{
	auto_free char *path = engine_helper_path("monitor", err);

	if (!path || program_try(path, err) < 0)
		return -1;
	return error_set(err, ECHILD, "the starting process was killed, or was out of memory");
}

int launch_wait(int fd, struct error *err)
{
	struct error message;

	for (;;) {
		int n = error_receive(fd, &message);

		if (n < 0)
			return error_pass(err, &message);
		if (n == 0)
			return explain_end(err);
		if (message.code == LAUNCH_LISTENING)
			return 1;
		if (message.code == 0)
			return 0;
		if (message.code != LAUNCH_WARNING)
			break;
		log_warning_once("%s", message.text);
	}
	return error_pass(err, &message);
}

int launch_adoption(struct engine *engine, const char *id, const char *name, int lock_fd,
		    struct error *err)
{
	struct monitor_start fds = MONITOR_START_NOTHING;
	auto_close int listening_fd = -1;
	struct container_dirs dirs;
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	listening_fd = pipe_fds[0];
	fds.lock_fd = lock_fd;
	fds.ready_fd = pipe_fds[1];
	fflush(NULL);
	pid = spawn_fork();
	if (pid == 0) {
		session_detach();
		fds.keeper_fd = keeper_fork(engine, id, err);
		if (fds.keeper_fd >= 0 && container_dirs_open(engine, id, &dirs, err) == 0 &&
		    keeper_record(dirs.run_fd, fds.keeper_fd, err) == 0)
			become_monitor(engine, id, name, &fds, err);
		error_send(fds.ready_fd, err);
		_exit(1);
	}
	close(pipe_fds[1]);
	if (pid < 0)
		return error_errno(err, "cannot start a process");
	return launch_wait(listening_fd, err);
}
