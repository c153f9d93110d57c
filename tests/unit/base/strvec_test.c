/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strvec.h"

#include "tests/harness/harness.h"

#include <string.h>

/* Texts of ours, which nobody changes. */
#define TEXTS(...) ((char *const *)(const char *const[]){__VA_ARGS__, NULL})

#define NO_TEXTS ((char *const *)(const char *const[]){NULL})

static void check_is(const struct strvec *env, char *const *expected)
{
	size_t count = 0;

	while (expected[count])
		count++;
	CHECK_INT((int)env->count, (int)count);
	for (size_t i = 0; i < count && i < env->count; i++)
		CHECK_TEXT(env->items[i], expected[i]);
	CHECK(!env->items || !env->items[env->count]);
}

TEST(the_last_setting_of_a_name_wins_and_keeps_its_place)
{
	auto_strvec struct strvec env = {0};

	strvec_add(&env, "A=1");
	strvec_add(&env, "PATH=/bin");
	strvec_merge_env(&env, TEXTS("B=2", "A=3", "C=", "C=4", "AA=5"));
	check_is(&env, TEXTS("A=3", "PATH=/bin", "B=2", "C=4", "AA=5"));
}

TEST(a_name_alone_unsets_and_may_come_back)
{
	auto_strvec struct strvec env = {0};

	strvec_add(&env, "A=1");
	strvec_add(&env, "Z=1");
	strvec_merge_env(&env, TEXTS("A", "none", "B=1", "B", "C=1", "C", "C=2"));
	check_is(&env, TEXTS("Z=1", "C=2"));
	strvec_merge_env(&env, TEXTS("Z", "C"));
	check_is(&env, NO_TEXTS);
	strvec_merge_env(&env, NULL);
	check_is(&env, NO_TEXTS);
}

TEST(a_merge_is_what_one_change_after_the_other_would_be)
{
	auto_strvec struct strvec merged = {0}, single = {0}, changes = {0};
	unsigned seed = 1;

	for (int i = 0; i < 2000; i++) {
		seed = seed * 1103515245 + 12345;
		if (seed >> 16 & 1)
			strvec_addf(&changes, "V%u=%d", (seed >> 17) % 300, i);
		else
			strvec_addf(&changes, "V%u", (seed >> 17) % 300);
	}
	strvec_each (change, &changes) {
		if (strchr(*change, '='))
			strvec_setenv(&single, *change);
		else
			strvec_unsetenv(&single, *change);
	}
	strvec_merge_env(&merged, changes.items);
	check_is(&merged, single.items);
}
