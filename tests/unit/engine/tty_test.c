/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tty.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "tests/harness/harness.h"

#include <string.h>

/* What the container gets of it; "!" at the end when the sequence was complete. */
static const char *passed(struct tty_detach *detach, const char *typed)
{
	static struct strbuf out;

	strbuf_clear(&out);
	if (tty_detach_filter(detach, typed, strlen(typed), &out))
		strbuf_add(&out, "!");
	return strbuf_text(&out);
}

TEST(default_keys_match_across_reads_and_are_not_passed)
{
	struct tty_detach detach;

	CHECK(tty_detach_parse(&detach, NULL, NULL) == 0);
	CHECK(strcmp(passed(&detach, "ls\x10"), "ls") == 0);
	CHECK(strcmp(passed(&detach, "\x11"), "!") == 0);
}

TEST(a_broken_sequence_is_passed_and_starts_over)
{
	struct tty_detach detach;

	CHECK(tty_detach_parse(&detach, "a,b", NULL) == 0);
	CHECK(strcmp(passed(&detach, "a"), "") == 0);
	CHECK(strcmp(passed(&detach, "x"), "ax") == 0);
	CHECK(strcmp(passed(&detach, "xaab"), "xa!") == 0);
}

TEST(empty_keys_never_match_and_bad_ones_are_refused)
{
	struct tty_detach detach;
	struct error err;

	CHECK(tty_detach_parse(&detach, "", NULL) == 0);
	CHECK(strcmp(passed(&detach, "\x10\x11"), "\x10\x11") == 0);
	CHECK(tty_detach_parse(&detach, "ctrl-1", &err) < 0);
	CHECK_INT(err.code, ERROR_INVALID);
}
