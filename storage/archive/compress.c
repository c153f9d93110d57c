/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/compress.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/archive/compress_other.h"
#include "storage/archive/igzip.h"

#define INPUT_SIZE	((size_t)128 << 10)
#define ZSTD_WINDOW_LOG 27 /* 128 MiB, what decoders should support (RFC 8878 3.1.1.1.2) */

struct compress_reader {
	enum compress_kind kind;
	compress_source *source;
	void *data;	   /* for the source */
	int fd;		   /* of the source that compress_open gives */
	bool at_eof;	   /* the source has returned 0 */
	bool in_member;	   /* gzip: between a header and its trailer; zstd: within a frame */
	bool is_padding;   /* gzip: only zeroes may follow */
	size_t at, length; /* what is left of input */
	struct inflate_state *gzip;
	ZSTD_DStream *zstd;
	bool takes_any;
	struct compress_other *other;
	unsigned char *input, *output;
	unsigned char *own_output;
};

enum compress_kind compress_recognize(const void *bytes, size_t length)
{
	static const struct {
		enum compress_kind kind;
		size_t length;
		unsigned char magic[6], mask0;
	} rows[] = {
		{COMPRESS_GZIP, 2, {0x1f, 0x8b}, 0xff},
		{COMPRESS_ZSTD, 4, {0x28, 0xb5, 0x2f, 0xfd}, 0xff},
		{COMPRESS_ZSTD, 4, {0x50, 0x2a, 0x4d, 0x18}, 0xf0}, /* a skippable frame */
		{COMPRESS_BZIP2, 3, {'B', 'Z', 'h'}, 0xff},
		{COMPRESS_XZ, 6, {0xfd, '7', 'z', 'X', 'Z', 0}, 0xff},
	};
	const unsigned char *at = bytes;

	for (size_t i = 0; i < array_length(rows); i++)
		if (length >= rows[i].length && (at[0] & rows[i].mask0) == rows[i].magic[0] &&
		    memcmp(at + 1, rows[i].magic + 1, rows[i].length - 1) == 0)
			return rows[i].kind;
	return COMPRESS_NONE;
}

static ssize_t read_fd(void *data, void *bytes, size_t size, struct error *err)
{
	const struct compress_reader *reader = data;
	ssize_t n;

	do
		n = read(reader->fd, bytes, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? error_errno(err, "cannot read the archive") : n;
}

/* Adds to what is left of the input; keeps the rest at the front. */
static int fill(struct compress_reader *reader, struct error *err)
{
	ssize_t n;

	if (reader->at_eof)
		return 0;
	memmove(reader->input, reader->input + reader->at, reader->length);
	reader->at = 0;
	n = reader->source(reader->data, reader->input + reader->length,
			   INPUT_SIZE - reader->length, err);
	if (n < 0)
		return -1;
	reader->at_eof = n == 0;
	reader->length += (size_t)n;
	return 0;
}

static int open_reader(struct compress_reader **out, struct compress_reader *reader,
		       struct error *err)
{
	bool is_other;

	reader->input = alloc_bytes(INPUT_SIZE);
	while (reader->length < COMPRESS_MAGIC_SIZE && !reader->at_eof)
		if (fill(reader, err) < 0) {
			compress_close(reader);
			return -1;
		}
	reader->kind = compress_recognize(reader->input, reader->length);
	is_other = reader->kind == COMPRESS_BZIP2 || reader->kind == COMPRESS_XZ;
	if (is_other && !reader->takes_any) {
		error_set(err, ERROR_UNSUPPORTED,
			  "data compressed with %s cannot be read: decompress it first",
			  reader->kind == COMPRESS_XZ ? "xz" : "bzip2");
		compress_close(reader);
		return -1;
	}
	if (reader->kind != COMPRESS_NONE)
		reader->output = reader->own_output = alloc_bytes(COMPRESS_OUTPUT_SIZE);
	if (is_other)
		reader->other = compress_other_open(reader->kind);
	if (reader->kind == COMPRESS_GZIP)
		reader->gzip = alloc_zeroed(1, sizeof(*reader->gzip));
	if (reader->kind == COMPRESS_ZSTD) {
		reader->zstd = ZSTD_createDStream();
		if (!reader->zstd)
			alloc_fail();
		ZSTD_DCtx_setParameter(reader->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	}
	*out = reader;
	return 0;
}

static int open_fd(struct compress_reader **out, int fd, bool takes_any, struct error *err)
{
	struct compress_reader *reader = alloc_zeroed(1, sizeof(*reader));

	reader->fd = fd;
	reader->takes_any = takes_any;
	reader->source = read_fd;
	reader->data = reader;
	return open_reader(out, reader, err);
}

int compress_open(struct compress_reader **out, int fd, struct error *err)
{
	return open_fd(out, fd, false, err);
}

int compress_open_any(struct compress_reader **out, int fd, struct error *err)
{
	return open_fd(out, fd, true, err);
}

int compress_open_source(struct compress_reader **out, compress_source *source, void *data,
			 struct error *err)
{
	struct compress_reader *reader = alloc_zeroed(1, sizeof(*reader));

	reader->source = source;
	reader->data = data;
	return open_reader(out, reader, err);
}

void compress_close(struct compress_reader *reader)
{
	if (!reader)
		return;
	free(reader->gzip);
	ZSTD_freeDStream(reader->zstd);
	compress_other_close(reader->other);
	free(reader->input);
	free(reader->own_output);
	free(reader);
}

void compress_set_output(struct compress_reader *reader, void *output)
{
	reader->output = output;
}

enum compress_kind compress_kind(const struct compress_reader *reader)
{
	return reader->kind;
}

static ssize_t read_plain(struct compress_reader *reader, const void **chunk, struct error *err)
{
	ssize_t length;

	if (reader->length == 0 && fill(reader, err) < 0)
		return -1;
	*chunk = reader->input + reader->at;
	length = (ssize_t)reader->length;
	reader->length = 0;
	return length;
}

/* Between members: 1 when one begins, 0 at the end. */
static int next_member(struct compress_reader *reader, struct error *err)
{
	for (;;) {
		if (reader->length < 2 && !reader->at_eof) {
			if (fill(reader, err) < 0)
				return -1;
			continue;
		}
		if (reader->length == 0)
			return 0;
		if (reader->input[reader->at] != 0)
			break;
		reader->is_padding = true;
		reader->at++;
		reader->length--;
	}
	if (reader->is_padding || reader->length < 2 ||
	    compress_recognize(reader->input + reader->at, reader->length) != COMPRESS_GZIP)
		return error_set(err, ERROR_INVALID, "there is garbage behind the gzip data");
	isal_inflate_init(reader->gzip);
	reader->gzip->crc_flag = ISAL_GZIP;
	reader->in_member = true;
	return 1;
}

static ssize_t read_gzip(struct compress_reader *reader, const void **chunk, struct error *err)
{
	struct inflate_state *state = reader->gzip;
	size_t produced = 0;

	while (produced == 0) {
		int result;

		if (!reader->in_member) {
			result = next_member(reader, err);
			if (result <= 0)
				return result;
		}
		if (reader->length == 0 && fill(reader, err) < 0)
			return -1;
		state->next_in = reader->input + reader->at;
		state->avail_in = (uint32_t)reader->length;
		state->next_out = reader->output;
		state->avail_out = (uint32_t)COMPRESS_OUTPUT_SIZE;
		result = isal_inflate(state);
		reader->at += reader->length - state->avail_in;
		reader->length = state->avail_in;
		produced = COMPRESS_OUTPUT_SIZE - state->avail_out;
		if (result != ISAL_DECOMP_OK && result != ISAL_END_INPUT)
			return error_set(err, ERROR_INVALID, "the gzip data is damaged");
		if (state->block_state == ISAL_BLOCK_FINISH)
			reader->in_member = false;
		else if (produced == 0 && reader->length == 0 && reader->at_eof)
			return error_set(err, ERROR_INVALID, "the gzip data ends too early");
	}
	*chunk = reader->output;
	return (ssize_t)produced;
}

static ssize_t read_zstd(struct compress_reader *reader, const void **chunk, struct error *err)
{
	ZSTD_outBuffer output = {.dst = reader->output, .size = COMPRESS_OUTPUT_SIZE};

	while (output.pos == 0) {
		ZSTD_inBuffer input;
		size_t result;

		if (reader->length == 0 && fill(reader, err) < 0)
			return -1;
		if (reader->length == 0 && !reader->in_member)
			return 0;
		input = (ZSTD_inBuffer){.src = reader->input + reader->at, .size = reader->length};
		result = ZSTD_decompressStream(reader->zstd, &output, &input);
		if (ZSTD_isError(result))
			return error_set(err, ERROR_INVALID, "the zstd data is damaged: %s",
					 ZSTD_getErrorName(result));
		reader->at += input.pos;
		reader->length -= input.pos;
		reader->in_member = result != 0;
		if (output.pos == 0 && input.pos == 0 && reader->at_eof && reader->in_member)
			return error_set(err, ERROR_INVALID, "the zstd data ends too early");
	}
	*chunk = reader->output;
	return (ssize_t)output.pos;
}

static ssize_t read_other(struct compress_reader *reader, const void **chunk, struct error *err)
{
	struct compress_step step = {.out_length = COMPRESS_OUTPUT_SIZE};
	int result = 0;

	step.out = reader->output;
	while (result == 0 && step.out_length == COMPRESS_OUTPUT_SIZE) {
		if (reader->length == 0 && fill(reader, err) < 0)
			return -1;
		step.in = reader->input + reader->at;
		step.in_length = reader->length;
		step.is_last = reader->at_eof;
		result = compress_other_run(reader->other, &step, err);
		reader->at += reader->length - step.in_length;
		reader->length = step.in_length;
	}
	*chunk = reader->output;
	return result < 0 ? -1 : (ssize_t)(COMPRESS_OUTPUT_SIZE - step.out_length);
}

ssize_t compress_read(struct compress_reader *reader, const void **chunk, struct error *err)
{
	switch (reader->kind) {
	case COMPRESS_GZIP:
		return read_gzip(reader, chunk, err);
	case COMPRESS_ZSTD:
		return read_zstd(reader, chunk, err);
	case COMPRESS_BZIP2:
	case COMPRESS_XZ:
		return read_other(reader, chunk, err);
	case COMPRESS_NONE:
		break;
	}
	return read_plain(reader, chunk, err);
}
