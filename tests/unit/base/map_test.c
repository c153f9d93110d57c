/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "tests/harness/harness.h"

#include <stdio.h>
#include <string.h>

TEST(holds_many_in_insertion_order)
{
	auto_map struct map map = {0};
	char key[16];
	int values[5000], i = 0;

	for (i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		CHECK(!map_set(&map, key, &values[i]));
	}
	i = 0;
	map_each (entry, &map)
		CHECK(entry->value == &values[i++]);
	CHECK(map_get(&map, "k4999") == &values[4999]);
	CHECK(!map_get(&map, "k5000"));
	CHECK(map_set(&map, "k7", &i) == &values[7]);
	CHECK(map_get(&map, "k8") == &values[8]);
	CHECK_INT(map.count, 5000);
}

TEST(a_null_value_is_a_member)
{
	auto_map struct map map = {0};

	CHECK(!map_has(&map, "x"));
	map_set(&map, "x", NULL);
	CHECK(map_has(&map, "x"));
}
