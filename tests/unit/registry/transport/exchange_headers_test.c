/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/exchange_headers.h"

#include "tests/harness/harness.h"

#include <string.h>

static struct exchange_headers headers;

static void add(const char *line)
{
	exchange_headers_add(&headers, line, strlen(line));
}

static void clear(void)
{
	exchange_headers_clear(&headers);
}

TEST(names_are_known_in_any_case)
{
	clear();
	add("CONTENT-type: application/json; charset=utf-8\r\n");
	add("location:/v2/x \r\n");
	add("Content-Length: 123\r\n");
	add("docker-content-digest:\tsha256:ab\r\n");
	CHECK_TEXT(headers.media_type, "application/json");
	CHECK_TEXT(headers.location, "/v2/x");
	CHECK_INT(headers.length, 123);
	CHECK_TEXT(headers.digest, "sha256:ab");
	clear();
	CHECK(!headers.location);
}

TEST(what_a_file_says_of_itself)
{
	clear();
	add("ETag: W/\"abc\"\r\n");
	add("Last-Modified: Fri, 13 Feb 2009 23:31:30 GMT\r\n");
	add("Content-Disposition: attachment; filename=\"a b\"\r\n");
	CHECK_TEXT(headers.etag, "W/\"abc\"");
	CHECK_TEXT(headers.last_modified, "Fri, 13 Feb 2009 23:31:30 GMT");
	CHECK_TEXT(headers.file_name, "a b");
	clear();
	CHECK(!headers.etag && !headers.last_modified && !headers.file_name);
}

TEST(the_last_one_counts)
{
	clear();
	add("Location: /a");
	add("Location: /b");
	CHECK_TEXT(headers.location, "/b");
	clear();
}

TEST(ranges_are_read_in_both_forms)
{
	clear();
	add("Content-Range: bytes 500-999/1000");
	add("Range: 0-4095");
	add("OCI-Chunk-Min-Length: 65536");
	CHECK_INT(headers.range_start, 500);
	CHECK_INT(headers.range_last, 4095);
	CHECK_INT(headers.least_chunk, 65536);
	clear();
	add("Range: bytes=0-7");
	CHECK_INT(headers.range_last, 7);
	clear();
}

TEST(numbers_that_are_none_are_as_good_as_absent)
{
	static const char *const lines[] = {"Content-Length: -1",
					    "Content-Length: 12x",
					    "Content-Length:",
					    "Content-Length: 99999999999999999999",
					    "Content-Length: 9223372036854775807",
					    "Content-Range: bytes */1000",
					    "Content-Range: lines 1-2/3",
					    "Range: 5",
					    "Range: 0-",
					    "no colon",
					    ":",
					    "",
					    "Content-Length"};

	clear();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		add(lines[i]);
		CHECK(headers.length == -1);
		CHECK(headers.range_start == -1);
		CHECK(headers.range_last == -1);
	}
	clear();
}

TEST(challenges_add_up)
{
	clear();
	add("WWW-Authenticate: Basic realm=\"x\"\r\n");
	add("Www-Authenticate: Bearer realm=\"https://t/\"\r\n");
	CHECK(headers.challenge.has_basic && headers.challenge.has_bearer);
	CHECK_TEXT(headers.challenge.realm, "https://t/");
	clear();
}
