/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/compress_other.h"

#include <bzlib.h>
#include <limits.h>
#include <lzma.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"

#define XZ_MEMORY_LIMIT ((uint64_t)96 << 20)

struct compress_other {
	bool is_xz;
	lzma_stream xz;
	bz_stream bzip2;
	bool in_stream; /* bzip2: one has begun and not ended */
};

struct compress_other *compress_other_open(enum compress_kind kind)
{
	struct compress_other *other = alloc_zeroed(1, sizeof(*other));

	other->is_xz = kind == COMPRESS_XZ;
	if (other->is_xz &&
	    lzma_stream_decoder(&other->xz, XZ_MEMORY_LIMIT, LZMA_CONCATENATED) != LZMA_OK)
		alloc_fail();
	return other;
}

void compress_other_close(struct compress_other *other)
{
	if (!other)
		return;
	if (other->is_xz)
		lzma_end(&other->xz);
	else if (other->in_stream)
		BZ2_bzDecompressEnd(&other->bzip2);
	free(other);
}

static int run_xz(struct compress_other *other, struct compress_step *step, struct error *err)
{
	lzma_stream *stream = &other->xz;
	lzma_ret result;

	stream->next_in = step->in;
	stream->avail_in = step->in_length;
	stream->next_out = step->out;
	stream->avail_out = step->out_length;
	result = lzma_code(stream, step->is_last ? LZMA_FINISH : LZMA_RUN);
	step->in = stream->next_in;
	step->in_length = stream->avail_in;
	step->out = stream->next_out;
	step->out_length = stream->avail_out;
	if (result == LZMA_STREAM_END)
		return 1;
	if (result == LZMA_MEMLIMIT_ERROR)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the xz data needs more than %d MiB to be decompressed",
				 (int)(XZ_MEMORY_LIMIT >> 20));
	if (result == LZMA_BUF_ERROR && step->is_last)
		return error_set(err, ERROR_INVALID, "the xz data ends too early");
	if (result != LZMA_OK && result != LZMA_BUF_ERROR)
		return error_set(err, ERROR_INVALID, "the xz data is damaged");
	return 0;
}

static int run_bzip2(struct compress_other *other, struct compress_step *step, struct error *err)
{
	bz_stream *stream = &other->bzip2;
	int result;

	if (!other->in_stream) {
		if (step->in_length == 0)
			return step->is_last;
		*stream = (bz_stream){0};
		if (BZ2_bzDecompressInit(stream, 0, 0) != BZ_OK)
			alloc_fail();
		other->in_stream = true;
	}
	stream->next_in = (char *)step->in;
	stream->avail_in = (unsigned)step->in_length;
	stream->next_out = (char *)step->out;
	stream->avail_out = (unsigned)step->out_length;
	result = BZ2_bzDecompress(stream);
	if (result == BZ_OK && step->is_last && stream->avail_in == 0 && stream->avail_out > 0)
		return error_set(err, ERROR_INVALID, "the bzip2 data ends too early");
	step->in += step->in_length - stream->avail_in;
	step->in_length = stream->avail_in;
	step->out += step->out_length - stream->avail_out;
	step->out_length = stream->avail_out;
	if (result == BZ_STREAM_END) {
		BZ2_bzDecompressEnd(stream);
		other->in_stream = false;
	} else if (result != BZ_OK) {
		return error_set(err, ERROR_INVALID, "the bzip2 data is damaged");
	}
	return 0;
}

int compress_other_run(struct compress_other *other, struct compress_step *step, struct error *err)
{
	return other->is_xz ? run_xz(other, step, err) : run_bzip2(other, step, err);
}
