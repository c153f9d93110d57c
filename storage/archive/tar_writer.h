/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/tar_writer.h - door: tar archives as a stream; pure but for the sink.
 *
 * The same calls make the same bytes. Headers are ustar where that is enough; a PAX header comes
 * before one with a long name, big numbers, extended attributes or a sparse map (GNU's format 1.0).
 * Names are bytes. (libarchive's writer would bring all its formats, and the libraries that they
 * need, into the program.)
 */
#pragma once

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct error;

/* Takes the next bytes of the archive: a file, a hash, a compressor. */
typedef int tar_writer_sink(void *data, const void *bytes, size_t length, struct error *err);

struct tar_writer {
	tar_writer_sink *sink;
	void *data;
	bool has_exact_times; /* nanoseconds, by a PAX record; else cut to seconds as Docker does */
	/* the rest is this module's */
	struct strbuf buffer;
	int64_t missing; /* content that the entry still needs */
	size_t padding;	 /* zeroes behind it */
	int fd;		 /* of tar_writer_init_fd */
};

struct tar_writer_xattr {
	const char *name;
	const void *value;
	size_t length;
};

/* A piece of a sparse file that is no hole. */
struct tar_writer_extent {
	int64_t offset, length;
};

struct tar_writer_entry {
	const char *path; /* a directory's without a slash at the end */
	const char *link; /* target: of a symbolic link, or with is_hard_link of a hard one */
	bool is_hard_link;
	mode_t mode; /* type (S_IFREG, …) and bits */
	uid_t uid;
	gid_t gid;
	dev_t device;
	int64_t size; /* of a regular file */
	struct timespec mtime;
	const struct tar_writer_xattr *xattrs;
	size_t xattr_count;
	/* Rising, within size; then only their content is given. is_sparse with none: one hole. */
	bool is_sparse;
	const struct tar_writer_extent *extents;
	size_t extent_count;
};

void tar_writer_init(struct tar_writer *writer, tar_writer_sink *sink, void *data);
/* Writes to a descriptor, which stays the caller's. */
void tar_writer_init_fd(struct tar_writer *writer, int fd);
void tar_writer_release(struct tar_writer *writer);
#define auto_tar_writer __attribute__((cleanup(tar_writer_release)))

/* The entry's header; a regular file's content follows by tar_writer_data, exactly as much as was
 * promised. */
int tar_writer_begin(struct tar_writer *writer, const struct tar_writer_entry *entry,
		     struct error *err);
int tar_writer_data(struct tar_writer *writer, const void *bytes, size_t length, struct error *err);
/* The end of the archive; everything has been given to the sink then. */
int tar_writer_finish(struct tar_writer *writer, struct error *err);

/* Files of our own: owner root, mode 0644 or 0755, time 0. */
int tar_writer_add_bytes(struct tar_writer *writer, const char *path, const void *bytes,
			 size_t length, struct error *err);
int tar_writer_add_file(struct tar_writer *writer, const char *path, int from_fd, int64_t size,
			struct error *err);
int tar_writer_add_directory(struct tar_writer *writer, const char *path, struct error *err);
