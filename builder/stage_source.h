/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/stage_source.h - the files of a stage, an image or a context, for who copies or mounts
 * some of them.
 */
#pragma once

#include "base/digest.h"
#include "builder/source/source.h"

#include <stdbool.h>

struct build;
struct error;
struct stage;

/* What is taken, and the exclusions as they are written, which the digest is kept under. */
struct stage_selection {
	struct source_select select;
	char *const *excludes; /* NULL: none */
};

/* The context of the build (@stage NULL) or a named one, which is as it is: nothing has to be built
 * to know its files. */
bool stage_source_is_context(const struct stage *stage);
/* @stage NULL: the context. The source borrows *@fd, which stays open (-1: nothing to close). */
int stage_source_open(const struct build *build, const struct stage *stage, struct source *source,
		      int *fd, struct error *err);
/* 1: known. 0: the layers would have to be looked into, which only happens with @may_look, in a
 * process for that: a cached build mounts nothing. */
int stage_source_digest(const struct build *build, const struct stage *stage,
			const struct stage_selection *selection, bool may_look,
			char hex[DIGEST_HEX_SIZE], struct error *err);
/* Are a context's files others than those of @hex? They were looked at before the build began, and
 * are taken when it is a step's turn. */
bool stage_source_has_changed(const struct build *build, const struct stage *stage,
			      const struct stage_selection *selection, const char *hex);
