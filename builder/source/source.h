/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/source/source.h - door: a tree of files that COPY, ADD and bind mounts take from: the
 * context, a named context, a stage or an image.
 *
 * Everything is opened by descriptors below the root; links are followed within it. Neither devices
 * nor FIFOs are ever opened. What a context's files contain is known from an index below
 * ROOT/build/contexts (device, inode, size, times of modification and change → digest), so that
 * unchanged files are not read again; a file that changed in the moment before it was indexed is.
 */
#pragma once

#include "base/digest.h"
#include "builder/source/ignore.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct arena;
struct error;
struct layout;
struct source_index;

struct source {
	const char *name;	     /* for messages: "context", "stage build", "image alpine" */
	int fd;			     /* the root directory; borrowed */
	const struct ignore *ignore; /* NULL: nothing is hidden */
	struct source_index *index;  /* NULL: files are hashed each time */
	bool has_lost_xattrs;	     /* extended attributes are not taken: a context's */
	/* Asked now and then while contents are read: -1 ends it; NULL. */
	int (*goes_on)(void *data, struct error *err);
	void *data;
};

/* Opened once a context and build, saved at its end (best effort). @key: what names the context:
 * its real path. */
int source_index_open(struct source_index **index, const struct layout *layout, const char *key,
		      struct error *err);
void source_index_close(struct source_index *index); /* saves; NULL is fine */

/* Which files one COPY or ADD takes, or one bind mount. */
struct source_select {
	char *const *patterns; /* its sources: from the root, with or without a leading slash, with
				* wildcards; NULL-terminated */
	const struct ignore *excludes; /* --exclude; NULL */
	bool is_literal;	       /* they are names: nothing in them is a wildcard */
	bool keeps_parents;	       /* --parents */
	bool is_archive; /* ADD: a file named in full is unpacked, if it is an archive */
};

enum source_entry_kind {
	SOURCE_ENTRY_FILE,	/* begins a source that is a single file (or link, FIFO, device) */
	SOURCE_ENTRY_DIRECTORY, /* begins a source that is a directory, whose contents are taken */
	SOURCE_ENTRY_CHILD	/* in the directory that was begun last, parents first */
};
struct source_entry {
	enum source_entry_kind kind;
	const char *path;     /* from the source's root */
	const char *relative; /* FILE: the name that it was given; DIRECTORY: ""; CHILD: from the
			       * directory that was begun. --parents: the root or what stands
			       * before "/./" is begun, all else is a CHILD */
	int parent_fd; /* directory that holds it, and its name there; DIRECTORY: itself, "." */
	const char *name;
	struct stat status; /* of the entry itself, not of what a link leads to */
	const char *link;   /* where a symbolic link leads; NULL */
	bool is_implied;    /* a directory that --exclude or --parents does not take: it leads to
			     * what they take */
};
typedef int source_visit(const struct source_entry *entry, void *data, struct error *err);

/* In the order of sources, below a directory by bytes of names. ERROR_NOT_FOUND: a source without
 * wildcards that is not there, or that an ignore file hides (it says which pattern). */
int source_walk(const struct source *source, const struct source_select *select,
		source_visit *visit, void *data, struct error *err);
/* What of it counts for the cache: kinds, names, modes, owners (0:0 for a context's), link targets,
 * contents, for trees that keep them extended attributes; no times. */
int source_digest(const struct source *source, const struct source_select *select,
		  char hex[DIGEST_HEX_SIZE], struct error *err);
/* Opens a regular file that was visited, without waiting and following nothing. ERROR_CONFLICT: it
 * is none any more. Whether it is still as it was is the caller's to see. */
int source_open_file(const struct source_entry *entry, struct error *err);
