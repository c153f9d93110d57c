/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/compress_writer.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "storage/archive/igzip.h"

#define OUTPUT_SIZE  ((size_t)256 << 10)
#define MOST_AT_ONCE ((size_t)1 << 30) /* avail_in has 32 bits */
#define LEVEL	     2		       /* as small as gzip -3, several times as fast */

struct compress_writer {
	struct isal_zstream stream;
	compress_sink *sink;
	void *data;
	uint8_t *level_buffer, *output;
};

struct compress_writer *compress_writer_new(compress_sink *sink, void *data)
{
	struct compress_writer *writer = alloc_zeroed(1, sizeof(*writer));

	isal_deflate_init(&writer->stream);
	writer->sink = sink;
	writer->data = data;
	writer->level_buffer = alloc_bytes(ISAL_DEF_LVL2_DEFAULT);
	writer->output = alloc_bytes(OUTPUT_SIZE);
	writer->stream.gzip_flag = IGZIP_GZIP;
	writer->stream.level = LEVEL;
	writer->stream.level_buf = writer->level_buffer;
	writer->stream.level_buf_size = ISAL_DEF_LVL2_DEFAULT;
	return writer;
}

void compress_writer_free(struct compress_writer *writer)
{
	free(writer->level_buffer);
	free(writer->output);
	free(writer);
}

/* Until all input is taken and nothing more comes out. */
static int deflate_some(struct compress_writer *writer, struct error *err)
{
	struct isal_zstream *stream = &writer->stream;

	do {
		int status;

		stream->next_out = writer->output;
		stream->avail_out = OUTPUT_SIZE;
		status = isal_deflate(stream);
		if (status != COMP_OK)
			return error_set(err, ERROR_INVALID, "cannot compress: ISA-L says %d",
					 status);
		if (stream->avail_out < OUTPUT_SIZE &&
		    writer->sink(writer->data, writer->output, OUTPUT_SIZE - stream->avail_out,
				 err) < 0)
			return -1;
	} while (stream->avail_in || stream->avail_out == 0);
	return 0;
}

int compress_writer_add(struct compress_writer *writer, const void *bytes, size_t length,
			struct error *err)
{
	const uint8_t *at = bytes;

	while (length) {
		size_t part = length < MOST_AT_ONCE ? length : MOST_AT_ONCE;

		writer->stream.next_in = (uint8_t *)at;
		writer->stream.avail_in = (uint32_t)part;
		if (deflate_some(writer, err) < 0)
			return -1;
		at += part;
		length -= part;
	}
	return 0;
}

int compress_writer_finish(struct compress_writer *writer, struct error *err)
{
	writer->stream.end_of_stream = 1;
	writer->stream.avail_in = 0;
	do
		if (deflate_some(writer, err) < 0)
			return -1;
	while (writer->stream.internal_state.state != ZSTATE_END);
	return 0;
}
