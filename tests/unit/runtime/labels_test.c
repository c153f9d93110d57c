/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/strvec.h"
#include "runtime/labels.h"

#define LABEL "system_u:object_r:box_file_t:s0:c1,c2"

TEST(new_file_systems_get_an_option_but_those_with_labels_of_their_own)
{
	static const struct {
		const char *filesystem, *option, *wanted;
	} cases[] = {
		{"tmpfs", NULL, "context=" LABEL},
		{"devpts", NULL, "context=" LABEL},
		{"ext4", NULL, "context=" LABEL},
		{"tmpfs", "context=\"x\"", "context=\"x\""},
		{"proc", NULL, NULL},
		{"sysfs", NULL, NULL},
		{"cgroup2", NULL, NULL},
		{"mqueue", NULL, NULL},
	};

	for (size_t i = 0; i < array_length(cases); i++) {
		auto_strvec struct strvec data = {0};

		if (cases[i].option)
			strvec_add(&data, cases[i].option);
		labels_add_context(&data, cases[i].filesystem, LABEL);
		CHECK_INT(data.count, cases[i].wanted ? 1 : 0);
		if (cases[i].wanted)
			CHECK_TEXT(data.items[0], cases[i].wanted);
	}
}

TEST(without_a_label_nothing_is_added)
{
	auto_strvec struct strvec data = {0};

	labels_add_context(&data, "tmpfs", NULL);
	CHECK_INT(data.count, 0);
	CHECK(!labels_effective(NULL) && !labels_effective(""));
}
