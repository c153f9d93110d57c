/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logs/log_format.h"

#include <endian.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/units.h"
#include "base/utf8.h"

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

static const char prefix[] = "{\"log\":\"";
static const char *const suffixes[] = {
	[LOG_STDOUT] = "\",\"stream\":\"stdout\",\"time\":\"",
	[LOG_STDERR] = "\",\"stream\":\"stderr\",\"time\":\"",
};
static const char *const stream_names[] = {[LOG_STDOUT] = "stdout", [LOG_STDERR] = "stderr"};

static uint64_t load(const char *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	return le64toh(word);
}

/* The high bit of each byte that is a control character, '"' or '\\', or not ASCII. A borrow can
 * only flag bytes behind a flagged one wrongly, so the first is exact. */
static uint64_t special_bytes(uint64_t word)
{
	return ((word - ONES * 0x20) | ((word ^ (ONES * '"')) - ONES) |
		((word ^ (ONES * '\\')) - ONES) | word) &
	       HIGHS;
}

static bool is_special(unsigned char c)
{
	return c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
}

/* Copies ahead of the next special byte; returns how many. Writes up to 7 bytes too many. */
static size_t copy_plain(char *out, const char *bytes, size_t length)
{
	size_t at = 0;

	for (; length - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
		uint64_t special = special_bytes(load(bytes + at));

		memcpy(out + at, bytes + at, sizeof(uint64_t));
		if (special)
			return at + (size_t)__builtin_ctzll(special) / 8;
	}
	for (; at < length && !is_special((unsigned char)bytes[at]); at++)
		out[at] = bytes[at];
	return at;
}

/* How many bytes the UTF-8 character at @text should have by its first byte; 0: none starts so. */
static size_t utf8_expected(unsigned char first)
{
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* The length of a character that is not ASCII; 0 when it is none. */
static size_t other_length(const char *text, size_t length)
{
	uint32_t code;

	return (unsigned char)text[0] < 0x80 ? 0 : utf8_decode(text, length, &code);
}

/* Where a piece of exactly LOG_FORMAT_PIECE bytes ends without tearing a character apart. */
static size_t piece_length(const char *piece)
{
	for (size_t back = 1; back <= 3; back++) {
		unsigned char c = (unsigned char)piece[LOG_FORMAT_PIECE - back];

		if ((c & 0xc0) == 0x80)
			continue;
		return utf8_expected(c) > back ? LOG_FORMAT_PIECE - back : LOG_FORMAT_PIECE;
	}
	return LOG_FORMAT_PIECE;
}

/* Writes the special byte or character at @bytes; returns how many bytes of it were used. */
static size_t escape(char **out, const char *bytes, size_t length)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char c = (unsigned char)bytes[0];
	size_t count;
	char *to = *out;

	if (c >= 0x80) {
		count = other_length(bytes, length);
		memcpy(to, count ? bytes : "\\ufffd", count ? count : 6);
		*out = to + (count ? count : 6);
		return count ? count : 1;
	}
	*to++ = '\\';
	if (c == '"' || c == '\\') {
		*to++ = (char)c;
	} else if (c == '\t' || c == '\n' || c == '\r') {
		*to++ = c == '\t' ? 't' : c == '\n' ? 'n' : 'r';
	} else {
		memcpy(to, "u00", 3);
		to[3] = hex[c >> 4];
		to[4] = hex[c & 15];
		to += 5;
	}
	*out = to;
	return 1;
}

/* Encodes the text of one record; returns the bytes used, 0 when the line is not complete yet. */
static size_t encode_text(char **out, const char *bytes, size_t length, bool is_final)
{
	size_t limit = length, at = 0;
	char *to = *out;

	if (length >= LOG_FORMAT_PIECE)
		limit = LOG_FORMAT_PIECE;
	for (;;) {
		size_t plain = copy_plain(to, bytes + at, limit - at);

		to += plain;
		at += plain;
		if (at == limit)
			break;
		if (bytes[at] == '\n') {
			memcpy(to, "\\n", 2);
			*out = to + 2;
			return at + 1;
		}
		if (limit == LOG_FORMAT_PIECE && at + 3 >= limit)
			limit = piece_length(bytes);
		if (at >= limit)
			break;
		at += escape(&to, bytes + at, limit - at);
	}
	if (length < LOG_FORMAT_PIECE && !is_final)
		return 0;
	*out = to;
	return at;
}

size_t log_format_encode(struct log_encoding *encoding)
{
	const char *suffix = suffixes[encoding->stream];
	size_t suffix_length = strlen(suffix), end_length, used = 0;
	char end[UNITS_TIME_SIZE + 3];
	char *out = encoding->out;

	units_format_time(end, &encoding->time);
	end_length = strlen(end);
	memcpy(end + end_length, "\"}\n", 3);
	end_length += 3;
	while (used < encoding->length) {
		size_t length = (size_t)(out - encoding->out);
		char *to = out;
		size_t count;

		if (encoding->out_size - length < LOG_FORMAT_RECORD_MAX ||
		    (encoding->stop_after && length >= encoding->stop_after))
			break;
		memcpy(to, prefix, sizeof(prefix) - 1);
		to += sizeof(prefix) - 1;
		count = encode_text(&to, encoding->bytes + used, encoding->length - used,
				    encoding->is_final);
		if (count == 0)
			break;
		used += count;
		memcpy(to, suffix, suffix_length);
		memcpy(to + suffix_length, end, end_length);
		out = to + suffix_length + end_length;
	}
	encoding->out_length = (size_t)(out - encoding->out);
	return used;
}

static int hex_digits(const char *digits)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		char c = digits[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return value;
}

/* Undoes one escape; returns how long it was, 0 when it is none of those that encoders of this
 * format write (surrogate pairs among them: those take the slow way). */
static size_t unescape(char **out, const char *bytes, size_t length)
{
	static const char letters[] = "ntr\"\\/bf", values[] = "\n\t\r\"\\/\b\f";
	const char *letter;
	char *to = *out;
	int code;

	if (length < 2)
		return 0;
	if (bytes[1] != 'u') {
		letter = bytes[1] ? strchr(letters, bytes[1]) : NULL;
		if (letter)
			*(*out)++ = values[letter - letters];
		return letter ? 2 : 0;
	}
	code = length < 6 ? -1 : hex_digits(bytes + 2);
	if (code < 0 || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 0x3f));
	} else {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	}
	*out = to;
	return 6;
}

/* Copies the string that starts at @bytes up to its closing quote; returns where that is, or
 * @length when there is none or something needs the slow way. */
static size_t decode_text(char **out, const char *bytes, size_t length)
{
	size_t at = 0;
	char *to = *out;

	while (at < length) {
		size_t count = copy_plain(to, bytes + at, length - at);

		to += count;
		at += count;
		if (at == length)
			break;
		if (bytes[at] == '"') {
			*out = to;
			return at;
		}
		if (bytes[at] == '\\')
			count = unescape(&to, bytes + at, length - at);
		else if ((count = other_length(bytes + at, length - at)))
			to = mempcpy(to, bytes + at, count);
		if (count == 0)
			return length;
		at += count;
	}
	return length;
}

static bool decode_time(struct log_decoder *decoder, struct timespec *time, const char *text,
			size_t length)
{
	char copy[64];
	long nanoseconds = 0, scale = SECOND;
	size_t at = sizeof(decoder->second) + 1;

	if (length >= sizeof(copy) || length < sizeof(decoder->second))
		return false;
	if (length > at && text[at - 1] == '.' && text[length - 1] == 'Z' &&
	    memcmp(decoder->second, text, sizeof(decoder->second)) == 0) {
		for (; text[at] >= '0' && text[at] <= '9' && scale > 1; at++)
			nanoseconds += (text[at] - '0') * (scale /= 10);
		*time = (struct timespec){decoder->seconds, nanoseconds};
		return at == length - 1;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (strlen(copy) != length || units_parse_time(time, copy, NULL) < 0)
		return false;
	if (text[length - 1] == 'Z') {
		memcpy(decoder->second, text, sizeof(decoder->second));
		decoder->seconds = time->tv_sec;
	}
	return true;
}

static bool decode_stream(enum log_stream *stream, const char *name)
{
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		if (name && strcmp(stream_names[i], name) == 0) {
			*stream = (enum log_stream)i;
			return true;
		}
	return false;
}

/* Any JSON object with the three members: what other programs wrote, "attrs" and all. */
static bool decode_any(struct log_decoder *decoder, const char *line, size_t length, char *text,
		       struct log_record *record)
{
	auto_json json *value = json_parse(line, length, "log record", NULL);
	const char *time = json_string(value, "time", NULL);
	json *log = json_get(value, "log");

	if (!json_is_string(log) || !time ||
	    !decode_stream(&record->stream, json_string(value, "stream", NULL)) ||
	    !decode_time(decoder, &record->time, time, strlen(time)))
		return false;
	record->length = (size_t)json_object_get_string_len(log);
	if (record->length > length)
		return false;
	memcpy(text, json_object_get_string(log), record->length);
	return true;
}

bool log_format_decode(struct log_decoder *decoder, const char *line, size_t length, char *text,
		       struct log_record *record)
{
	size_t at = sizeof(prefix) - 1, suffix_length = strlen(suffixes[0]);
	const char *rest;
	char *to = text;

	record->text = text;
	if (length > at && memcmp(line, prefix, at) == 0) {
		at += decode_text(&to, line + at, length - at);
		rest = line + at;
		record->length = (size_t)(to - text);
		for (int i = 0; i < LOG_STREAM_COUNT && length - at > suffix_length + 2; i++) {
			if (memcmp(rest, suffixes[i], suffix_length) != 0)
				continue;
			record->stream = (enum log_stream)i;
			if (memcmp(line + length - 2, "\"}", 2) == 0 &&
			    decode_time(decoder, &record->time, rest + suffix_length,
					length - at - suffix_length - 2))
				return true;
		}
	}
	return decode_any(decoder, line, length, text, record);
}
