/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "base/pair.h"
#include "base/strvec.h"
#include "describe/filters.h"

#include <stdio.h>
#include <string.h>

/* @label: "name=value" */
static bool fits(const char *filter, const char *created, const char *label)
{
	auto_strvec struct strvec filters = {0};
	char text[16] = "";
	struct pair pair = {.name = text};
	struct error err = {0};

	strvec_add(&filters, filter);
	if (label) {
		snprintf(text, sizeof(text), "%s", label);
		pair.value = strchr(text, '=') + 1;
		*strchr(text, '=') = '\0';
	}
	CHECK_OK(filters_check(prune_filters, &filters, &err));
	return filters_fit(prune_filters, &filters,
			   &(struct prune_filters_subject){created, &pair, label != NULL});
}

TEST(labels_are_compared_with_and_without_value)
{
	CHECK(fits("label=a", NULL, "a=b"));
	CHECK(fits("label=a=b", NULL, "a=b"));
	CHECK(!fits("label=a=c", NULL, "a=b"));
	CHECK(!fits("label=a", NULL, "ab=c"));
	CHECK(!fits("label=a", NULL, NULL));
	CHECK(!fits("label!=a", NULL, "a=b"));
	CHECK(fits("label!=a=c", NULL, "a=b"));
	CHECK(fits("label!=a", NULL, NULL));
}

TEST(until_takes_times_and_ages)
{
	CHECK(fits("until=2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", NULL));
	CHECK(!fits("until=2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", NULL));
	CHECK(fits("until=24h", "2020-01-01T00:00:00.5Z", NULL));
	CHECK(!fits("until=24h", NULL, NULL)); /* nobody knows how old it is */
	CHECK(!fits("until=24h", "nonsense", NULL));
}

TEST(other_filters_are_refused)
{
	static const char *const bad[] = {"name=x", "label", "until=", "until=soon", ""};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		auto_strvec struct strvec filters = {0};
		struct error err = {0};

		strvec_add(&filters, bad[i]);
		if (filters_check(prune_filters, &filters, &err) == 0)
			fail_msg("'%s' was taken", bad[i]);
		CHECK_INT(err.code, ERROR_INVALID);
	}
}
