/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/json.h"
#include "base/units.h"
#include "engine/logs/log_format.h"
#include "tests/harness/harness.h"

#include <stdlib.h>
#include <string.h>

#define TIME "2026-01-02T03:04:05.000000006Z"

static const struct timespec when = {1767323045, 6};
static char out[4 * LOG_FORMAT_RECORD_MAX];

static struct log_encoding encoding_of(const char *bytes, size_t length, bool is_final)
{
	return (struct log_encoding){
		.stream = LOG_STDOUT,
		.time = when,
		.bytes = bytes,
		.length = length,
		.is_final = is_final,
		.out = out,
		.out_size = sizeof(out),
	};
}

static void expect_encoded(const char *text, const char *expected)
{
	struct log_encoding encoding = encoding_of(text, strlen(text), true);
	char wanted[512];

	CHECK_INT(log_format_encode(&encoding), strlen(text));
	snprintf(wanted, sizeof(wanted),
		 "{\"log\":\"%s\",\"stream\":\"stdout\",\"time\":\"" TIME "\"}\n", expected);
	out[encoding.out_length] = '\0';
	CHECK_TEXT(out, wanted);
}

TEST(writes_dockers_records)
{
	expect_encoded("hello\n", "hello\\n");
	expect_encoded("say \"x\\y\"\n", "say \\\"x\\\\y\\\"\\n");
	expect_encoded("a\rb\tc\x01\x1b[0m\x7f\n", "a\\rb\\tc\\u0001\\u001b[0m\x7f\\n");
	expect_encoded("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\n",
		       "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\\n");
}

TEST(replaces_what_is_not_utf8)
{
	expect_encoded("\xff\n", "\\ufffd\\n");
	expect_encoded("\xc0\x80\n", "\\ufffd\\ufffd\\n");	      /* overlong */
	expect_encoded("\xe0\x80\x80\n", "\\ufffd\\ufffd\\ufffd\\n"); /* overlong */
	expect_encoded("\xed\xa0\x80\n", "\\ufffd\\ufffd\\ufffd\\n"); /* surrogate */
	expect_encoded("\xf4\x90\x80\x80\n", "\\ufffd\\ufffd\\ufffd\\ufffd\\n");
	expect_encoded("\xe2\x82\n", "\\ufffd\\ufffd\\n"); /* cut off */
	expect_encoded("\xe2\x82", "\\ufffd\\ufffd");
}

TEST(waits_for_the_end_of_a_line)
{
	struct log_encoding encoding = encoding_of("a\nb", 3, false);

	CHECK_INT(log_format_encode(&encoding), 2);
	encoding = encoding_of("b", 1, false);
	CHECK_INT(log_format_encode(&encoding), 0);
	CHECK_INT(encoding.out_length, 0);
	encoding = encoding_of("b", 1, true);
	CHECK_INT(log_format_encode(&encoding), 1);
}

static size_t count_records(size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += out[i] == '\n';
	return count;
}

TEST(splits_lines_after_16_kib)
{
	static char text[40001];
	struct log_encoding encoding;

	memset(text, 'x', sizeof(text));
	text[40000] = '\n';
	encoding = encoding_of(text, sizeof(text), false);
	CHECK_INT(log_format_encode(&encoding), 40001);
	CHECK_INT(count_records(encoding.out_length), 3);
	encoding = encoding_of(text, 40000, false);
	CHECK_INT(log_format_encode(&encoding), 32768);
	encoding = encoding_of(text, 16384, false);
	CHECK_INT(log_format_encode(&encoding), 16384);
	encoding = encoding_of(text, 16383, false);
	CHECK_INT(log_format_encode(&encoding), 0);
	text[16383] = '\n';
	encoding = encoding_of(text, 16384, false);
	CHECK_INT(log_format_encode(&encoding), 16384);
	CHECK_INT(count_records(encoding.out_length), 1);
}

TEST(does_not_split_inside_a_character)
{
	static char text[20000];

	for (size_t shift = 0; shift < 4; shift++) {
		struct log_encoding encoding;

		memset(text, 'x', sizeof(text));
		memcpy(text + 16384 - shift, "\xf0\x9f\x98\x80", 4);
		encoding = encoding_of(text, sizeof(text), false);
		CHECK_INT(log_format_encode(&encoding), 16384 - shift);
		CHECK(memmem(out, encoding.out_length, "ufffd", 5) == NULL);
	}
	/* Four stray continuation bytes are no character: the split stays where it is. */
	memset(text, '\x80', sizeof(text));
	struct log_encoding encoding = encoding_of(text, 16384, false);
	CHECK_INT(log_format_encode(&encoding), 16384);
}

TEST(obeys_its_limits)
{
	char text[1000];
	struct log_encoding encoding;

	memset(text, '\n', sizeof(text));
	encoding = encoding_of(text, sizeof(text), false);
	encoding.stop_after = 1;
	CHECK_INT(log_format_encode(&encoding), 1);
	encoding = encoding_of(text, sizeof(text), false);
	encoding.out_size = LOG_FORMAT_RECORD_MAX - 1;
	CHECK_INT(log_format_encode(&encoding), 0);
	encoding.out_size = LOG_FORMAT_RECORD_MAX;
	CHECK_INT(log_format_encode(&encoding), 1);
}

TEST(fits_the_worst_record_into_its_bound)
{
	static char text[LOG_FORMAT_PIECE];
	struct log_encoding encoding;

	memset(text, 1, sizeof(text));
	encoding = encoding_of(text, sizeof(text), true);
	CHECK_INT(log_format_encode(&encoding), sizeof(text));
	CHECK(encoding.out_length <= LOG_FORMAT_RECORD_MAX);
	memset(text, 0xff, sizeof(text));
	encoding = encoding_of(text, sizeof(text), true);
	CHECK_INT(log_format_encode(&encoding), sizeof(text));
	CHECK(encoding.out_length <= LOG_FORMAT_RECORD_MAX);
}

/* Encodes, lets json-c read each record as the judge, and joins what log_format_decode says. */
static size_t round_trip(const char *bytes, size_t length, char *result)
{
	struct log_encoding encoding = encoding_of(bytes, length, true);
	struct log_decoder decoder = {0};
	struct log_record record;
	size_t total = 0;

	CHECK_INT(log_format_encode(&encoding), length);
	for (char *line = out, *end = out + encoding.out_length; line < end;) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t size = (size_t)(newline - line);
		auto_json json *judge = json_parse(line, size, "record", NULL);
		json *log = json_get(judge, "log");
		char *exact = malloc(size); /* for the address sanitizer */

		CHECK(log_format_decode(&decoder, memcpy(exact, line, size), size, result + total,
					&record));
		free(exact);
		CHECK(log != NULL);
		CHECK_INT(record.length, json_object_get_string_len(log));
		CHECK(memcmp(record.text, json_object_get_string(log), record.length) == 0);
		CHECK_INT(record.stream, LOG_STDOUT);
		CHECK_INT(record.time.tv_sec, when.tv_sec);
		CHECK_INT(record.time.tv_nsec, when.tv_nsec);
		total += record.length;
		line = newline + 1;
	}
	return total;
}

TEST(brings_back_random_text)
{
	static char text[3000], result[200000];

	srandom(7);
	for (int round = 0; round < 300; round++) {
		size_t length = (size_t)random() % sizeof(text);

		for (size_t i = 0; i < length; i++)
			text[i] = (char)(random() % (round % 2 ? 128 : 70));
		CHECK_INT(round_trip(text, length, result), length);
		CHECK(memcmp(text, result, length) == 0);
	}
}

TEST(stays_valid_json_for_random_bytes)
{
	static char text[3000], result[200000];

	srandom(8);
	for (int round = 0; round < 300; round++) {
		size_t length = (size_t)random() % sizeof(text);

		for (size_t i = 0; i < length; i++)
			text[i] = (char)random();
		round_trip(text, length, result);
	}
}

static bool decode(const char *line, struct log_record *record)
{
	static struct log_decoder decoder;
	static char text[1000];

	return log_format_decode(&decoder, line, strlen(line), text, record);
}

TEST(reads_records_of_other_writers)
{
	struct log_record record;

	CHECK(decode(
		"{\"stream\":\"stderr\",\"attrs\":{\"a\":\"}\"},\"log\":\"\\u003chi\\u003e\\n\","
		"\"time\":\"2026-01-02T04:04:05.5+01:00\"}",
		&record));
	CHECK_INT(record.stream, LOG_STDERR);
	CHECK_INT(record.length, 5);
	CHECK(memcmp(record.text, "<hi>\n", 5) == 0);
	CHECK_INT(record.time.tv_sec, when.tv_sec);
	CHECK_INT(record.time.tv_nsec, 500000000);
	CHECK(decode("{\"log\":\"\\ud83d\\ude00\",\"stream\":\"stdout\",\"time\":\"" TIME "\"}",
		     &record));
	CHECK_INT(record.length, 4);
	CHECK(decode(
		"{\"log\":\"a\\u0000b\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}",
		&record));
	CHECK_INT(record.length, 3);
	CHECK_INT(record.time.tv_nsec, 0);
	CHECK(decode("{\"log\":\"\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05.12Z\"}",
		     &record));
	CHECK_INT(record.time.tv_nsec, 120000000);
}

TEST(passes_over_what_is_no_record)
{
	static const char *const lines[] = {
		"",
		"x",
		"{}",
		"{\"log\":\"",
		"{\"log\":\"a",
		"{\"log\":\"a\\",
		"{\"log\":\"a\\u12",
		"{\"log\":\"a\"}",
		"{\"log\":\"a\",\"stream\":\"stdout\"}",
		"{\"log\":\"a\",\"stream\":\"stdin\",\"time\":\"" TIME "\"}",
		"{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\"yesterday\"}",
		"{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05.0x6Z\"}",
		"{\"log\":1,\"stream\":\"stdout\",\"time\":\"" TIME "\"}",
		"{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\"" TIME "\"",
		"{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\"" TIME "\"} {",
	};
	struct log_record record;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		CHECK(!decode(lines[i], &record));
}
