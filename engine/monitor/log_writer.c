/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the container's output into the spool, shows it to the tap, and has log_append.c write it.
 * While the disk refuses the log the spool grows; beyond BACKLOG_MAX its oldest bytes are given up.
 */
#include "engine/logs/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "engine/monitor/log_append.h"

#define BACKLOG_MAX (UINT64_C(1) << 20)

struct log_writer {
	int container_fd, run_fd;
	bool is_disabled;
	log_tap *tap;
	void *data;
	struct log_append append;
	bool cannot_splice[LOG_STREAM_COUNT];
	bool is_behind;
	bool expects_more;
};

/* Gives up the oldest of a backlog that is too long, up to the start of a line if one is near. */
static void limit_backlog(struct log_writer *writer, enum log_stream stream)
{
	struct log_spool *spool = &writer->append.spool;
	struct log_spool_state *state = &spool->state;
	uint64_t end = spool->end[stream];
	uint64_t start = state->done[stream] + state->lost[stream];
	uint64_t cut = end - BACKLOG_MAX * 3 / 4;
	const char *newline;
	ssize_t loaded;

	if (end - start <= BACKLOG_MAX)
		return;
	loaded = log_append_load(&writer->append, stream, cut, LOG_FORMAT_PIECE, NULL);
	newline = loaded > 0 ? memchr(writer->append.input, '\n', (size_t)loaded) : NULL;
	if (newline)
		cut += (uint64_t)(newline - writer->append.input) + 1;
	state->lost[stream] = cut - state->done[stream];
	log_spool_commit(spool);
	log_spool_punch(spool, stream, start, cut);
}

/* A refusing disk is not the caller's error: the bytes are safe in the spool. */
static void note_result(struct log_writer *writer, bool is_refused, const struct error *why)
{
	if (is_refused && !writer->is_behind)
		log_warning("%s; the last %u KiB of output are kept until it can be written",
			    why->text, (unsigned)(BACKLOG_MAX >> 10));
	writer->is_behind = is_refused;
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		limit_backlog(writer, (enum log_stream)i);
}

/* Nothing is to be read now. */
static void go_idle(struct log_writer *writer)
{
	log_append_release(&writer->append);
	if (!writer->is_behind && !writer->is_disabled)
		log_append_trim(&writer->append);
}

static int open_log(struct log_writer *writer, const struct log_writer_request *request,
		    struct error *err)
{
	struct log_append *append = &writer->append;
	struct error why = {0};

	append->max_size = request->options.max_size;
	append->max_files = request->options.max_files;
	if (log_files_init(&append->files, writer->container_fd, request->id, err) < 0 ||
	    log_append_open(append, writer->run_fd, err) < 0)
		return -1;
	note_result(writer, log_append_drain(append, false, &why) < 0, &why);
	return 0;
}

int log_writer_open(struct log_writer **writer, const struct log_writer_request *request,
		    struct error *err)
{
	struct log_writer *opened = alloc_zeroed(1, sizeof(*opened));

	opened->is_disabled = request->options.is_disabled;
	opened->tap = request->tap;
	opened->data = request->data;
	opened->append.log_fd = -1;
	opened->append.spool = (struct log_spool){.journal_fd = -1, .fds = {-1, -1}};
	opened->container_fd = fcntl(request->container_fd, F_DUPFD_CLOEXEC, 3);
	opened->run_fd = fcntl(request->run_fd, F_DUPFD_CLOEXEC, 3);
	if (log_append_map(&opened->append, err) < 0 ||
	    (!opened->is_disabled && open_log(opened, request, err) < 0)) {
		log_writer_close(opened);
		return error_wrap(err, "cannot open the log of container %.12s", request->id);
	}
	go_idle(opened);
	*writer = opened;
	return 0;
}

static void pass_on(struct log_writer *writer, enum log_stream stream, const char *bytes,
		    size_t length)
{
	if (writer->tap)
		writer->tap(stream, bytes, length, writer->data);
}

/* Shows the tap the last @length bytes of the spool; they stay in the buffer for drain_stream. */
static void pass_on_spooled(struct log_writer *writer, enum log_stream stream, size_t length)
{
	struct log_spool *spool = &writer->append.spool;
	uint64_t end = spool->end[stream], from = spool->state.done[stream];
	ssize_t loaded;

	if (!writer->tap)
		return;
	if (end - from > LOG_APPEND_INPUT)
		from = end - length;
	loaded = log_append_load(&writer->append, stream, from, LOG_APPEND_INPUT, NULL);
	if (loaded >= (ssize_t)length)
		pass_on(writer, stream, writer->append.input + (size_t)loaded - length, length);
}

/* The way of bytes that cannot be spliced: a terminal's, or any while RUN is full. Returns how many
 * came; 0 at the end of file. */
static ssize_t take_by_read(struct log_writer *writer, enum log_stream stream, int fd,
			    struct error *err)
{
	ssize_t n;

	do {
		n = read(fd, writer->append.input, LOG_SPOOL_CHUNK);
	} while (n < 0 && errno == EINTR);
	writer->append.loaded.length = 0;
	if (n < 0 && errno == EIO) /* a pty master without a slave */
		return 0;
	if (n < 0)
		return error_errno(err, "cannot read the container's output");
	if ((size_t)n > writer->append.input_used)
		writer->append.input_used = (size_t)n;
	pass_on(writer, stream, writer->append.input, (size_t)n);
	if (!writer->is_disabled)
		log_spool_append(&writer->append.spool, stream, writer->append.input, (size_t)n);
	return n;
}

static ssize_t take(struct log_writer *writer, enum log_stream stream, int fd, struct error *err)
{
	ssize_t n;

	if (writer->is_disabled || writer->cannot_splice[stream])
		return take_by_read(writer, stream, fd, err);
	n = log_spool_pull(&writer->append.spool, stream, fd);
	if (n > 0)
		pass_on_spooled(writer, stream, (size_t)n);
	if (n >= 0 || errno == EAGAIN)
		return n < 0 ? error_errno(err, "cannot read the container's output") : n;
	writer->cannot_splice[stream] = errno == EINVAL;
	return take_by_read(writer, stream, fd, err);
}

int log_writer_read(struct log_writer *writer, enum log_stream stream, int fd, bool *ended,
		    struct error *err)
{
	struct error why = {0};
	ssize_t taken = take(writer, stream, fd, &why);
	int result;

	*ended = taken == 0;
	if (taken < 0 && why.code != EAGAIN)
		return error_pass(err, &why);
	if (taken > 0 && !writer->is_disabled) {
		if (writer->is_behind)
			result = log_append_drain(&writer->append, false, &why);
		else
			result = log_append_drain_stream(&writer->append, stream, false, &why);
		note_result(writer, result < 0, &why);
	}
	if (taken < LOG_SPOOL_CHUNK && !writer->expects_more)
		go_idle(writer);
	return taken > 0;
}

void log_writer_expect_more(struct log_writer *writer, bool expects_more)
{
	writer->expects_more = expects_more;
	if (!expects_more)
		go_idle(writer);
}

bool log_writer_is_behind(const struct log_writer *writer)
{
	return writer->is_behind;
}

int log_writer_retry(struct log_writer *writer)
{
	struct error why = {0};

	if (writer->is_behind)
		note_result(writer, log_append_drain(&writer->append, false, &why) < 0, &why);
	go_idle(writer);
	return writer->is_behind;
}

int log_writer_flush(struct log_writer *writer, struct error *err)
{
	struct error why = {0};

	if (writer->is_disabled)
		return 0;
	note_result(writer, log_append_drain(&writer->append, true, &why) < 0, &why);
	go_idle(writer);
	return writer->is_behind ? error_pass(err, &why) : 0;
}

void log_writer_close(struct log_writer *writer)
{
	if (!writer)
		return;
	log_append_close(&writer->append);
	cleanup_close(&writer->container_fd);
	cleanup_close(&writer->run_fd);
	free(writer);
}
