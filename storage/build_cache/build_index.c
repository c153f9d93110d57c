/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/build_cache/build_index.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/build_cache/build_record.h"
#include "storage/image/manifest.h"

#define VERSION 1

static json *format_layer(const struct build_index_layer *layer)
{
	json *value = json_new_object();

	json_set_string(value, "chain", layer->chain_id);
	json_set_string(value, "diff", layer->diff_id);
	json_set_int(value, "parent", layer->parent);
	json_set_int(value, "blob", layer->blob);
	if (layer->is_snapshot)
		json_set_bool(value, "snapshot", true);
	if (layer->has_root)
		json_set_bool(value, "root", true);
	return value;
}

static json *format_record(const struct build_record *record, int64_t top)
{
	json *value = json_new_object();

	json_set_string(value, "key", record->key);
	json_set_int(value, "top", top);
	json_set_string(value, "kind", record->kind);
	json_set_string(value, "description", record->description);
	json_set_string(value, "value", record->value);
	json_set_int(value, "created", record->created_s);
	return value;
}

json *build_index_format(const struct build_index *index)
{
	json *value = json_new_object(), *layers = json_new_array(), *records = json_new_array();

	for (size_t i = 0; i < index->layer_count; i++)
		json_add(layers, format_layer(index->layers + i));
	for (size_t i = 0; i < index->record_count; i++)
		json_add(records, format_record(index->records + i, index->tops[i]));
	json_set_int(value, "version", VERSION);
	json_set(value, "layers", layers);
	json_set(value, "records", records);
	return value;
}

/* ---- and back ----------------------------------------------------------------------------------
 */

static int complain(const char *what, size_t i, struct error *err)
{
	return error_set(err, ERROR_INVALID, "the index of the build cache is wrong: %s %zu", what,
			 i + 1);
}

/* Each layer's chain follows from its parent's, so that it cannot be called something else. */
static int parse_layer(struct build_index *index, const json *value, size_t i, struct error *err)
{
	struct build_index_layer *layer = index->layers + i;
	const char *chain = json_string(value, "chain", ""), *diff = json_string(value, "diff", "");

	layer->parent = json_int(value, "parent", -1);
	layer->blob = json_int(value, "blob", -1);
	layer->is_snapshot = json_flag(value, "snapshot", false);
	layer->has_root = json_flag(value, "root", false);
	if (!build_record_is_key(chain) || !build_record_is_key(diff) || layer->parent < -1 ||
	    layer->parent >= (int64_t)i || layer->blob < -1)
		return complain("layer", i, err);
	memcpy(layer->diff_id, diff, DIGEST_HEX_SIZE);
	manifest_chain(layer->chain_id,
		       layer->parent < 0 ? NULL : index->layers[layer->parent].chain_id, diff);
	return strcmp(layer->chain_id, chain) == 0 ? 0 : complain("layer", i, err);
}

static int parse_record(struct build_index *index, const json *value, size_t i, struct arena *arena,
			struct error *err)
{
	int64_t top = json_int(value, "top", -1);
	struct build_record *record = index->records + i;

	*record = (struct build_record){
		.key = arena_string(arena, json_string(value, "key", "")),
		.kind = arena_string(arena, json_string(value, "kind", "regular")),
		.description = arena_string(arena, json_string(value, "description", "")),
		.value = arena_string(arena, json_string(value, "value", NULL)),
		.created_s = json_int(value, "created", 0),
	};
	index->tops[i] = top;
	if (!build_record_is_key(record->key) || top < -1 || top >= (int64_t)index->layer_count)
		return complain("record", i, err);
	return 0;
}

int build_index_parse(struct build_index *index, const json *value, struct arena *arena,
		      struct error *err)
{
	json *layers = json_get(value, "layers"), *records = json_get(value, "records");

	*index = (struct build_index){0};
	if (json_int(value, "version", 0) != VERSION)
		return 0;
	index->layers = arena_array(arena, json_length(layers), sizeof(*index->layers));
	for (; index->layer_count < json_length(layers); index->layer_count++)
		if (parse_layer(index, json_at(layers, index->layer_count), index->layer_count,
				err) < 0)
			return -1;
	index->records = arena_array(arena, json_length(records), sizeof(*index->records));
	index->tops = arena_array(arena, json_length(records), sizeof(*index->tops));
	for (; index->record_count < json_length(records); index->record_count++)
		if (parse_record(index, json_at(records, index->record_count), index->record_count,
				 arena, err) < 0)
			return -1;
	return 0;
}

void build_index_stack(const struct build_index *index, int64_t top, struct build_record *record,
		       struct arena *arena)
{
	size_t count = 0;

	for (int64_t at = top; at >= 0; at = index->layers[at].parent)
		count++;
	record->layer_count = count;
	record->chain_ids = arena_array(arena, count + 1, sizeof(char *));
	record->diff_ids = arena_array(arena, count + 1, sizeof(char *));
	for (int64_t at = top; at >= 0; at = index->layers[at].parent) {
		const struct build_index_layer *layer = index->layers + at;

		record->chain_ids[--count] = (char *)layer->chain_id;
		record->diff_ids[count] = arena_format(arena, "sha256:%s", layer->diff_id);
	}
}
