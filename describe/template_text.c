/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of templates on texts: json, join, upper, html, … */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/utf8.h"
#include "describe/template.h"
#include "describe/template_private.h"

#include <ctype.h>
#include <string.h>

#define WIDEST_PAD 1024

static int need_text(json *value, struct error *err)
{
	return json_is_string(value) ? 0
				     : error_set(err, ERROR_INVALID,
						 "wrong type for value; expected string; got %s",
						 template_type(value));
}

static int call_json(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	(void)count;
	(void)err;
	json_print(&text, arguments[0], false);
	return template_give_text(result, &text);
}

/* The values of a map, sorted. */
static void join_map(struct strbuf *text, json *map, const char *separator)
{
	auto_strvec struct strvec values = {0};

	json_each (name, member, map) {
		auto_strbuf struct strbuf value = {0};

		(void)name;
		template_value(&value, member);
		strvec_add(&values, strbuf_text(&value));
	}
	strvec_sort(&values);
	strvec_each (value, &values)
		strbuf_printf(text, "%s%s", value == values.items ? "" : separator, *value);
}

static int call_join(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	json *list = arguments[0];
	const char *separator;

	(void)count;
	if (need_text(arguments[1], err) < 0)
		return -1;
	separator = json_object_get_string(arguments[1]);
	if (json_is_object(list))
		join_map(&text, list, separator);
	else if (list && !json_is_array(list) && !template_is_nil(list))
		return error_set(err, ERROR_INVALID, "expected slice, got %s", template_type(list));
	for (size_t i = 0; i < json_length(list); i++) {
		strbuf_add(&text, i ? separator : "");
		template_value(&text, json_at(list, i));
	}
	return template_give_text(result, &text);
}

static int call_split(json **result, json *const *arguments, size_t count, struct error *err)
{
	const char *at, *separator, *found;

	(void)count;
	if (need_text(arguments[0], err) < 0 || need_text(arguments[1], err) < 0)
		return -1;
	at = json_object_get_string(arguments[0]);
	separator = json_object_get_string(arguments[1]);
	*result = json_new_array();
	for (; *separator && (found = strstr(at, separator)); at = found + strlen(separator))
		json_add(*result, json_object_new_string_len(at, (int)(found - at)));
	json_add_string(*result, at);
	return 0;
}

/* ---- letters ---- */

/* Latin, Greek and Cyrillic ones that have a partner, without a locale. */
static const struct {
	uint32_t first, last, distance; /* of the small ones; to the large ones */
} letters[] = {
	{'a', 'z', 0x20},     {0xe0, 0xf6, 0x20},   {0xf8, 0xfe, 0x20},	  {0x3b1, 0x3c1, 0x20},
	{0x3c3, 0x3c9, 0x20}, {0x430, 0x44f, 0x20}, {0x450, 0x45f, 0x50},
};

static uint32_t to_upper(uint32_t code)
{
	for (size_t i = 0; i < array_length(letters); i++)
		if (code >= letters[i].first && code <= letters[i].last)
			return code - letters[i].distance;
	return code >= 0x100 && code <= 0x137 && code % 2 ? code - 1 : code;
}

static uint32_t to_lower(uint32_t code)
{
	for (size_t i = 0; i < array_length(letters); i++)
		if (code + letters[i].distance >= letters[i].first &&
		    code + letters[i].distance <= letters[i].last && code < letters[i].first)
			return code + letters[i].distance;
	return code >= 0x100 && code <= 0x137 && code % 2 == 0 ? code + 1 : code;
}

/* As Go's strings.Title: the first letter of what stands behind anything but letters, digits and
 * underscores. */
static uint32_t to_title(uint32_t code, uint32_t before)
{
	bool is_inside = before >= 0x80 || before == '_' || (before && isalnum((int)before));

	return is_inside ? code : to_upper(code);
}

static void add_code(struct strbuf *out, uint32_t code)
{
	if (code < 0x80) {
		strbuf_add_char(out, (char)code);
	} else {
		strbuf_add_char(out, (char)(0xc0 | (code >> 6)));
		strbuf_add_char(out, (char)(0x80 | (code & 0x3f)));
	}
}

/* @change: 'u', 'l' or 't'. */
static int change_letters(json **result, json *value, char change, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	const char *at = json_object_get_string(value);
	uint32_t code, before = 0;

	if (need_text(value, err) < 0)
		return -1;
	for (size_t left = strlen(at), size; left > 0; at += size, left -= size) {
		size = utf8_decode(at, left, &code);
		if (size == 1 || size == 2) /* all that have a partner here */
			add_code(&text, change == 'u'	? to_upper(code)
					: change == 'l' ? to_lower(code)
							: to_title(code, before));
		else
			strbuf_add_n(&text, at, size ? size : 1);
		before = size ? code : 0x80;
		size = size ? size : 1;
	}
	return template_give_text(result, &text);
}

#define LETTERS(name, change)                                                                      \
	static int call_##name(json **result, json *const *arguments, size_t count,                \
			       struct error *err)                                                  \
	{                                                                                          \
		(void)count;                                                                       \
		return change_letters(result, arguments[0], change, err);                          \
	}

LETTERS(lower, 'l')
LETTERS(upper, 'u')
LETTERS(title, 't')

/* ---- widths ---- */

static int call_truncate(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	int64_t length = json_object_get_int64(arguments[1]);

	(void)count;
	if (need_text(arguments[0], err) < 0)
		return -1;
	template_value(&text, arguments[0]);
	if (length >= 0 && (uint64_t)length < text.length) {
		/* not within a character */
		while (length > 0 && ((unsigned char)text.text[length] & 0xc0) == 0x80)
			length--;
		text.length = (size_t)length;
	}
	return template_give_text(result, &text);
}

static void add_blanks(struct strbuf *out, json *number)
{
	int64_t count = json_object_get_int64(number);

	for (int64_t i = 0; i < count && i < WIDEST_PAD; i++)
		strbuf_add_char(out, ' ');
}

/* Blanks before and behind, but for an empty text. */
static int call_pad(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	(void)count;
	if (need_text(arguments[0], err) < 0)
		return -1;
	if (json_object_get_string_len(arguments[0]) > 0) {
		add_blanks(&text, arguments[1]);
		template_value(&text, arguments[0]);
		add_blanks(&text, arguments[2]);
	}
	return template_give_text(result, &text);
}

/* ---- escapes ---- */

/* All arguments in a row, as print shows them. */
static void gather(struct strbuf *out, json *const *arguments, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && !json_is_string(arguments[i]) && !json_is_string(arguments[i - 1]))
			strbuf_add_char(out, ' ');
		template_value(out, arguments[i]);
		if (!arguments[i])
			strbuf_add(out, "<nil>");
	}
}

static void escape_html(struct strbuf *out, unsigned char c)
{
	static const char special[] = "<>&'\"";
	static const char *const names[] = {"&lt;", "&gt;", "&amp;", "&#39;", "&#34;"};
	const char *found = c ? strchr(special, c) : NULL;

	if (found)
		strbuf_add(out, names[found - special]);
	else
		strbuf_add_char(out, (char)c);
}

static void escape_js(struct strbuf *out, unsigned char c)
{
	if (c == '\\' || c == '\'' || c == '"')
		strbuf_printf(out, "\\%c", c);
	else if (c < 0x20 || strchr("<>&=", c))
		strbuf_printf(out, "\\u%04X", c);
	else
		strbuf_add_char(out, (char)c);
}

static void escape_query(struct strbuf *out, unsigned char c)
{
	strbuf_add_url(out, c, true);
}

static int escape(json **result, json *const *arguments, size_t count,
		  void (*add)(struct strbuf *out, unsigned char c))
{
	auto_strbuf struct strbuf plain = {0}, text = {0};

	gather(&plain, arguments, count);
	for (size_t i = 0; i < plain.length; i++)
		add(&text, (unsigned char)plain.text[i]);
	return template_give_text(result, &text);
}

#define ESCAPE(name, add)                                                                          \
	static int call_##name(json **result, json *const *arguments, size_t count,                \
			       struct error *err)                                                  \
	{                                                                                          \
		(void)err;                                                                         \
		return escape(result, arguments, count, add);                                      \
	}

ESCAPE(html, escape_html)
ESCAPE(js, escape_js)
ESCAPE(urlquery, escape_query)

/* ---- print ---- */

static int call_print(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	(void)err;
	gather(&text, arguments, count);
	return template_give_text(result, &text);
}

static int call_println(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	(void)err;
	for (size_t i = 0; i < count; i++) {
		strbuf_add(&text, i ? " " : "");
		gather(&text, arguments + i, 1);
	}
	strbuf_add_char(&text, '\n');
	return template_give_text(result, &text);
}

const struct template_function template_text_functions[] = {
	{.name = "html", .least = 1, .most = TEMPLATE_MOST_ARG, .call = call_html},
	{.name = "join", .least = 2, .most = 2, .call = call_join, .is_text = true},
	{.name = "js", .least = 1, .most = TEMPLATE_MOST_ARG, .call = call_js},
	{.name = "json", .least = 1, .most = 1, .call = call_json, .is_text = true},
	{.name = "lower", .least = 1, .most = 1, .call = call_lower, .is_text = true},
	{.name = "pad", .least = 3, .most = 3, .call = call_pad},
	{.name = "print", .least = 0, .most = TEMPLATE_MOST_ARG, .call = call_print},
	{.name = "printf", .least = 1, .most = TEMPLATE_MOST_ARG, .call = template_call_printf},
	{.name = "println", .least = 0, .most = TEMPLATE_MOST_ARG, .call = call_println},
	{.name = "split", .least = 2, .most = 2, .call = call_split, .is_text = true},
	{.name = "title", .least = 1, .most = 1, .call = call_title, .is_text = true},
	{.name = "truncate", .least = 2, .most = 2, .call = call_truncate, .is_text = true},
	{.name = "upper", .least = 1, .most = 1, .call = call_upper, .is_text = true},
	{.name = "urlquery", .least = 1, .most = TEMPLATE_MOST_ARG, .call = call_urlquery},
	{0},
};
