/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/exec_stdio.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static bool is_null(int fd)
{
	struct stat about;

	return fd < 0 ||
	       (fstat(fd, &about) == 0 && S_ISCHR(about.st_mode) && about.st_rdev == makedev(1, 3));
}

static bool is_same_file(int a, int b)
{
	struct stat left, right;

	return fstat(a, &left) == 0 && fstat(b, &right) == 0 && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino;
}

static void stop(struct exec_pump *pump)
{
	loop_remove(&pump->source);
	cleanup_close(&pump->pipe);
	pump->pipe = -1;
}

static int open_pipe(struct exec_stdio *stdio, int number, int fd, struct error *err)
{
	struct exec_pump *pump = &stdio->pumps[number];
	bool is_input = number == 0;
	int ends[2];

	if (is_null(fd))
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	stdio->child_fds[number] = ends[!is_input];
	pump->pipe = ends[is_input];
	pump->from = is_input ? fd : pump->pipe;
	pump->to = is_input ? pump->pipe : fd;
	/* Ours alone: the other end is an open file of its own. */
	if (fcntl(pump->pipe, F_SETFL, O_NONBLOCK) < 0)
		return error_errno(err, "cannot set up a pipe");
	return 0;
}

int exec_stdio_open(struct exec_stdio *stdio, const int fds[3], struct error *err)
{
	*stdio = (struct exec_stdio){.child_fds = {-1, -1, -1}};
	for (int i = 0; i < 3; i++)
		stdio->pumps[i].pipe = -1;
	stdio->is_one_output = !is_null(fds[1]) && !is_null(fds[2]) && is_same_file(fds[1], fds[2]);
	stdio->buffer = alloc_bytes(EXEC_STDIO_BUFFER);
	for (int i = 0; i < 3; i++)
		if (!(i == 2 && stdio->is_one_output) && open_pipe(stdio, i, fds[i], err) < 0)
			return -1;
	if (stdio->is_one_output)
		stdio->child_fds[2] = fcntl(stdio->child_fds[1], F_DUPFD_CLOEXEC, 3);
	return 0;
}

/* ---- output ---------------------------------------------------------------------------------- */

/* The caller's end may be set not to block. False when its reader has gone. */
static bool write_out(int fd, const char *at, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, at, length);
		struct pollfd until = {.fd = fd, .events = POLLOUT};

		if (n < 0 && errno == EAGAIN)
			poll(&until, 1, -1);
		else if (n < 0 && errno != EINTR)
			return false;
		at += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* False when there is no more for now, or ever. */
static bool copy_output(struct exec_pump *pump)
{
	char buffer[16384];
	ssize_t n = read(pump->from, buffer, sizeof(buffer));

	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && errno == EAGAIN)
		return false;
	/* Without a reader the command learns of it as if it had written there itself: SIGPIPE. */
	if (n <= 0 || !write_out(pump->to, buffer, (size_t)n)) {
		stop(pump);
		return false;
	}
	return true;
}

static void on_output(struct loop_source *source, uint32_t events)
{
	(void)events;
	copy_output(source->data);
}

/* ---- input ----------------------------------------------------------------------------------- */

static void watch_input(struct exec_stdio *stdio, bool pipe);

/* False when the command takes no more. */
static bool send_input(struct exec_stdio *stdio)
{
	struct exec_pump *pump = &stdio->pumps[0];

	while (pump->sent < pump->used) {
		ssize_t n = write(pump->to, stdio->buffer + pump->sent, pump->used - pump->sent);

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		pump->sent += n > 0 ? (size_t)n : 0;
	}
	pump->used = pump->sent = 0;
	return true;
}

/* Copies until one side has to be waited for; then that one is watched. */
static void copy_input(struct exec_stdio *stdio, bool may_read)
{
	struct exec_pump *pump = &stdio->pumps[0];
	ssize_t n;

	if (!send_input(stdio)) {
		stop(pump);
		return;
	}
	if (pump->used == 0 && may_read) {
		n = read(pump->from, stdio->buffer, EXEC_STDIO_BUFFER);
		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
			stop(pump);
			return;
		}
		pump->used = n > 0 ? (size_t)n : 0;
		if (!send_input(stdio)) {
			stop(pump);
			return;
		}
	}
	watch_input(stdio, pump->used > 0);
}

static void on_input(struct loop_source *source, uint32_t events)
{
	struct exec_stdio *stdio = source->data;
	struct exec_pump *pump = &stdio->pumps[0];

	(void)events;
	copy_input(stdio, !pump->is_watching_pipe);
}

/* Waits for room in the pipe, or for the caller's input. Of that, a regular file cannot be watched
 * (EPERM) and is always ready: then whenever there is room. */
static void watch_input(struct exec_stdio *stdio, bool pipe)
{
	struct exec_pump *pump = &stdio->pumps[0];
	struct loop_source *source = &pump->source;

	if (source->loop && pump->is_watching_pipe == pipe)
		return;
	loop_remove(source);
	pump->is_watching_pipe = pipe;
	if (!pipe && loop_add(stdio->loop, source, pump->from, EPOLLIN, NULL) == 0)
		return;
	if (loop_add(stdio->loop, source, pump->to, EPOLLOUT, NULL) < 0)
		stop(pump);
}

/* ---- both ------------------------------------------------------------------------------------ */

static void close_child_fds(struct exec_stdio *stdio)
{
	for (int i = 0; i < 3; i++) {
		cleanup_close(&stdio->child_fds[i]);
		stdio->child_fds[i] = -1;
	}
}

int exec_stdio_watch(struct exec_stdio *stdio, struct loop *loop, struct error *err)
{
	close_child_fds(stdio);
	stdio->loop = loop;
	stdio->on_sigpipe = signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < 3; i++) {
		struct exec_pump *pump = &stdio->pumps[i];

		pump->source = (struct loop_source){.handler = on_output, .data = pump};
		if (pump->pipe >= 0 && loop_add(loop, &pump->source, pump->pipe, EPOLLIN, err) < 0)
			return -1;
	}
	stdio->pumps[0].source = (struct loop_source){.handler = on_input, .data = stdio};
	if (stdio->pumps[0].pipe >= 0)
		watch_input(stdio, false);
	return 0;
}

void exec_stdio_finish(struct exec_stdio *stdio)
{
	for (int i = 1; i < 3; i++)
		while (stdio->pumps[i].pipe >= 0 && copy_output(&stdio->pumps[i]))
			;
}

void exec_stdio_release(struct exec_stdio *stdio)
{
	if (!stdio->buffer)
		return;
	close_child_fds(stdio);
	for (int i = 0; i < 3; i++)
		stop(&stdio->pumps[i]);
	if (stdio->loop)
		signal(SIGPIPE, stdio->on_sigpipe);
	free(stdio->buffer);
	stdio->buffer = NULL;
}
