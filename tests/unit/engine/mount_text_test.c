/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/mount_text.h"

#include <string.h>

static struct container_mount parse(struct arena *arena, const char *text)
{
	struct container_mount mount;
	struct error err;

	CHECK_OK(mount_text_parse(&mount, text, "/here/now", arena, &err));
	return mount;
}

TEST(a_source_is_a_path_or_a_volume)
{
	auto_arena struct arena arena = {0};
	struct container_mount mount = parse(&arena, "/x");

	CHECK(mount.type == CONTAINER_MOUNT_VOLUME && !mount.source);
	CHECK_TEXT(mount.target, "/x");
	mount = parse(&arena, "data:/x:nocopy,ro");
	CHECK(mount.type == CONTAINER_MOUNT_VOLUME && mount.no_copy && mount.read_only);
	CHECK_TEXT(mount.source, "data");
	mount = parse(&arena, "./a/../b:/x:ro,z,rshared");
	CHECK(mount.type == CONTAINER_MOUNT_BIND && mount.read_only && mount.create_host_path);
	CHECK_TEXT(mount.source, "/here/now/b");
	CHECK_TEXT(mount.propagation, "rshared");
	mount = parse(&arena, "/abs:/x:cached");
	CHECK_TEXT(mount.source, "/abs");
	CHECK(!mount.read_only);
}

TEST(without_a_directory_a_relative_source_is_none)
{
	auto_arena struct arena arena = {0};
	struct container_mount mount;
	struct error err = {0};

	CHECK_OK(mount_text_parse(&mount, "/abs/../x:/y", NULL, &arena, &err));
	CHECK_TEXT(mount.source, "/x");
	CHECK(mount_text_parse(&mount, "../x:/y", NULL, &arena, &err) < 0);
	CHECK(strstr(err.text, "\"../x\" includes invalid characters for a local volume name"));
}

TEST(what_is_no_mount_is_refused)
{
	static const char *const wrong[][2] = {
		{"", "invalid volume specification"},
		{":/x", "invalid volume specification"},
		{"data:", "invalid volume specification"},
		{"a:/b:ro:z", "invalid volume specification"},
		{"data:x", "mount path must be absolute"},
		{"x", "mount path must be absolute"},
		{"/data:/", "destination can't be '/'"},
		{"~/b:/x", "includes invalid characters for a local volume name"},
		{"a/b:/x", "includes invalid characters for a local volume name"},
		{"data:/x:rx", "invalid mode: rx"},
		{"data:/x:shared", "invalid mode: shared"},
		{"/data:/x:nocopy", "invalid mode: nocopy"},
	};

	for (size_t i = 0; i < array_length(wrong); i++) {
		auto_arena struct arena arena = {0};
		struct container_mount mount;
		struct error err = {0};

		CHECK_INT(mount_text_parse(&mount, wrong[i][0], "/", &arena, &err), -1);
		if (!strstr(err.text, wrong[i][1]))
			fail_msg("'%s': %s", wrong[i][0], err.text);
	}
}
