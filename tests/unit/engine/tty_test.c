/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tty.h"

#include "base/error.h"
#include "tests/harness/harness.h"

TEST(default_keys_match_across_reads)
{
	struct tty_detach detach;

	CHECK(tty_detach_parse(&detach, NULL, NULL) == 0);
	CHECK(!tty_detach_matches(&detach, "ls\x10", 3));
	CHECK(tty_detach_matches(&detach, "\x11", 1));
}

TEST(a_broken_sequence_starts_over)
{
	struct tty_detach detach;

	CHECK(tty_detach_parse(&detach, "a,b", NULL) == 0);
	CHECK(!tty_detach_matches(&detach, "ax", 2));
	CHECK(tty_detach_matches(&detach, "aab", 3));
}

TEST(empty_keys_never_match_and_bad_ones_are_refused)
{
	struct tty_detach detach;
	struct error err;

	CHECK(tty_detach_parse(&detach, "", NULL) == 0);
	CHECK(!tty_detach_matches(&detach, "\x10\x11", 2));
	CHECK(tty_detach_parse(&detach, "ctrl-1", &err) < 0);
	CHECK_INT(err.code, ERROR_INVALID);
}
