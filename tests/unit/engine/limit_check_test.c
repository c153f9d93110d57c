/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/limit_check.h"

#include "base/error.h"
#include "runtime/spec.h"
#include "tests/harness/harness.h"

TEST(swap_that_nobody_asked_for_is_as_much_again_or_without_limit)
{
	static const struct {
		int64_t memory, asked, swap;
	} cases[] = {
		{64 << 20, 0, 128 << 20},
		{64 << 20, 96 << 20, 96 << 20},
		{64 << 20, -1, -1},
		{0, 0, 0},
		{INT64_MAX / 2, 0, INT64_MAX - 1},
		{INT64_MAX / 2 + 1, 0, -1},
		/* The kernel's word for no limit, in pages. */
		{INT64_MAX - 4095, 0, -1},
		{INT64_MAX, 0, -1},
	};
	struct error err = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct spec_resources resources = {.memory_limit = cases[i].memory,
						   .memory_swap = cases[i].asked};

		CHECK_OK(limit_settle(&resources, 0, &err));
		CHECK_INT(resources.memory_swap, cases[i].swap);
	}
}
