/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/igzip.h - the streams of ISA-L; where a distribution has none (or with
 * WITHOUT_ISAL), the few calls that we use over zlib, at a third of the speed.
 *
 * zlib's memory lies within the structs, as ISA-L's does: there is nothing to end.
 */
#pragma once

#if !defined(WITHOUT_ISAL) && __has_include(<isa-l/igzip_lib.h>)
#include <isa-l/igzip_lib.h>
#else
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define ISAL_GZIP	      1
#define IGZIP_GZIP	      1
#define ISAL_DEF_LVL2_DEFAULT 1 /* zlib wants no buffer of ours */

enum { ISAL_DECOMP_OK = 0, ISAL_END_INPUT = 1, ISAL_INVALID_BLOCK = -1 };
enum { ISAL_BLOCK_NEW_HDR, ISAL_BLOCK_FINISH };
enum { COMP_OK = 0, STATELESS_OVERFLOW = -1 };
enum { ZSTATE_NEW_HDR, ZSTATE_END };

struct inflate_state {
	uint8_t *next_in, *next_out;
	uint32_t avail_in, avail_out;
	int block_state;
	uint32_t crc_flag;
	z_stream zlib;
	size_t used;
	_Alignas(16) unsigned char memory[96 << 10];
};

struct isal_zstream {
	uint8_t *next_in, *next_out;
	uint32_t avail_in, avail_out;
	uint32_t gzip_flag, level, level_buf_size;
	uint8_t *level_buf;
	uint16_t end_of_stream;
	struct {
		int state;
	} internal_state;
	z_stream zlib;
	size_t used;
	_Alignas(16) unsigned char memory[512 << 10];
};

static inline void *igzip_take(unsigned char *memory, size_t size, size_t *used, size_t length)
{
	void *taken = memory + *used;

	length = (length + 15) & ~(size_t)15;
	if (length > size - *used)
		return NULL;
	*used += length;
	return taken;
}

static inline void *igzip_inflate_alloc(void *data, unsigned count, unsigned size)
{
	struct inflate_state *state = data;

	return igzip_take(state->memory, sizeof(state->memory), &state->used, (size_t)count * size);
}

static inline void *igzip_deflate_alloc(void *data, unsigned count, unsigned size)
{
	struct isal_zstream *stream = data;

	return igzip_take(stream->memory, sizeof(stream->memory), &stream->used,
			  (size_t)count * size);
}

static inline void igzip_no_free(void *data, void *memory)
{
	(void)data;
	(void)memory;
}

static inline void isal_inflate_init(struct inflate_state *state)
{
	state->used = 0;
	state->block_state = ISAL_BLOCK_NEW_HDR;
	state->zlib =
		(z_stream){.zalloc = igzip_inflate_alloc, .zfree = igzip_no_free, .opaque = state};
	inflateInit2(&state->zlib, 15 + 16);
}

static inline int isal_inflate(struct inflate_state *state)
{
	int result;

	state->zlib.next_in = state->next_in;
	state->zlib.avail_in = state->avail_in;
	state->zlib.next_out = state->next_out;
	state->zlib.avail_out = state->avail_out;
	result = inflate(&state->zlib, Z_NO_FLUSH);
	state->next_in = state->zlib.next_in;
	state->avail_in = state->zlib.avail_in;
	state->next_out = state->zlib.next_out;
	state->avail_out = state->zlib.avail_out;
	if (result == Z_STREAM_END)
		state->block_state = ISAL_BLOCK_FINISH;
	return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR
		       ? ISAL_DECOMP_OK
		       : ISAL_INVALID_BLOCK;
}

static inline void isal_deflate_init(struct isal_zstream *stream)
{
	memset(stream, 0, sizeof(*stream));
	stream->zlib =
		(z_stream){.zalloc = igzip_deflate_alloc, .zfree = igzip_no_free, .opaque = stream};
	deflateInit2(&stream->zlib, 3, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int isal_deflate(struct isal_zstream *stream)
{
	int result;

	stream->zlib.next_in = stream->next_in;
	stream->zlib.avail_in = stream->avail_in;
	stream->zlib.next_out = stream->next_out;
	stream->zlib.avail_out = stream->avail_out;
	result = deflate(&stream->zlib, stream->end_of_stream ? Z_FINISH : Z_NO_FLUSH);
	stream->next_in = stream->zlib.next_in;
	stream->avail_in = stream->zlib.avail_in;
	stream->next_out = stream->zlib.next_out;
	stream->avail_out = stream->zlib.avail_out;
	if (result == Z_STREAM_END)
		stream->internal_state.state = ZSTATE_END;
	return result == Z_STREAM_ERROR ? STATELESS_OVERFLOW : COMP_OK;
}
#endif
