/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/stack/stack.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "tests/unit/storage/test_layout.h"

static struct layout layout;

static void write_stack(const char *text)
{
	CHECK(file_replace_volatile(layout.stacks_fd, "shop.json", text, strlen(text), 0600,
				    NULL) == 0);
}

TEST(damaged_stacks_are_named)
{
	static const struct {
		const char *text, *problem;
	} rows[] = {
		{"{\"name\": \"../networks/other\"}", "it says it is of '../networks/other'"},
		{"{\"name\": \"shop2\"}", "it says it is of 'shop2'"},
		{"{}", "'name' is missing"},
		{"{\"name\": \"shop\", \"files\": [7]}", "'files' is not a text"},
		{"{\"name\": \"shop\", \"model\": []}", "is not an object"},
		{"{\"name\": \"shop\", \"model\": {\"services\": {\"web\": null}}}",
		 "service 'web' is not an object"},
		{"{\"name\": \"shop\", \"services\": {\"web\": {\"id\": 7}}}",
		 "'services': 'web': 'id' is not a text"},
		{"{\"name\": \"shop\", \"services\": {\"web\": {\"id\": \"a\", \"tasks\": "
		 "[{\"id\": \"a\", \"slot\": -1}]}}}",
		 "'tasks': 1: 'slot' is -1"},
		{"{\"name\": \"shop\", \"services\": {\"web\": {\"id\": \"a\", \"previous\": "
		 "1}}}",
		 "'previous' is not an object"},
		{"nonsense", "not valid JSON"},
	};
	auto_stack struct stack stack = {0};
	struct error err = {0};

	test_layout_open(&layout);
	CHECK_INT(stack_load(&stack, &layout, "shop", &err), -1);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	for (size_t i = 0; i < array_length(rows); i++) {
		write_stack(rows[i].text);
		CHECK_INT(stack_load(&stack, &layout, "shop", &err), -1);
		CHECK_INT(err.code, ERROR_INVALID);
		if (!strstr(err.text, rows[i].problem) || !strstr(err.text, "stacks/shop.json"))
			fail_msg("%s: %s", rows[i].problem, err.text);
		CHECK(!stack.document);
	}
	write_stack("{\"name\": \"shop\", \"model\": {\"services\": {\"web\": {}}}}");
	CHECK_OK(stack_load(&stack, &layout, "shop", &err));
	layout_close(&layout);
}
