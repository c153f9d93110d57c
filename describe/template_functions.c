/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that templates can call (describe/template.h): printf, join, json, eq, … */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "describe/template.h"
#include "describe/template_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define WIDEST 1024

static int give_text(json **result, struct strbuf *text)
{
	*result = json_object_new_string_len(strbuf_text(text), (int)text->length);
	return 0;
}

static int call_json(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	(void)count;
	(void)err;
	json_print(&text, arguments[0], false);
	return give_text(result, &text);
}

static int call_join(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	const char *separator =
		count > 1 && arguments[1] ? json_object_get_string(arguments[1]) : "";

	(void)err;
	if (json_is_string(arguments[0]))
		template_value(&text, arguments[0]);
	for (size_t i = 0; i < json_length(arguments[0]); i++) {
		strbuf_add(&text, i ? separator : "");
		template_value(&text, json_at(arguments[0], i));
	}
	return give_text(result, &text);
}

static int change_case(json **result, json *value, int (*change)(int))
{
	auto_strbuf struct strbuf text = {0};

	template_value(&text, value);
	for (size_t i = 0; i < text.length; i++)
		text.text[i] = (char)change((unsigned char)text.text[i]);
	return give_text(result, &text);
}

static int call_lower(json **result, json *const *arguments, size_t count, struct error *err)
{
	(void)count;
	(void)err;
	return change_case(result, arguments[0], tolower);
}

static int call_upper(json **result, json *const *arguments, size_t count, struct error *err)
{
	(void)count;
	(void)err;
	return change_case(result, arguments[0], toupper);
}

static int call_title(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	(void)count;
	(void)err;
	template_value(&text, arguments[0]);
	for (size_t i = 0; i < text.length; i++)
		if (i == 0 || isspace((unsigned char)text.text[i - 1]))
			text.text[i] = (char)toupper((unsigned char)text.text[i]);
	return give_text(result, &text);
}

static int call_split(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	const char *separator = json_object_get_string(arguments[1]);
	const char *at, *next;
	size_t length = separator ? strlen(separator) : 0;

	(void)count;
	(void)err;
	template_value(&text, arguments[0]);
	*result = json_new_array();
	at = strbuf_text(&text);
	for (; length > 0 && (next = strstr(at, separator)); at = next + length)
		json_add(*result, json_object_new_string_len(at, (int)(next - at)));
	json_add_string(*result, at);
	return 0;
}

static int call_print(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	(void)err;
	for (size_t i = 0; i < count; i++)
		template_value(&text, arguments[i]);
	return give_text(result, &text);
}

static int call_println(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	(void)err;
	for (size_t i = 0; i < count; i++) {
		strbuf_add(&text, i ? " " : "");
		template_value(&text, arguments[i]);
	}
	strbuf_add_char(&text, '\n');
	return give_text(result, &text);
}

/* The flags, width and precision of a conversion, bounded. */
struct conversion {
	bool left;
	size_t width, precision;
	char letter;
};

static const char *read_conversion(struct conversion *conversion, const char *at)
{
	*conversion = (struct conversion){.precision = SIZE_MAX};
	for (; *at == '-' || *at == '+' || *at == '#' || *at == ' ' || *at == '0'; at++)
		conversion->left |= *at == '-';
	for (; isdigit((unsigned char)*at); at++)
		if (conversion->width < WIDEST)
			conversion->width = conversion->width * 10 + (size_t)(*at - '0');
	if (*at == '.') {
		conversion->precision = 0;
		for (at++; isdigit((unsigned char)*at); at++)
			if (conversion->precision < WIDEST)
				conversion->precision =
					conversion->precision * 10 + (size_t)(*at - '0');
	}
	conversion->letter = *at;
	return *at ? at + 1 : at;
}

static void add_converted(struct strbuf *out, const struct conversion *conversion, json *value)
{
	auto_strbuf struct strbuf text = {0};
	size_t length;

	if (conversion->letter == 'q' && json_is_string(value))
		json_print(&text, value, false);
	else
		template_value(&text, value);
	length = text.length < conversion->precision ? text.length : conversion->precision;
	for (size_t n = length; !conversion->left && n < conversion->width; n++)
		strbuf_add_char(out, ' ');
	strbuf_add_n(out, strbuf_text(&text), length);
	for (size_t n = length; conversion->left && n < conversion->width; n++)
		strbuf_add_char(out, ' ');
}

static int call_printf(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	const char *at = json_object_get_string(arguments[0]);
	size_t next = 1;

	for (at = at ? at : ""; *at;) {
		struct conversion conversion;

		if (*at != '%') {
			strbuf_add_char(&text, *at++);
			continue;
		}
		at = read_conversion(&conversion, at + 1);
		if (conversion.letter == '%') {
			strbuf_add_char(&text, '%');
			continue;
		}
		if (!conversion.letter || !strchr("svdqtfgx", conversion.letter))
			return error_set(err, ERROR_INVALID,
					 "template: printf knows %%s, %%v, %%d, %%q, %%t and %%f");
		if (next >= count)
			return error_set(err, ERROR_INVALID,
					 "template: printf has too few arguments");
		add_converted(&text, &conversion, arguments[next++]);
	}
	return give_text(result, &text);
}

static int call_len(json **result, json *const *arguments, size_t count, struct error *err)
{
	int64_t length = (int64_t)json_length(arguments[0]);

	(void)count;
	(void)err;
	if (json_is_string(arguments[0]))
		length = json_object_get_string_len(arguments[0]);
	else if (json_is_object(arguments[0]))
		length = json_object_object_length(arguments[0]);
	*result = json_object_new_int64(length);
	return 0;
}

static int call_index(json **result, json *const *arguments, size_t count, struct error *err)
{
	json *value = arguments[0];

	for (size_t i = 1; i < count; i++) {
		if (json_is_array(value)) {
			int64_t at = json_object_get_int64(arguments[i]);

			if (at < 0 || (uint64_t)at >= json_length(value))
				return error_set(err, ERROR_INVALID,
						 "template: the index %lld is out of range",
						 (long long)at);
			value = json_at(value, (size_t)at);
		} else {
			const char *name = json_object_get_string(arguments[i]);

			value = name ? json_get(value, name) : NULL;
		}
	}
	*result = json_object_get(value);
	return 0;
}

static int compare(json *a, json *b)
{
	auto_strbuf struct strbuf text_a = {0}, text_b = {0};
	double x = json_object_get_double(a), y = json_object_get_double(b);

	if (a && b && !json_is_string(a) && !json_is_string(b) && !json_is_array(a) &&
	    !json_is_object(a))
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
	bool equal = false;

	(void)err;
	for (size_t i = 1; i < count; i++)
		equal |= compare(arguments[0], arguments[i]) == 0;
	return give_bool(result, equal);
}

#define COMPARISON(name, sign)                                                                     \
	static int call_##name(json **result, json *const *arguments, size_t count,                \
			       struct error *err)                                                  \
	{                                                                                          \
		(void)count;                                                                       \
		(void)err;                                                                         \
		return give_bool(result, compare(arguments[0], arguments[1]) sign 0);              \
	}

COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(gt, >)
COMPARISON(ge, >=)

/* The first argument that decides, or the last. */
static int choose(json **result, json *const *arguments, size_t count, bool decisive)
{
	size_t i = 0;

	while (i + 1 < count && template_is_true(arguments[i]) != decisive)
		i++;
	*result = json_object_get(arguments[i]);
	return 0;
}

static int call_and(json **result, json *const *arguments, size_t count, struct error *err)
{
	(void)err;
	return choose(result, arguments, count, false);
}

static int call_or(json **result, json *const *arguments, size_t count, struct error *err)
{
	(void)err;
	return choose(result, arguments, count, true);
}

static int call_not(json **result, json *const *arguments, size_t count, struct error *err)
{
	(void)count;
	(void)err;
	return give_bool(result, !template_is_true(arguments[0]));
}

static int call_truncate(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	int64_t length = json_object_get_int64(arguments[1]);

	(void)count;
	(void)err;
	template_value(&text, arguments[0]);
	if (length >= 0 && (uint64_t)length < text.length) {
		/* not within a character */
		while (length > 0 && ((unsigned char)text.text[length] & 0xc0) == 0x80)
			length--;
		text.length = (size_t)length;
	}
	return give_text(result, &text);
}

static const struct template_function functions[] = {
	{"and", 1, TEMPLATE_MOST_ARG, call_and},
	{"eq", 2, TEMPLATE_MOST_ARG, call_eq},
	{"ge", 2, 2, call_ge},
	{"gt", 2, 2, call_gt},
	{"index", 1, TEMPLATE_MOST_ARG, call_index},
	{"join", 2, 2, call_join},
	{"json", 1, 1, call_json},
	{"le", 2, 2, call_le},
	{"len", 1, 1, call_len},
	{"lower", 1, 1, call_lower},
	{"lt", 2, 2, call_lt},
	{"ne", 2, 2, call_ne},
	{"not", 1, 1, call_not},
	{"or", 1, TEMPLATE_MOST_ARG, call_or},
	{"print", 0, TEMPLATE_MOST_ARG, call_print},
	{"printf", 1, TEMPLATE_MOST_ARG, call_printf},
	{"println", 0, TEMPLATE_MOST_ARG, call_println},
	{"split", 2, 2, call_split},
	{"title", 1, 1, call_title},
	{"truncate", 2, 2, call_truncate},
	{"upper", 1, 1, call_upper},
};

const struct template_function *template_find_function(const char *name, size_t length)
{
	for (size_t i = 0; i < array_length(functions); i++)
		if (strlen(functions[i].name) == length &&
		    memcmp(functions[i].name, name, length) == 0)
			return &functions[i];
	return NULL;
}
