/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of a body, by tables of their types.
 */
#include "api/config/config.h"

#include "base/arena.h"
#include "base/error.h"

#include <string.h>
#include <strings.h>

int config_wrong_type(const char *name, const char *wanted, struct error *err)
{
	return error_set(err, ERROR_INVALID, "invalid JSON: %s must be %s", name, wanted);
}

int config_read_list(char ***out, const json *list, const char *name, struct arena *arena,
		     struct error *err)
{
	size_t count = json_length(list);
	char **items = arena_array(arena, count + 1, sizeof(*items));

	*out = NULL;
	if (list && !json_is_array(list))
		return config_wrong_type(name, "a list of texts", err);
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_at(list, i);

		if (!text)
			return config_wrong_type(name, "a list of texts", err);
		items[i] = arena_string(arena, text);
	}
	items[count] = NULL;
	if (count)
		*out = items;
	return 0;
}

static int read_text(const char **out, json *value, const char *name, struct arena *arena,
		     struct error *err)
{
	const char *text;

	if (!value)
		return 0;
	if (!json_is_string(value))
		return config_wrong_type(name, "a text", err);
	text = json_object_get_string(value);
	if (*text)
		*out = arena_string(arena, text);
	return 0;
}

static int read_number(int64_t *out, const json *value, const char *name, struct error *err)
{
	if (!value)
		return 0;
	if (!json_object_is_type(value, json_type_int))
		return config_wrong_type(name, "a whole number", err);
	*out = json_object_get_int64(value);
	return 0;
}

static int read_flag(bool *out, const json *value, const char *name, struct error *err)
{
	if (!value)
		return 0;
	if (!json_object_is_type(value, json_type_boolean))
		return config_wrong_type(name, "true or false", err);
	*out = json_object_get_boolean(value);
	return 0;
}

/* As Go's decoder finds it: the exact name first, else one in other letters (docker-py sends
 * "detachKeys" to exec). */
static json *find_member(const json *object, const char *name)
{
	json *value = json_get(object, name);

	if (value || !json_is_object(object))
		return value;
	json_each (key, other, object)
		if (strcasecmp(key, name) == 0)
			return other;
	return NULL;
}

int config_read_members(void *out, const struct config_member *rows, const json *object,
			struct arena *arena, struct error *err)
{
	int result = 0;

	for (; rows->name && result == 0; rows++) {
		void *member = (char *)out + rows->offset;
		json *value = find_member(object, rows->name);

		if (rows->kind == CONFIG_TEXT)
			result = read_text(member, value, rows->name, arena, err);
		else if (rows->kind == CONFIG_FLAG)
			result = read_flag(member, value, rows->name, err);
		else if (rows->kind == CONFIG_LIST)
			result = config_read_list(member, value, rows->name, arena, err);
		else
			result = read_number(member, value, rows->name, err);
	}
	return result;
}
