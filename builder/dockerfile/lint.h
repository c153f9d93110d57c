/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/lint.h - door: the rules of `build --check`, as BuildKit names them. Pure.
 */
#pragma once

#include "builder/dockerfile/dockerfile.h"

struct lint_request {
	const struct dockerfile *dockerfile;
	const struct pair *build_args; /* that were given */
	size_t build_arg_count;
	const char *target;   /* NULL: the last stage */
	bool has_all_targets; /* none was named, and nothing is built: every stage counts */
	/* Is this file of the context hidden by the ignore file? NULL: not asked. */
	bool (*is_ignored)(const char *path, void *data);
	/* The variables of an image ("NAME=value", NULL-terminated, NULL: unknown); NULL: not
	 * asked. Without them nothing is said of variables that a stage on it does not define. */
	char **(*image_env)(const char *reference, void *data);
	void *data;
};

/* In order of lines, those that "# check=skip=" names left out; includes the parser's. */
struct dockerfile_warning *lint_dockerfile(const struct lint_request *request, size_t *count,
					   struct arena *arena);
/* What a rule is about, in a sentence, and where to read of it, on a line of its own; NULL: no such
 * rule. */
const char *lint_describe(const char *rule);
