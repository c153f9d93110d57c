/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes: a row of volume ls, and what inspect shows.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/cleanup.h"
#include "describe/times.h"
#include "storage/volume/volume.h"

json *describe_volume(const struct volume *volume)
{
	json *value = json_new_object();
	auto_free char *created = times_whole(volume->created);

	json_set_string(value, "CreatedAt", created);
	json_set_string(value, "Driver", describe_text_or(volume->driver, "local"));
	json_set(value, "Labels",
		 describe_unless_empty(pair_to_json(volume->labels, volume->label_count)));
	json_set_string(value, "Mountpoint", describe_text_or(volume->mountpoint, ""));
	json_set_string(value, "Name", volume->name);
	json_set(value, "Options",
		 describe_unless_empty(pair_to_json(volume->options, volume->option_count)));
	json_set_string(value, "Scope", "local");
	return value;
}

/* What only a cluster or `system df -v` knows is "N/A", as Docker's. */
json *describe_volume_row(const struct volume *volume)
{
	json *row = json_new_object();
	auto_free char *created = times_whole(volume->created);

	json_set_string(row, "Availability", "N/A");
	json_set_string(row, "CreatedAt", created);
	json_set_string(row, "Driver", describe_text_or(volume->driver, "local"));
	json_set_string(row, "Group", "N/A");
	json_set(row, "Labels", pair_to_json(volume->labels, volume->label_count));
	describe_flatten(row, "Labels");
	json_set_string(row, "Links", "N/A");
	json_set_string(row, "Mountpoint", describe_text_or(volume->mountpoint, ""));
	json_set_string(row, "Name", volume->name);
	json_set(row, "Options", pair_to_json(volume->options, volume->option_count));
	json_set_string(row, "Scope", "local");
	json_set_string(row, "Size", "N/A");
	json_set_string(row, "Status", "N/A");
	return row;
}
