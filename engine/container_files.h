/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_files.h - door: what is in a container's file system: cp, diff, export, commit.
 *
 * Works for running, paused and stopped containers. No program, library or file of the container
 * is run or loaded, and whatever the container does to its directories meanwhile, nothing outside
 * of it is read or written.
 */
#pragma once

#include "engine/engine.h"

#include <stdbool.h>
#include <sys/stat.h>

struct arena;
struct error;

struct container_copy {
	const char *path;  /* in the container, from its root */
	const char *local; /* on the host; NULL: a tar stream at stream_fd */
	int stream_fd;
	bool keeps_owner;  /* else who copies (root) gets the files; a stream says itself */
	bool follows_link; /* the source may be a link to what is meant */
	bool to_user;	   /* what a stream brings belongs to the user that the container runs as */
	bool replaces;	   /* and takes the place of directories, and directories that of files */
};

/* Docker's rules on what exists, is a directory, or ends with a slash or "/.". A source that is not
 * there is ERROR_NOT_FOUND, a target that does not fit ERROR_INVALID, one that cannot be written to
 * EROFS. */
int container_copy_out(struct engine *engine, const char *id, const struct container_copy *copy,
		       struct error *err);
int container_copy_in(struct engine *engine, const char *id, const struct container_copy *copy,
		      struct error *err);

struct container_path {
	const char *name; /* the last part of its path; "/" */
	struct stat status;
	const char *target; /* of a link: where it leads to, from the root on; NULL */
};

/* What is there. A link at the end is followed only if the path ends with a slash or "/.", which
 * only a directory's may. Errors as of a source. */
int container_look(struct engine *engine, const char *id, const char *path,
		   struct container_path *found, struct arena *arena, struct error *err);

/* The root file system, without what is mounted in it, as one tar stream. */
int container_export(struct engine *engine, const char *id, int fd, struct error *err);

struct container_change {
	char kind; /* 'A'dded, 'C'hanged, 'D'eleted */
	const char *path;
};

/* Against the image, sorted by path. */
int container_diff(struct engine *engine, const char *id, struct container_change **changes,
		   size_t *count, struct arena *arena, struct error *err);

struct container_commit {
	const char *name; /* a reference; NULL: none */
	const char *author, *message;
	char *const *changes; /* instructions as in a Dockerfile; NULL: none */
	bool pauses;	      /* a running one, while its files are read */
};

/* A new image from the container: @image_id gets "sha256:HEX". */
int container_commit(struct engine *engine, const char *id, const struct container_commit *commit,
		     char image_id[80], struct error *err);
