/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/bundle_use.h - door: which files of bundles (storage/bundle) containers use.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct container;

/* Was one of these made of what is at @path, or does it bind something of it? How many. */
size_t bundle_use_count(const struct container *containers, size_t count, const char *path);
