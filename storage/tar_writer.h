/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/tar_writer.h - plain ustar archives of our own files: owner root, time 0.
 *
 * The same calls make the same bytes. (libarchive's writer would bring all its formats, and the
 * libraries that they need, into the program.)
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct error;

/* @path has at most 100 bytes. All write to the descriptor at once. */
int tar_writer_add_bytes(int fd, const char *path, const void *bytes, size_t length,
			 struct error *err);
int tar_writer_add_file(int fd, const char *path, int from_fd, int64_t size, struct error *err);
int tar_writer_add_directory(int fd, const char *path, struct error *err);
int tar_writer_finish(int fd, struct error *err);
