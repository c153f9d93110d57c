/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume as inspect shows it; volume ls shows parts of the same.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "storage/volume/volume.h"

json *describe_volume(const struct volume *volume)
{
	json *value = json_new_object();

	json_set_string(value, "CreatedAt", describe_text_or(volume->created, ""));
	json_set_string(value, "Driver", describe_text_or(volume->driver, "local"));
	json_set(value, "Labels", pair_to_json(volume->labels, volume->label_count));
	json_set_string(value, "Mountpoint", describe_text_or(volume->mountpoint, ""));
	json_set_string(value, "Name", volume->name);
	json_set(value, "Options", pair_to_json(volume->options, volume->option_count));
	json_set_string(value, "Scope", "local");
	return value;
}
