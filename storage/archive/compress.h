/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/compress.h - gzip, zstd or plain bytes as one stream of plain bytes.
 *
 * The kind is recognised by its first bytes, never by what a document claims. gzip may have many
 * members and zeroes behind the last one; zstd many frames and skippable ones, with a window of at
 * most 128 MiB. Memory is bounded whatever the input says.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct error;

enum compress_kind { COMPRESS_NONE, COMPRESS_GZIP, COMPRESS_ZSTD, COMPRESS_BZIP2, COMPRESS_XZ };

#define COMPRESS_MAGIC_SIZE  6
#define COMPRESS_OUTPUT_SIZE ((size_t)256 << 10) /* the longest chunk */
enum compress_kind compress_recognize(const void *bytes, size_t length);

struct compress_reader;

/* Reads from @fd, which stays the caller's, from its current position on. bzip2 and xz are
 * ERROR_UNSUPPORTED: image layers do not have them. */
int compress_open(struct compress_reader **reader, int fd, struct error *err);
/* Takes them, too. */
int compress_open_any(struct compress_reader **reader, int fd, struct error *err);
/* Where compressed bytes come from otherwise, as by read(2): up to @size bytes, 0 at the end, -1
 * with @err. */
typedef ssize_t compress_source(void *data, void *bytes, size_t size, struct error *err);
int compress_open_source(struct compress_reader **reader, compress_source *source, void *data,
			 struct error *err);
/* The next bytes, valid until the next call; 0 at the end. */
ssize_t compress_read(struct compress_reader *reader, const void **chunk, struct error *err);
/* From now on chunks that were compressed go to the caller's @output, of COMPRESS_OUTPUT_SIZE. */
void compress_set_output(struct compress_reader *reader, void *output);
enum compress_kind compress_kind(const struct compress_reader *reader);
void compress_close(struct compress_reader *reader);

static inline void compress_cleanup(struct compress_reader **reader)
{
	compress_close(*reader);
}
#define auto_compress __attribute__((cleanup(compress_cleanup)))
