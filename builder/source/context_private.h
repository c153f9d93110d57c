/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/source/context_private.h - parts of context.h: the files that say how to build.
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
/* Finds and reads the Dockerfile, from wherever it is wanted, and what goes with it: the ignore
 * file, unless @ignores is false. @context->fd and root are set. */
int context_files_load(struct context *context, const struct context_request *request, bool ignores,
		       struct arena *arena, struct error *err);
/* The ignore file of the root alone. */
int context_files_load_ignore(struct context *context, struct arena *arena, struct error *err);
