/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"

struct header {
	uint32_t kind, length;
};

void worker_say(int fd, enum worker_frame_kind kind, const void *bytes, size_t length)
{
	struct header header = {.kind = kind, .length = (uint32_t)length};

	if (file_write_all(fd, &header, sizeof(header), NULL) < 0 ||
	    file_write_all(fd, bytes, length, NULL) < 0)
		_exit(1);
}

static void say_log(enum log_level level, const char *text, void *data)
{
	if (level == LOG_LEVEL_WARNING)
		worker_say(*(int *)data, WORKER_WARNING, text, strlen(text));
}

static _Noreturn void run(int fd, worker_work *work, void *data, pid_t parent)
{
	struct error err = {0};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	log_set_sink(say_log, &fd);
	if (work(fd, data, &err) < 0)
		worker_say(fd, WORKER_FAILED, &err, sizeof(err));
	_exit(0);
}

int worker_start(struct worker *worker, worker_work *work, void *data, struct error *err)
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	worker->pid = fork();
	if (worker->pid == 0) {
		close(ends[0]);
		run(ends[1], work, data, parent);
	}
	close(ends[1]);
	if (worker->pid < 0) {
		close(ends[0]);
		return error_errno(err, "cannot start a process");
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	worker->fd = ends[0];
	return 0;
}

/* Hands over the first frame of the buffer, if it is complete. */
static bool take_frame(const struct strbuf *buffer, size_t *used, worker_handler *handle,
		       void *data)
{
	struct header header;
	struct worker_frame frame;
	auto_strbuf struct strbuf bytes = {0};

	if (buffer->length - *used < sizeof(header))
		return false;
	memcpy(&header, buffer->text + *used, sizeof(header));
	if (buffer->length - *used - sizeof(header) < header.length)
		return false;
	/* A copy: it ends with NUL and is aligned. */
	strbuf_add_n(&bytes, buffer->text + *used + sizeof(header), header.length);
	frame = (struct worker_frame){
		.kind = header.kind, .bytes = strbuf_text(&bytes), .length = header.length};
	handle(&frame, data);
	*used += sizeof(header) + header.length;
	return true;
}

static void take_frames(struct worker *worker, worker_handler *handle, void *data)
{
	size_t used = 0;

	while (take_frame(&worker->buffer, &used, handle, data))
		;
	if (used > 0) {
		worker->buffer.length -= used;
		memmove(worker->buffer.text, worker->buffer.text + used, worker->buffer.length);
	}
}

/* A process that says nothing at its end was killed: the parent's handler makes nothing of it. */
static void finish(struct worker *worker)
{
	close(take_fd(&worker->fd));
	process_reap(worker->pid);
	strbuf_release(&worker->buffer);
}

int worker_read(struct worker *worker, worker_handler *handle, void *data)
{
	for (size_t rounds = 0; rounds < 16; rounds++) {
		char *space = strbuf_reserve(&worker->buffer, 65536);
		ssize_t n = read(worker->fd, space, 65536);

		if (n > 0) {
			worker->buffer.length += (size_t)n;
			take_frames(worker, handle, data);
		} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
			finish(worker);
			return 1;
		} else if (errno == EAGAIN) {
			break;
		}
	}
	return 0;
}

void worker_kill(const struct worker *worker)
{
	if (worker->fd >= 0)
		kill(worker->pid, SIGKILL);
}

/* --- from begin to end ------------------------------------------------------------------------ */

struct watch {
	const struct worker_call *call;
	bool is_done;
	struct error err;
};

static void watch_frame(const struct worker_frame *frame, void *data)
{
	struct watch *watch = data;

	if (frame->kind == WORKER_FAILED && frame->length == sizeof(watch->err)) {
		memcpy(&watch->err, frame->bytes, sizeof(watch->err));
		return;
	}
	watch->is_done |= frame->kind == WORKER_RESULT;
	watch->call->handle(frame, watch->call->handle_data);
}

static void watch_to_end(struct watch *watch, struct worker *worker)
{
	struct pollfd fds[] = {
		{.fd = worker->fd, .events = POLLIN},
		{.fd = watch->call->cancel_fd, .events = POLLIN},
	};

	do {
		if (poll(fds, array_length(fds), -1) < 0)
			continue;
		if (fds[1].revents) {
			fds[1].fd = -1;
			worker_kill(worker);
			error_set(&watch->err, ECANCELED, "the build was cancelled");
		}
	} while (!fds[0].revents || !worker_read(worker, watch_frame, watch));
}

int worker_run(const struct worker_call *call, struct error *err)
{
	struct watch watch = {.call = call};
	struct worker worker = {.fd = -1};

	if (worker_start(&worker, call->work, call->data, err) < 0)
		return -1;
	watch_to_end(&watch, &worker);
	if (watch.is_done)
		return 0;
	return watch.err.code ? error_pass(err, &watch.err)
			      : error_set(err, EIO, "the process that did it was killed");
}
