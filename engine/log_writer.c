/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeps the log exact: no byte of it is written that the journal has not announced.
 *
 *   1. bytes arrive at the end of the spool            (splice: atomic)
 *   2. "spool bytes A-B become records of time T at offset O of file I"   (journal: atomic)
 *   3. these records are written at offset O           (may stop anywhere)
 *   4. the next announcement says that 3 is done
 *
 * A killed writer's successor repeats the last announcement. The encoding depends on nothing but
 * the announcement and the spool, so the same bytes go to the same place: whoever follows the log
 * sees no record change, and none twice. Rotation is announced too, and repeats to the same names.
 *
 * When the disk is full, step 3 fails: the announcement stays as it is and is repeated later; the
 * spool grows meanwhile, and beyond BACKLOG_MAX its oldest bytes are given up.
 */
#include "engine/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "engine/log_files.h"
#include "engine/log_format.h"
#include "engine/log_spool.h"

#define BACKLOG_MAX (UINT64_C(1) << 20)
/* One chunk and an unfinished line before it. */
#define INPUT_SIZE (LOG_SPOOL_CHUNK + LOG_FORMAT_PIECE)
/* A chunk of 100-byte lines in one write, and the room that the encoder keeps free. */
#define OUTPUT_SIZE (160 * 1024 + LOG_FORMAT_RECORD_MAX)
/* What may stay resident of the buffers while the container is silent. */
#define INPUT_KEPT  4096
#define OUTPUT_KEPT 8192
/* Spool pages are given back in such steps, and when there is nothing left to read. */
#define TRIM_STEP (UINT64_C(64) << 10)
#define TRIM_IDLE (UINT64_C(16) << 10)

struct log_writer {
	int container_fd, run_fd;
	struct log_options options;
	log_tap *tap;
	void *data;
	struct log_files files;
	struct log_spool spool;
	int log_fd;
	char *input, *output; /* pages that come and go: see release_buffers */
	size_t input_used, output_used;
	struct {
		enum log_stream stream;
		uint64_t from;
		size_t length;
	} loaded; /* what of the spool the input buffer has */
	bool cannot_splice[LOG_STREAM_COUNT];
	bool is_behind;
};

static struct log_spool_state *state_of(struct log_writer *writer)
{
	return &writer->spool.state;
}

/* Anonymous pages: an idle writer gives them back, malloc would keep them. */
static int map_buffers(struct log_writer *writer, struct error *err)
{
	void *map = mmap(NULL, INPUT_SIZE + OUTPUT_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return error_errno(err, "cannot map the log buffers");
	writer->input = map;
	writer->output = writer->input + INPUT_SIZE;
	return 0;
}

static void release_buffers(struct log_writer *writer)
{
	if (writer->input_used > INPUT_KEPT)
		madvise(writer->input + INPUT_KEPT, INPUT_SIZE - INPUT_KEPT, MADV_DONTNEED);
	if (writer->output_used > OUTPUT_KEPT)
		madvise(writer->output + OUTPUT_KEPT, OUTPUT_SIZE - OUTPUT_KEPT, MADV_DONTNEED);
	writer->input_used = writer->output_used = 0;
}

/* Leaves up to @size spool bytes from @from on in the input buffer; returns how many. */
static ssize_t load_input(struct log_writer *writer, enum log_stream stream, uint64_t from,
			  size_t size, struct error *err)
{
	ssize_t n;

	if (writer->loaded.stream == stream && writer->loaded.from == from &&
	    writer->loaded.length > 0 && writer->loaded.length <= size &&
	    from + writer->loaded.length == writer->spool.end[stream])
		return (ssize_t)writer->loaded.length;
	n = log_spool_read(&writer->spool, stream, from, writer->input, size);
	if (n < 0)
		return error_errno(err, "cannot read the log spool");
	writer->loaded.stream = stream;
	writer->loaded.from = from;
	writer->loaded.length = (size_t)n;
	if ((size_t)n > writer->input_used)
		writer->input_used = (size_t)n;
	return n;
}

/* Opens the current file if need be, and learns what to announce as its end: somebody may have
 * truncated or removed the log, or appended to it. */
static int locate_end(struct log_writer *writer, struct error *err)
{
	struct log_spool_state *state = state_of(writer);
	struct stat status;

	if (writer->log_fd >= 0 && fstat(writer->log_fd, &status) == 0 && status.st_nlink == 0) {
		close(writer->log_fd);
		writer->log_fd = -1;
	}
	if (writer->log_fd < 0 && log_files_open_current(&writer->files, &writer->log_fd, err) < 0)
		return -1;
	if (fstat(writer->log_fd, &status) < 0)
		return error_errno(err, "cannot read the log file '%s'", writer->files.name);
	state->inode = status.st_ino;
	state->offset = (uint64_t)status.st_size;
	return 0;
}

/* Repeatable: see log_files_rotate. The new file is empty until a write to it is announced. */
static int finish_rotation(struct log_writer *writer, struct error *err)
{
	struct log_spool_state *state = state_of(writer);

	cleanup_close(&writer->log_fd);
	writer->log_fd = -1;
	if (log_files_is_current(&writer->files, state->inode) &&
	    log_files_rotate(&writer->files, writer->options.max_files, err) < 0)
		return -1;
	if (locate_end(writer, err) < 0)
		return -1;
	state->kind = LOG_SPOOL_IDLE;
	log_spool_commit(&writer->spool);
	return 0;
}

/* Makes room by rotation and leaves the current file's inode and end in the state. */
static int prepare_file(struct log_writer *writer, struct error *err)
{
	struct log_spool_state *state = state_of(writer);

	if (locate_end(writer, err) < 0)
		return -1;
	if (writer->options.max_size < 0 || state->offset < (uint64_t)writer->options.max_size)
		return 0;
	state->kind = LOG_SPOOL_ROTATE;
	log_spool_commit(&writer->spool);
	return finish_rotation(writer, err);
}

/* Writes the output buffer to the announced place. What is announced is then done: in memory only,
 * since to repeat it does no harm. */
static int write_records(struct log_writer *writer, size_t length, struct error *err)
{
	uint64_t offset = state_of(writer)->offset;
	size_t at = 0;

	if (length > writer->output_used)
		writer->output_used = length;
	while (at < length) {
		ssize_t n = pwrite(writer->log_fd, writer->output + at, length - at,
				   (off_t)(offset + at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot write the log file '%s'",
					   writer->files.name);
		at += (size_t)n;
	}
	state_of(writer)->kind = LOG_SPOOL_IDLE;
	return 0;
}

static struct timespec announced_time(struct log_writer *writer)
{
	return (struct timespec){state_of(writer)->seconds, (long)state_of(writer)->nanoseconds};
}

/* The records of an announced write or gap, into the output buffer; returns their length. */
static ssize_t encode_announced(struct log_writer *writer, struct error *err)
{
	struct log_spool_state *state = state_of(writer);
	enum log_stream stream = (enum log_stream)state->stream;
	uint64_t length = state->done[stream] - state->from;
	char text[128];
	struct log_encoding encoding = {
		.stream = stream,
		.time = announced_time(writer),
		.bytes = writer->input,
		.length = (size_t)length,
		.is_final = true,
		.out = writer->output,
		.out_size = OUTPUT_SIZE,
	};

	if (state->kind == LOG_SPOOL_GAP) {
		encoding.bytes = text;
		encoding.length = (size_t)snprintf(
			text, sizeof(text),
			"[coracle: %" PRIu64 " bytes of output lost: the disk was full]\n", length);
	} else {
		ssize_t loaded = load_input(writer, stream, state->from,
					    length < INPUT_SIZE ? (size_t)length : INPUT_SIZE, err);

		if (loaded < 0)
			return -1;
		if ((uint64_t)loaded < length) /* somebody has cut the spool */
			encoding.length = (size_t)loaded;
	}
	log_format_encode(&encoding);
	return (ssize_t)encoding.out_length;
}

/* Does again what was announced and failed, or what a killed writer may not have finished. */
static int repeat_announced(struct log_writer *writer, struct error *err)
{
	struct log_spool_state *state = state_of(writer);
	struct log_spool_state announced = *state;
	ssize_t length;

	if (state->kind == LOG_SPOOL_IDLE)
		return 0;
	if (state->kind == LOG_SPOOL_ROTATE)
		return finish_rotation(writer, err);
	if (locate_end(writer, err) < 0)
		return -1;
	/* Somebody truncated or removed the log: then its new end is the place. */
	if (state->inode == announced.inode && state->offset >= announced.offset)
		state->offset = announced.offset;
	else
		log_spool_commit(&writer->spool);
	length = encode_announced(writer, err);
	return length < 0 ? -1 : write_records(writer, (size_t)length, err);
}

static void announce(struct log_writer *writer, enum log_spool_kind kind, enum log_stream stream,
		     uint64_t upto)
{
	struct log_spool_state *state = state_of(writer);

	state->kind = kind;
	state->stream = stream;
	state->from = state->done[stream];
	state->done[stream] = upto;
	state->lost[stream] = 0;
	log_spool_commit(&writer->spool);
	log_spool_trim(&writer->spool, stream, state->from, TRIM_STEP);
}

static void set_time(struct log_writer *writer)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	state_of(writer)->seconds = now.tv_sec;
	state_of(writer)->nanoseconds = now.tv_nsec;
}

static int write_gap(struct log_writer *writer, enum log_stream stream, struct error *err)
{
	struct log_spool_state *state = state_of(writer);
	ssize_t length;

	if (prepare_file(writer, err) < 0)
		return -1;
	set_time(writer);
	announce(writer, LOG_SPOOL_GAP, stream, state->done[stream] + state->lost[stream]);
	length = encode_announced(writer, err);
	return length < 0 ? -1 : write_records(writer, (size_t)length, err);
}

/* Writes the first whole records of @bytes; returns how many bytes that were, 0 when they contain
 * none. */
static ssize_t write_lines(struct log_writer *writer, enum log_stream stream, const char *bytes,
			   size_t length, bool is_final, struct error *err)
{
	struct log_spool_state *state = state_of(writer);
	struct log_encoding encoding = {
		.stream = stream,
		.bytes = bytes,
		.length = length,
		.is_final = is_final,
		.out = writer->output,
		.out_size = OUTPUT_SIZE,
	};
	size_t used;

	if (prepare_file(writer, err) < 0)
		return -1;
	set_time(writer);
	encoding.time = announced_time(writer);
	if (writer->options.max_size >= 0)
		encoding.stop_after = (size_t)(writer->options.max_size - (int64_t)state->offset);
	used = log_format_encode(&encoding);
	if (used == 0)
		return 0;
	announce(writer, LOG_SPOOL_WRITE, stream, state->done[stream] + used);
	if (write_records(writer, encoding.out_length, err) < 0)
		return -1;
	return (ssize_t)used;
}

/* Writes what the spool has of whole records; with @is_final also what is behind the last. */
static int drain_stream(struct log_writer *writer, enum log_stream stream, bool is_final,
			struct error *err)
{
	struct log_spool_state *state = state_of(writer);

	for (;;) {
		uint64_t from = state->done[stream];
		size_t at = 0;
		ssize_t loaded, used = 0;
		bool is_all;

		if (state->lost[stream]) {
			if (write_gap(writer, stream, err) < 0)
				return -1;
			continue;
		}
		if (from >= writer->spool.end[stream])
			return 0;
		loaded = load_input(writer, stream, from, INPUT_SIZE, err);
		if (loaded < 0)
			return -1;
		if (loaded == 0) { /* somebody has cut the spool */
			state->lost[stream] = writer->spool.end[stream] - from;
			continue;
		}
		is_all = from + (uint64_t)loaded >= writer->spool.end[stream];
		while (at < (size_t)loaded) {
			used = write_lines(writer, stream, writer->input + at, (size_t)loaded - at,
					   is_final && is_all, err);
			if (used < 0)
				return -1;
			if (used == 0)
				break;
			at += (size_t)used;
		}
		if (is_all)
			return 0;
	}
}

static int drain(struct log_writer *writer, bool is_final, struct error *err)
{
	if (repeat_announced(writer, err) < 0)
		return -1;
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		if (drain_stream(writer, (enum log_stream)i, is_final, err) < 0)
			return -1;
	return 0;
}

/* Gives up the oldest of a backlog that is too long, up to the start of a line if one is near. */
static void limit_backlog(struct log_writer *writer, enum log_stream stream)
{
	struct log_spool_state *state = state_of(writer);
	uint64_t end = writer->spool.end[stream];
	uint64_t start = state->done[stream] + state->lost[stream];
	uint64_t cut = end - BACKLOG_MAX * 3 / 4;
	const char *newline;
	ssize_t loaded;

	if (end - start <= BACKLOG_MAX)
		return;
	loaded = load_input(writer, stream, cut, LOG_FORMAT_PIECE, NULL);
	newline = loaded > 0 ? memchr(writer->input, '\n', (size_t)loaded) : NULL;
	if (newline)
		cut += (uint64_t)(newline - writer->input) + 1;
	state->lost[stream] = cut - state->done[stream];
	log_spool_commit(&writer->spool);
	log_spool_punch(&writer->spool, stream, start, cut);
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

/* Nothing is to be read now: the last announcement is carried out, so nothing behind it is needed.
 */
static void go_idle(struct log_writer *writer)
{
	struct log_spool *spool = &writer->spool;

	release_buffers(writer);
	if (writer->is_behind || writer->options.is_disabled)
		return;
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		if (spool->state.done[i] < spool->punched[i] + TRIM_IDLE)
			continue;
		log_spool_commit(spool);
		log_spool_trim(spool, (enum log_stream)i, spool->state.done[i], TRIM_IDLE);
	}
}

/* Without a journal nobody knows where a torn record came from: it goes. (After a power cut.) */
static int cut_torn_record(struct log_writer *writer, struct error *err)
{
	off_t end = lseek(writer->log_fd, 0, SEEK_END), at = end;
	const char *newline = NULL;

	while (at > 0 && !newline) {
		size_t size = at < 4096 ? (size_t)at : 4096;

		at -= (off_t)size;
		if (pread(writer->log_fd, writer->input, size, at) != (ssize_t)size)
			return error_errno(err, "cannot read the log file '%s'",
					   writer->files.name);
		newline = memrchr(writer->input, '\n', size);
		if (newline)
			at += newline + 1 - writer->input;
	}
	if (at < end && ftruncate(writer->log_fd, at) < 0)
		return error_errno(err, "cannot cut the log file '%s'", writer->files.name);
	return 0;
}

static int open_files(struct log_writer *writer, const char *id, struct error *err)
{
	struct error why = {0};
	int has_journal;

	if (log_files_init(&writer->files, writer->container_fd, id, err) < 0)
		return -1;
	has_journal = log_spool_open(&writer->spool, writer->run_fd, err);
	if (has_journal < 0)
		return -1;
	if (log_files_open_current(&writer->files, &writer->log_fd, &why) < 0 &&
	    why.code != ENOSPC && why.code != EDQUOT)
		return error_set(err, why.code, "%s", why.text);
	if (writer->log_fd >= 0 && !has_journal && cut_torn_record(writer, err) < 0)
		return -1;
	note_result(writer, drain(writer, false, &why) < 0, &why);
	go_idle(writer);
	return 0;
}

int log_writer_open(struct log_writer **writer, const struct log_writer_request *request,
		    struct error *err)
{
	struct log_writer *opened = alloc_zeroed(1, sizeof(*opened));

	opened->options = request->options;
	opened->tap = request->tap;
	opened->data = request->data;
	opened->log_fd = -1;
	opened->spool = (struct log_spool){.journal_fd = -1, .fds = {-1, -1}};
	opened->container_fd = fcntl(request->container_fd, F_DUPFD_CLOEXEC, 3);
	opened->run_fd = fcntl(request->run_fd, F_DUPFD_CLOEXEC, 3);
	if (map_buffers(opened, err) < 0 ||
	    (!opened->options.is_disabled && open_files(opened, request->id, err) < 0)) {
		log_writer_close(opened);
		return error_wrap(err, "cannot open the log of container %.12s", request->id);
	}
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
	uint64_t end = writer->spool.end[stream], from = state_of(writer)->done[stream];
	ssize_t loaded;

	if (!writer->tap)
		return;
	if (end - from > INPUT_SIZE)
		from = end - length;
	loaded = load_input(writer, stream, from, INPUT_SIZE, NULL);
	if (loaded >= (ssize_t)length)
		pass_on(writer, stream, writer->input + (size_t)loaded - length, length);
}

/* The way of bytes that cannot be spliced: a terminal's, or any while RUN is full. Returns how many
 * came; 0 at the end of file. */
static ssize_t take_by_read(struct log_writer *writer, enum log_stream stream, int fd,
			    struct error *err)
{
	ssize_t n;

	do {
		n = read(fd, writer->input, LOG_SPOOL_CHUNK);
	} while (n < 0 && errno == EINTR);
	writer->loaded.length = 0;
	if (n < 0 && errno == EIO) /* a pty master without a slave */
		return 0;
	if (n < 0)
		return error_errno(err, "cannot read the container's output");
	if ((size_t)n > writer->input_used)
		writer->input_used = (size_t)n;
	pass_on(writer, stream, writer->input, (size_t)n);
	if (!writer->options.is_disabled)
		log_spool_append(&writer->spool, stream, writer->input, (size_t)n);
	return n;
}

static ssize_t take(struct log_writer *writer, enum log_stream stream, int fd, struct error *err)
{
	ssize_t n;

	if (writer->options.is_disabled || writer->cannot_splice[stream])
		return take_by_read(writer, stream, fd, err);
	n = log_spool_pull(&writer->spool, stream, fd);
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
		return error_set(err, why.code, "%s", why.text);
	if (taken > 0 && !writer->options.is_disabled) {
		if (writer->is_behind)
			result = drain(writer, false, &why);
		else
			result = drain_stream(writer, stream, false, &why);
		note_result(writer, result < 0, &why);
	}
	if (taken == LOG_SPOOL_CHUNK)
		return 1;
	go_idle(writer);
	return taken > 0 && writer->cannot_splice[stream];
}

bool log_writer_is_behind(const struct log_writer *writer)
{
	return writer->is_behind;
}

int log_writer_retry(struct log_writer *writer)
{
	struct error why = {0};

	if (writer->is_behind)
		note_result(writer, drain(writer, false, &why) < 0, &why);
	go_idle(writer);
	return writer->is_behind;
}

int log_writer_flush(struct log_writer *writer, struct error *err)
{
	struct error why = {0};

	if (writer->options.is_disabled)
		return 0;
	note_result(writer, drain(writer, true, &why) < 0, &why);
	go_idle(writer);
	return writer->is_behind ? error_set(err, why.code, "%s", why.text) : 0;
}

void log_writer_close(struct log_writer *writer)
{
	if (!writer)
		return;
	cleanup_close(&writer->log_fd);
	cleanup_close(&writer->container_fd);
	cleanup_close(&writer->run_fd);
	log_spool_close(&writer->spool);
	if (writer->input)
		munmap(writer->input, INPUT_SIZE + OUTPUT_SIZE);
	free(writer);
}
