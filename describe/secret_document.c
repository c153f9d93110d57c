/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What secrets and configs of the store look like. A secret's content is never read for this.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "describe/times.h"
#include "storage/secret/secret_store.h"

#include <nettle/base64.h>

json *describe_secret_row(const struct secret_object *object)
{
	json *row = json_new_object();
	auto_free char *age = times_ago(object->created);

	json_set_string(row, "ID", object->id);
	json_set_string(row, "Name", object->name);
	json_set_string(row, "Driver", "");
	json_set_string(row, "CreatedAt", age);
	json_set_string(row, "UpdatedAt", age);
	json_set(row, "Labels", pair_to_json(object->labels, object->label_count));
	describe_flatten(row, "Labels");
	json_set_string(row, "Encrypted", object->is_encrypted ? "yes" : "no");
	return row;
}

static void set_data(json *spec, const struct secret_object *object)
{
	size_t length = BASE64_ENCODE_RAW_LENGTH(object->size);
	auto_free char *text = alloc_zeroed(length + 1, 1);

	base64_encode_raw(text, object->size, (const uint8_t *)object->bytes);
	json_set_string(spec, "Data", text);
}

json *describe_secret(const struct secret_object *object)
{
	json *value = json_new_object(), *version = json_new_object(), *spec = json_new_object();

	json_set_string(value, "ID", object->id);
	json_set_int(version, "Index", 1);
	json_set(value, "Version", version);
	json_set_string(value, "CreatedAt", object->created);
	json_set_string(value, "UpdatedAt", object->created);
	json_set_string(spec, "Name", object->name);
	json_set(spec, "Labels", pair_to_json(object->labels, object->label_count));
	if (object->bytes)
		set_data(spec, object);
	json_set(value, "Spec", spec);
	json_set_int(value, "Size", (int64_t)object->size);
	json_set_bool(value, "Encrypted", object->is_encrypted);
	return value;
}
