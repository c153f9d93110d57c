/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "tests/harness/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void check_clean(const char *path, const char *expected)
{
	auto_free char *clean = path_clean(path);

	CHECK_TEXT(clean, expected);
}

TEST(clean_is_lexical)
{
	check_clean("/a//b/./c/", "/a/b/c");
	check_clean("/a/../../b", "/b");
	check_clean("../x/../y", "../y");
	check_clean("a/..", ".");
	check_clean("/", "/");
	check_clean("/..", "/");
	check_clean("", ".");
	check_clean("..", "..");
	check_clean("../..", "../..");
	check_clean("/a/b/..", "/a");
}

TEST(names_are_safe_file_names)
{
	static const char *const refused[] = {"", ".", "..", "-x", "_x", "a/b", "a b", "a\nb", "é"};

	CHECK(path_is_name("a"));
	CHECK(path_is_name("0shop_db-1.2"));
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK(!path_is_name(refused[i]));
}

TEST(in_root_clamps_links_and_beneath_refuses_them)
{
	const char *path;
	auto_close int root = test_directory(&path);
	auto_close int inside = -1;
	struct error err;

	CHECK(mkdirat(root, "etc", 0755) == 0);
	CHECK(symlinkat("/etc", root, "absolute") == 0);
	CHECK(symlinkat("../../../..", root, "up") == 0);
	inside = path_open(root, "absolute", PATH_IN_ROOT, O_PATH | O_DIRECTORY, &err);
	CHECK(inside >= 0); /* the root's own etc, not the host's */
	CHECK(faccessat(inside, "passwd", F_OK, 0) < 0);
	CHECK(path_open(root, "up/etc/passwd", PATH_IN_ROOT, O_RDONLY, &err) < 0);
	CHECK_INT(err.code, ENOENT);
	CHECK(path_open(root, "absolute", PATH_BENEATH, O_PATH, &err) < 0);
	CHECK_INT(err.code, EXDEV);
	CHECK(path_open(root, "../x", PATH_BENEATH, O_PATH, &err) < 0);
	CHECK_INT(err.code, EXDEV);
	CHECK(path_open(root, "absolute", PATH_NO_LINKS, O_PATH, &err) < 0);
}

TEST(targets_are_made_below_links_within_the_root)
{
	const char *path;
	auto_close int root = test_directory(&path);
	auto_close int directory = -1;
	auto_close int file = -1;
	struct stat status;
	struct error err;

	CHECK(mkdirat(root, "real", 0755) == 0);
	CHECK(symlinkat("/real", root, "link") == 0);
	directory = path_make_target(root, "/link/a/b", true, &err);
	CHECK(directory >= 0);
	CHECK(fstatat(root, "real/a/b", &status, 0) == 0 && S_ISDIR(status.st_mode));
	file = path_make_target(root, "/link/a/f", false, &err);
	CHECK(file >= 0);
	CHECK(fstatat(root, "real/a/f", &status, 0) == 0 && S_ISREG(status.st_mode));
}

TEST(targets_behind_links_to_nothing_are_made_where_those_lead)
{
	const char *path;
	auto_close int root = test_directory(&path);
	auto_close int file = -1;
	auto_close int directory = -1;
	struct stat status;
	struct error err;

	CHECK(mkdirat(root, "etc", 0755) == 0);
	CHECK(symlinkat("../run/stub/resolv.conf", root, "etc/resolv.conf") == 0);
	file = path_make_target(root, "/etc/resolv.conf", false, &err);
	CHECK(file >= 0);
	CHECK(fstatat(root, "run/stub/resolv.conf", &status, 0) == 0 && S_ISREG(status.st_mode));

	/* Nowhere above the root, however far up they point. */
	CHECK(symlinkat("../../../../../var/nothing", root, "up") == 0);
	directory = path_make_target(root, "/up/deep", true, &err);
	CHECK(directory >= 0);
	CHECK(fstatat(root, "var/nothing/deep", &status, 0) == 0 && S_ISDIR(status.st_mode));
}

TEST(links_in_a_circle_make_nothing)
{
	const char *path;
	auto_close int root = test_directory(&path);
	struct error err;

	CHECK(symlinkat("b", root, "a") == 0);
	CHECK(symlinkat("a", root, "b") == 0);
	CHECK(symlinkat("self/x", root, "self") == 0);
	CHECK(path_make_target(root, "/a", false, &err) < 0);
	CHECK(path_make_target(root, "/a/x", true, &err) < 0);
	CHECK(path_make_target(root, "/self", false, &err) < 0);
	CHECK(path_make_target(root, "/self", true, &err) < 0);
}
