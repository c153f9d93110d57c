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
 * When the disk is full, step 3 fails: the announcement stays as it is and is repeated later.
 */
#include "engine/monitor/log_append.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/logs/log_format.h"

/* A chunk of 100-byte lines in one write, and the room that the encoder keeps free. */
#define OUTPUT_SIZE (160 * 1024 + LOG_FORMAT_RECORD_MAX)
/* What may stay resident of the buffers while the container is silent. */
#define INPUT_KEPT  4096
#define OUTPUT_KEPT 8192
/* Spool pages are given back in such steps, or when there is nothing left to read. */
#define TRIM_STEP (UINT64_C(64) << 10)
#define TRIM_IDLE (UINT64_C(16) << 10)

static struct log_spool_state *state_of(struct log_append *append)
{
	return &append->spool.state;
}

/* Anonymous pages: an idle writer gives them back, malloc would keep them. */
int log_append_map(struct log_append *append, struct error *err)
{
	void *map = mmap(NULL, LOG_APPEND_INPUT + OUTPUT_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return error_errno(err, "cannot map the log buffers");
	append->input = map;
	append->output = append->input + LOG_APPEND_INPUT;
	return 0;
}

void log_append_release(struct log_append *append)
{
	if (append->input_used > INPUT_KEPT)
		madvise(append->input + INPUT_KEPT, LOG_APPEND_INPUT - INPUT_KEPT, MADV_DONTNEED);
	if (append->output_used > OUTPUT_KEPT)
		madvise(append->output + OUTPUT_KEPT, OUTPUT_SIZE - OUTPUT_KEPT, MADV_DONTNEED);
	append->input_used = append->output_used = 0;
	append->loaded.length = 0;
}

ssize_t log_append_load(struct log_append *append, enum log_stream stream, uint64_t from,
			size_t size, struct error *err)
{
	ssize_t n;

	if (append->loaded.stream == stream && append->loaded.from == from &&
	    append->loaded.length > 0 && append->loaded.length <= size &&
	    from + append->loaded.length == append->spool.end[stream])
		return (ssize_t)append->loaded.length;
	n = log_spool_read(&append->spool, stream, from, append->input, size);
	if (n < 0)
		return error_errno(err, "cannot read the log spool");
	append->loaded.stream = stream;
	append->loaded.from = from;
	append->loaded.length = (size_t)n;
	if ((size_t)n > append->input_used)
		append->input_used = (size_t)n;
	return n;
}

/* Opens the current file if need be, and learns what to announce as its end: somebody may have
 * truncated or removed the log, or appended to it. */
static int locate_end(struct log_append *append, struct error *err)
{
	struct log_spool_state *state = state_of(append);
	struct stat status;

	if (append->log_fd >= 0 && fstat(append->log_fd, &status) == 0 && status.st_nlink == 0) {
		close(append->log_fd);
		append->log_fd = -1;
	}
	if (append->log_fd < 0 && log_files_open_current(&append->files, &append->log_fd, err) < 0)
		return -1;
	if (fstat(append->log_fd, &status) < 0)
		return error_errno(err, "cannot read the log file '%s'", append->files.name);
	state->inode = status.st_ino;
	state->offset = (uint64_t)status.st_size;
	return 0;
}

/* Repeatable: see log_files_rotate. The new file is empty until a write to it is announced. */
static int finish_rotation(struct log_append *append, struct error *err)
{
	struct log_spool_state *state = state_of(append);

	cleanup_close(&append->log_fd);
	append->log_fd = -1;
	if (log_files_is_current(&append->files, state->inode) &&
	    log_files_rotate(&append->files, append->max_files, err) < 0)
		return -1;
	if (locate_end(append, err) < 0)
		return -1;
	state->kind = LOG_SPOOL_IDLE;
	log_spool_commit(&append->spool);
	return 0;
}

/* Makes room by rotation and leaves the current file's inode and end in the state. */
static int prepare_file(struct log_append *append, struct error *err)
{
	struct log_spool_state *state = state_of(append);

	if (locate_end(append, err) < 0)
		return -1;
	if (append->max_size < 0 || state->offset < (uint64_t)append->max_size)
		return 0;
	state->kind = LOG_SPOOL_ROTATE;
	log_spool_commit(&append->spool);
	return finish_rotation(append, err);
}

/* Writes the output buffer to the announced place. What is announced is then done: in memory only,
 * since to repeat it does no harm. */
static int write_records(struct log_append *append, size_t length, struct error *err)
{
	uint64_t offset = state_of(append)->offset;
	size_t at = 0;

	if (length > append->output_used)
		append->output_used = length;
	while (at < length) {
		ssize_t n = pwrite(append->log_fd, append->output + at, length - at,
				   (off_t)(offset + at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot write the log file '%s'",
					   append->files.name);
		at += (size_t)n;
	}
	state_of(append)->kind = LOG_SPOOL_IDLE;
	return 0;
}

static struct timespec announced_time(struct log_append *append)
{
	return (struct timespec){state_of(append)->seconds, (long)state_of(append)->nanoseconds};
}

/* The records of an announced write or gap, into the output buffer; returns their length. */
static ssize_t encode_announced(struct log_append *append, struct error *err)
{
	struct log_spool_state *state = state_of(append);
	enum log_stream stream = (enum log_stream)state->stream;
	uint64_t length = state->done[stream] - state->from;
	char text[128];
	struct log_encoding encoding = {
		.stream = stream,
		.time = announced_time(append),
		.bytes = append->input,
		.length = (size_t)length,
		.is_final = true,
		.out = append->output,
		.out_size = OUTPUT_SIZE,
	};

	if (state->kind == LOG_SPOOL_GAP) {
		encoding.bytes = text;
		encoding.length = (size_t)snprintf(
			text, sizeof(text),
			"[coracle: %" PRIu64 " bytes of output lost: the disk was full]\n", length);
	} else {
		ssize_t loaded = log_append_load(
			append, stream, state->from,
			length < LOG_APPEND_INPUT ? (size_t)length : LOG_APPEND_INPUT, err);

		if (loaded < 0)
			return -1;
		if ((uint64_t)loaded < length) /* somebody has cut the spool */
			encoding.length = (size_t)loaded;
	}
	log_format_encode(&encoding);
	return (ssize_t)encoding.out_length;
}

/* Does again what was announced and failed, or what a killed writer may not have finished. */
static int repeat_announced(struct log_append *append, struct error *err)
{
	struct log_spool_state *state = state_of(append);
	struct log_spool_state announced = *state;
	ssize_t length;

	if (state->kind == LOG_SPOOL_IDLE)
		return 0;
	if (state->kind == LOG_SPOOL_ROTATE)
		return finish_rotation(append, err);
	if (locate_end(append, err) < 0)
		return -1;
	/* Somebody truncated or removed the log: then its new end is the place. */
	if (state->inode == announced.inode && state->offset >= announced.offset)
		state->offset = announced.offset;
	else
		log_spool_commit(&append->spool);
	length = encode_announced(append, err);
	return length < 0 ? -1 : write_records(append, (size_t)length, err);
}

static void announce(struct log_append *append, enum log_spool_kind kind, enum log_stream stream,
		     uint64_t upto)
{
	struct log_spool_state *state = state_of(append);

	state->kind = kind;
	state->stream = stream;
	state->from = state->done[stream];
	state->done[stream] = upto;
	state->lost[stream] = 0;
	log_spool_commit(&append->spool);
	log_spool_trim(&append->spool, stream, state->from, TRIM_STEP);
}

static void set_time(struct log_append *append)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	state_of(append)->seconds = now.tv_sec;
	state_of(append)->nanoseconds = now.tv_nsec;
}

static int write_gap(struct log_append *append, enum log_stream stream, struct error *err)
{
	struct log_spool_state *state = state_of(append);
	ssize_t length;

	if (prepare_file(append, err) < 0)
		return -1;
	set_time(append);
	announce(append, LOG_SPOOL_GAP, stream, state->done[stream] + state->lost[stream]);
	length = encode_announced(append, err);
	return length < 0 ? -1 : write_records(append, (size_t)length, err);
}

/* Writes the first whole records of @bytes; returns how many bytes that were, 0 when they contain
 * none. */
static ssize_t write_lines(struct log_append *append, enum log_stream stream, const char *bytes,
			   size_t length, bool is_final, struct error *err)
{
	struct log_spool_state *state = state_of(append);
	struct log_encoding encoding = {
		.stream = stream,
		.bytes = bytes,
		.length = length,
		.is_final = is_final,
		.out = append->output,
		.out_size = OUTPUT_SIZE,
	};
	size_t used;

	if (prepare_file(append, err) < 0)
		return -1;
	set_time(append);
	encoding.time = announced_time(append);
	if (append->max_size >= 0)
		encoding.stop_after = (size_t)(append->max_size - (int64_t)state->offset);
	used = log_format_encode(&encoding);
	if (used == 0)
		return 0;
	announce(append, LOG_SPOOL_WRITE, stream, state->done[stream] + used);
	if (write_records(append, encoding.out_length, err) < 0)
		return -1;
	return (ssize_t)used;
}

int log_append_drain_stream(struct log_append *append, enum log_stream stream, bool is_final,
			    struct error *err)
{
	struct log_spool_state *state = state_of(append);

	for (;;) {
		uint64_t from = state->done[stream];
		size_t at = 0;
		ssize_t loaded, used = 0;
		bool is_all;

		if (state->lost[stream]) {
			if (write_gap(append, stream, err) < 0)
				return -1;
			continue;
		}
		if (from >= append->spool.end[stream])
			return 0;
		loaded = log_append_load(append, stream, from, LOG_APPEND_INPUT, err);
		if (loaded < 0)
			return -1;
		if (loaded == 0) { /* somebody has cut the spool */
			state->lost[stream] = append->spool.end[stream] - from;
			continue;
		}
		is_all = from + (uint64_t)loaded >= append->spool.end[stream];
		while (at < (size_t)loaded) {
			used = write_lines(append, stream, append->input + at, (size_t)loaded - at,
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

int log_append_drain(struct log_append *append, bool is_final, struct error *err)
{
	if (repeat_announced(append, err) < 0)
		return -1;
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		if (log_append_drain_stream(append, (enum log_stream)i, is_final, err) < 0)
			return -1;
	return 0;
}

/* The last announcement is carried out, so nothing behind it is needed. */
void log_append_trim(struct log_append *append)
{
	struct log_spool *spool = &append->spool;

	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		if (spool->state.done[i] < spool->punched[i] + TRIM_IDLE)
			continue;
		log_spool_commit(spool);
		log_spool_trim(spool, (enum log_stream)i, spool->state.done[i], TRIM_IDLE);
	}
}

/* Nobody knows any more what a torn record was to become: it goes. (After a power cut.) */
static int cut_torn_record(struct log_append *append, struct error *err)
{
	off_t end = lseek(append->log_fd, 0, SEEK_END), at = end;
	const char *newline = NULL;

	while (at > 0 && !newline) {
		size_t size = at < 4096 ? (size_t)at : 4096;

		at -= (off_t)size;
		if (pread(append->log_fd, append->input, size, at) != (ssize_t)size)
			return error_errno(err, "cannot read the log file '%s'",
					   append->files.name);
		newline = memrchr(append->input, '\n', size);
		if (newline)
			at += newline + 1 - append->input;
	}
	if (at < end && ftruncate(append->log_fd, at) < 0)
		return error_errno(err, "cannot cut the log file '%s'", append->files.name);
	return 0;
}

int log_append_open(struct log_append *append, int run_fd, struct error *err)
{
	struct error why = {0};

	if (log_spool_open(&append->spool, run_fd, err) < 0)
		return -1;
	if (log_files_open_current(&append->files, &append->log_fd, &why) < 0 &&
	    why.code != ENOSPC && why.code != EDQUOT)
		return error_pass(err, &why);
	/* With a write announced, repeating it mends the end. */
	if (append->log_fd < 0 || state_of(append)->kind != LOG_SPOOL_IDLE)
		return 0;
	return cut_torn_record(append, err);
}

void log_append_close(struct log_append *append)
{
	cleanup_close(&append->log_fd);
	log_spool_close(&append->spool);
	if (append->input)
		munmap(append->input, LOG_APPEND_INPUT + OUTPUT_SIZE);
}
