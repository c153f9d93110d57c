/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "api/frames.h"
#include "api/request.h"
#include "base/strbuf.h"

#include <string.h>

TEST(a_frame_is_its_stream_its_length_and_its_bytes)
{
	auto_strbuf struct strbuf out = {0};
	char large[70000] = {0};

	frames_add(&out, FRAME_STDERR, "ab", 2);
	CHECK(out.length == 10 && memcmp(out.text, "\2\0\0\0\0\0\0\2ab", 10) == 0);
	frames_add(&out, FRAME_STDOUT, large, sizeof(large));
	CHECK(out.length == 18 + sizeof(large));
	CHECK(memcmp(out.text + 10, "\1\0\0\0\0\1\x11\x70", 8) == 0);
}

TEST(a_terminals_output_is_the_bytes_alone)
{
	auto_strbuf struct strbuf out = {0};

	frames_add(&out, 0, "ab", 2);
	CHECK_TEXT(strbuf_text(&out), "ab");
}

TEST(the_type_follows_from_terminal_and_version)
{
	const struct request old = {.version = 41}, new = {.version = 42};

	CHECK_TEXT(frames_type(&old, false), ANSWER_RAW);
	CHECK_TEXT(frames_type(&new, false), ANSWER_FRAMES);
	CHECK_TEXT(frames_type(&new, true), ANSWER_RAW);
}
