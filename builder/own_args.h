/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/own_args.h - build arguments that are for the builder, not for the Dockerfile: BuildKit's
 * BUILDKIT_… that mean something here.
 */
#pragma once

#include <stdbool.h>

struct build;

/* Is it one of them? What else begins with BUILDKIT_ has no effect. */
bool own_args_has(const char *name);
/* What a RUN's host is called; NULL: it was not said. */
const char *own_args_hostname(const struct build *build);
bool own_args_keeps_git_directory(const struct build *build);
bool own_args_wants_inline_cache(const struct build *build);
