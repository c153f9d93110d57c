/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/cache_exchange.h - --cache-from and --cache-to: the build cache of other places.
 */
#pragma once

#include "builder/plan.h"
#include "storage/build_cache/build_cache.h"

#include <stdbool.h>

struct build;
struct cache_exchange;
struct error;

/* Reads which records the places have; of one that is not there the caller is warned. */
int cache_exchange_open(struct build *build, struct error *err);
void cache_exchange_close(struct build *build);
/* build_cache_find, and, with @may_fetch, what the places have. */
int cache_exchange_find(const struct build *build, const char *key, struct build_record *record,
			bool may_fetch, struct error *err);
/* Writes the places, but for "inline", once all steps are done. */
int cache_exchange_save(struct build *build, struct error *err);
/* "inline": into the config of the image that is made of these layers, if that was asked for. */
int cache_exchange_mark(const struct build *build, const struct layer_stack *layers,
			struct error *err);
