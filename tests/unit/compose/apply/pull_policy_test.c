/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "compose/apply/pull_policy.h"

#include <string.h>

static struct pull_policy parse(const char *text)
{
	struct pull_policy policy;
	struct error err = {0};

	CHECK_OK(pull_policy_parse(&policy, text, &err));
	return policy;
}

static bool asks(const char *text, bool is_here, int64_t age_s)
{
	struct pull_policy policy = parse(text);

	return pull_policy_asks(&policy, is_here, age_s);
}

TEST(nothing_means_missing)
{
	CHECK_INT(parse(NULL).when, PULL_POLICY_MISSING);
	CHECK_INT(parse("").when, PULL_POLICY_MISSING);
	CHECK_INT(parse("if_not_present").when, PULL_POLICY_MISSING);
	CHECK(asks("missing", false, -1));
	CHECK(!asks("missing", true, -1));
}

TEST(always_asks_and_never_does_not)
{
	CHECK(asks("always", true, 0));
	CHECK(asks("always", false, -1));
	CHECK(!asks("never", false, -1));
	CHECK(!asks("build", false, -1));
}

TEST(windows_begin_with_the_last_check)
{
	CHECK_INT(parse("daily").age_s, 86400);
	CHECK_INT(parse("weekly").age_s, 7 * 86400);
	CHECK_INT(parse("every_12h").age_s, 12 * 3600);
	CHECK_INT(parse("every_2w3d").age_s, 17 * 86400);
	CHECK(!asks("daily", true, 86399));
	CHECK(asks("daily", true, 86400));
	CHECK(asks("daily", true, -1));
	CHECK(asks("daily", false, 1));
	CHECK(asks("every_0s", true, 0));
}

TEST(anything_else_is_refused)
{
	static const char *const wrong[] = {"sometimes", "every_", "every_soon", "every_-1h",
					    "Always"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct pull_policy policy;
		struct error err = {0};

		CHECK_INT(pull_policy_parse(&policy, wrong[i], &err), -1);
		CHECK_INT(err.code, ERROR_INVALID);
		CHECK(strstr(err.text, wrong[i]));
	}
}
