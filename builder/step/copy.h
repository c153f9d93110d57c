/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/step/copy.h - door: COPY, ADD and WORKDIR on a mounted root file system.
 *
 * Paths in the root are walked below its descriptor, links followed within it.
 */
#pragma once

#include "builder/source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct copy_inline { /* a heredoc of COPY */
	const char *name, *content;
	size_t length;
};

struct copy_owner {
	bool is_set;
	uid_t uid;
	gid_t gid;
};

struct copy_request {
	int root_fd;		 /* of --link: an empty directory, so that no link is followed */
	const char *destination; /* absolute, not cleaned: a slash at its end counts */
	const struct source *source; /* NULL: only @inlines */
	const struct source_select *select;
	const struct copy_inline *inlines;
	size_t inline_count;
	struct copy_owner owner;
	const char *chmod; /* octal or symbolic ("u=rwX,go=rX"); NULL: as it is */
	bool unpacks;	   /* ADD of an archive of the context, or --unpack */
	/* ADD of a URL: 0600, whatever it lies here with */
	bool has_mode;
	mode_t mode;
	/* set by copy_run: a file was not any more what source_walk had seen of it, so the result
	 * is not what its digest says */
	bool has_changed;
};
int copy_run(struct copy_request *request, struct error *err);

/* --chown and USER: names are looked up in the root's /etc/passwd and /etc/group. */
int copy_find_owner(int root_fd, const char *text, struct copy_owner *owner, struct error *err);
/* Is it a form that --chmod takes? */
int copy_check_chmod(const char *text, struct error *err);
/* WORKDIR: makes what is missing of @path, owned by @owner. True in @is_new when something was. */
int copy_make_directory(int root_fd, const char *path, const struct copy_owner *owner, bool *is_new,
			struct error *err);
