/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/build_cache/build_ledger.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/build_use.h"
#include "storage/image/gc.h"
#include "storage/image/image_index.h"
#include "storage/image/layer_store.h"

struct ledger_layer {
	size_t uses, tops; /* records that have it, and that have it as their uppermost */
	int64_t size;
};

static char here[] = "";

static int mark_images(struct build_ledger *ledger, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	auto_gc_marks struct gc_marks marks = {0};

	if (image_index_open(&index, ledger->layout, false, err) < 0)
		return -1;
	gc_mark_index(&marks, &index);
	if (gc_mark_containers(&marks, ledger->layout, err) < 0)
		return -1;
	ledger->images = marks.layers;
	marks.layers = (struct map){0};
	return 0;
}

static void note_held(const char *chain_id, void *data)
{
	struct build_ledger *ledger = data;

	map_set(&ledger->held, chain_id, here);
}

int build_ledger_open(struct build_ledger *ledger, const struct layout *layout, struct arena *arena,
		      struct error *err)
{
	*ledger = (struct build_ledger){.layout = layout, .arena = arena};
	if (mark_images(ledger, err) == 0 &&
	    build_use_each_held(layout, note_held, ledger, err) == 0)
		return 0;
	build_ledger_close(ledger);
	return -1;
}

void build_ledger_close(struct build_ledger *ledger)
{
	map_release(&ledger->layers);
	map_release(&ledger->images);
	map_release(&ledger->held);
}

static struct ledger_layer *find_layer(struct build_ledger *ledger, const char *chain_id)
{
	void **slot = map_slot(&ledger->layers, chain_id);

	if (!*slot)
		*slot = arena_alloc(ledger->arena, sizeof(struct ledger_layer));
	return *slot;
}

void build_ledger_add(struct build_ledger *ledger, const struct build_record *record)
{
	for (size_t i = 0; i < record->layer_count; i++) {
		const char *chain_id = record->chain_ids[i];
		struct ledger_layer *layer = find_layer(ledger, chain_id);

		layer->tops += i + 1 == record->layer_count;
		if (layer->uses++ || map_has(&ledger->images, chain_id))
			continue;
		layer->size = layer_store_size(ledger->layout, chain_id);
		ledger->bytes += layer->size;
	}
}

void build_ledger_drop(struct build_ledger *ledger, const struct build_record *record)
{
	for (size_t i = 0; i < record->layer_count; i++) {
		struct ledger_layer *layer = find_layer(ledger, record->chain_ids[i]);

		layer->tops -= i + 1 == record->layer_count;
		if (--layer->uses == 0)
			ledger->bytes -= layer->size;
	}
}

bool build_ledger_is_leaf(struct build_ledger *ledger, const struct build_record *record)
{
	const struct ledger_layer *top;

	if (!record->layer_count)
		return true;
	top = find_layer(ledger, record->chain_ids[record->layer_count - 1]);
	return top->uses == top->tops;
}

static bool has_top(const struct map *chain_ids, const struct build_record *record)
{
	return record->layer_count &&
	       map_has(chain_ids, record->chain_ids[record->layer_count - 1]);
}

bool build_ledger_is_shared(const struct build_ledger *ledger, const struct build_record *record)
{
	return has_top(&ledger->images, record);
}

bool build_ledger_is_held(const struct build_ledger *ledger, const struct build_record *record)
{
	return has_top(&ledger->held, record);
}
