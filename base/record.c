/* SPDX-License-Identifier: Apache-2.0 */
#include "base/record.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/pair.h"

#include <limits.h>
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

static json *pairs_to_json(const struct field *field, const void *record)
{
	size_t count = *(const size_t *)at(record, field->count_offset);

	return count ? pair_to_json(*(struct pair *const *)at(record, field->offset), count) : NULL;
}

static json *bytes_to_json(const struct record_bytes *value)
{
	return value->bytes ? json_new_string(value->bytes, value->length) : NULL;
}

/* NULL when the field is not set. */
static json *field_to_json(const struct field *field, const void *record)
{
	const void *value = at(record, field->offset);
	const char *text;
	int64_t number = 0;

	switch (field->kind) {
	case FIELD_STRING:
		text = *(char *const *)value;
		return text ? json_new_string(text, strlen(text)) : NULL;
	case FIELD_BYTES:
		return bytes_to_json(value);
	case FIELD_STRINGS:
		return *(char **const *)value ? json_from_strings(*(char **const *)value) : NULL;
	case FIELD_BOOL:
		return *(const bool *)value ? json_new_bool(true) : NULL;
	case FIELD_INT:
		number = *(const int *)value;
		break;
	case FIELD_WORD:
		number = *(const int *)value;
		text = field->words[number];
		return number ? json_new_string(text, strlen(text)) : NULL;
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
	case FIELD_PAIRS:
		return pairs_to_json(field, record);
	}
	return number ? json_new_int(number) : NULL;
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

int record_find_word(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* Where what is read goes. */
struct reading {
	void *record;
	struct arena *arena;
	struct error *err;
};

static void *place(const struct reading *reading, const struct field *field)
{
	return (char *)reading->record + field->offset;
}

static int wrong(const struct reading *reading, const struct field *field, const char *what)
{
	return error_set(reading->err, ERROR_INVALID, "'%s' %s", field->name, what);
}

/* NULL: it is none, or not of the field's form. */
static const char *sound_text(const struct reading *reading, const struct field *field,
			      const json *member)
{
	const char *text = json_is_string(member) ? json_object_get_string((json *)member) : NULL;

	if (!text)
		wrong(reading, field, "is not a text");
	else if (strlen(text) != (size_t)json_object_get_string_len(member))
		wrong(reading, field, "has a NUL inside");
	else if (!field->fits || field->fits(text))
		return arena_string(reading->arena, text);
	else
		error_set(reading->err, ERROR_INVALID, "'%s' cannot be '%.100s'", field->name,
			  text);
	return NULL;
}

static int read_string(const struct reading *reading, const struct field *field, const json *member)
{
	const char *text = member ? sound_text(reading, field, member) : NULL;

	*(const char **)place(reading, field) = text;
	return text || !member ? 0 : -1;
}

static int read_bytes(const struct reading *reading, const struct field *field, const json *member)
{
	struct record_bytes *value = place(reading, field);

	*value = (struct record_bytes){0};
	if (!member)
		return 0;
	if (!json_is_string(member))
		return wrong(reading, field, "is not a text");
	value->length = (size_t)json_object_get_string_len(member);
	value->bytes = memcpy(arena_alloc(reading->arena, value->length + 1),
			      json_object_get_string((json *)member), value->length + 1);
	return 0;
}

static int read_strings(const struct reading *reading, const struct field *field,
			const json *member)
{
	size_t count = json_length(member);
	const char **items = NULL;

	*(const char ***)place(reading, field) = NULL;
	if (!member)
		return 0;
	if (!json_is_array(member))
		return wrong(reading, field, "is not a list");
	items = arena_array(reading->arena, count + 1, sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		items[i] = sound_text(reading, field, json_at(member, i));
		if (!items[i])
			return -1;
	}
	*(const char ***)place(reading, field) = items;
	return 0;
}

static int read_bool(const struct reading *reading, const struct field *field, const json *member)
{
	bool *value = place(reading, field);

	*value = member && json_object_get_boolean(member);
	if (member && !json_object_is_type(member, json_type_boolean))
		return wrong(reading, field, "is neither true nor false");
	return 0;
}

/* What the type holds, or less. */
static void range_of(const struct field *field, int64_t *least, int64_t *most)
{
	*least = field->kind == FIELD_INT ? INT_MIN : field->kind == FIELD_U16 ? 0 : INT64_MIN;
	*most = field->kind == FIELD_INT   ? INT_MAX
		: field->kind == FIELD_U16 ? UINT16_MAX
					   : INT64_MAX;
	if (field->minimum != field->maximum) {
		*least = field->minimum;
		*most = field->maximum;
	}
}

static int read_number(const struct reading *reading, const struct field *field, const json *member)
{
	int64_t number = 0, least, most;
	void *value = place(reading, field);

	range_of(field, &least, &most);
	if (member && !json_object_is_type(member, json_type_int))
		return wrong(reading, field, "is not a whole number");
	if (member)
		number = json_object_get_int64(member);
	if (member && (number < least || number > most))
		return error_set(reading->err, ERROR_INVALID,
				 "'%s' is %lld, but only %lld to %lld can be", field->name,
				 (long long)number, (long long)least, (long long)most);
	if (field->kind == FIELD_INT)
		*(int *)value = (int)number;
	else if (field->kind == FIELD_U16)
		*(uint16_t *)value = (uint16_t)number;
	else
		*(int64_t *)value = number;
	return 0;
}

static int read_word(const struct reading *reading, const struct field *field, const json *member)
{
	const char *text = json_is_string(member) ? json_object_get_string((json *)member) : NULL;
	int64_t number = text ? record_find_word(field->words, text) : 0;
	int count = 0;

	while (field->words[count])
		count++;
	if (!text && member && !json_object_is_type(member, json_type_int))
		return wrong(reading, field, "is neither a word nor its number");
	if (!text && member)
		number = json_object_get_int64(member);
	if (number < 0 || number >= count)
		return text ? error_set(reading->err, ERROR_INVALID,
					"'%s' has the unknown value '%s'", field->name, text)
			    : error_set(reading->err, ERROR_INVALID,
					"'%s' has the unknown value %lld", field->name,
					(long long)number);
	*(int *)place(reading, field) = (int)number;
	return 0;
}

/* Without an object: all of it is zero. */
static int read_fields(const struct reading *reading, const struct field *fields,
		       const json *object);

static int read_inside(const struct reading *reading, const struct field *field, const json *member)
{
	const struct reading inside = {place(reading, field), reading->arena, reading->err};

	if (member && !json_is_object(member))
		return wrong(reading, field, "is not an object");
	if (read_fields(&inside, field->sub, member) < 0)
		return error_wrap(reading->err, "'%s'", field->name);
	return 0;
}

static int read_list(const struct reading *reading, const struct field *field, const json *member)
{
	size_t count = json_length(member);
	char *items = count ? arena_array(reading->arena, count, field->sub_size) : NULL;

	if (member && !json_is_array(member))
		return wrong(reading, field, "is not a list");
	*(char **)place(reading, field) = items;
	*(size_t *)((char *)reading->record + field->count_offset) = count;
	for (size_t i = 0; i < count; i++) {
		const struct reading inside = {items + i * field->sub_size, reading->arena,
					       reading->err};

		if (!json_is_object(json_at(member, i)))
			return wrong(reading, field, "is not a list of objects");
		if (read_fields(&inside, field->sub, json_at(member, i)) < 0)
			return error_wrap(reading->err, "'%s': %zu", field->name, i + 1);
	}
	return 0;
}

static int read_pairs(const struct reading *reading, const struct field *field, const json *member)
{
	size_t *count = (size_t *)((char *)reading->record + field->count_offset);

	*(struct pair **)place(reading, field) = NULL;
	*count = 0;
	if (member && !json_is_object(member))
		return wrong(reading, field, "is not an object");
	if (!member)
		return 0;
	json_each (name, value, member) {
		(void)name;
		if (!sound_text(reading, field, value))
			return -1;
	}
	*(struct pair **)place(reading, field) = pair_from_json(member, count, reading->arena);
	return 0;
}

typedef int read_kind(const struct reading *reading, const struct field *field, const json *member);

static read_kind *const kinds[] = {
	[FIELD_STRING] = read_string, [FIELD_BYTES] = read_bytes,  [FIELD_STRINGS] = read_strings,
	[FIELD_BOOL] = read_bool,     [FIELD_INT] = read_number,   [FIELD_WORD] = read_word,
	[FIELD_U16] = read_number,    [FIELD_INT64] = read_number, [FIELD_RECORD] = read_inside,
	[FIELD_ARRAY] = read_list,    [FIELD_PAIRS] = read_pairs,
};

static int read_fields(const struct reading *reading, const struct field *fields,
		       const json *object)
{
	for (const struct field *field = fields; field->name; field++) {
		const json *member = json_get(object, field->name);

		if (!member && object && field->is_needed)
			return wrong(reading, field, "is missing");
		if (kinds[field->kind](reading, field, member) < 0)
			return -1;
	}
	return 0;
}

int record_from_json(const struct field *fields, void *record, const json *object,
		     struct arena *arena, struct error *err)
{
	const struct reading reading = {record, arena, err};

	if (!json_is_object(object))
		return error_set(err, ERROR_INVALID, "it is not an object");
	return read_fields(&reading, fields, object);
}

int record_load(const struct field *fields, void *record, int dirfd, const char *path,
		struct arena *arena, struct error *err)
{
	auto_json json *object = json_load(dirfd, path, err);

	if (!object)
		return -1;
	if (record_from_json(fields, record, object, arena, err) < 0)
		return error_wrap(err, "'%s' is damaged", path);
	return 0;
}
