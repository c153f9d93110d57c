/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_ledger.h - what the layers of the cache's records take, each counted
 * once.
 */
#pragma once

#include "base/map.h"
#include "storage/build_cache/build_cache.h"

struct arena;
struct error;

struct build_ledger {
	const struct layout *layout;
	struct arena *arena;
	struct map layers; /* chain id -> struct ledger_layer */
	struct map images; /* chain ids that images and containers have -> not NULL */
	struct map held;   /* those that running builds hold */
	int64_t bytes;	   /* of the layers that only records have */
};

#define auto_build_ledger __attribute__((cleanup(build_ledger_close)))
int build_ledger_open(struct build_ledger *ledger, const struct layout *layout, struct arena *arena,
		      struct error *err);
void build_ledger_close(struct build_ledger *ledger);
void build_ledger_add(struct build_ledger *ledger, const struct build_record *record);
/* Layers that no other record has leave @bytes. */
void build_ledger_drop(struct build_ledger *ledger, const struct build_record *record);
/* Is nothing built on its uppermost layer? */
bool build_ledger_is_leaf(struct build_ledger *ledger, const struct build_record *record);
/* By their uppermost layer. */
bool build_ledger_is_shared(const struct build_ledger *ledger, const struct build_record *record);
bool build_ledger_is_held(const struct build_ledger *ledger, const struct build_record *record);
