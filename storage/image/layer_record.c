/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_record.h"

#include <stdio.h>

#include "base/record.h"
#include "storage/layout.h"

static const struct field fields[] = {
	FIELD(struct layer_record, FIELD_STRING, diff_id, "diffId"),
	FIELD(struct layer_record, FIELD_STRING, blob, "blob"),
	FIELD(struct layer_record, FIELD_INT64, blob_size, "blobSize"),
	FIELD(struct layer_record, FIELD_STRING, media_type, "mediaType"),
	FIELD(struct layer_record, FIELD_STRING, parent, "parent"),
	FIELD(struct layer_record, FIELD_INT64, size, "size"),
	FIELD(struct layer_record, FIELD_INT64, entries, "entries"),
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
		      struct layer_record *record, struct arena *arena)
{
	auto_json json *document = NULL;
	char path[96];

	*record = (struct layer_record){0};
	record_path(path, chain_id);
	document = json_load(layout->layers_fd, path, NULL);
	return document && record_from_json(fields, record, document, arena, NULL) == 0;
}

int layer_record_update(const struct layout *layout, const char *chain_id,
			const struct layer_record *record, struct error *err)
{
	char path[96];

	record_path(path, chain_id);
	return layer_record_save(layout->layers_fd, path, record, err);
}
