/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads records in order, file after file, and stays at the end of the newest.
 *
 * Only a line with its newline is a record. At the end of a file what is left without one is
 * forgotten and read again later, because the writer of a torn line may be killed and its successor
 * write it anew. A file is left only when a newer one exists and a look at its end after that still
 * finds nothing: the writer renames a file when it is done with it.
 */
#include "base/units.h"
#include "engine/logs/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "engine/logs/log_files.h"
#include "engine/logs/log_format.h"
#include "engine/logs/log_tail.h"

/* Larger than any record of ours; a longer line is passed over. */
#define BUFFER_SIZE ((size_t)256 * 1024)
#define POLL_NS	    (100 * MILLISECOND)

struct log_reader {
	int container_fd;
	struct log_files files;
	struct timespec since, until;
	size_t skip[LOG_STREAM_COUNT]; /* records that belong to lines before the tail */
	int fd;			       /* the file being read; -1: there is none yet */
	int next_fd;		       /* the newer one, while the last look at fd is due */
	ino_t inode;
	uint64_t offset; /* of buffer[start] in the file */
	char *buffer, *text;
	size_t start, end;
	bool is_skipping; /* in a line that did not fit */
	struct log_decoder decoder;
	int watch_fd;
};

static int use_file(struct log_reader *reader, int *fd, uint64_t offset, struct error *err)
{
	struct stat status;

	if (fstat(*fd, &status) < 0)
		return error_errno(err, "cannot read the log file '%s'", reader->files.name);
	cleanup_close(&reader->fd);
	reader->fd = take_fd(fd);
	reader->inode = status.st_ino;
	reader->offset = offset;
	reader->start = reader->end = 0;
	reader->is_skipping = false;
	return 0;
}

static int start_at_tail(struct log_reader *reader, int64_t lines, struct error *err)
{
	struct log_tail tail;
	int found = log_tail_find(&tail, &reader->files, lines, err);

	if (found <= 0)
		return found;
	memcpy(reader->skip, tail.skip, sizeof(reader->skip));
	if (use_file(reader, &tail.fd, tail.offset, err) == 0)
		return 0;
	close(tail.fd);
	return -1;
}

static int start_at_oldest(struct log_reader *reader, struct error *err)
{
	auto_close int fd = -1;
	int found = log_files_open(&reader->files, LOG_FILES_OLDEST, 0, &fd, err);

	return found <= 0 ? found : use_file(reader, &fd, 0, err);
}

int log_reader_open(struct log_reader **reader, const struct log_reader_request *request,
		    struct error *err)
{
	struct log_reader *opened = alloc_zeroed(1, sizeof(*opened));
	int started = -1;

	opened->fd = opened->next_fd = opened->watch_fd = -1;
	opened->since = request->since;
	opened->until = request->until;
	opened->buffer = alloc_bytes(BUFFER_SIZE);
	opened->text = alloc_bytes(BUFFER_SIZE);
	opened->container_fd = fcntl(request->container_fd, F_DUPFD_CLOEXEC, 3);
	if (opened->container_fd < 0)
		error_errno(err, "cannot duplicate a descriptor");
	else if (log_files_init(&opened->files, opened->container_fd, request->id, err) == 0)
		started = request->tail < 0 ? start_at_oldest(opened, err)
					    : start_at_tail(opened, request->tail, err);
	if (started < 0) {
		log_reader_close(opened);
		return error_wrap(err, "cannot read the log of container %.12s", request->id);
	}
	*reader = opened;
	return 0;
}

/* Reads more behind what is unread. 1: there was something. */
static int fill(struct log_reader *reader, struct error *err)
{
	size_t kept = reader->end - reader->start;
	ssize_t n;

	if (reader->fd < 0)
		return 0;
	if (reader->start > 0)
		memmove(reader->buffer, reader->buffer + reader->start, kept);
	reader->start = 0;
	reader->end = kept;
	if (kept == BUFFER_SIZE) {
		reader->is_skipping = true;
		reader->offset += kept;
		reader->end = kept = 0;
	}
	do {
		n = pread(reader->fd, reader->buffer + kept, BUFFER_SIZE - kept,
			  (off_t)(reader->offset + kept));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "cannot read the log file '%s'", reader->files.name);
	reader->end += (size_t)n;
	return n > 0;
}

static bool is_wanted(struct log_reader *reader, const struct log_record *record)
{
	bool has_until = reader->until.tv_sec || reader->until.tv_nsec;

	if (reader->skip[record->stream] > 0) {
		reader->skip[record->stream]--;
		return false;
	}
	return !units_is_earlier(&record->time, &reader->since) &&
	       !(has_until && units_is_earlier(&reader->until, &record->time));
}

/* The next whole line of the buffer that is a wanted record. */
static bool next_in_buffer(struct log_reader *reader, struct log_record *record)
{
	while (reader->start < reader->end) {
		const char *line = reader->buffer + reader->start;
		const char *newline = memchr(line, '\n', reader->end - reader->start);
		size_t length;
		bool is_usable = !reader->is_skipping;

		if (!newline)
			return false;
		length = (size_t)(newline - line);
		reader->start += length + 1;
		reader->offset += length + 1;
		reader->is_skipping = false;
		if (is_usable &&
		    log_format_decode(&reader->decoder, line, length, reader->text, record) &&
		    is_wanted(reader, record))
			return true;
	}
	return false;
}

static bool drain_watch(struct log_reader *reader)
{
	char events[4096] __attribute__((aligned(8)));
	bool had_some = false;

	while (reader->watch_fd >= 0 && read(reader->watch_fd, events, sizeof(events)) > 0)
		had_some = true;
	return had_some;
}

/* At the end of the current file: 1 when there may be more to read after all. */
static int go_on(struct log_reader *reader, struct error *err)
{
	struct stat status;
	int found;

	reader->end = reader->start; /* a torn line: read anew from offset */
	if (reader->next_fd >= 0)
		return use_file(reader, &reader->next_fd, 0, err) < 0 ? -1 : 1;
	if (drain_watch(reader))
		return 1;
	if (reader->fd < 0)
		return start_at_oldest(reader, err) < 0 ? -1 : reader->fd >= 0;
	if (fstat(reader->fd, &status) == 0 && (uint64_t)status.st_size < reader->offset) {
		reader->offset = 0; /* somebody truncated the log */
		reader->is_skipping = false;
		return 1;
	}
	if (log_files_is_current(&reader->files, reader->inode))
		return 0;
	found = log_files_open(&reader->files, LOG_FILES_NEWER, reader->inode, &reader->next_fd,
			       err);
	return found;
}

int log_reader_next(struct log_reader *reader, struct log_record *record, struct error *err)
{
	for (;;) {
		int more;

		if (next_in_buffer(reader, record))
			return 1;
		more = fill(reader, err);
		if (more == 0)
			more = go_on(reader, err);
		if (more <= 0)
			return more;
	}
}

static int watch_directory(struct log_reader *reader)
{
	const uint32_t mask = IN_MODIFY | IN_CREATE | IN_MOVED_TO;
	auto_close int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char path[64];
	int watch;

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", reader->container_fd);
	watch = inotify_add_watch(fd, path, mask);
	/* The removal queues an event: the descriptor starts readable, for what came before it. */
	if (watch < 0 || inotify_rm_watch(fd, watch) < 0 || inotify_add_watch(fd, path, mask) < 0)
		return -1;
	return take_fd(&fd);
}

/* When this user has no inotify instance left: look again ten times a second. */
static int watch_clock(struct error *err)
{
	const struct itimerspec often = {{0, POLL_NS}, {0, 1}};
	auto_close int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, 0, &often, NULL) < 0)
		return error_errno(err, "cannot watch the log");
	return take_fd(&fd);
}

int log_reader_fd(struct log_reader *reader, struct error *err)
{
	if (reader->watch_fd < 0)
		reader->watch_fd = watch_directory(reader);
	if (reader->watch_fd < 0)
		reader->watch_fd = watch_clock(err);
	return reader->watch_fd;
}

void log_reader_close(struct log_reader *reader)
{
	if (!reader)
		return;
	cleanup_close(&reader->fd);
	cleanup_close(&reader->next_fd);
	cleanup_close(&reader->watch_fd);
	cleanup_close(&reader->container_fd);
	free(reader->buffer);
	free(reader->text);
	free(reader);
}
