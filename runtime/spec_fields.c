/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec_fields.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/pair.h"
#include "base/strbuf.h"

#include <inttypes.h>
#include <string.h>

/* ---- places and complaints ------------------------------------------------------------------- */

static void print_place(struct strbuf *out, const struct spec_place *place)
{
	if (place->parent)
		print_place(out, place->parent);
	if (!place->name)
		strbuf_printf(out, "[%zu]", place->index);
	else
		strbuf_printf(out, "%s%s", out->length ? "." : "", place->name);
}

int spec_fields_refuse(const struct spec_place *place, const struct spec_reader *reader,
		       const char *what)
{
	auto_strbuf struct strbuf path = {0};

	print_place(&path, place);
	return error_set(reader->err, ERROR_INVALID, "config.json: %s: %s",
			 path.length ? strbuf_text(&path) : "the document", what);
}

static int refuse_range(const struct spec_place *place, const struct spec_reader *reader,
			int64_t minimum, int64_t maximum)
{
	char text[80];

	snprintf(text, sizeof(text), "is out of range: %" PRId64 " to %" PRId64, minimum, maximum);
	return spec_fields_refuse(place, reader, text);
}

bool spec_fields_is_unset(const json *value)
{
	return !value || json_object_is_type(value, json_type_null);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* json-c keeps a NUL inside a text; we would cut there, others not. */
const char *spec_fields_text(const json *value, const struct spec_place *place,
			     const struct spec_reader *reader)
{
	json *text = (json *)value;

	if (json_is_string(value) &&
	    strlen(json_object_get_string(text)) == (size_t)json_object_get_string_len(value))
		return arena_string(reader->arena, json_object_get_string(text));
	spec_fields_refuse(place, reader, "is not a text");
	return NULL;
}

static int read_texts(char ***out, const json *list, const struct spec_place *place,
		      const struct spec_reader *reader)
{
	size_t count = json_length(list);

	if (!json_is_array(list))
		return spec_fields_refuse(place, reader, "is not a list");
	*out = arena_array(reader->arena, count + 1, sizeof(char *));
	for (size_t i = 0; i < count; i++) {
		struct spec_place item = {place, NULL, i};

		(*out)[i] = (char *)spec_fields_text(json_at(list, i), &item, reader);
		if (!(*out)[i])
			return -1;
	}
	return 0;
}

static void natural_range(enum spec_field_kind kind, int64_t *minimum, int64_t *maximum)
{
	*minimum = kind == FIELD_INT ? INT32_MIN : kind == FIELD_INT64 ? INT64_MIN : 0;
	*maximum = kind == FIELD_INT	    ? INT32_MAX
		   : kind == FIELD_SHORT    ? UINT16_MAX
		   : kind == FIELD_UNSIGNED ? UINT32_MAX
					    : INT64_MAX;
}

static int read_number(void *member, const json *value, const struct spec_field *row,
		       const struct spec_place *place, const struct spec_reader *reader)
{
	int64_t minimum = row->minimum, maximum = row->maximum, number;

	if (!json_object_is_type(value, json_type_int))
		return spec_fields_refuse(place, reader, "is not a whole number");
	if (!minimum && !maximum)
		natural_range(row->kind, &minimum, &maximum);
	number = json_object_get_int64(value);
	if (number == 0 && row->zero_is_unset)
		return 0;
	if (number < minimum || number > maximum)
		return refuse_range(place, reader, minimum, maximum);
	if (row->kind == FIELD_INT)
		*(int *)member = (int)number;
	else if (row->kind == FIELD_SHORT)
		*(unsigned short *)member = (unsigned short)number;
	else if (row->kind == FIELD_INT64)
		*(int64_t *)member = number;
	else if (row->kind == FIELD_UINT64) /* beyond the range of the others: not a sign */
		*(uint64_t *)member = json_object_get_uint64(value);
	else
		*(unsigned *)member = (unsigned)number;
	return 0;
}

static size_t *count_of(char *out, const struct spec_field *row)
{
	return (size_t *)(void *)(out + row->also);
}

static int read_numbers(char *out, const json *list, const struct spec_field *row,
			const struct spec_place *place, const struct spec_reader *reader)
{
	size_t *count = count_of(out, row);
	struct spec_field each = {
		.kind = FIELD_UNSIGNED, .minimum = row->minimum, .maximum = row->maximum};
	unsigned *numbers;

	if (!json_is_array(list))
		return spec_fields_refuse(place, reader, "is not a list");
	numbers = arena_array(reader->arena, json_length(list) + 1, sizeof(*numbers));
	for (*count = 0; *count < json_length(list); ++*count) {
		struct spec_place item = {place, NULL, *count};

		if (read_number(&numbers[*count], json_at(list, *count), &each, &item, reader) < 0)
			return -1;
	}
	*(unsigned **)(void *)(out + row->offset) = numbers;
	return 0;
}

static int read_word(int64_t *out, const json *value, const struct spec_word *words,
		     const struct spec_place *place, const struct spec_reader *reader)
{
	const char *text = spec_fields_text(value, place, reader);

	for (; text && words->name; words++)
		if (strcmp(words->name, text) == 0) {
			*out = words->number;
			return 0;
		}
	return text ? spec_fields_refuse(place, reader, "is an unknown word") : -1;
}

static int read_words(uint64_t *out, const json *list, const struct spec_word *words,
		      const struct spec_place *place, const struct spec_reader *reader)
{
	if (!json_is_array(list))
		return spec_fields_refuse(place, reader, "is not a list");
	for (size_t i = 0; i < json_length(list); i++) {
		struct spec_place item = {place, NULL, i};
		int64_t bit = 0;

		if (read_word(&bit, json_at(list, i), words, &item, reader) < 0)
			return -1;
		*out |= (uint64_t)bit;
	}
	return 0;
}

static int read_pairs(struct pair **out, size_t *count, const json *object,
		      const struct spec_place *place, const struct spec_reader *reader)
{
	if (!json_is_object(object))
		return spec_fields_refuse(place, reader, "is not an object");
	json_each (name, value, (json *)object) {
		struct spec_place item = {place, name, 0};
		const char *text = spec_fields_text(value, &item, reader);
		struct pair *pair;

		if (!text)
			return -1;
		*out = arena_grow(reader->arena, *out, *count, sizeof(**out));
		pair = &(*out)[(*count)++];
		pair->name = arena_string(reader->arena, name);
		pair->value = (char *)text;
	}
	return 0;
}

static int read_object(void *out, const json *value, const struct spec_field *row,
		       const struct spec_place *place, const struct spec_reader *reader)
{
	if (!json_is_object(value))
		return spec_fields_refuse(place, reader, "is not an object");
	if (spec_fields_read(out, value, row->rows, place, reader) < 0)
		return -1;
	return row->check ? row->check(out, place, reader) : 0;
}

static int read_list(char *out, const json *list, const struct spec_field *row,
		     const struct spec_place *place, const struct spec_reader *reader)
{
	size_t *count = count_of(out, row);
	char *items;

	if (!json_is_array(list))
		return spec_fields_refuse(place, reader, "is not a list");
	items = arena_array(reader->arena, json_length(list) + 1, row->size);
	*(char **)(void *)(out + row->offset) = items;
	for (*count = 0; *count < json_length(list); ++*count) {
		struct spec_place item = {place, NULL, *count};

		if (read_object(items + *count * row->size, json_at(list, *count), row, &item,
				reader) < 0)
			return -1;
	}
	return 0;
}

static int read_refused(const json *value, const struct spec_field *row,
			const struct spec_place *place, const struct spec_reader *reader)
{
	auto_strbuf struct strbuf path = {0};
	bool is_false =
		json_object_is_type(value, json_type_boolean) && !json_object_get_boolean(value);

	/* What is there anyway (.is_given) is refused only where it shall not be; -1 is without. */
	if (json_object_is_type(value, json_type_boolean) && is_false != row->is_given)
		return 0;
	if (json_object_is_type(value, json_type_int) &&
	    (json_object_get_int64(value) == -1 ||
	     (row->zero_is_unset && json_object_get_int64(value) == 0)))
		return 0;
	print_place(&path, place);
	if (row->kind == FIELD_REFUSED)
		return error_set(reader->err, ERROR_UNSUPPORTED, "config.json: %s: %s",
				 strbuf_text(&path), row->note);
	log_warning_once("config.json: %s has no effect: %s", strbuf_text(&path), row->note);
	return 0;
}

static int read_flag(bool *out, const json *value, const struct spec_place *place,
		     const struct spec_reader *reader)
{
	if (!json_object_is_type(value, json_type_boolean))
		return spec_fields_refuse(place, reader, "is neither true nor false");
	*out = json_object_get_boolean(value);
	return 0;
}

static int read_value(char *out, const json *value, const struct spec_field *row,
		      const struct spec_place *place, const struct spec_reader *reader)
{
	void *member = out + row->offset;
	int64_t number = 0;

	switch (row->kind) {
	case FIELD_TEXT:
		*(const char **)member = spec_fields_text(value, place, reader);
		return *(const char **)member ? 0 : -1;
	case FIELD_TEXTS:
		return read_texts(member, value, place, reader);
	case FIELD_FLAG:
		return read_flag(member, value, place, reader);
	case FIELD_WORD:
		if (read_word(&number, value, row->words, place, reader) < 0)
			return -1;
		*(int *)member = (int)number;
		return 0;
	case FIELD_WORDS:
		return read_words(member, value, row->words, place, reader);
	case FIELD_PAIRS:
		return read_pairs(member, count_of(out, row), value, place, reader);
	case FIELD_NUMBERS:
		return read_numbers(out, value, row, place, reader);
	case FIELD_LIST:
		return read_list(out, value, row, place, reader);
	case FIELD_OBJECT:
		return read_object(member, value, row, place, reader);
	case FIELD_CUSTOM:
		return row->read(member, value, place, reader);
	case FIELD_REFUSED:
	case FIELD_WARNED:
		return read_refused(value, row, place, reader);
	case FIELD_INT:
	case FIELD_SHORT:
	case FIELD_UNSIGNED:
	case FIELD_INT64:
	case FIELD_UINT64:
	default:
		return read_number(member, value, row, place, reader);
	}
}

/* A list says by its count whether it is set. */
static bool has_flag(const struct spec_field *row)
{
	return row->also && row->kind != FIELD_LIST && row->kind != FIELD_PAIRS &&
	       row->kind != FIELD_NUMBERS;
}

int spec_fields_read(void *out, const json *object, const struct spec_field *rows,
		     const struct spec_place *place, const struct spec_reader *reader)
{
	for (const struct spec_field *row = rows; row->name; row++) {
		const json *value = json_get(object, row->name);
		struct spec_place here = {place, row->name, 0};

		if (spec_fields_is_unset(value)) {
			if (row->required)
				return spec_fields_refuse(&here, reader, "is missing");
			continue;
		}
		if (read_value(out, value, row, &here, reader) < 0)
			return -1;
		if (has_flag(row))
			*((bool *)out + row->also) = true;
	}
	return 0;
}

/* ---- writing --------------------------------------------------------------------------------- */

static json *write_words(uint64_t bits, const struct spec_word *words)
{
	json *list = json_new_array();

	for (; words->name; words++)
		if (bits & (uint64_t)words->number)
			json_add_string(list, words->name);
	return list;
}

static json *write_list(const char *items, size_t count, const struct spec_field *row)
{
	json *list = json_new_array();

	for (size_t i = 0; i < count; i++) {
		json *item = json_new_object();

		spec_fields_write(item, items + i * row->size, row->rows);
		json_add(list, item);
	}
	return list;
}

static json *write_numbers(const unsigned *numbers, size_t count)
{
	json *list = json_new_array();

	for (size_t i = 0; i < count; i++)
		json_add(list, json_new_int(numbers[i]));
	return list;
}

static json *write_number(const void *member, const struct spec_field *row, bool is_needed)
{
	int64_t number = row->kind == FIELD_INT	    ? *(const int *)member
			 : row->kind == FIELD_SHORT ? *(const unsigned short *)member
			 : row->kind == FIELD_INT64 ? *(const int64_t *)member
						    : *(const unsigned *)member;
	uint64_t large = row->kind == FIELD_UINT64 ? *(const uint64_t *)member : 0;

	if (row->kind == FIELD_UINT64)
		return is_needed || large ? json_object_new_uint64(large) : NULL;
	return is_needed || number ? json_new_int(number) : NULL;
}

/* A structure without a flag is there when anything in it is. */
static json *write_object(const void *member, const struct spec_field *row, bool is_needed)
{
	json *object = json_new_object();

	spec_fields_write(object, member, row->rows);
	if (is_needed || json_object_object_length(object) > 0)
		return object;
	json_object_put(object);
	return NULL;
}

static json *write_word(int number, const struct spec_word *words, bool is_needed)
{
	for (; is_needed && words->name; words++)
		if (words->number == number)
			return json_new_string(words->name, strlen(words->name));
	return NULL;
}

static json *write_text(const char *text)
{
	return text ? json_new_string(text, strlen(text)) : NULL;
}

static json *write_value(const char *in, const struct spec_field *row, bool is_needed)
{
	const void *member = in + row->offset;
	size_t count =
		row->also && !has_flag(row) ? *(const size_t *)(const void *)(in + row->also) : 0;

	switch (row->kind) {
	case FIELD_TEXT:
		return write_text(*(const char *const *)member);
	case FIELD_TEXTS:
		return *(char *const *const *)member
			       ? json_from_strings(*(char *const *const *)member)
			       : NULL;
	case FIELD_FLAG:
		return is_needed || *(const bool *)member ? json_new_bool(*(const bool *)member)
							  : NULL;
	case FIELD_WORD:
		return write_word(*(const int *)member, row->words, is_needed);
	case FIELD_WORDS:
		return *(const uint64_t *)member
			       ? write_words(*(const uint64_t *)member, row->words)
			       : NULL;
	case FIELD_PAIRS:
		return count ? pair_to_json(*(struct pair *const *)member, count) : NULL;
	case FIELD_NUMBERS:
		return count ? write_numbers(*(unsigned *const *)member, count) : NULL;
	case FIELD_LIST:
		return count ? write_list(*(char *const *)member, count, row) : NULL;
	case FIELD_OBJECT:
		return write_object(member, row, is_needed);
	case FIELD_CUSTOM:
		return row->write(member);
	case FIELD_REFUSED:
	case FIELD_WARNED:
		return NULL;
	case FIELD_INT:
	case FIELD_SHORT:
	case FIELD_UNSIGNED:
	case FIELD_INT64:
	case FIELD_UINT64:
	default:
		return write_number(member, row, is_needed);
	}
}

void spec_fields_write(json *object, const void *in, const struct spec_field *rows)
{
	for (const struct spec_field *row = rows; row->name; row++) {
		bool is_set = !has_flag(row) || *((const bool *)in + row->also);
		bool is_needed = row->required || row->always || has_flag(row);
		json *value = is_set ? write_value(in, row, is_needed) : NULL;

		if (value)
			json_set(object, row->name, value);
	}
}
