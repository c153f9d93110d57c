/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "base/strvec.h"
#include "describe/filters.h"
#include "engine/container.h"

static struct pair labels[] = {{"tier", "db"}, {"plain", ""}};
static const struct container container = {
	.name = "shop-db-1",
	.config = {.labels = labels, .label_count = 2},
	.state = {.status = CONTAINER_PAUSED},
};

static const struct container_filters_subject subject = {&container, NULL};

static bool fits(const char *first, const char *second)
{
	auto_strvec struct strvec filters = {0};
	struct error err = {0};

	strvec_add(&filters, first);
	if (second)
		strvec_add(&filters, second);
	CHECK_OK(filters_check(container_filters, &filters, &err));
	return filters_fit(container_filters, &filters, &subject);
}

TEST(labels_must_all_fit_and_one_name_and_one_state)
{
	CHECK(fits("label=tier", "label=plain"));
	CHECK(!fits("label=tier", "label=other"));
	CHECK(!fits("label=tier=web", NULL));
	CHECK(fits("name=db", "name=web"));
	CHECK(!fits("name=web", NULL));
	CHECK(fits("status=running", "status=paused"));
	CHECK(!fits("status=running", "name=db"));
	CHECK(fits("status=paused", "label=tier=db"));
}

TEST(other_filters_are_refused)
{
	static const char *const bad[] = {"colour=red", "label", "", "labels=x"};
	struct error err = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		auto_strvec struct strvec filters = {0};

		strvec_add(&filters, bad[i]);
		CHECK(filters_check(container_filters, &filters, &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
	}
}
