/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "describe/times.h"

#include <stdlib.h>

static const struct timespec now = {1000000, 500};

static int parse(struct timespec *time, const char *text)
{
	struct error err = {0};
	int result = times_parse(time, text, &now, &err);

	if (result < 0)
		CHECK_INT(err.code, ERROR_INVALID);
	return result;
}

TEST(reads_points_in_time)
{
	struct timespec time;

	setenv("TZ", "UTC", 1);
	CHECK_INT(parse(&time, "2026-01-02T03:04:05Z"), 0);
	CHECK_INT(time.tv_sec, 1767323045);
	CHECK_INT(parse(&time, "2026-01-02T03:04:05"), 0);
	CHECK_INT(time.tv_sec, 1767323045);
	CHECK_INT(parse(&time, "2026-01-02"), 0);
	CHECK_INT(time.tv_sec, 1767312000);
	CHECK_INT(parse(&time, "1767323045.25"), 0);
	CHECK_INT(time.tv_sec, 1767323045);
	CHECK_INT(time.tv_nsec, 250000000);
	CHECK_INT(parse(&time, "10m"), 0);
	CHECK_INT(time.tv_sec, 1000000 - 600);
	CHECK_INT(time.tv_nsec, 500);
}

TEST(refuses_what_is_no_time)
{
	struct timespec time;

	CHECK_INT(parse(&time, "yesterday"), -1);
	CHECK_INT(parse(&time, ""), -1);
	CHECK_INT(parse(&time, "1767323045."), 0);
	CHECK_INT(parse(&time, "12x"), -1);
	CHECK_INT(parse(&time, "99999999999999999999"), -1);
}

TEST(shows_no_age_for_never)
{
	char *text = times_ago("0001-01-01T00:00:00Z");

	CHECK_TEXT(text, "");
	free(text);
	text = times_ago(NULL);
	CHECK_TEXT(text, "");
	free(text);
}

TEST(prints_a_local_time_as_go_does)
{
	char *text;

	setenv("TZ", "UTC", 1);
	tzset();
	text = times_local("2026-01-02T03:04:05.678Z");
	CHECK_TEXT(text, "2026-01-02 03:04:05 +0000 UTC");
	free(text);
	text = times_local(NULL);
	CHECK_TEXT(text, "");
	free(text);
}
