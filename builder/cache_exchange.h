/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/cache_exchange.h - --cache-from and --cache-to: the build cache of another place.
 *
 * A place is an OCI image whose config has the records of a build's steps and whose layers are
 * theirs: in a directory ("local"), in a registry ("registry"), or the built image itself
 * ("inline").
 */
#pragma once

#include "base/json.h"
#include "builder/build.h"
#include "storage/build_cache/build_cache.h"

#include <stddef.h>

struct cache_exchange;
struct error;

/* Reads which steps the places have; of one that is not there @warn is told, no error. */
int cache_exchange_open(struct cache_exchange **exchange, struct engine *engine,
			const struct build_request *request,
			void (*warn)(const char *text, void *data), void *data);
void cache_exchange_close(struct cache_exchange *exchange); /* NULL is fine */
/* What build_cache_find did not find: when a place has it, its layers are brought here and it is
 * put among the records. 1: build_cache_find finds it now; 0: it does not. */
int cache_exchange_fetch(struct cache_exchange *exchange, const char *key, struct error *err);

/* The steps of a build that went well, by their records. */
struct cache_exchange_steps {
	const struct build_record *records;
	size_t count;
	const char *top_chain; /* of the image that was built: mode=min takes the records whose
				* layers are all among its */
};
/* Writes one place of --cache-to, but for "inline". */
int cache_exchange_save(struct engine *engine, const struct build_cache_place *place,
			const struct cache_exchange_steps *steps, struct error *err);
/* "inline": before image_assemble, into the config of the image. */
void cache_exchange_mark(json *document, const struct cache_exchange_steps *steps);
