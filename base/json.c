/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <string.h>

#define LARGEST_FILE ((size_t)64 << 20)
#define DEEPEST	     64

/* json-c keeps the last of two members with one name and says nothing. Two readers that disagree
 * about which one counts are an attack, so count the names in the text against those kept. */
struct counter {
	size_t members_in_text;
	size_t members_kept;
};

static void count_kept(json *value, struct counter *counter)
{
	if (json_object_is_type(value, json_type_object)) {
		json_each (name, member, value) {
			(void)name;
			counter->members_kept++;
			count_kept(member, counter);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count_kept(json_object_array_get_idx(value, i), counter);
	}
}

/* In valid JSON a colon outside a string stands behind each member name and nowhere else. A single
 * quote there is json-c's own dialect: counted so that it never fits. */
static size_t count_colons(const char *text, size_t length)
{
	bool in_string = false;
	size_t colons = 0;

	for (size_t i = 0; i < length; i++) {
		if (in_string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			in_string = !in_string;
		else if (!in_string && (text[i] == ':' || text[i] == '\''))
			colons++;
	}
	return colons;
}

static bool repeats_a_name(json *value, const char *text, size_t length)
{
	struct counter counter = {.members_in_text = count_colons(text, length)};

	count_kept(value, &counter);
	return counter.members_kept != counter.members_in_text;
}

json *json_parse(const char *text, size_t length, const char *what, struct error *err)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEEPEST);
	enum json_tokener_error reason;
	size_t parsed;
	json *value;

	if (!tokener)
		alloc_fail();
	if (length > LARGEST_FILE) {
		json_tokener_free(tokener);
		error_set(err, ERROR_INVALID, "%s: larger than 64 MiB", what);
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	value = json_tokener_parse_ex(tokener, text, (int)length);
	reason = json_tokener_get_error(tokener);
	if (reason == json_tokener_continue && !value) /* a bare number ends only with the text */
		value = json_tokener_parse_ex(tokener, "\n", 1);
	reason = json_tokener_get_error(tokener);
	parsed = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	while (parsed < length && strchr(" \t\r\n", text[parsed]) && text[parsed])
		parsed++;
	if (reason == json_tokener_success && parsed < length)
		error_set(err, ERROR_INVALID, "%s: text behind the end of the JSON document", what);
	else if (reason != json_tokener_success)
		error_set(err, ERROR_INVALID, "%s: not valid JSON: %s at byte %zu", what,
			  json_tokener_error_desc(reason), parsed);
	else if (repeats_a_name(value, text, length))
		error_set(err, ERROR_INVALID,
			  "%s: a member name stands twice in one object, or in single quotes",
			  what);
	else
		return value;
	json_object_put(value);
	return NULL;
}

json *json_load(int dirfd, const char *path, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	if (file_read(dirfd, path, LARGEST_FILE, &text, err) < 0)
		return NULL;
	return json_parse(strbuf_text(&text), text.length, path, err);
}

int json_save(int dirfd, const char *path, const json *value, unsigned mode, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	json_print_exact(&text, value);
	return file_replace(dirfd, path, text.text, text.length, mode, err);
}

int json_save_volatile(int dirfd, const char *path, const json *value, unsigned mode,
		       struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	json_print_exact(&text, value);
	return file_replace_volatile(dirfd, path, text.text, text.length, mode, err);
}

static const char *serialize(const json *value, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	return json_object_to_json_string_ext((json *)value, flags);
}

/* The library indents by two spaces and breaks the line in what is empty; who reads what `docker`
 * prints knows four, and {} and []. */
static void add_widened(struct strbuf *out, const char *text)
{
	while (*text) {
		size_t indent = strspn(text, " "), line = strcspn(text, "\n");
		const char *next = text + line + strspn(text + line, "\n ");
		bool is_empty =
			line > 0 && strchr("{[", text[line - 1]) && *next && strchr("}]", *next);

		for (size_t i = 0; i < indent; i++)
			strbuf_add_char(out, ' ');
		utf8_repair(out, text, line);
		text += line;
		if (*text && !is_empty)
			strbuf_add_char(out, *text++);
		else
			text = next;
	}
}

void json_print(struct strbuf *out, const json *value, bool pretty)
{
	const char *text = serialize(value, pretty);

	if (pretty)
		add_widened(out, text);
	else
		utf8_repair(out, text, strlen(text));
}

void json_print_exact(struct strbuf *out, const json *value)
{
	strbuf_add(out, serialize(value, true));
	strbuf_add_char(out, '\n');
}

json *json_get(const json *object, const char *name)
{
	json *value = NULL;

	if (!json_is_object(object))
		return NULL;
	json_object_object_get_ex(object, name, &value);
	return value;
}

json *json_path(const json *object, ...)
{
	const json *value = object;
	const char *name;
	va_list args;

	va_start(args, object);
	while ((name = va_arg(args, const char *)))
		value = json_get(value, name);
	va_end(args);
	return (json *)value;
}

const char *json_string(const json *object, const char *name, const char *fallback)
{
	json *value = json_get(object, name);

	return json_is_string(value) ? json_object_get_string(value) : fallback;
}

int64_t json_int(const json *object, const char *name, int64_t fallback)
{
	json *value = json_get(object, name);

	if (json_object_is_type(value, json_type_int))
		return json_object_get_int64(value);
	if (json_object_is_type(value, json_type_double)) {
		double number = json_object_get_double(value);

		/* What no int64_t holds is no integer (NaN neither). */
		return number > -0x1p63 && number < 0x1p63 ? (int64_t)number : fallback;
	}
	return fallback;
}

bool json_flag(const json *object, const char *name, bool fallback)
{
	json *value = json_get(object, name);

	return json_object_is_type(value, json_type_boolean) ? json_object_get_boolean(value)
							     : fallback;
}

bool json_is_object(const json *value)
{
	return value && json_object_is_type(value, json_type_object);
}

bool json_is_array(const json *value)
{
	return value && json_object_is_type(value, json_type_array);
}

bool json_is_string(const json *value)
{
	return value && json_object_is_type(value, json_type_string);
}

size_t json_length(const json *array)
{
	return json_is_array(array) ? json_object_array_length(array) : 0;
}

json *json_at(const json *array, size_t index)
{
	return index < json_length(array) ? json_object_array_get_idx(array, index) : NULL;
}

const char *json_string_at(const json *array, size_t index)
{
	json *value = json_at(array, index);

	return json_is_string(value) ? json_object_get_string(value) : NULL;
}

/* A document that lacks what there was no memory for would be written as if it were whole. */
static json *whole(json *value)
{
	if (!value)
		alloc_fail();
	return value;
}

json *json_new_object(void)
{
	return whole(json_object_new_object());
}

json *json_new_array(void)
{
	return whole(json_object_new_array());
}

json *json_new_string(const char *text, size_t length)
{
	return whole(json_object_new_string_len(text, (int)length));
}

json *json_new_int(int64_t value)
{
	return whole(json_object_new_int64(value));
}

json *json_new_bool(bool value)
{
	return whole(json_object_new_boolean(value));
}

void json_set(json *object, const char *name, json *value)
{
	if (json_object_object_add(object, name, value) < 0)
		alloc_fail();
}

void json_set_string(json *object, const char *name, const char *value)
{
	if (value)
		json_set(object, name, json_new_string(value, strlen(value)));
}

void json_set_bytes(json *object, const char *name, const char *bytes, size_t length)
{
	json_set(object, name, json_new_string(bytes ? bytes : "", length));
}

void json_set_int(json *object, const char *name, int64_t value)
{
	json_set(object, name, json_new_int(value));
}

void json_set_bool(json *object, const char *name, bool value)
{
	json_set(object, name, json_new_bool(value));
}

void json_add(json *array, json *value)
{
	if (json_object_array_add(array, value) < 0)
		alloc_fail();
}

void json_add_string(json *array, const char *value)
{
	json_add(array, json_new_string(value, strlen(value)));
}

json *json_from_strings(char *const *items)
{
	json *array = json_new_array();

	for (; items && *items; items++)
		json_add_string(array, *items);
	return array;
}
