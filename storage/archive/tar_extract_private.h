/* SPDX-License-Identifier: Apache-2.0 */
/* storage/archive/tar_extract_private.h - what the files of tar_extract share. */
#pragma once

#include "base/arena.h"
#include "storage/archive/tar_extract.h"
#include "storage/archive/tarball.h"

struct compress_reader;

/* Directory times are set last: every entry in it would change them. */
struct tar_extract_time {
	char *path;
	struct timespec mtime;
};

struct tar_extract_state {
	struct tar_extract *extract;
	struct compress_reader *reader;
	struct tarball_reader tar;
	struct arena arena;
	struct tar_extract_time *times;
	size_t time_count;
	char *parent; /* the directory that parent_fd is */
	int parent_fd;
};

/* One entry and where it goes. */
struct tar_extract_item {
	struct tar_extract_state *run;
	struct tarball_entry entry;
	int parent_fd;	  /* the run's */
	const char *name; /* in it */
};

/* ---- tar_extract_place.c ---- */

/* Is the directory one that may be written to? @path is for the message. */
int tar_extract_check_place(int fd, const char *path, struct error *err);
/* The directory @path, a cleaned one of the archive. */
int tar_extract_open_directory(const struct tar_extract *extract, const char *path,
			       struct error *err);
/* Fills parent and name of the @item at @path; makes directories that the archive does not name. */
int tar_extract_find_parent(struct tar_extract_state *run, const char *path,
			    struct tar_extract_item *item, struct error *err);
/* What was found may not be there any more. */
void tar_extract_forget_parent(struct tar_extract_state *run);
