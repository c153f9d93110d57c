/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include <sys/statfs.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/secret/secret.h"
#include "tests/unit/storage/tar_maker.h"
#include "tests/unit/storage/test_layout.h"

static struct layout layout;

static void check_files(const char *expected)
{
	auto_strbuf struct strbuf tree = {0};
	auto_close int fd =
		openat(layout.run_containers_fd, "c1/secrets", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(fd >= 0);
	describe(&tree, fd);
	CHECK_TEXT(strbuf_text(&tree), expected);
}

TEST(files_have_their_owner_and_mode_and_live_in_memory)
{
	struct secret_file files[] = {
		{"password", "s3cret", 6, 100, 101, 0440},
		{"empty", "", 0, 0, 0, 0444},
	};
	struct error err = {0};
	struct statfs where;
	struct stat status;
	auto_free char *path = NULL;

	test_layout_open(&layout);
	CHECK_OK(secret_install(&layout, "c1", files, 2, &err));
	check_files("f444 empty=\nf440 100:101 password=s3cret\n");
	path = secret_path(&layout, "c1", "password");
	CHECK(statfs(path, &where) == 0 && where.f_type == 0x01021994);
	files[0].content = "other";
	files[0].length = 5;
	CHECK_OK(secret_install(&layout, "c1", files, 1, &err));
	check_files("f444 empty=\nf440 100:101 password=other\n");
	CHECK_OK(secret_remove(&layout, "c1", &err));
	CHECK(fstatat(layout.run_containers_fd, "c1/secrets", &status, 0) < 0);
	CHECK_OK(secret_remove(&layout, "c1", &err));
	CHECK_OK(secret_remove(&layout, "never", &err));
	layout_close(&layout);
}

TEST(nothing_reaches_the_directory_below_the_mount)
{
	struct secret_file file = {"a", "x", 1, 0, 0, 0400};
	struct error err = {0};
	auto_close int below = -1;
	auto_strbuf struct strbuf tree = {0};

	test_layout_open(&layout);
	file_make_directories(layout.run_containers_fd, "c1/secrets", 0700, NULL);
	below = openat(layout.run_containers_fd, "c1/secrets", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(secret_install(&layout, "c1", &file, 1, &err));
	describe(&tree, below);
	CHECK_TEXT(strbuf_text(&tree), "");
	CHECK_OK(secret_remove(&layout, "c1", &err));
	layout_close(&layout);
}

TEST(names_that_are_paths_are_refused)
{
	static const char *const names[] = {"../x", "/x", ".", "..", "", "a/b", "\xe2\x80\xaex"};
	struct error err = {0};

	test_layout_open(&layout);
	for (size_t i = 0; i < array_length(names); i++) {
		struct secret_file file = {names[i], "x", 1, 0, 0, 0400};

		CHECK(secret_install(&layout, "c1", &file, 1, &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
		CHECK(secret_install(&layout, names[i], NULL, 0, &err) < 0);
	}
	layout_close(&layout);
}
