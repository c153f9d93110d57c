/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/key.h"

#include "harness.h"

#include <string.h>

static bool is_same(const struct key *one, const struct key *other)
{
	char a[DIGEST_HEX_SIZE], b[DIGEST_HEX_SIZE];

	key_finish(one, a);
	key_finish(other, b);
	return strcmp(a, b) == 0;
}

TEST(the_same_is_the_same)
{
	auto_key struct key one = {0}, other = {0};

	key_add(&one, "a", "1");
	key_add_number(&one, "n", -5);
	key_add(&other, "a", "1");
	key_add_number(&other, "n", -5);
	CHECK(is_same(&one, &other));
}

TEST(no_value_can_look_like_two)
{
	auto_key struct key one = {0}, other = {0};

	key_add(&one, "a", "1\na 1:2");
	key_add(&other, "a", "1");
	key_add(&other, "a", "2");
	CHECK(!is_same(&one, &other));
}

TEST(nothing_and_empty_differ)
{
	auto_key struct key one = {0}, other = {0};

	key_add(&one, "a", "");
	key_add(&other, "a", NULL);
	CHECK(!is_same(&one, &other));
}

TEST(lists_end)
{
	auto_key struct key one = {0}, other = {0};
	char x[] = "x", y[] = "y";
	char *const two[] = {x, y, NULL}, *const first[] = {x, NULL}, *const second[] = {y, NULL};

	key_add_strings(&one, "l", two);
	key_add_strings(&other, "l", first);
	key_add_strings(&other, "l", second);
	CHECK(!is_same(&one, &other));
}

TEST(bytes_may_hold_nul)
{
	auto_key struct key one = {0}, other = {0};

	key_add_bytes(&one, "b", "a\0b", 3);
	key_add_bytes(&other, "b", "a\0c", 3);
	CHECK(!is_same(&one, &other));
}
