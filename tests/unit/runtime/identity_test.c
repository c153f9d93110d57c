/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/identity.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "web:x:1000:1001::/home/web:/bin/sh\n"
			     "4294967296:x:0:0::/:/bin/sh\n"
			     "-1:x:0:0::/:/bin/sh\n"
			     "+1:x:0:0::/:/bin/sh\n"
			     "0x0:x:0:0::/:/bin/sh\n"
			     "1 :x:0:0::/:/bin/sh\n"
			     "bad:x:4294967295:0::/:/bin/sh\n"
			     "neg:x:-5:0::/:/bin/sh\n"
			     "short:x\n"
			     "\n"
			     "tail:x:7:8::relative";
static const char group[] =
	"root:x:0:\n+9:x:0:\n0x9:x:0:\nweb:x:1001:\nlogs:x:50:other,web\nmore:x:51:web\n"
	"huge:x:99999999999:web\nlike:x:52:webber\n";

static void write_file(int root, const char *path, const char *text, size_t length)
{
	auto_close int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(write(fd, text, length) == (ssize_t)length);
}

static int make_root(void)
{
	int root = test_directory(NULL);

	mkdirat(root, "etc", 0755);
	write_file(root, "etc/passwd", passwd, sizeof(passwd) - 1);
	write_file(root, "etc/group", group, sizeof(group) - 1);
	return root;
}

static bool fails(int root, const char *text, const char *why)
{
	auto_arena struct arena arena = {0};
	struct identity identity;
	struct error err = {0};

	return identity_resolve(&identity, &arena, root, text, NULL, &err) < 0 &&
	       strstr(err.text, why);
}

TEST(names_and_numbers_are_found)
{
	auto_arena struct arena arena = {0};
	auto_close int root = make_root();
	struct identity id;
	struct error err = {0};

	CHECK_OK(identity_resolve(&id, &arena, root, "web", NULL, &err));
	CHECK(id.user.uid == 1000 && id.user.gid == 1001);
	CHECK_TEXT(id.home, "/home/web");
	CHECK_INT(id.user.group_count, 3);
	CHECK(id.user.groups[0] == 1001 && id.user.groups[1] == 50 && id.user.groups[2] == 51);
	CHECK_OK(identity_resolve(&id, &arena, root, "1000", NULL, &err));
	CHECK_TEXT(id.name, "web");
	CHECK_INT(id.user.group_count, 3);
	CHECK_OK(identity_resolve(&id, &arena, root, NULL, NULL, &err));
	CHECK(id.user.uid == 0);
	CHECK_TEXT(id.home, "/root");
	CHECK_OK(identity_resolve(&id, &arena, root, "4242", NULL, &err));
	CHECK(id.user.uid == 4242 && id.user.gid == 0 && !id.name);
	CHECK_TEXT(id.home, "/");
	CHECK_OK(identity_resolve(&id, &arena, root, "tail", NULL, &err));
	CHECK(id.user.uid == 7 && id.user.gid == 8);
	CHECK_TEXT(id.home, "/");
}

TEST(a_given_group_replaces_the_supplementary_ones)
{
	auto_arena struct arena arena = {0};
	auto_close int root = make_root();
	char *extra[] = {(char *)"logs", (char *)"77", NULL};
	struct identity id;
	struct error err = {0};

	CHECK_OK(identity_resolve(&id, &arena, root, "web:more", NULL, &err));
	CHECK(id.user.gid == 51 && id.user.group_count == 1 && id.user.groups[0] == 51);
	CHECK_OK(identity_resolve(&id, &arena, root, "web:50", extra, &err));
	CHECK(id.user.gid == 50 && id.user.group_count == 2);
	CHECK(id.user.groups[0] == 50 && id.user.groups[1] == 77);
	CHECK_OK(identity_resolve(&id, &arena, root, "web:9", extra, &err));
	CHECK(id.user.gid == 9 && id.user.group_count == 3);
	CHECK(id.user.groups[0] == 9 && id.user.groups[1] == 50 && id.user.groups[2] == 77);
}

TEST(numbers_out_of_range_are_errors_never_names)
{
	auto_close int root = make_root();

	CHECK(fails(root, "4294967296", "4294967296"));
	CHECK(fails(root, "4294967295", "4294967295"));
	CHECK(fails(root, "99999999999999999999", "user"));
	CHECK(fails(root, "-1", "no matching entries in passwd file"));
	CHECK(fails(root, "0x0", "no matching entries"));
	CHECK(fails(root, "1 ", "no matching entries"));
	CHECK(fails(root, "+1", "no matching entries"));
	CHECK(fails(root, "1:", "not a user and group"));
	CHECK(fails(root, ":1", "not a user"));
	CHECK(fails(root, "web:4294967296", "group"));
	CHECK(fails(root, "web:+9", "no matching entries in group file"));
	CHECK(fails(root, "web:0x9", "no matching entries in group file"));
	CHECK(fails(root, "web:nogroup", "no matching entries in group file"));
	CHECK(fails(root, "bad", "no matching entries"));
	CHECK(fails(root, "neg", "no matching entries"));
	CHECK(fails(root, "short", "no matching entries"));
	CHECK(fails(root, "ghost",
		    "unable to find user ghost: no matching entries in passwd file"));
}

TEST(a_missing_passwd_has_nobody_but_numbers)
{
	auto_arena struct arena arena = {0};
	auto_close int root = test_directory(NULL);
	struct identity id;
	struct error err = {0};

	CHECK_OK(identity_resolve(&id, &arena, root, "5:6", NULL, &err));
	CHECK(id.user.uid == 5 && id.user.gid == 6);
	CHECK(fails(root, "root", "no matching entries"));
}

TEST(only_regular_files_of_the_image_are_read)
{
	auto_close int root = make_root();

	unlinkat(root, "etc/passwd", 0);
	CHECK(mkfifoat(root, "etc/passwd", 0644) == 0);
	CHECK(fails(root, "web", "not a regular file"));
	unlinkat(root, "etc/passwd", 0);
	CHECK(symlinkat("/dev/zero", root, "etc/passwd") == 0); /* in the image: not there */
	CHECK(fails(root, "web", "no matching entries"));
	unlinkat(root, "etc/passwd", 0);
	CHECK(symlinkat("../../../../../../etc/passwd", root, "etc/passwd") == 0);
	CHECK(fails(root, "web", "symbolic"));
	unlinkat(root, "etc/passwd", 0);
	mkdirat(root, "etc/passwd", 0755);
	CHECK(fails(root, "web", "not a regular file"));
}

TEST(a_huge_passwd_is_refused_without_reading_it)
{
	auto_close int root = make_root();
	auto_close int fd = openat(root, "etc/passwd", O_WRONLY | O_CLOEXEC);

	CHECK(ftruncate(fd, INT64_C(10) << 30) == 0);
	CHECK(fails(root, "web", "larger than 10 MiB"));
}

TEST(nul_bytes_do_not_confuse_the_lines)
{
	static const char hostile[] = "a\0b:x:0:0::/:\n\0\0\nweb:x:5:5::/w:/bin/sh\n:::::::\n";
	auto_arena struct arena arena = {0};
	auto_close int root = make_root();
	struct identity id;
	struct error err = {0};

	write_file(root, "etc/passwd", hostile, sizeof(hostile) - 1);
	CHECK_OK(identity_resolve(&id, &arena, root, "web", NULL, &err));
	CHECK(id.user.uid == 5);
	CHECK(fails(root, "a", "no matching entries"));
}
