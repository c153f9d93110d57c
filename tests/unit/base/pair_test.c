/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pair.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "tests/harness/harness.h"

#include <string.h>
#include <time.h>

TEST(entries_become_pairs_and_the_last_of_a_name_counts)
{
	auto_arena struct arena arena = {0};
	struct pair *pairs = NULL;
	size_t count = 0;
	char a[] = "a=1", b[] = "b", c[] = "c=x=y", again[] = "a=2";
	char *entries[] = {a, b, c, again, NULL};

	pair_set_entries(&pairs, &count, entries, &arena);
	pair_set_entries(&pairs, &count, NULL, &arena);
	CHECK_INT(count, 3);
	CHECK_TEXT(pair_find(pairs, count, "a"), "2");
	CHECK_TEXT(pair_find(pairs, count, "b"), "");
	CHECK_TEXT(pair_find(pairs, count, "c"), "x=y");
	CHECK(!pair_find(pairs, count, "d"));
}

TEST(an_object_and_back)
{
	static const char text[] = "{\"a\":\"1\",\"b\":7,\"c\":\"\"}";
	auto_arena struct arena arena = {0};
	auto_json json *object = json_parse(text, sizeof(text) - 1, "text", NULL);
	auto_json json *back = NULL;
	size_t count;
	struct pair *pairs = pair_from_json(object, &count, &arena);

	CHECK_INT(count, 3);
	CHECK_TEXT(pair_find(pairs, count, "b"), "");
	back = pair_to_json(pairs, count);
	CHECK_TEXT(json_string(back, "a", "-"), "1");
	CHECK_TEXT(json_string(back, "c", "-"), "");
	CHECK(!pair_from_json(NULL, &count, &arena));
	CHECK_INT(count, 0);
}

TEST(a_filter_fits_by_name_or_by_name_and_value)
{
	static const struct pair pairs[] = {{"a", "1"}, {"empty", NULL}};

	CHECK(pair_fits(pairs, 2, "a"));
	CHECK(pair_fits(pairs, 2, "a=1"));
	CHECK(!pair_fits(pairs, 2, "a=2"));
	CHECK(!pair_fits(pairs, 2, "a=1="));
	CHECK(pair_fits(pairs, 2, "empty="));
	CHECK(!pair_fits(pairs, 2, "emp"));
}

TEST(fields_are_split_as_csv)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct pair *fields;
	size_t count;

	CHECK_OK(pair_from_csv(&fields, &count, "a=1,\"b=x,\"\"y\"\"\",c,d=", &arena, &err));
	CHECK_INT(count, 4);
	CHECK_TEXT(fields[0].name, "a");
	CHECK_TEXT(fields[0].value, "1");
	CHECK_TEXT(fields[1].name, "b");
	CHECK_TEXT(fields[1].value, "x,\"y\"");
	CHECK_TEXT(fields[2].name, "c");
	CHECK(!fields[2].value);
	CHECK_TEXT(fields[3].value, "");
	CHECK_INT(pair_from_csv(&fields, &count, "a=1,\"b", &arena, &err), -1);
	CHECK(strstr(err.text, "a quote is not closed"));
	CHECK_INT(pair_from_csv(&fields, &count, "\"a\"b", &arena, &err), -1);
}

/* Seconds of this process's own processor time. */
static double merge_time(size_t count)
{
	auto_arena struct arena arena = {0};
	struct pair *pairs = NULL, *more = arena_array(&arena, count, sizeof(*more));
	struct timespec begin, end;
	size_t merged = 0;

	for (size_t i = 0; i < count; i++)
		more[i] = (struct pair){arena_format(&arena, "name-%zu", i), "value"};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	pair_merge(&pairs, &merged, more, count, &arena);
	pair_merge(&pairs, &merged, more, count, &arena);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	CHECK_INT(merged, count);
	return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

TEST(ten_times_the_pairs_take_ten_times_the_work)
{
	double few = merge_time(4000);

	for (int i = 0; i < 4; i++) {
		double again = merge_time(4000);

		few = again < few ? again : few;
	}
	/* Each with each would be a hundred times. */
	CHECK(merge_time(40000) < 50 * few + 0.2);
}

TEST(a_merged_pair_replaces_the_one_of_its_name)
{
	auto_arena struct arena arena = {0};
	const struct pair more[] = {{"b", "2"}, {"c", "3"}, {"b", "4"}};
	struct pair *pairs = NULL;
	size_t count = 0;

	pair_set(&pairs, &count, (struct pair){"a", "0"}, &arena);
	pair_set(&pairs, &count, (struct pair){"b", "1"}, &arena);
	pair_merge(&pairs, &count, more, 3, &arena);
	CHECK_INT(count, 3);
	CHECK_TEXT(pairs[1].name, "b");
	CHECK_TEXT(pairs[1].value, "4");
	CHECK_TEXT(pairs[2].name, "c");
}
