/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/file_output.h - writing where a user says: the path of -o, of a configuration file.
 *
 * Links are followed as cat(1) would. A regular file gets its new content at once or keeps the old
 * one; what is none (a device, a FIFO), or is our own standard output, is written into. Nothing is
 * ever removed that was not made here.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct error;

struct file_output {
	int fd;		 /* to write to */
	char *path;	 /* as it was given */
	char *real;	 /* where links lead */
	char *temporary; /* NULL: it is written into */
};

#define FILE_OUTPUT_CLOSED                                                                         \
	{                                                                                          \
		.fd = -1                                                                           \
	}
#define auto_file_output __attribute__((cleanup(file_output_release)))

/* @mode is for a new file; one that is there keeps its own, and its owner. */
int file_output_open(struct file_output *output, const char *path, mode_t mode, struct error *err);
/* All has been written: from now on it is there. */
int file_output_finish(struct file_output *output, struct error *err);
/* Without file_output_finish nothing has changed, unless it was written into. */
void file_output_release(struct file_output *output);

/* All of it in one call. */
int file_output_write(const char *path, const void *bytes, size_t length, mode_t mode,
		      struct error *err);
