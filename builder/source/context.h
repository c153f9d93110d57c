/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/source/context.h - door: where a build context, or what ADD fetches, comes from.
 */
#pragma once

#include "base/digest.h"
#include "builder/source/source.h"
#include "storage/staging.h"

#include <stdbool.h>
#include <stdint.h>

struct context_request {
	const char *location; /* a directory; "-": a tar (or a Dockerfile alone) from @stdin_fd; a
			       * git or http URL */
	int stdin_fd;
	const char *dockerfile; /* path: from the caller's folder or (of a compose file, a URL) from
				 * the context; "-": from @stdin_fd; NULL: "Dockerfile" */
	bool is_from_context;	/* a relative @dockerfile is meant from the context */
	bool hides_own_files; /* of a context that was fetched: it was sent by somebody who has left
			       * out what its ignore file names, but for the Dockerfile and the
			       * ignore file itself, which the builder needs */
	const char *dockerfile_inline; /* its text; NULL */
	const char *transport;	       /* libexec/coracle/transport */
	const char *ssh_auth_socket;   /* for git over ssh; NULL */
	bool keeps_git_directory;
};

struct context {
	int fd;			     /* its root; owned */
	const char *root;	     /* the real path of a directory; NULL: it was fetched */
	const char *dockerfile_name; /* for messages */
	const char *dockerfile;	     /* its text; NULL for a named context, which needs none */
	size_t dockerfile_length;
	struct ignore *ignore; /* NULL: none */
	struct source_index *index;
	struct source source; /* of all that */
};

/* Fetched ones are unpacked below @staging. Neither the Dockerfile nor the ignore file may lead out
 * of the context by links. */
int context_open(struct context *context, const struct layout *layout,
		 const struct context_request *request, const struct staging *staging,
		 struct arena *arena, struct error *err);
/* A named context that is a directory, a git or an http URL: has no Dockerfile. */
int context_open_named(struct context *context, const struct layout *layout,
		       const struct context_request *request, const struct staging *staging,
		       struct arena *arena, struct error *err);
void context_close(struct context *context);

/* ADD https://… : the file in a directory of its own below @staging. */
struct context_fetch {
	const char *url;
	const char *transport;
	const char *checksum;	  /* "sha256:…" that it must have (git: a commit); NULL */
	bool keeps_git_directory; /* git: --keep-git-dir */
	const char *ssh_auth_socket;
	bool only_digest; /* what it is, if that can be known without fetching all of it */
};
struct context_fetched {
	int fd; /* the directory with it; of git: the tree; owned. -1: only @hex is known */
	const char *name; /* of the file: from the URL, or what the server says, never with a slash;
			   * "__unnamed__": neither had one. NULL for git */
	bool is_git;
	char hex[DIGEST_HEX_SIZE]; /* of its content; of git: the commit, 40 or 64 digits */
};
bool context_is_url(const char *text);
bool context_is_git(const char *text);
int context_fetch(struct context_fetched *fetched, const struct context_fetch *request,
		  const struct staging *staging, struct arena *arena, struct error *err);
