/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor_start.h"

#include "base/error.h"
#include "tests/harness/harness.h"

#include <limits.h>
#include <string.h>

TEST(what_is_not_there_is_left_out)
{
	struct monitor_start start = MONITOR_START_NOTHING;
	char text[MONITOR_START_SIZE];

	monitor_start_format(text, &start);
	CHECK_TEXT(text, "");
	start.keeper_fd = 3;
	start.terminal_fd = 0;
	monitor_start_format(text, &start);
	CHECK_TEXT(text, "terminal=0,keeper=3");
}

TEST(everything_comes_back_as_it_was)
{
	struct monitor_start start = {
		.lock_fd = INT_MAX,
		.ready_fd = INT_MAX - 1,
		.netns_fd = INT_MAX - 2,
		.sync_fd = INT_MAX - 3,
		.terminal_fd = INT_MAX - 4,
		.pidfd = INT_MAX - 5,
		.pid = INT_MAX - 6,
		.keeper_fd = INT_MAX - 7,
		.waits_for_attach = 1,
	};
	struct monitor_start after;
	char text[MONITOR_START_SIZE];

	monitor_start_format(text, &start);
	CHECK_INT(monitor_start_parse(&after, text, NULL), 0);
	CHECK(memcmp(&start, &after, sizeof(start)) == 0);
}

TEST(the_numbers_of_an_earlier_keeper_are_understood)
{
	struct monitor_start start;

	CHECK_INT(monitor_start_parse(&start, "-1,-1,-1,-1,4,-1,0,3", NULL), 0);
	CHECK_INT(start.lock_fd, -1);
	CHECK_INT(start.terminal_fd, 4);
	CHECK_INT(start.pid, 0);
	CHECK_INT(start.keeper_fd, 3);
	CHECK_INT(start.waits_for_attach, -1);
}

TEST(anything_else_is_refused)
{
	static const char *const texts[] = {
		"lock", "lock=",       "lock=x", "lock=1x", "=1", "lok=1", "1,2,3,4,5,6,7,8,9,10",
		",",	"lock=1;pid=2"};
	struct monitor_start start;
	struct error err;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		err = (struct error){0};
		CHECK_INT(monitor_start_parse(&start, texts[i], &err), -1);
		CHECK(strstr(err.text, "is not how a monitor starts"));
	}
}
