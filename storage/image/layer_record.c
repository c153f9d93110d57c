/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_record.h"

#include <stdio.h>

#include "base/record.h"
#include "storage/layout.h"
#include "storage/reference.h"

static bool is_hex(const char *text)
{
	return reference_is_hex(text, 64) && !text[64];
}

static const struct field fields[] = {
	FIELD_FORM_NEEDED(struct layer_record, FIELD_STRING, diff_id, "diffId", is_hex),
	FIELD_FORM(struct layer_record, FIELD_STRING, blob, "blob", is_hex),
	FIELD_RANGE(struct layer_record, FIELD_INT64, blob_size, "blobSize", 0, INT64_MAX),
	FIELD(struct layer_record, FIELD_STRING, media_type, "mediaType"),
	FIELD_FORM(struct layer_record, FIELD_STRING, parent, "parent", is_hex),
	FIELD_RANGE(struct layer_record, FIELD_INT64, size, "size", 0, INT64_MAX),
	FIELD_RANGE(struct layer_record, FIELD_INT64, entries, "entries", 0, INT64_MAX),
	FIELD(struct layer_record, FIELD_BOOL, is_snapshot, "snapshot"),
	FIELD(struct layer_record, FIELD_BOOL, has_root, "hasRoot"),
	{0},
};

int layer_record_save(int dirfd, const char *name, const struct layer_record *record,
		      struct error *err)
{
	auto_json json *document = record_to_json(fields, record);

	return json_save_volatile(dirfd, name, document, 0600, err);
}

static void record_path(char path[96], const char *chain_id)
{
	snprintf(path, 96, "%.64s/layer.json", chain_id);
}

int layer_record_load(const struct layout *layout, const char *chain_id,
		      struct layer_record *record, struct arena *arena, struct error *err)
{
	char path[96];

	record_path(path, chain_id);
	if (record_load(fields, record, layout->layers_fd, path, arena, err) == 0)
		return 1;
	*record = (struct layer_record){0};
	return 0;
}

int layer_record_update(const struct layout *layout, const char *chain_id,
			const struct layer_record *record, struct error *err)
{
	char path[96];

	record_path(path, chain_id);
	return layer_record_save(layout->layers_fd, path, record, err);
}
