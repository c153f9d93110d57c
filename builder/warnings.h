/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/warnings.h - what is not wrong, but is said.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct build;
struct dockerfile_warning;
struct error;

/* The rules of --check, in order of lines; of all stages, or of those that the target needs. */
struct dockerfile_warning *warnings_find(struct build *build, bool has_all_targets, size_t *count);

/* Tells of them. ERROR_INVALID: the Dockerfile wants them to be errors. */
int warnings_tell(struct build *build, struct error *err);
/* --build-arg that no ARG asks for. */
int warnings_unused(struct build *build, struct error *err);
