/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/source/context_private.h - parts of context.h: the files that say how to build, and what
 * is fetched or unpacked.
 */
#pragma once

#include "builder/source/context.h"

struct strbuf;

/* A Dockerfile or an ignore file is not longer than that. */
#define CONTEXT_FILE_LIMIT ((size_t)4 << 20)

/* Reads a regular file below @dirfd; its links may not lead out of there. ERROR_NOT_FOUND. */
int context_files_read(int dirfd, const char *path, struct strbuf *text, struct error *err);
/* All that comes from a descriptor, if it is not more than CONTEXT_FILE_LIMIT. */
int context_files_drain(int fd, struct strbuf *text, struct error *err);
void context_files_set(struct context *context, const char *name, const struct strbuf *text,
		       struct arena *arena);
/* Finds and reads the Dockerfile, from wherever it is wanted, unless it is there already, and (for
 * a directory of this host) the ignore file that goes with it. @context->fd and root are set. */
int context_files_load(struct context *context, const struct context_request *request,
		       struct arena *arena, struct error *err);
/* The ignore file of the root alone. */
int context_files_load_ignore(struct context *context, struct arena *arena, struct error *err);

/* A new directory below @staging; a new file without a name there. */
int context_make_directory(const struct staging *staging, struct error *err);
int context_make_file(const struct staging *staging, struct error *err);
/* What is in @fd: an archive is unpacked into @context->fd (made if it is -1), else it is a
 * Dockerfile, which goes to @dockerfile. */
int context_archive_open(struct context *context, int fd, const struct staging *staging,
			 struct strbuf *dockerfile, struct error *err);
int context_archive_open_stdin(struct context *context, int stdin_fd, const struct staging *staging,
			       struct strbuf *dockerfile, struct error *err);

/* What was fetched earlier by a URL: 1 with its digest and the server's validator; 0: nothing that
 * can be asked about. Both are remembered by the other one, best effort. */
int context_memory_find(const struct layout *layout, const char *url, char hex[DIGEST_HEX_SIZE],
			const char **validator, struct arena *arena);
void context_memory_put(const struct layout *layout, const char *url, const char *hex,
			const char *validator);

/* context_fetch of git. */
int context_git_fetch(struct context_fetched *fetched, const struct context_fetch *request,
		      const struct staging *staging, struct arena *arena, struct error *err);
