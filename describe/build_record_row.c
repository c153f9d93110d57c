/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `builder du` and `system df` show of the build cache.
 */
#include "describe/objects.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "describe/times.h"
#include "storage/build_cache/build_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOUNT "exec.cachemount"

static void set_time(json *row, const char *at, const char *since, int64_t seconds)
{
	const struct timespec time = {.tv_sec = (time_t)seconds};
	char text[UNITS_TIME_SIZE];
	auto_free char *ago = times_ago(units_format_time(text, &time));

	json_set_string(row, at, text);
	json_set_string(row, since, ago);
}

json *describe_build_record_row(const struct build_record *record)
{
	json *row = json_new_object();
	char text[32];

	snprintf(text, sizeof(text), "%.25s", record->key);
	json_set_string(row, "ID", text);
	json_set_string(row, "CacheType", record->kind);
	json_set_string(row, "Description", record->description ? record->description : "");
	json_set_bool(row, "InUse", record->is_in_use);
	json_set_bool(row, "Mutable", strcmp(record->kind, MOUNT) == 0);
	json_set_bool(row, "Reclaimable", !record->is_in_use);
	json_set_bool(row, "Shared", record->is_shared);
	json_set_string(row, "Size", units_format_size(text, sizeof(text), record->size));
	set_time(row, "CreatedAt", "CreatedSince", record->created_s);
	set_time(row, "LastUsedAt", "LastUsedSince", record->used_s);
	json_set_int(row, "UsageCount", record->uses + 1);
	return row;
}

static void set_rfc3339(json *item, const char *name, int64_t seconds)
{
	const struct timespec time = {.tv_sec = (time_t)seconds};
	char text[UNITS_TIME_SIZE];

	json_set_string(item, name, units_format_time(text, &time));
}

json *describe_build_record_item(const struct build_record *record)
{
	json *item = json_new_object();
	char id[32];

	snprintf(id, sizeof(id), "%.25s", record->key);
	json_set_string(item, "ID", id);
	json_set_string(item, "Type", record->kind);
	json_set_string(item, "Description", record->description ? record->description : "");
	json_set_bool(item, "InUse", record->is_in_use);
	json_set_bool(item, "Shared", record->is_shared);
	json_set_int(item, "Size", record->size);
	set_rfc3339(item, "CreatedAt", record->created_s);
	set_rfc3339(item, "LastUsedAt", record->used_s);
	json_set_int(item, "UsageCount", record->uses + 1);
	return item;
}
