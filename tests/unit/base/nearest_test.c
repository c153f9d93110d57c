/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include "harness.h"

TEST(finds_the_nearest_word)
{
	static const char *const words[] = {"up", "down", "stop", "start", NULL};

	CHECK_TEXT(nearest_word("dwon", words), "down");
	CHECK_TEXT(nearest_word("STARTT", words), "start");
	CHECK_TEXT(nearest_word("strat", words), "start");
	CHECK(nearest_word("elephant", words) == NULL);
	CHECK(nearest_word("x", (const char *const[]){"a", "b", NULL}) == NULL);
	CHECK(nearest_word("", words) == NULL);
}
