/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/dotenv.h"

#include "compose/model/interpolate.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>

struct scan {
	const char *at, *end;
	unsigned line;
	const char *file;
	const struct dotenv *dotenv;
	struct interpolation interpolation;
	struct error *err;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end && is_blank(*scan->at))
		scan->at++;
}

static const char *line_end(const struct scan *scan)
{
	const char *at = scan->at;

	while (at < scan->end && *at != '\n')
		at++;
	return at;
}

/* To the next statement: over blank lines and comments. False at the end. */
static bool skip_to_statement(struct scan *scan)
{
	while (scan->at < scan->end) {
		if (*scan->at == '\n') {
			scan->line++;
			scan->at++;
		} else if (is_blank(*scan->at)) {
			scan->at++;
		} else if (*scan->at == '#') {
			scan->at = line_end(scan);
		} else {
			return true;
		}
	}
	return false;
}

static bool is_key_byte(unsigned char c)
{
	return isalnum(c) || c >= 0x80 || (c && strchr("_.-[]", c));
}

/* Over `export `, when a key follows on the line. */
static void skip_export(struct scan *scan)
{
	const char *p = scan->at;

	if (scan->end - p < 8 || strncmp(p, "export", 6) != 0 || !is_blank(p[6]))
		return;
	for (p += 7; p < scan->end && is_blank(*p);)
		p++;
	if (p < scan->end && is_key_byte((unsigned char)*p))
		scan->at = p;
}

/* Reads the key and its separator. *has_value is false for a bare key. */
static int scan_key(struct scan *scan, char **key, bool *has_value)
{
	const char *start, *stop;

	skip_export(scan);
	start = scan->at;
	while (scan->at < scan->end && is_key_byte((unsigned char)*scan->at))
		scan->at++;
	stop = scan->at;
	skip_blanks(scan);
	*has_value = scan->at < scan->end && (*scan->at == '=' || *scan->at == ':');
	if (stop > start &&
	    (*has_value || scan->at == scan->end || *scan->at == '\n' || *scan->at == '#')) {
		*key = alloc_string_n(start, (size_t)(stop - start));
		scan->at += *has_value;
		if (!*has_value)
			scan->at = line_end(scan);
		return 0;
	}
	if (scan->at > stop && stop > start)
		return error_set(scan->err, ERROR_INVALID,
				 "%s:%u: line %u: key cannot contain a space", scan->file,
				 scan->line, scan->line);
	/* Not what is behind the '=': it may be a secret. */
	stop = memchr(start, '=', (size_t)(line_end(scan) - start));
	if (!stop)
		stop = line_end(scan);
	return error_set(scan->err, ERROR_INVALID,
			 "%s:%u: line %u: unexpected character \"%c\" in variable name \"%.*s\"",
			 scan->file, scan->line, scan->line,
			 isprint((unsigned char)*scan->at) ? *scan->at : '?',
			 (int)(stop - start < 80 ? stop - start : 80), start);
}

static int interpolate_value(struct scan *scan, const struct strbuf *raw, struct strbuf *value)
{
	struct error err = {0};

	scan->interpolation.file = scan->file;
	scan->interpolation.line = scan->line;
	if (interpolate_text(value, strbuf_text(raw), &scan->interpolation, &err) == 0)
		return 0;
	return error_set(scan->err, ERROR_INVALID, "%s:%u: %s", scan->file, scan->line, err.text);
}

/* Up to the line's end or " #". A backslash means nothing: only `$$` is a dollar. */
static int scan_unquoted(struct scan *scan, struct strbuf *value)
{
	auto_strbuf struct strbuf raw = {0};
	const char *start = scan->at, *stop = line_end(scan), *next = stop;

	/* Directly behind the separator a hash belongs to the value. */
	for (const char *p = start + 1; p < stop; p++)
		if (*p == '#' && p[-1] == ' ')
			stop = p;
	while (stop > start && is_blank(stop[-1]))
		stop--;
	strbuf_add_n(&raw, start, (size_t)(stop - start));
	scan->at = next;
	return interpolate_value(scan, &raw, value);
}

static int fail_unterminated(struct scan *scan, unsigned line)
{
	return error_set(scan->err, ERROR_INVALID, "%s:%u: line %u: unterminated quoted value",
			 scan->file, line, line);
}

static int scan_single_quoted(struct scan *scan, struct strbuf *value)
{
	unsigned line = scan->line;

	for (scan->at++; scan->at < scan->end; scan->at++) {
		if (*scan->at == '\'') {
			scan->at++;
			return 0;
		}
		if (*scan->at == '\\' && scan->at + 1 < scan->end && scan->at[1] == '\'')
			scan->at++;
		if (*scan->at == '\n')
			scan->line++;
		strbuf_add_char(value, *scan->at);
	}
	return fail_unterminated(scan, line);
}

/* `\0ooo`: the digits behind the zero; returns how many bytes were used. */
static size_t add_octal(struct strbuf *raw, const char *digits, const char *end)
{
	unsigned code = 0;
	size_t used = 0;

	while (used < 3 && digits + used < end && digits[used] >= '0' && digits[used] <= '7')
		code = code * 8 + (unsigned)(digits[used++] - '0');
	if (code && code < 256)
		strbuf_add_char(raw, (char)code);
	return used;
}

static void add_escape(struct scan *scan, struct strbuf *raw)
{
	static const char from[] = "nrtabfv\\\"", to[] = "\n\r\t\a\b\f\v\\\"";
	char c = *++scan->at;
	const char *found = c ? strchr(from, c) : NULL;

	if (c == '$')
		strbuf_add(raw, "$$");
	else if (c == '0')
		scan->at += add_octal(raw, scan->at + 1, scan->end);
	else if (found)
		strbuf_add_char(raw, to[found - from]);
	else {
		strbuf_add_char(raw, '\\');
		strbuf_add_char(raw, c);
	}
	scan->line += c == '\n';
}

static int scan_double_quoted(struct scan *scan, struct strbuf *value)
{
	auto_strbuf struct strbuf raw = {0};
	unsigned line = scan->line;

	for (scan->at++; scan->at < scan->end; scan->at++) {
		if (*scan->at == '"') {
			scan->at++;
			return interpolate_value(scan, &raw, value);
		}
		if (*scan->at == '\\' && scan->at + 1 < scan->end) {
			add_escape(scan, &raw);
			continue;
		}
		scan->line += *scan->at == '\n';
		strbuf_add_char(&raw, *scan->at);
	}
	return fail_unterminated(scan, line);
}

static int scan_value(struct scan *scan, struct strbuf *value)
{
	const char *separator = scan->at;

	skip_blanks(scan);
	if (scan->at == scan->end || *scan->at == '\n')
		return 0;
	if (*scan->at == '\'')
		return scan_single_quoted(scan, value);
	if (*scan->at == '"')
		return scan_double_quoted(scan, value);
	if (*scan->at == '#' && scan->at > separator) {
		scan->at = line_end(scan);
		return 0;
	}
	return scan_unquoted(scan, value);
}

static int start_scan(struct scan *scan, const struct dotenv *dotenv, const char *text,
		      size_t length)
{
	if (length > DOTENV_SIZE_LIMIT)
		return error_set(scan->err, ERROR_INVALID, "%s: larger than %zu bytes", scan->file,
				 DOTENV_SIZE_LIMIT);
	if (memchr(text, '\0', length))
		return error_set(scan->err, ERROR_INVALID, "%s: contains a NUL character",
				 scan->file);
	scan->dotenv = dotenv;
	scan->interpolation.lookup = dotenv->lookup;
	scan->interpolation.data = dotenv->data;
	scan->line = 1;
	scan->at = text;
	scan->end = text + length;
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		scan->at += 3;
	return 0;
}

int dotenv_parse(const struct dotenv *dotenv, const char *text, size_t length, const char *file,
		 struct error *err)
{
	struct scan scan = {.file = file, .err = err};

	if (!length)
		return 0;
	if (start_scan(&scan, dotenv, text, length) < 0)
		return -1;
	while (skip_to_statement(&scan)) {
		auto_free char *key = NULL;
		auto_strbuf struct strbuf value = {0};
		bool has_value;

		if (scan_key(&scan, &key, &has_value) < 0)
			return -1;
		if (!has_value) {
			dotenv->set(dotenv->data, key, dotenv->lookup(dotenv->data, key));
			continue;
		}
		if (scan_value(&scan, &value) < 0)
			return -1;
		dotenv->set(dotenv->data, key, strbuf_text(&value));
	}
	return 0;
}

static int parse_raw_line(struct scan *scan, const char *stop)
{
	auto_free char *line = NULL;
	char *equals;

	while (stop > scan->at && stop[-1] == '\r')
		stop--;
	line = alloc_string_n(scan->at, (size_t)(stop - scan->at));
	equals = strchr(line, '=');
	if (equals)
		*equals = '\0';
	if (!*line || strpbrk(line, " \t"))
		return error_set(
			scan->err, ERROR_INVALID,
			"%s:%u: line %u: variable '%.80s' contains whitespaces or is empty",
			scan->file, scan->line, scan->line, line);
	scan->dotenv->set(scan->dotenv->data, line,
			  equals ? equals + 1 : scan->dotenv->lookup(scan->dotenv->data, line));
	return 0;
}

int dotenv_parse_raw(const struct dotenv *dotenv, const char *text, size_t length, const char *file,
		     struct error *err)
{
	struct scan scan = {.file = file, .err = err};

	if (!length)
		return 0;
	if (start_scan(&scan, dotenv, text, length) < 0)
		return -1;
	for (; scan.at < scan.end; scan.line++) {
		const char *stop;

		while (scan.at < scan.end && is_blank(*scan.at))
			scan.at++;
		stop = line_end(&scan);
		if (scan.at < stop && *scan.at != '#' && parse_raw_line(&scan, stop) < 0)
			return -1;
		scan.at = stop < scan.end ? stop + 1 : stop;
	}
	return 0;
}
