/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting, stopping and signalling containers: the command's side. A container without a monitor
 * does not run, so for it every one of these is already done or cannot be done.
 */
#include "engine/container.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/container_connect.h"
#include "engine/container_json.h"
#include "engine/container_store.h"
#include "engine/control.h"
#include "engine/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

enum task_kind { TASK_NONE, TASK_START, TASK_REPLY };

static void task_init(struct container_task *task, const char *id, int kind, int fd)
{
	*task = (struct container_task){.fd = fd, .kind = kind};
	snprintf(task->id, sizeof(task->id), "%.64s", id);
}

int container_start_begin(struct engine *engine, const char *id, struct container_task *task,
			  struct error *err)
{
	int fd = launch_start(engine, id, false, err);

	if (fd < 0)
		return -1;
	task_init(task, id, TASK_START, fd);
	return 0;
}

static bool has_gone(const struct error *err)
{
	return err->code == EPIPE || err->code == ECONNRESET;
}

/* The monitor has gone without a word. False: so has its container; else it was killed,
 * a new one takes over and @err says so. */
static bool still_runs(struct engine *engine, const char *id, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container container;

	container_heal(engine, id);
	if (container_load(engine, id, &container, &arena, NULL) < 0 ||
	    !container_is_live(&container))
		return false;
	error_set(err, ERROR_BUSY, "the monitor of container %s was killed meanwhile: try again",
		  container.name);
	return true;
}

/* Sends one request; the reply comes to the task. */
static int request(struct engine *engine, const char *id, const struct control_message *header,
		   const char *data, struct container_task *task, struct error *err)
{
	auto_close int fd = container_connect(engine, id, err);

	task_init(task, id, TASK_NONE, -1);
	if (fd < 0)
		return -1;
	if (control_send(fd, header, data, strlen(data), err) < 0) {
		if (!has_gone(err) || still_runs(engine, id, err))
			return -1;
		return container_not_running(id, err);
	}
	task_init(task, id, TASK_REPLY, take_fd(&fd));
	return 0;
}

int64_t container_grace_ms(const struct container *container)
{
	return container->config.stop_timeout_ns < 0
		       ? 10000
		       : container->config.stop_timeout_ns / MILLISECOND;
}

struct stop_request {
	enum control_op op;
	const char *signal; /* NULL: the container's own */
	int64_t timeout_ms; /* -1: its own */
	bool leaves_network;
};

static int begin_stop(struct engine *engine, const char *id, const struct stop_request *stop,
		      struct container_task *task, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct control_message header = {.op = stop->op};
	struct container container;
	const char *signal_name = stop->signal;
	struct error reason = {0};

	task_init(task, id, TASK_NONE, -1);
	if (container_json_load(engine, id, &container, &arena, &reason) < 0) {
		if (reason.code == ENOENT)
			return error_pass(err, &reason);
		/* Damaged: it ends all the same, as one that says nothing about that. */
		container = (struct container){.config.stop_timeout_ns = -1};
	}
	if (!signal_name)
		signal_name = container.stop_signal ? container.stop_signal : "SIGTERM";
	header.value = spec_signal(signal_name);
	header.number = stop->timeout_ms < 0 ? container_grace_ms(&container) : stop->timeout_ms;
	if (header.value < 0)
		return error_set(err, ERROR_INVALID, "invalid signal: %s", signal_name);
	return request(engine, id, &header, stop->leaves_network ? "batch" : "", task, err);
}

/* What does not run, or has gone, is stopped. */
static int begin_or_skip(struct engine *engine, const char *id, const struct stop_request *stop,
			 struct container_task *task, struct error *err)
{
	struct error reason = {0};

	if (begin_stop(engine, id, stop, task, &reason) == 0 || reason.code == ESRCH ||
	    reason.code == ENOENT)
		return 0;
	return error_pass(err, &reason);
}

bool container_is_between(struct engine *engine, const struct container *container)
{
	return !container_is_live(container) && container_has_monitor(engine, container->id);
}

int container_stop_begin(struct engine *engine, const char *id, const char *signal,
			 int64_t timeout_ms, struct container_task *task, struct error *err)
{
	struct stop_request stop = {CONTROL_STOP, signal, timeout_ms, false};

	return begin_or_skip(engine, id, &stop, task, err);
}

int container_stop_for_removal_begin(struct engine *engine, const char *id, int64_t timeout_ms,
				     struct container_task *task, struct error *err)
{
	struct stop_request stop = {CONTROL_STOP, NULL, timeout_ms, true};

	return begin_or_skip(engine, id, &stop, task, err);
}

int container_restart_begin(struct engine *engine, const char *id, const char *signal,
			    int64_t timeout_ms, struct container_task *task, struct error *err)
{
	struct stop_request stop = {CONTROL_RESTART, signal, timeout_ms, false};
	struct error reason = {0};

	if (begin_stop(engine, id, &stop, task, &reason) == 0)
		return 0;
	if (reason.code == ESRCH)
		return container_start_begin(engine, id, task, err);
	return error_pass(err, &reason);
}

static int receive_reply(struct container_task *task, struct error *err)
{
	auto_free struct control_message *message = alloc_bytes(sizeof(*message));
	int length;

	do {
		length = control_receive(task->fd, message, err);
		if (length < 0)
			return -1;
	} while (message->op != CONTROL_DONE);
	return control_judge(message, length, task->id, err);
}

/* The monitor ended without an answer. If it was its container's end, that is what a stop, kill or
 * pause was about or came too late for; else the caller hears of it. */
static int judge_silence(struct engine *engine, struct container_task *task, struct error *err)
{
	return !has_gone(err) || still_runs(engine, task->id, err) ? -1 : 0;
}

void container_task_leave(struct container_task *task)
{
	if (task->fd >= 0)
		close(task->fd);
	task->fd = -1;
	task->kind = TASK_NONE;
}

int container_task_finish(struct engine *engine, struct container_task *task, struct error *err)
{
	struct error reason = {0};
	int result = 0;

	if (task->kind == TASK_START)
		result = launch_wait(task->fd, err) < 0 ? -1 : 0;
	else if (task->kind == TASK_REPLY)
		result =
			receive_reply(task, &reason) < 0 ? judge_silence(engine, task, &reason) : 0;
	if (result < 0 && reason.code)
		error_pass(err, &reason);
	container_task_leave(task);
	return result;
}

int container_stop(struct engine *engine, const char *id, const char *signal, int64_t timeout_ms,
		   struct error *err)
{
	struct container_task task;

	if (container_stop_begin(engine, id, signal, timeout_ms, &task, err) < 0)
		return -1;
	return container_task_finish(engine, &task, err);
}

/* What does not run cannot be signalled or frozen, and that is the caller's mistake. */
static int request_of_running(struct engine *engine, const char *id,
			      const struct control_message *header, struct container_task *task,
			      struct error *err)
{
	struct error reason = {0};

	if (request(engine, id, header, "", task, &reason) == 0)
		return 0;
	if (reason.code == ESRCH)
		reason.code = ERROR_CONFLICT;
	return error_pass(err, &reason);
}

/* What it means to this request that the container does not run. */
static int restate(struct error *err, enum fact fact, const char *id)
{
	return err && err->fact == FACT_NOT_RUNNING ? error_state(err, fact, id, NULL) : -1;
}

int container_kill_begin(struct engine *engine, const char *id, const char *signal,
			 struct container_task *task, struct error *err)
{
	struct control_message header = {
		.op = CONTROL_KILL,
		.value = signal ? spec_signal(signal) : SIGKILL,
	};

	if (header.value < 0)
		return error_set(err, ERROR_INVALID, "invalid signal: %s", signal);
	if (request_of_running(engine, id, &header, task, err) == 0)
		return 0;
	return restate(err, FACT_KILL_STOPPED, id);
}

int container_kill(struct engine *engine, const char *id, const char *signal, struct error *err)
{
	struct container_task task;

	if (container_kill_begin(engine, id, signal, &task, err) < 0)
		return -1;
	return container_task_finish(engine, &task, err);
}

int container_pause(struct engine *engine, const char *id, bool paused, struct error *err)
{
	struct control_message header = {.op = CONTROL_PAUSE, .value = paused};
	struct container_task task;

	if (request_of_running(engine, id, &header, &task, err) < 0)
		return restate(err, paused ? FACT_NOT_RUNNING : FACT_NOT_PAUSED, id);
	return container_task_finish(engine, &task, err);
}

int container_resize(struct engine *engine, const char *id, unsigned short rows,
		     unsigned short columns, struct error *err)
{
	struct control_message header = {.op = CONTROL_RESIZE, .value = rows, .number = columns};
	auto_close int fd = container_connect(engine, id, err);

	if (fd < 0 && err && err->code == ESRCH)
		err->code = ERROR_CONFLICT;
	return fd < 0 ? -1 : control_send(fd, &header, NULL, 0, err);
}

/* ---- watching ---- */

int container_watch_new(struct error *err)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	return fd < 0 ? error_errno(err, "cannot watch for changes") : fd;
}

int container_watch_add(struct engine *engine, int watch_fd, const char *id, struct error *err)
{
	char path[100];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%.64s", engine->layout.run_containers_fd,
		 id);
	/* state.json is replaced by rename; the directory goes with the container. */
	if (inotify_add_watch(watch_fd, path, IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR) < 0)
		return error_errno(err, "cannot watch container %.12s", id);
	return 0;
}

void container_watch_drain(int watch_fd)
{
	char buffer[4096];

	while (read(watch_fd, buffer, sizeof(buffer)) > 0)
		;
}

#define GLANCE_MS 1000 /* a monitor that was killed changes no file: look from time to time */

/* Waits on @watch_fd until the deadline; false when it has passed. */
static bool wait_for_change(int watch_fd, int64_t deadline_ns)
{
	struct pollfd poll_fd = {.fd = watch_fd, .events = POLLIN};
	int64_t left = GLANCE_MS;

	if (deadline_ns)
		left = (deadline_ns - units_monotonic_ns()) / MILLISECOND;
	if (left <= 0)
		return false;
	poll(&poll_fd, 1, left > GLANCE_MS ? GLANCE_MS : (int)left);
	container_watch_drain(watch_fd);
	return true;
}

int container_wait(struct engine *engine, const char *id, int timeout_ms, struct error *err)
{
	auto_close int watch_fd = container_watch_new(err);
	int64_t deadline = timeout_ms < 0 ? 0 : units_monotonic_ns() + timeout_ms * MILLISECOND;

	if (watch_fd < 0)
		return -1;
	if (container_watch_add(engine, watch_fd, id, err) < 0)
		return container_missing(id, err);
	for (;;) {
		auto_arena struct arena arena = {0};
		struct container container = {.id = id, .name = id};

		container_heal(engine, id);
		if (container_refresh(engine, &container, &arena, err) < 0)
			return -1;
		if (!container_is_live(&container))
			return container.state.exit_code;
		if (!wait_for_change(watch_fd, deadline))
			return error_set(err, ERROR_TIMEOUT, "container %.12s is still running",
					 id);
	}
}
