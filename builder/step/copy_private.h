/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/step/copy_private.h - what the files of COPY share.
 *
 * Everything is written below a descriptor of a directory, by a name without slashes that is never
 * followed. The caller's umask is 0.
 */
#pragma once

#include "builder/step/copy.h"

#include "base/map.h"
#include "base/strbuf.h"

struct copy_level {
	int fd;
	size_t length; /* of the path that leads to it */
	bool sets_time;
	struct timespec mtime; /* set last: every entry in it would change it */
};

struct copying {
	struct copy_request *request;
	bool ends_in_directory; /* the destination was written with a slash at its end */
	char *destination;	/* cleaned */
	char *buffer;		/* of COPY_BUFFER_SIZE */
	/* Directories that are open below the destination, the deepest last. */
	struct copy_level *levels;
	size_t depth;
	struct strbuf path; /* of the deepest, from the first one on */
	struct map linked;  /* "device:inode" → path of its copy, from the first level on */
};
#define COPY_BUFFER_SIZE ((size_t)256 << 10)

/* What an entry becomes. */
struct copy_target {
	int dirfd;
	const char *name;
	uid_t uid;
	gid_t gid;
	mode_t mode; /* with its type */
	dev_t device;
	struct timespec mtime;
};

/* ---- copy_target.c ---- */

/* Owner, mode and time of what @status is of; directory and name are the caller's. */
void copy_target_describe(const struct copying *copying, const struct stat *status,
			  struct copy_target *target);
/* The path of @name in the directory that is being written to, for messages. malloc'ed. */
char *copy_target_path(const struct copying *copying, const char *name);
/* Owner, mode and, unless it is a directory, times of what was made. Attributes come later: with
 * another owner, capabilities go. */
int copy_target_finish(const struct copy_target *target, int fd, struct error *err);
/* Do extended attributes come along? */
bool copy_target_has_xattrs(const struct copying *copying);

/* ---- copy_destination.c ---- */

/* The destination as a directory; what is missing of it is made with @mode. */
int copy_destination_directory(const struct copying *copying, mode_t mode, struct error *err);
/* The directory that a single file goes into, and its @name there (malloc'ed): @base when the
 * destination is a directory. */
int copy_destination_file(const struct copying *copying, const char *base, char **name,
			  struct error *err);

/* ---- copy_unpack.c ---- */

/* A file that is an archive goes into the destination as what is in it. 1: done, 0: it is none. */
int copy_unpack_try(const struct copying *copying, const struct source_entry *entry,
		    struct error *err);

/* ---- copy_file.c ---- */

/* Is an open file not any more what was seen of it? Then it is noted. */
void copy_file_check(const struct copying *copying, const struct source_entry *entry, int fd);

/* Anything but a directory, in place of what is there. Sockets are left out. */
int copy_file_put(struct copying *copying, const struct source_entry *entry,
		  const struct copy_target *target, struct error *err);
int copy_file_put_inline(const struct copying *copying, const struct copy_inline *document,
			 const struct copy_target *target, struct error *err);

/* ---- copy_level.c ---- */

/* Begins with @fd, which it takes: what is copied goes below it. @mtime may be NULL. */
void copy_level_begin(struct copying *copying, int fd, const struct timespec *mtime);
/* The directory that @entry goes into, and its name there. */
int copy_level_find(struct copying *copying, const struct source_entry *entry, const char **name,
		    struct error *err);
/* Makes the directory @target and goes into it. */
int copy_level_enter(struct copying *copying, const struct source_entry *entry,
		     const struct copy_target *target, struct error *err);
/* Leaves all of them. */
int copy_level_end(struct copying *copying, struct error *err);

/* ---- copy_chmod.c ---- */

/* What --chmod=@text, which copy_check_chmod has seen, makes of @mode; NULL: nothing. */
mode_t copy_chmod_apply(const char *text, mode_t mode);
/* The mode of directories that are made on the way to the destination. */
mode_t copy_chmod_parent(const char *text);
