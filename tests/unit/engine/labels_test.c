/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pair.h"
#include "engine/container.h"
#include "engine/labels.h"
#include "tests/harness/harness.h"

static struct container labelled(const char *name, const char *value)
{
	static struct pair label;

	label = (struct pair){name, value};
	return (struct container){.config = {.labels = &label, .label_count = 1}};
}

TEST(a_container_without_labels_is_of_nothing)
{
	struct container plain = {0};

	CHECK(!labels_project(&plain));
	CHECK_TEXT(labels_service(&plain), "");
	CHECK_INT(labels_number(&plain), 0);
	CHECK(!labels_is_one_off(&plain));
	CHECK(!labels_is_hook(&plain));
	CHECK(!labels_depends_on(&plain, "db"));
}

TEST(what_labels_say)
{
	struct container one = labelled(LABEL_ONEOFF, "True");

	CHECK(labels_is_one_off(&one));
	one = labelled(LABEL_ONEOFF, "False");
	CHECK(!labels_is_one_off(&one));
	one = labelled(LABEL_NUMBER, "12");
	CHECK_INT(labels_number(&one), 12);
	one = labelled(LABEL_SERVICE, "web");
	CHECK_TEXT(labels_service(&one), "web");
}

TEST(a_number_that_somebody_else_wrote_is_none)
{
	static const char *const texts[] = {"", "x", "-1", "1x", "99999999999999999999"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct container one = labelled(LABEL_NUMBER, texts[i]);

		CHECK_INT(labels_number(&one), 0);
	}
}

TEST(dependencies_are_whole_names)
{
	struct container one = labelled(LABEL_DEPENDS_ON, "db:service_started:true,cache2:x:false");

	CHECK(labels_depends_on(&one, "db"));
	CHECK(labels_depends_on(&one, "cache2"));
	CHECK(!labels_depends_on(&one, "cache"));
	CHECK(!labels_depends_on(&one, "service_started"));
	CHECK(labels_restarts_with(&one, "db"));
	CHECK(!labels_restarts_with(&one, "cache2"));
	CHECK(!labels_restarts_with(&one, "cache"));
}

TEST(own_labels_are_compared_in_any_order_and_without_reserved_ones)
{
	const struct pair a[] = {{"x", "1"}, {LABEL_PROJECT, "p"}, {"y", "2"}};
	const struct pair b[] = {{"y", "2"}, {"x", "1"}};
	const struct pair c[] = {{"y", "2"}, {"x", "3"}};

	CHECK(labels_are_equal(a, 3, b, 2));
	CHECK(labels_are_equal(b, 2, a, 3));
	CHECK(!labels_are_equal(a, 3, c, 2));
	CHECK(!labels_are_equal(a, 3, b, 1));
	CHECK(!labels_are_equal(b, 1, a, 3));
}

TEST(belonging_to_a_project_is_asked_by_its_name)
{
	const struct pair labels[] = {{"a", "b"}, {LABEL_PROJECT, "shop"}};

	CHECK(labels_are_of_project(labels, 2, "shop"));
	CHECK(!labels_are_of_project(labels, 2, "sho"));
	CHECK(!labels_are_of_project(labels, 1, "shop"));
	CHECK(labels_is_reserved("com.docker.compose.x=y"));
	CHECK(!labels_is_reserved("com.docker.composer=y"));
}
