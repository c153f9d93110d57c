/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_stamp.h - ROOT/build/kept: when all of the cache was looked at last,
 * and what it took then.
 *
 * With it, the end of a build looks only at what has come since, however much the cache has. It is
 * only a hint: without it, all is looked at again.
 */
#pragma once

#include "storage/layout.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Does the cache take at most @limit bytes (0: it has no bound), and is it not long ago that
 * somebody looked at all of it? False when in doubt. */
bool build_stamp_is_fresh(const struct layout *layout, int64_t limit, const struct timespec *now);
/* @then: before it was looked at. */
void build_stamp_set(const struct layout *layout, int64_t bytes, const struct timespec *then);
