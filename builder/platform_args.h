/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/platform_args.h - names of platforms, and the arguments that say what is built for what.
 */
#pragma once

#include "builder/scope.h"

struct arena;
struct build;
struct error;

/* "arm64" to "linux/arm64"; NULL and "": this host's. A variant that the architecture means anyway
 * is left out. */
const char *platform_full_name(const char *text, struct arena *arena);
/* The arguments that FROM sees: the automatic ones, and ARG before the first FROM. */
int platform_args_globals(struct build *build, struct scope *globals, struct error *err);
