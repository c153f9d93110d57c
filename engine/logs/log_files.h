/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/logs/log_files.h - the files of one log: NAME, NAME.1 (the one before), … NAME.N-1.
 *
 * Files are known by inode, since their names move while they are read. A file's number only ever
 * grows and a new file appears only under the bare name: so a reader that saw the same listing
 * before and after it opened a file knows that it opened the right one.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct error;

struct log_files {
	int dirfd; /* not owned */
	char name[NAME_MAX + 1];
};

enum log_files_which {
	LOG_FILES_NEWEST,
	LOG_FILES_OLDEST,
	LOG_FILES_OLDER, /* than the given one */
	LOG_FILES_NEWER, /* the oldest when the given one is gone */
};

int log_files_init(struct log_files *files, int dirfd, const char *id, struct error *err);

/* Opens for reading; returns 1, or 0 when there is no such file. */
int log_files_open(const struct log_files *files, enum log_files_which which, ino_t given, int *fd,
		   struct error *err);
/* Is the file of this inode the one that is being written? */
bool log_files_is_current(const struct log_files *files, ino_t inode);
/* Opens (creates) the file that is being written, for reading and writing. */
int log_files_open_current(const struct log_files *files, int *fd, struct error *err);
/* Moves every file on by one number, into the first gap; the current name is free afterwards.
 * Killed anywhere and called again, no file is lost before it is the oldest of @max_files. */
int log_files_rotate(const struct log_files *files, int max_files, struct error *err);
