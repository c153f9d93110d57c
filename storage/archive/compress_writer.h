/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/compress_writer.h - plain bytes to gzip, as they come (ISA-L's fast levels).
 *
 * The same bytes in the same pieces give the same result on the same kind of machine: no name and
 * no time is in the header.
 */
#pragma once

#include <stddef.h>

struct error;

typedef int compress_sink(void *data, const void *bytes, size_t length, struct error *err);

struct compress_writer;

struct compress_writer *compress_writer_new(compress_sink *sink, void *data);
void compress_writer_free(struct compress_writer *writer);
int compress_writer_add(struct compress_writer *writer, const void *bytes, size_t length,
			struct error *err);
/* Writes the end of the stream. */
int compress_writer_finish(struct compress_writer *writer, struct error *err);

static inline void compress_writer_cleanup(struct compress_writer **writer)
{
	if (*writer)
		compress_writer_free(*writer);
}
#define auto_compress_writer __attribute__((cleanup(compress_writer_cleanup)))
