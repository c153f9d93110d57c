/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/archive_progress.h - what is seen while a large archive is read, and its layers unpacked.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct invocation;

struct archive_progress {
	struct invocation *invocation;
	const char *object; /* "Archive images.tar" */
	int fd;		    /* that it is read from; -1: a directory */
	int64_t size;	    /* 0: nobody knows */
	int64_t begun_ns;
	bool is_shown;
};

/* @name as it was typed; NULL or "-": standard input. */
void archive_progress_begin(struct archive_progress *progress, struct invocation *invocation,
			    const char *name, int fd);
/* For struct image_import, and for struct image_load; @data is the struct archive_progress. */
void archive_progress_tick(void *data);
void archive_progress_layer(const char *layer, int64_t done, int64_t total, void *data);
/* Where the command goes on and shows more. */
void archive_progress_end_reading(struct archive_progress *progress, bool has_failed);
/* Before other output. */
void archive_progress_end(struct archive_progress *progress, bool has_failed);
