/* SPDX-License-Identifier: Apache-2.0 */
/* printf of templates: Go's verbs, flags, widths and precisions. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "describe/go_text.h"
#include "describe/template.h"
#include "describe/template_private.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WIDEST 1024

struct conversion {
	bool left, zero, plus, sharp;
	size_t width, precision; /* SIZE_MAX: none */
	char verb;
};

static size_t read_number(const char **at)
{
	size_t number = 0;

	for (; isdigit((unsigned char)**at); (*at)++)
		if (number < WIDEST)
			number = number * 10 + (size_t)(**at - '0');
	return number;
}

/* Behind the '%'. */
static const char *read_conversion(struct conversion *conversion, const char *at)
{
	*conversion = (struct conversion){.precision = SIZE_MAX};
	for (; *at && strchr("-+# 0", *at); at++) {
		conversion->left |= *at == '-';
		conversion->zero |= *at == '0';
		conversion->plus |= *at == '+';
		conversion->sharp |= *at == '#';
	}
	conversion->width = read_number(&at);
	if (*at == '.') {
		at++;
		conversion->precision = read_number(&at);
	}
	conversion->verb = *at;
	return *at ? at + 1 : at;
}

static void add_padded(struct strbuf *out, const struct conversion *conversion, const char *text,
		       size_t length)
{
	size_t characters = 0, sign = *text == '-' || *text == '+';
	bool zero = conversion->zero && !conversion->left;

	for (size_t i = 0; i < length; i++)
		characters += ((unsigned char)text[i] & 0xc0) != 0x80;
	if (zero)
		strbuf_add_n(out, text, sign);
	for (size_t n = characters; !conversion->left && n < conversion->width; n++)
		strbuf_add_char(out, zero ? '0' : ' ');
	strbuf_add_n(out, text + (zero ? sign : 0), length - (zero ? sign : 0));
	for (size_t n = characters; conversion->left && n < conversion->width; n++)
		strbuf_add_char(out, ' ');
}

static void add_binary(struct strbuf *out, uint64_t number)
{
	size_t bit = 63;

	while (bit > 0 && !(number >> bit & 1))
		bit--;
	for (bit++; bit-- > 0;)
		strbuf_add_char(out, (char)('0' + (number >> bit & 1)));
}

static void add_character(struct strbuf *out, int64_t code)
{
	if (code < 0x80)
		strbuf_add_char(out, (char)code);
	else if (code < 0x800)
		strbuf_printf(out, "%c%c", (char)(0xc0 | (code >> 6)),
			      (char)(0x80 | (code & 0x3f)));
	else
		strbuf_add(out, "�");
}

/* false: a number does not have this verb. */
static bool add_integer(struct strbuf *out, const struct conversion *conversion, int64_t number)
{
	uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;
	const char *sign = number < 0 ? "-" : conversion->plus ? "+" : "";

	if (!strchr("dvxXobcqU", conversion->verb))
		return false;
	if (conversion->verb != 'c' && conversion->verb != 'q')
		strbuf_add(out, sign);
	switch (conversion->verb) {
	case 'x':
	case 'X':
		strbuf_printf(out, conversion->verb == 'x' ? "%s%" PRIx64 : "%s%" PRIX64,
			      conversion->sharp ? "0x" : "", size);
		break;
	case 'o':
		strbuf_printf(out, "%s%" PRIo64, conversion->sharp ? "0" : "", size);
		break;
	case 'b':
		add_binary(out, size);
		break;
	case 'U':
		strbuf_printf(out, "U+%04" PRIX64, size);
		break;
	case 'q':
		strbuf_add_char(out, '\'');
		add_character(out, number);
		strbuf_add_char(out, '\'');
		break;
	case 'c':
		add_character(out, number);
		break;
	default:
		strbuf_printf(out, "%" PRIu64, size);
	}
	return true;
}

static bool add_fraction(struct strbuf *out, const struct conversion *conversion, double number)
{
	int precision = conversion->precision == SIZE_MAX ? -1 : (int)conversion->precision;
	const char *sign = conversion->plus && number >= 0 ? "+" : "";

	if (!strchr("vgGfFeE", conversion->verb))
		return false;
	strbuf_add(out, sign);
	if (strchr("vgG", conversion->verb))
		strbuf_printf(out, "%.*g", precision < 0 ? 15 : precision, number);
	else if (strchr("eE", conversion->verb))
		strbuf_printf(out, "%.*e", precision < 0 ? 6 : precision, number);
	else
		strbuf_printf(out, "%.*f", precision < 0 ? 6 : precision, number);
	return true;
}

static bool add_text(struct strbuf *out, const struct conversion *conversion, json *value)
{
	const char *text = json_object_get_string(value);
	size_t length = (size_t)json_object_get_string_len(value);

	if (!strchr("svqxX", conversion->verb))
		return false;
	for (size_t i = 0, seen = 0; i < length; i++) {
		seen += ((unsigned char)text[i] & 0xc0) != 0x80;
		if (seen > conversion->precision)
			length = i;
	}
	if (conversion->verb == 'q' || (conversion->verb == 'v' && conversion->sharp))
		go_text_quote(out, text, length);
	else if (conversion->verb == 'x' || conversion->verb == 'X')
		for (size_t i = 0; i < length; i++)
			strbuf_printf(out, conversion->verb == 'x' ? "%02x" : "%02X",
				      (unsigned char)text[i]);
	else
		strbuf_add_n(out, text, length);
	return true;
}

static bool add_value(struct strbuf *out, const struct conversion *conversion, json *value)
{
	if (json_is_string(value))
		return add_text(out, conversion, value);
	if (json_object_is_type(value, json_type_int))
		return add_integer(out, conversion, json_object_get_int64(value));
	if (json_object_is_type(value, json_type_double))
		return add_fraction(out, conversion, json_object_get_double(value));
	if (json_is_object(value) || !value || template_is_nil(value)) {
		template_value(out, value);
		strbuf_add(out, value ? "" : "<nil>");
		return conversion->verb == 'v' || conversion->verb == 's';
	}
	template_value(out, value);
	return conversion->verb == 't' || conversion->verb == 'v';
}

/* Lists are converted item by item. */
static void add_converted(struct strbuf *out, const struct conversion *conversion, json *value)
{
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; json_is_array(value) && i < json_length(value); i++) {
		strbuf_add(&text, i ? " " : "");
		add_converted(&text, conversion, json_at(value, i));
	}
	if (json_is_array(value)) {
		strbuf_printf(out, "[%s]", strbuf_text(&text));
	} else if (add_value(&text, conversion, value)) {
		add_padded(out, conversion, strbuf_text(&text), text.length);
	} else {
		strbuf_printf(out, "%%!%c(%s=", conversion->verb, template_type(value));
		template_value(out, value);
		strbuf_add_char(out, ')');
	}
}

/* What is left over is shown, too. */
static void add_extra(struct strbuf *out, json *const *arguments, size_t count)
{
	strbuf_add(out, "%!(EXTRA ");
	for (size_t i = 0; i < count; i++) {
		strbuf_printf(out, "%s%s=", i ? ", " : "", template_type(arguments[i]));
		template_value(out, arguments[i]);
	}
	strbuf_add_char(out, ')');
}

int template_call_printf(json **result, json *const *arguments, size_t count, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	const char *at = json_object_get_string(arguments[0]);
	size_t next = 1;

	if (!json_is_string(arguments[0]))
		return error_set(err, ERROR_INVALID,
				 "wrong type for value; expected string; got %s",
				 template_type(arguments[0]));
	while (*at) {
		struct conversion conversion;

		if (*at != '%') {
			strbuf_add_char(&text, *at++);
			continue;
		}
		at = read_conversion(&conversion, at + 1);
		if (!conversion.verb)
			strbuf_add(&text, "%!(NOVERB)");
		else if (conversion.verb == '%')
			strbuf_add_char(&text, '%');
		else if (next >= count)
			strbuf_printf(&text, "%%!%c(MISSING)", conversion.verb);
		else
			add_converted(&text, &conversion, arguments[next++]);
	}
	if (next < count)
		add_extra(&text, arguments + next, count - next);
	return template_give_text(result, &text);
}
