/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/container_use.h"

#include "base/arena.h"
#include "base/file.h"
#include "storage/layout.h"
#include "tests/harness/harness.h"

#include <string.h>
#include <sys/stat.h>

#define ONE   "1111111111111111111111111111111111111111111111111111111111111111"
#define TWO   "2222222222222222222222222222222222222222222222222222222222222222"
#define THREE "3333333333333333333333333333333333333333333333333333333333333333"

static struct arena arena;

static enum container_use_state read_text(struct container_use *use, const char *text)
{
	struct layout layout = {.containers_fd = test_directory(NULL)};

	file_remove_tree(layout.containers_fd, "id", NULL);
	if (text) {
		CHECK(mkdirat(layout.containers_fd, "id", 0700) == 0);
		CHECK(file_replace_volatile(layout.containers_fd, "id/container.json", text,
					    strlen(text), 0600, NULL) == 0);
	}
	return container_use_read(use, &layout, "id", &arena);
}

TEST(layers_of_the_image_come_first_then_those_of_mounted_images)
{
	struct container_use use;

	CHECK_INT(read_text(&use,
			    "{\"id\": \"id\", \"name\": \"web\", \"image_id\": \"sha256:" THREE
			    "\","
			    "\"config\": {\"image\": \"busybox\"},"
			    "\"layers\": [\"" ONE "\", \"" TWO "\"],"
			    "\"mounts\": [{\"type\": \"bind\"}, {\"layers\": [\"" THREE "\"]}]}"),
		  CONTAINER_USE_READ);
	CHECK_TEXT(use.name, "web");
	CHECK_TEXT(use.image, "busybox");
	CHECK_TEXT(use.image_id, "sha256:" THREE);
	CHECK_INT(use.stack_count, 2);
	CHECK_INT(use.stacks[0].count, 2);
	CHECK_TEXT(use.stacks[0].chain_ids[1], TWO);
	CHECK_INT(use.stacks[1].count, 1);
	CHECK_TEXT(use.stacks[1].chain_ids[0], THREE);
	arena_release(&arena);
}

TEST(what_cannot_be_read_says_why_and_needs_nothing)
{
	static const struct {
		const char *text;
		enum container_use_state state;
	} cases[] = {
		{NULL, CONTAINER_USE_MISSING},
		{"", CONTAINER_USE_EMPTY},
		{"{", CONTAINER_USE_DAMAGED},
		{"[]", CONTAINER_USE_DAMAGED},
		{"{\"name\": \"web\"}", CONTAINER_USE_DAMAGED},
		{"{\"layers\": {}}", CONTAINER_USE_DAMAGED},
		{"{\"layers\": []}", CONTAINER_USE_DAMAGED},
		{"{\"layers\": [], \"id\": \"other\"}", CONTAINER_USE_DAMAGED},
		/* A layer that is not understood would seem to be nobody's. */
		{"{\"layers\": [\"no chain id\"], \"id\": \"id\"}", CONTAINER_USE_DAMAGED},
		{"{\"layers\": [7], \"id\": \"id\"}", CONTAINER_USE_DAMAGED},
		{"{\"layers\": [], \"id\": \"id\", \"mounts\": 7}", CONTAINER_USE_DAMAGED},
		{"{\"layers\": [], \"id\": \"id\", \"mounts\": [7]}", CONTAINER_USE_DAMAGED},
		{"{\"layers\": [], \"id\": \"id\", \"mounts\": [{\"layers\": {}}]}",
		 CONTAINER_USE_DAMAGED},
		{"{\"layers\": [], \"id\": \"id\"}", CONTAINER_USE_READ},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_use use;

		CHECK_INT(read_text(&use, cases[i].text), cases[i].state);
		CHECK_TEXT(use.name, "id");
		CHECK_TEXT(use.image, "");
	}
	arena_release(&arena);
}
