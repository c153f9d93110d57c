/* SPDX-License-Identifier: Apache-2.0 */
/* A sandbox's process from its start to its end: a guard starts it and waits for it, here its
 * output is passed on. */
#include "engine/sandbox_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/process.h"
#include "runtime/cgroup.h"
#include "runtime/guard.h"
#include "runtime/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CHUNK 65536

/* One of the ends that are read: the two streams, and what the guard says. */
struct stream {
	struct attendance *attendance;
	int number; /* 1, 2; 0: the guard's */
	int fds[2];
	struct loop_source source;
};

struct attendance {
	struct sandbox *sandbox;
	struct stream streams[3];
	int open; /* of them */
	struct guard guard;
	struct loop_source cancel;
	bool is_canceled;
	char *buffer;
};

static _Noreturn void start_and_wait(struct attendance *attendance)
{
	struct sandbox *sandbox = attendance->sandbox;
	struct spawn_request request = {
		.spec = &sandbox->spec,
		.rootfs_fd = sandbox->rootfs_fd,
		.netns_fd = sandbox->netns_fd,
		.cgroup_fd = sandbox->cgroup_fd,
		.seccomp_cache = sandbox->engine->seccomp_cache,
		.stdio_fds = {-1, attendance->streams[1].fds[1], attendance->streams[2].fds[1]},
	};
	struct spawned spawned;
	struct error err = {0};

	if (sandbox->most_processes)
		guard_limit(sandbox->most_processes);
	if (spawn_create(&spawned, &request, &err) < 0 || spawn_start(&spawned, &err) < 0) {
		error_send(attendance->streams[0].fds[1], &err);
		_exit(1);
	}
	_exit(process_reap(spawned.pid));
}

static void take_output(struct loop_source *source, uint32_t events)
{
	struct stream *stream = source->data;
	struct attendance *attendance = stream->attendance;
	const struct sandbox_request *request = attendance->sandbox->request;
	ssize_t n = read(source->fd, attendance->buffer, CHUNK);

	(void)events;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0 && request->output)
		request->output(stream->number, attendance->buffer, (size_t)n, request->data);
	if (n > 0)
		return;
	loop_remove(source);
	attendance->open--;
}

/* It speaks once, when the process could not be started; its end is the end of everything. What it
 * says stays in the pipe until then. */
static void take_end(struct loop_source *source, uint32_t events)
{
	struct stream *stream = source->data;

	(void)events;
	loop_remove(source);
	stream->attendance->open--;
}

static void cancel(struct loop_source *source, uint32_t events)
{
	struct attendance *attendance = source->data;

	(void)events;
	loop_remove(source);
	attendance->is_canceled = true;
	process_signal(attendance->guard.pidfd, SIGKILL, NULL);
}

static int open_streams(struct attendance *attendance, struct error *err)
{
	for (int i = 0; i < 3; i++)
		if (pipe2(attendance->streams[i].fds, O_CLOEXEC) < 0)
			return error_errno(err, "cannot create a pipe");
	return 0;
}

static int watch(struct attendance *attendance, struct error *err)
{
	const struct sandbox_request *request = attendance->sandbox->request;

	for (int i = 0; i < 3; i++) {
		struct stream *stream = &attendance->streams[i];

		cleanup_close(&stream->fds[1]); /* the writing ends are the guard's alone */
		stream->fds[1] = -1;
		stream->source.handler = i ? take_output : take_end;
		stream->source.data = stream;
		if (loop_add(request->loop, &stream->source, stream->fds[0], EPOLLIN, err) < 0)
			return -1;
		attendance->open++;
	}
	attendance->cancel = (struct loop_source){.handler = cancel, .data = attendance};
	if (request->cancel_fd < 0)
		return 0;
	return loop_add(request->loop, &attendance->cancel, request->cancel_fd, EPOLLIN, err);
}

static int attend(struct attendance *attendance, struct error *err)
{
	while (attendance->open > 0)
		if (loop_step(attendance->sandbox->request->loop, -1, err) < 0)
			return -1;
	return 0;
}

static int judge(const struct attendance *attendance, int code, struct error *err)
{
	const struct sandbox *sandbox = attendance->sandbox;
	struct error reason;

	if (attendance->is_canceled)
		return error_set(err, ECANCELED, "canceled");
	if (error_receive(attendance->streams[0].fds[0], &reason) > 0)
		return error_pass(err, &reason);
	if (code == 128 + SIGKILL && cgroup_oom_kills(sandbox->cgroup_fd) > 0)
		error_set(err, ENOMEM, "the kernel ended it: out of memory");
	return code;
}

static void release(struct attendance *attendance)
{
	loop_remove(&attendance->cancel);
	for (int i = 0; i < 3; i++) {
		loop_remove(&attendance->streams[i].source);
		cleanup_close(&attendance->streams[i].fds[0]);
		cleanup_close(&attendance->streams[i].fds[1]);
	}
	cleanup_close(&attendance->guard.pidfd);
	free(attendance->buffer);
}

static int run(struct attendance *attendance, struct error *err)
{
	int result, code;

	if (open_streams(attendance, err) < 0 || guard_fork(&attendance->guard, err) < 0)
		return -1;
	if (attendance->guard.pid == 0)
		start_and_wait(attendance);
	result = watch(attendance, err) < 0 ? -1 : attend(attendance, err);
	if (result < 0)
		process_signal(attendance->guard.pidfd, SIGKILL, NULL);
	code = process_reap(attendance->guard.pid);
	return result < 0 ? -1 : judge(attendance, code, err);
}

int sandbox_attend(struct sandbox *sandbox, struct error *err)
{
	struct attendance attendance = {
		.sandbox = sandbox,
		.guard = {-1, -1},
		.buffer = alloc_bytes(CHUNK),
	};
	int result;

	for (int i = 0; i < 3; i++)
		attendance.streams[i] =
			(struct stream){.attendance = &attendance, .number = i, .fds = {-1, -1}};
	result = run(&attendance, err);
	release(&attendance);
	return result;
}
