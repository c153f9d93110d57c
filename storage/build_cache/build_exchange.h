/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_exchange.h - door: build cache from and for other machines.
 *
 * It is an OCI image: layers of build steps, and a config whose member "coracle.cache" says which
 * records have which of them. What it says is not trusted, as far as it can be checked: digests of
 * blobs, of layers, and of chains. That a layer is what a step makes cannot be checked: whoever
 * names a place trusts it.
 */
#pragma once

#include "base/json.h"
#include "storage/build_cache/build_place.h"
#include "storage/layout.h"

#include <stddef.h>

struct arena;
struct build_exchange;
struct error;

/* Reads which records a place has. */
int build_exchange_open(struct build_exchange **exchange, const struct layout *layout,
			const struct build_place_wish *wish, struct error *err);
void build_exchange_close(struct build_exchange *exchange); /* NULL is fine */
/* Brings the layers of a record here and notes it. 1; 0: the place does not have it, or only
 * without layers that are not here. */
int build_exchange_fetch(struct build_exchange *exchange, const char *key, struct error *err);

/* Stacks of layers: the records that are about nothing else are written. */
struct build_exchange_stack {
	char *const *chain_ids, *const *diff_ids; /* bottom first; "sha256:" before diff ids */
	size_t count;
};
struct build_exchange_stacks {
	const struct build_exchange_stack *items;
	size_t count;
};
int build_exchange_save(const struct layout *layout, const struct build_place_wish *wish,
			const struct build_exchange_stacks *stacks, struct error *err);
/* Into the config of an image of these layers, which carries them itself. */
int build_exchange_mark(const struct layout *layout, const struct build_exchange_stack *image,
			json *document, struct error *err);
