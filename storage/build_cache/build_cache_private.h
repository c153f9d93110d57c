/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_cache_private.h - locks of the build cache, between its files.
 */
#pragma once

#include <stdbool.h>

struct error;

/* Its bytes stand for keys. */
#define BUILD_LOCKS "build/keys.lock"

/* Does another process hold the key's? */
bool build_cache_is_locked(int locks_fd, const char *key);
/* Between two attempts to take a lock: a moment (begin with 1 ms), or ECANCELED. */
int build_cache_wait(int cancel_fd, int *pause_ms, struct error *err);
