/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/overlay.h"
#include "storage/overlay_stack.h"
#include "tests/unit/storage/tar_maker.h"
#include "tests/unit/storage/test_layout.h"

static struct layout layout;

/* Layer i has files i/x and all; every hundredth digit pattern is a valid chain id. */
static void make_layer(char *chain_id, unsigned i)
{
	char path[128], text[16];

	snprintf(chain_id, 65, "%064x", i);
	snprintf(path, sizeof(path), "%s/diff/%u", chain_id, i);
	file_make_directories(layout.layers_fd, path, 0755, NULL);
	snprintf(path, sizeof(path), "%s/diff/all", chain_id);
	snprintf(text, sizeof(text), "%u", i);
	file_replace_volatile(layout.layers_fd, path, text, strlen(text), 0644, NULL);
}

static void check_stack(unsigned count)
{
	char **ids = alloc_zeroed(count + 1, sizeof(*ids));
	struct overlay_request request = {.layer_count = count, .container_fd = -1};
	struct error err = {0};
	struct stat status;
	char name[16], text[16] = "";
	auto_close int fd = -1;
	auto_close int file = -1;

	test_layout_open(&layout);
	for (unsigned i = 0; i < count; i++) {
		ids[i] = alloc_bytes(65);
		make_layer(ids[i], i);
	}
	request.chain_ids = ids;
	fd = overlay_mount(&layout, &request, &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%u", i);
		CHECK(fstatat(fd, name, &status, 0) == 0);
		free(ids[i]);
	}
	free(ids);
	file = openat(fd, "all", O_RDONLY | O_CLOEXEC);
	CHECK(read(file, text, sizeof(text) - 1) > 0);
	snprintf(name, sizeof(name), "%u", count - 1);
	CHECK_TEXT(text, name);
	CHECK(mkdirat(fd, "new", 0755) < 0 && errno == EROFS);
	layout_close(&layout);
}

TEST(one_layer)
{
	check_stack(1);
}

TEST(sixty_four_layers)
{
	check_stack(64);
}

TEST(two_hundred_layers)
{
	check_stack(200);
}

TEST(five_hundred_layers_is_what_the_kernel_takes)
{
	check_stack(500);
}

static void add_layers(struct overlay_stack *stack, unsigned count)
{
	struct error err = {0};
	char id[65];

	for (unsigned i = 0; i < count; i++) {
		int layer;

		make_layer(id, i);
		layer = overlay_stack_open_layer(&layout, id, &err);
		CHECK(layer >= 0);
		overlay_stack_add(stack, layer);
	}
}

TEST(more_layers_are_an_error)
{
	struct overlay_stack stack = OVERLAY_STACK_EMPTY;
	struct error err = {0};

	test_layout_open(&layout);
	add_layers(&stack, 501);
	CHECK(overlay_stack_mount(&layout, &stack, &err) < 0);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	CHECK(strstr(err.text, "501 layers are more than the 500") != NULL);
	overlay_stack_release(&stack);
	layout_close(&layout);
}

static void check_old_way(unsigned count)
{
	struct overlay_stack stack = OVERLAY_STACK_EMPTY;
	struct error err = {0};
	struct stat status;
	auto_close int container = -1;
	auto_close int fd = -1;
	char name[16];

	test_layout_open(&layout);
	add_layers(&stack, count);
	snprintf(name, sizeof(name), "c%u", count);
	CHECK_OK(file_make_directories(layout.containers_fd, name, 0755, &err));
	container = openat(layout.containers_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(mkdirat(container, "upper", 0755) == 0 && mkdirat(container, "work", 0755) == 0);
	stack.upper_fd = openat(container, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stack.work_fd = openat(container, "work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = overlay_stack_mount_by_string(&layout, &stack, &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	CHECK(fstatat(fd, "0", &status, 0) == 0);
	snprintf(name, sizeof(name), "%u", count - 1);
	CHECK(fstatat(fd, name, &status, 0) == 0);
	CHECK(unlinkat(fd, "all", 0) == 0);
	CHECK(mkdirat(fd, "new", 0755) == 0);
	CHECK(fstatat(container, "upper/new", &status, 0) == 0);
	overlay_stack_release(&stack);
	layout_close(&layout);
}

TEST(the_way_of_old_kernels_takes_as_many_and_writes)
{
	check_old_way(1);
	check_old_way(200);
	check_old_way(500);
}

TEST(a_container_writes_into_its_own_layer)
{
	char id[65], *ids[] = {id, NULL};
	struct overlay_request request = {.chain_ids = ids, .layer_count = 1};
	struct error err = {0};
	struct stat status;
	auto_close int container = -1;
	auto_close int fd = -1;
	auto_close int diff = -1;

	test_layout_open(&layout);
	make_layer(id, 7);
	diff = overlay_stack_open_layer(&layout, id, &err);
	CHECK(fchmod(diff, 01711) == 0 && fchown(diff, 3, 4) == 0);
	CHECK(mkdirat(layout.containers_fd, "c", 0700) == 0);
	container = openat(layout.containers_fd, "c", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	request.container_fd = container;
	request.is_volatile = true;
	fd = overlay_mount(&layout, &request, &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	CHECK(fstat(fd, &status) == 0);
	CHECK_INT(status.st_mode & 07777, 01711);
	CHECK_INT(status.st_uid, 3);
	CHECK_INT(status.st_gid, 4);
	CHECK(unlinkat(fd, "all", 0) == 0);
	CHECK(mkdirat(fd, "new", 0755) == 0);
	CHECK(fstatat(container, "upper/new", &status, 0) == 0);
	CHECK(fstatat(diff, "all", &status, 0) == 0);
	CHECK(fstatat(diff, "new", &status, 0) < 0);
	layout_close(&layout);
}

TEST(an_image_without_layers_has_an_empty_writable_root)
{
	struct overlay_request request = {0};
	struct error err = {0};
	auto_close int container = -1;
	auto_close int fd = -1;

	test_layout_open(&layout);
	CHECK(mkdirat(layout.containers_fd, "c", 0700) == 0);
	container = openat(layout.containers_fd, "c", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	request.container_fd = container;
	fd = overlay_mount(&layout, &request, &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	CHECK(mkdirat(fd, "new", 0755) == 0);
	layout_close(&layout);
}

TEST(a_layer_that_is_not_there_is_not_found)
{
	char outside[] = "../../etc", *ids[] = {outside, NULL};
	struct overlay_request request = {.chain_ids = ids, .layer_count = 1, .container_fd = -1};
	struct error err = {0};
	char id[65];

	test_layout_open(&layout);
	CHECK(overlay_mount(&layout, &request, &err) < 0);
	CHECK_INT(err.code, ERROR_INVALID);
	snprintf(id, sizeof(id), "%064x", 1u);
	ids[0] = id;
	CHECK(overlay_mount(&layout, &request, &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	layout_close(&layout);
}
