/* SPDX-License-Identifier: Apache-2.0 */
#include "base/record.h"

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const void *at(const void *record, size_t offset)
{
	return (const char *)record + offset;
}

static json *array_to_json(const struct field *field, const void *record)
{
	const char *items = *(const char *const *)at(record, field->offset);
	size_t count = *(const size_t *)at(record, field->count_offset);
	json *array = count ? json_new_array() : NULL;

	for (size_t i = 0; i < count; i++)
		json_add(array, record_to_json(field->sub, items + i * field->sub_size));
	return array;
}

static json *bytes_to_json(const struct record_bytes *value)
{
	return value->bytes ? json_object_new_string_len(value->bytes, (int)value->length) : NULL;
}

static struct record_bytes bytes_from_json(json *string, struct arena *arena)
{
	struct record_bytes value = {0};

	if (!json_is_string(string))
		return value;
	value.length = (size_t)json_object_get_string_len(string);
	value.bytes = memcpy(arena_alloc(arena, value.length + 1), json_object_get_string(string),
			     value.length + 1);
	return value;
}

/* NULL when the field is not set. */
static json *field_to_json(const struct field *field, const void *record)
{
	const void *value = at(record, field->offset);
	int64_t number = 0;

	switch (field->kind) {
	case FIELD_STRING:
		return *(char *const *)value ? json_object_new_string(*(char *const *)value) : NULL;
	case FIELD_BYTES:
		return bytes_to_json(value);
	case FIELD_STRINGS:
		return *(char **const *)value ? json_from_strings(*(char **const *)value) : NULL;
	case FIELD_BOOL:
		return *(const bool *)value ? json_object_new_boolean(true) : NULL;
	case FIELD_INT:
		number = *(const int *)value;
		break;
	case FIELD_WORD:
		number = *(const int *)value;
		return number ? json_object_new_string(field->words[number]) : NULL;
	case FIELD_U16:
		number = *(const uint16_t *)value;
		break;
	case FIELD_INT64:
		number = *(const int64_t *)value;
		break;
	case FIELD_RECORD:
		return record_to_json(field->sub, value);
	case FIELD_ARRAY:
		return array_to_json(field, record);
	}
	return number ? json_object_new_int64(number) : NULL;
}

json *record_to_json(const struct field *fields, const void *record)
{
	json *object = json_new_object();

	for (const struct field *field = fields; field->name; field++) {
		json *value = field_to_json(field, record);

		if (value)
			json_set(object, field->name, value);
	}
	return object;
}

static char **strings_from_json(const json *array, struct arena *arena)
{
	size_t count = json_length(array);
	char **items;

	if (!json_is_array(array))
		return NULL;
	items = arena_array(arena, count + 1, sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_at(array, i);

		items[i] = arena_string(arena, text ? text : "");
	}
	return items;
}

int record_find_word(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static int word_from_json(const struct field *field, int *value, const json *object,
			  struct error *err)
{
	const char *text = json_string(object, field->name, NULL);
	int64_t number =
		text ? record_find_word(field->words, text) : json_int(object, field->name, 0);
	int count = 0;

	while (field->words[count])
		count++;
	if (number < 0 || number >= count)
		return text ? error_set(err, ERROR_INVALID, "'%s' has the unknown value '%s'",
					field->name, text)
			    : error_set(err, ERROR_INVALID, "'%s' has the unknown value %lld",
					field->name, (long long)number);
	*value = (int)number;
	return 0;
}

static int array_from_json(const struct field *field, void *record, const json *array,
			   struct arena *arena, struct error *err)
{
	size_t count = json_length(array);
	char *items = count ? arena_array(arena, count, field->sub_size) : NULL;

	*(char **)((char *)record + field->offset) = items;
	*(size_t *)((char *)record + field->count_offset) = count;
	for (size_t i = 0; i < count; i++)
		if (record_from_json(field->sub, items + i * field->sub_size, json_at(array, i),
				     arena, err) < 0)
			return -1;
	return 0;
}

/* The kinds that can be wrong. */
static int part_from_json(const struct field *field, void *record, const json *object,
			  struct arena *arena, struct error *err)
{
	void *value = (char *)record + field->offset;

	if (field->kind == FIELD_WORD)
		return word_from_json(field, value, object, err);
	object = json_get(object, field->name);
	if (field->kind == FIELD_ARRAY)
		return array_from_json(field, record, object, arena, err);
	return record_from_json(field->sub, value, object, arena, err);
}

int record_from_json(const struct field *fields, void *record, const json *object,
		     struct arena *arena, struct error *err)
{
	for (const struct field *field = fields; field->name; field++) {
		void *value = (char *)record + field->offset;

		switch (field->kind) {
		case FIELD_STRING:
			*(char **)value =
				arena_string(arena, json_string(object, field->name, NULL));
			break;
		case FIELD_BYTES:
			*(struct record_bytes *)value =
				bytes_from_json(json_get(object, field->name), arena);
			break;
		case FIELD_STRINGS:
			*(char ***)value = strings_from_json(json_get(object, field->name), arena);
			break;
		case FIELD_BOOL:
			*(bool *)value = json_flag(object, field->name, false);
			break;
		case FIELD_INT:
			*(int *)value = (int)json_int(object, field->name, 0);
			break;
		case FIELD_U16:
			*(uint16_t *)value = (uint16_t)json_int(object, field->name, 0);
			break;
		case FIELD_INT64:
			*(int64_t *)value = json_int(object, field->name, 0);
			break;
		case FIELD_WORD:
		case FIELD_RECORD:
		case FIELD_ARRAY:
			if (part_from_json(field, record, object, arena, err) < 0)
				return -1;
			break;
		}
	}
	return 0;
}
