/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that templates can call (describe/template.h), but for those on texts: eq, index, …
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "describe/template.h"
#include "describe/template_private.h"

#include <string.h>

/* ---- parts of values ---- */

static int call_len(json **result, json *const *arguments, size_t count, struct error *err)
{
	json *value = arguments[0];
	int64_t length = (int64_t)json_length(value);

	(void)count;
	if (json_is_string(value))
		length = json_object_get_string_len(value);
	else if (json_is_object(value))
		length = json_object_object_length(value);
	else if (!json_is_array(value))
		return error_set(err, ERROR_INVALID, "len of %s%s", value ? "type " : "",
				 value ? template_type(value) : "nil pointer");
	*result = json_object_new_int64(length);
	return 0;
}

/* A position of a list or text of this length. */
static int check_index(json *index, size_t length, struct error *err)
{
	int64_t at = json_object_get_int64(index);

	if (!template_is_number(index))
		return error_set(err, ERROR_INVALID, "cannot index slice/array with type %s",
				 template_type(index));
	if (at < 0 || (uint64_t)at > length)
		return error_set(err, ERROR_INVALID, "index out of range: %lld", (long long)at);
	return 0;
}

/* What a map of texts has for any other key. */
static bool holds_texts(json *map)
{
	json_each (name, member, map) {
		(void)name;
		if (!json_is_string(member))
			return false;
	}
	return true;
}

/* Returns a reference of its own. */
static int index_once(json **out, json *value, json *key, struct error *err)
{
	if (json_is_array(value)) {
		if (check_index(key, json_length(value), err) < 0)
			return -1;
		if ((uint64_t)json_object_get_int64(key) == json_length(value))
			return error_set(err, ERROR_INVALID, "index out of range: %lld",
					 (long long)json_object_get_int64(key));
		*out = json_object_get(json_at(value, (size_t)json_object_get_int64(key)));
		return 0;
	}
	if (!json_is_object(value))
		return value && !template_is_nil(value)
			       ? error_set(err, ERROR_INVALID, "can't index item of type %s",
					   template_type(value))
			       : error_set(err, ERROR_INVALID, "index of nil pointer");
	if (!json_is_string(key))
		return error_set(err, ERROR_INVALID, "value has type %s; should be string",
				 template_type(key));
	*out = json_object_get(json_get(value, json_object_get_string(key)));
	if (!*out)
		*out = holds_texts(value) ? json_object_new_string("") : template_nil();
	return 0;
}

static int call_index(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_json json *value = json_object_get(arguments[0]);

	for (size_t i = 1; i < count; i++) {
		json *next = NULL;

		if (index_once(&next, value, arguments[i], err) < 0)
			return -1;
		json_object_put(value);
		value = next;
	}
	*result = take_ptr(value);
	return 0;
}

static json *slice_list(json *value, size_t from, size_t to)
{
	json *list = json_new_array();

	for (; from < to; from++)
		json_add(list, json_object_get(json_at(value, from)));
	return list;
}

static int call_slice(json **result, json *const *arguments, size_t count, struct error *err)
{
	json *value = arguments[0];
	bool is_text = json_is_string(value);
	size_t length = is_text ? (size_t)json_object_get_string_len(value) : json_length(value);
	size_t bounds[2] = {0, length};

	if (!is_text && !json_is_array(value))
		return error_set(err, ERROR_INVALID, "can't slice item of type %s",
				 template_type(value));
	for (size_t i = 1; i < count && i <= 2; i++) {
		if (check_index(arguments[i], length, err) < 0)
			return -1;
		bounds[i - 1] = (size_t)json_object_get_int64(arguments[i]);
	}
	if (bounds[0] > bounds[1])
		return error_set(err, ERROR_INVALID, "invalid slice index: %zu > %zu", bounds[0],
				 bounds[1]);
	*result = is_text ? json_object_new_string_len(json_object_get_string(value) + bounds[0],
						       (int)(bounds[1] - bounds[0]))
			  : slice_list(value, bounds[0], bounds[1]);
	return 0;
}

static int call_call(json **result, json *const *arguments, size_t count, struct error *err)
{
	(void)result;
	(void)count;
	return error_set(err, ERROR_INVALID, "non-function of type %s",
			 template_type(arguments[0]));
}

/* ---- comparisons ---- */

static bool is_nothing(json *value)
{
	return !value || template_is_nil(value);
}

/* Kinds that Go does not compare with each other; nothing can be compared with all. */
static int check_kinds(json *a, json *b, struct error *err)
{
	bool fits = is_nothing(a) || is_nothing(b) ||
		    json_object_get_type(a) == json_object_get_type(b) ||
		    (template_is_number(a) && template_is_number(b));

	return fits ? 0 : error_set(err, ERROR_INVALID, "incompatible types for comparison");
}

static int compare(json *a, json *b)
{
	auto_strbuf struct strbuf text_a = {0}, text_b = {0};
	double x = json_object_get_double(a), y = json_object_get_double(b);

	if (is_nothing(a) || is_nothing(b))
		return is_nothing(a) - is_nothing(b);
	if (template_is_number(a) || json_object_is_type(a, json_type_boolean))
		return x < y ? -1 : x > y;
	template_value(&text_a, a);
	template_value(&text_b, b);
	return strcmp(strbuf_text(&text_a), strbuf_text(&text_b));
}

static int give_bool(json **result, bool value)
{
	*result = json_object_new_boolean(value);
	return 0;
}

static int call_eq(json **result, json *const *arguments, size_t count, struct error *err)
{
	if (count < 2)
		return error_set(err, ERROR_INVALID, "missing argument for comparison");
	for (size_t i = 1; i < count; i++) {
		if (check_kinds(arguments[0], arguments[i], err) < 0)
			return -1;
		if (compare(arguments[0], arguments[i]) == 0)
			return give_bool(result, true);
	}
	return give_bool(result, false);
}

#define COMPARISON(name, sign)                                                                     \
	static int call_##name(json **result, json *const *arguments, size_t count,                \
			       struct error *err)                                                  \
	{                                                                                          \
		(void)count;                                                                       \
		if (check_kinds(arguments[0], arguments[1], err) < 0)                              \
			return -1;                                                                 \
		return give_bool(result, compare(arguments[0], arguments[1]) sign 0);              \
	}

COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(gt, >)
COMPARISON(ge, >=)

/* Of `and` and `or`: the argument that decides is the last one that was looked at. */
static int call_last(json **result, json *const *arguments, size_t count, struct error *err)
{
	(void)err;
	*result = json_object_get(arguments[count - 1]);
	return 0;
}

static int call_not(json **result, json *const *arguments, size_t count, struct error *err)
{
	(void)count;
	(void)err;
	return give_bool(result, !template_is_true(arguments[0]));
}

static const struct template_function functions[] = {
	{.name = "and",
	 .least = 1,
	 .most = TEMPLATE_MOST_ARG,
	 .call = call_last,
	 .is_lazy = true,
	 .decides = false},
	{.name = "call", .least = 1, .most = TEMPLATE_MOST_ARG, .call = call_call},
	{.name = "eq", .least = 1, .most = TEMPLATE_MOST_ARG, .call = call_eq},
	{.name = "ge", .least = 2, .most = 2, .call = call_ge},
	{.name = "gt", .least = 2, .most = 2, .call = call_gt},
	{.name = "index", .least = 1, .most = TEMPLATE_MOST_ARG, .call = call_index},
	{.name = "le", .least = 2, .most = 2, .call = call_le},
	{.name = "len", .least = 1, .most = 1, .call = call_len},
	{.name = "lt", .least = 2, .most = 2, .call = call_lt},
	{.name = "ne", .least = 2, .most = 2, .call = call_ne},
	{.name = "not", .least = 1, .most = 1, .call = call_not},
	{.name = "or",
	 .least = 1,
	 .most = TEMPLATE_MOST_ARG,
	 .call = call_last,
	 .is_lazy = true,
	 .decides = true},
	{.name = "slice", .least = 1, .most = 3, .call = call_slice},
	{0},
};

static const struct template_function *find(const struct template_function *table, const char *name,
					    size_t length)
{
	for (; table->name; table++)
		if (strlen(table->name) == length && memcmp(table->name, name, length) == 0)
			return table;
	return NULL;
}

const struct template_function *template_find_function(const char *name, size_t length)
{
	const struct template_function *found = find(functions, name, length);

	return found ? found : find(template_text_functions, name, length);
}
