/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_use.h - which layers builds need: those of the records of the build cache, and
 * those that a running build holds. What else is in these files is storage/build_cache's.
 */
#pragma once

struct error;
struct layout;

/* Each chain id of them, some more than once. What cannot be read counts for nothing: the cache is
 * only a cache. */
int build_use_each_layer(const struct layout *layout,
			 void (*call)(const char *chain_id, void *data), void *data,
			 struct error *err);
/* Only those that running builds hold. */
int build_use_each_held(const struct layout *layout, void (*call)(const char *chain_id, void *data),
			void *data, struct error *err);
