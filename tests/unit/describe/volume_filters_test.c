/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "describe/filters.h"

#include "base/error.h"
#include "base/map.h"
#include "storage/volume/volume.h"

#include <string.h>

static struct pair labels[] = {{"tier", "db"}, {"plain", ""}};
static const struct volume volume = {
	.name = "shop_data", .driver = "local", .labels = labels, .label_count = 2};

/* Of volume ls; of volume prune for what only that has. */
static const struct filter *table_of(const char *text)
{
	return strncmp(text, "label!", 6) == 0 ? volume_filters_of_prune : volume_filters;
}

static bool fits(const char *first, const char *second, const struct map *used)
{
	const struct volume_filters_subject subject = {&volume, used};
	auto_strvec struct strvec filters = {0};
	struct error err = {0};

	strvec_add(&filters, first);
	if (second)
		strvec_add(&filters, second);
	CHECK_OK(filters_check(table_of(first), &filters, &err));
	return filters_fit(table_of(first), &filters, &subject);
}

TEST(labels_must_all_fit)
{
	CHECK(fits("label=tier", NULL, NULL));
	CHECK(fits("label=tier=db", "label=plain", NULL));
	CHECK(fits("label=plain=", NULL, NULL));
	CHECK(!fits("label=tier=db", "label=tier=web", NULL));
	CHECK(!fits("label=tie", NULL, NULL));
	CHECK(!fits("label!=tier", NULL, NULL));
	CHECK(!fits("label!=tier=db", NULL, NULL));
	CHECK(fits("label!=tier=web", "label!=other", NULL));
}

TEST(one_of_several_names_or_drivers_is_enough)
{
	CHECK(fits("name=shop", NULL, NULL));
	CHECK(fits("name=nothing", "name=data", NULL));
	CHECK(!fits("name=nothing", NULL, NULL));
	CHECK(fits("driver=nfs", "driver=local", NULL));
	CHECK(!fits("driver=loc", NULL, NULL));
	CHECK(!fits("name=data", "driver=nfs", NULL));
}

TEST(dangling_is_what_no_container_mounts)
{
	auto_map struct map used = {0}, others = {0};

	map_set(&used, "shop_data", &used);
	map_set(&others, "another", &others);
	CHECK(fits("dangling=false", NULL, &used));
	CHECK(!fits("dangling=1", NULL, &used));
	CHECK(fits("dangling=true", NULL, &others));
	CHECK(!fits("dangling=0", "name=shop", &others));
}

TEST(refuses_what_is_no_filter)
{
	static const char *const bad[] = {"colour=red",	      "label",	  "=",	  "",
					  "dangling=perhaps", "labels=x", "all=2"};
	struct error err = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		auto_strvec struct strvec filters = {0};

		strvec_add(&filters, bad[i]);
		CHECK(filters_check(volume_filters, &filters, &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
		CHECK(filters_check(volume_filters_of_prune, &filters, &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
	}
	for (size_t i = 0; i < 2; i++) {
		auto_strvec struct strvec filters = {0};

		strvec_add(&filters, i ? "label=x" : "name=x");
		CHECK_INT(filters_check(volume_filters_of_prune, &filters, &err), i ? 0 : -1);
	}
}
