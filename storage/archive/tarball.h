/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/tarball.h - reading tar streams (libarchive's tar format alone).
 *
 * It takes every dialect: ustar, PAX, GNU long names, sparse files, base-256 numbers, and uses no
 * decompression of libarchive's and no other format. Names are bytes. While a reader is open, this
 * process cannot grow by more than 192 MiB: libarchive keeps a sparse file's map in memory, however
 * long the archive says it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>

struct archive;
struct archive_entry;
struct error;

/* Gives the next bytes of the stream, valid until the next call; 0 at the end. */
typedef ssize_t tarball_source(void *data, const void **chunk, struct error *err);

struct tarball_reader {
	struct archive *archive;
	struct archive_entry *entry;
	tarball_source *source;
	void *data;
	struct error *source_error; /* where the source's own error goes during a call */
	bool source_failed, is_drained;
	struct rlimit memory; /* as it was */
};

struct tarball_entry {
	const char *path;
	const char *hardlink, *symlink; /* NULL: not one */
	mode_t type, mode;		/* S_IFREG, …; mode without type */
	uid_t uid, gid;
	int64_t size;
	dev_t device;
	struct timespec mtime;
};

int tarball_open(struct tarball_reader *reader, tarball_source *source, void *data,
		 struct error *err);
/* 1 with @entry filled (valid until the next call), 0 at the end of the archive. */
int tarball_next(struct tarball_reader *reader, struct tarball_entry *entry, struct error *err);
/* The next run of the entry's data and where it belongs in the file; 0 at its end. Holes are left
 * out. */
ssize_t tarball_data(struct tarball_reader *reader, const void **chunk, int64_t *offset,
		     struct error *err);
/* The entry's extended attributes one by one; false when there are no more. */
bool tarball_xattr(struct tarball_reader *reader, const char **name, const void **value,
		   size_t *length);
/* Reads the source to its end, behind the end of the archive. */
int tarball_drain(struct tarball_reader *reader, struct error *err);
void tarball_close(struct tarball_reader *reader);
#define auto_tarball __attribute__((cleanup(tarball_close)))
