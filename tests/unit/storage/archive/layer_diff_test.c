/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "storage/archive/layer_diff.h"
#include "storage/archive/tar_writer.h"
#include "storage/image/layer.h"
#include "tests/unit/storage/tar_maker.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static int add_to_strbuf(void *data, const void *bytes, size_t length, struct error *err)
{
	(void)err;
	strbuf_add_n(data, bytes, length);
	return 0;
}

static void be_silent(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

/* A fresh directory of this name in the test's own. */
static int fresh(const char *name)
{
	int directory = test_directory(NULL), fd;

	file_remove_tree(directory, name, NULL);
	assert_int_equal(mkdirat(directory, name, 0755), 0);
	fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(directory);
	return fd;
}

static void make_file(int fd, const char *path, const char *text)
{
	auto_close int file = openat(fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
}

static int write_diff(struct layer_diff *diff, struct strbuf *out, struct error *err)
{
	auto_tar_writer struct tar_writer writer;

	tar_writer_init(&writer, add_to_strbuf, out);
	if (layer_diff_write(diff, &writer, err) < 0)
		return -1;
	return tar_writer_finish(&writer, err);
}

/* Applies the archive as a layer and describes what that gives. */
static void unpack(const struct strbuf *tar, int to, struct strbuf *tree)
{
	auto_close int blob = tar_open(tar->text, tar->length);
	struct error err = {0};
	struct layer layer;

	layer_init(&layer, to);
	CHECK_OK(layer_apply(&layer, blob, NULL, &err));
	CHECK_OK(layer_finish(&layer, -1, to, &err));
	layer_release(&layer);
	describe(tree, to);
}

static void make_socket(int fd, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	auto_close int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", fd, name);
	assert_int_equal(bind(socket_fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void make_tree(int fd)
{
	auto_close int opaque = -1;
	char capability[] = "\1\0\0\2\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

	make_file(fd, "file", "content");
	assert_int_equal(mkdirat(fd, "dir", 0700), 0);
	make_file(fd, "dir/second", "other");
	assert_int_equal(linkat(fd, "file", fd, "dir/zlink", 0), 0);
	assert_int_equal(symlinkat("../file", fd, "dir/symlink"), 0);
	assert_int_equal(mkfifoat(fd, "fifo", 0644), 0);
	assert_int_equal(mknodat(fd, "device", S_IFCHR | 0600, makedev(1, 3)), 0);
	assert_int_equal(fchownat(fd, "dir/symlink", 12, 3000000, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(fchmodat(fd, "dir/second", 04711, 0), 0);
	make_socket(fd, "socket");
	opaque = openat(fd, "dir/second", O_RDONLY | O_CLOEXEC);
	fsetxattr(opaque, "security.capability", capability, 20, 0);
}

TEST(a_tree_comes_back_as_it_was)
{
	auto_close int from = fresh("from");
	auto_close int to = fresh("to");
	auto_strbuf struct strbuf tar = {0}, again = {0}, before = {0}, after = {0};
	struct layer_diff diff = {.fd = from};
	struct error err = {0};

	make_tree(from);
	CHECK_OK(write_diff(&diff, &tar, &err));
	CHECK_OK(write_diff(&diff, &again, &err));
	CHECK(tar.length == again.length && memcmp(tar.text, again.text, tar.length) == 0);
	assert_int_equal(unlinkat(from, "socket", 0), 0); /* the only thing that stays out */
	describe(&before, from);
	unpack(&tar, to, &after);
	CHECK_TEXT(after.text, before.text);
	CHECK_INT(diff.entries, 7);
}

static void set_overlay(int fd, const char *path, const char *name, const char *value)
{
	auto_close int file = openat(fd, path, O_RDONLY | O_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(fsetxattr(file, name, value, strlen(value), 0), 0);
}

TEST(an_upper_directory_gives_whiteouts_and_nothing_of_overlayfs)
{
	auto_close int from = fresh("from");
	auto_strbuf struct strbuf tar = {0}, text = {0};
	struct layer_diff diff = {.fd = from, .is_upper = true};
	struct error err = {0};

	log_set_sink(be_silent, NULL);
	assert_int_equal(mkdirat(from, "opaque", 0755), 0);
	set_overlay(from, "opaque", "trusted.overlay.opaque", "y");
	set_overlay(from, "opaque", "trusted.overlay.origin", "secret-handle");
	make_file(from, "opaque/new", "x");
	make_file(from, "escaped", "x");
	set_overlay(from, "escaped", "trusted.overlay.overlay.inner", "kept");
	make_file(from, "nested-whiteout", "");
	set_overlay(from, "nested-whiteout", "trusted.overlay.whiteout", "y");
	assert_int_equal(mknodat(from, "gone", S_IFCHR, makedev(0, 0)), 0);
	make_file(from, ".wh.forged", "x");
	assert_int_equal(mkdirat(from, "sub", 0755), 0);
	assert_int_equal(mknodat(from, "sub/gone", S_IFCHR, makedev(0, 0)), 0);
	CHECK_OK(write_diff(&diff, &tar, &err));
	for (size_t i = 0; i < tar.length; i++) /* names follow each other in blocks */
		strbuf_add_char(&text, tar.text[i] ? tar.text[i] : ' ');
	CHECK(strstr(text.text, "opaque/.wh..wh..opq "));
	CHECK(strstr(text.text, "opaque/.wh..wh..opq") < strstr(text.text, "opaque/new"));
	CHECK(strstr(text.text, " .wh.gone "));
	CHECK(strstr(text.text, " .wh.nested-whiteout "));
	CHECK(strstr(text.text, " sub/.wh.gone "));
	CHECK(strstr(text.text, "SCHILY.xattr.trusted.overlay.inner=kept"));
	CHECK(!strstr(text.text, "forged"));
	CHECK(!strstr(text.text, "origin"));
	CHECK(!strstr(text.text, "trusted.overlay.opaque"));
	CHECK(!strstr(text.text, "overlay.overlay"));
}

TEST(holes_stay_holes)
{
	auto_close int from = fresh("from");
	auto_close int to = fresh("to");
	auto_close int file = openat(from, "holes", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	auto_strbuf struct strbuf tar = {0}, tree = {0};
	struct layer_diff diff = {.fd = from};
	struct error err = {0};
	struct stat status;
	char byte;

	assert_int_equal(ftruncate(file, (off_t)9 << 30), 0);
	assert_int_equal(pwrite(file, "x", 1, (off_t)5 << 30), 1);
	CHECK_OK(write_diff(&diff, &tar, &err));
	CHECK(tar.length < (size_t)200 << 10);
	unpack(&tar, to, &tree);
	assert_int_equal(fstatat(to, "holes", &status, 0), 0);
	CHECK(status.st_size == (off_t)9 << 30);
	CHECK(status.st_blocks < 4096);
	file = openat(to, "holes", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(file, &byte, 1, (off_t)5 << 30), 1);
	CHECK(byte == 'x');
}

static bool skips(void *data, const char *path, int fd, const struct stat *status)
{
	(void)fd;
	(void)status;
	return strcmp(path, data) == 0;
}

TEST(one_entry_under_another_name_and_without_some)
{
	auto_close int from = fresh("from");
	auto_close int to = fresh("to");
	auto_close int dir = -1;
	auto_strbuf struct strbuf tar = {0}, tree = {0};
	struct layer_diff diff = {
		.path = "renamed", .skips = skips, .data = (void *)"renamed/second"};
	struct error err = {0};

	make_tree(from);
	dir = openat(from, "dir", O_PATH | O_CLOEXEC);
	diff.fd = dir;
	CHECK_OK(write_diff(&diff, &tar, &err));
	unpack(&tar, to, &tree);
	CHECK_TEXT(tree.text, "d700 renamed\nl 12:3000000 renamed/symlink->../file\n"
			      "f644 renamed/zlink=content\n");
	CHECK_INT(diff.entries, 3);
}

/* Exchanges what was looked at for something else before it is opened: a container can do that. */
struct attack {
	int from;
	const char *path;
	bool truncates;
};

static bool exchanges(void *data, const char *path, int fd, const struct stat *status)
{
	const struct attack *attack = data;

	(void)fd;
	(void)status;
	if (strcmp(path, attack->path) != 0)
		return false;
	if (attack->truncates) {
		auto_close int file = openat(attack->from, path, O_WRONLY | O_TRUNC | O_CLOEXEC);

		assert_true(file >= 0);
		return false;
	}
	assert_int_equal(renameat(attack->from, path, attack->from, "moved"), 0);
	assert_int_equal(symlinkat("/etc", attack->from, path), 0);
	return false;
}

TEST(what_is_exchanged_meanwhile_is_not_followed)
{
	static const char *const paths[] = {"dir", "file"};

	for (size_t i = 0; i < array_length(paths); i++) {
		auto_close int from = fresh("from");
		auto_close int to = fresh("to");
		auto_strbuf struct strbuf tar = {0}, before = {0}, after = {0};
		struct attack attack = {from, paths[i], false};
		struct layer_diff diff = {.fd = from, .skips = exchanges, .data = &attack};
		struct error err = {0};

		assert_int_equal(mkdirat(from, "dir", 0700), 0);
		make_file(from, "dir/second", "other");
		make_file(from, "file", "content");
		describe(&before, from);
		CHECK_OK(write_diff(&diff, &tar, &err));
		unpack(&tar, to, &after);
		CHECK_TEXT(after.text, before.text);
	}
}

TEST(a_file_that_gets_shorter_is_filled_with_zeroes)
{
	auto_close int from = fresh("from");
	auto_close int to = fresh("to");
	auto_strbuf struct strbuf tar = {0}, tree = {0};
	struct attack attack = {from, "file", true};
	struct layer_diff diff = {.fd = from, .skips = exchanges, .data = &attack};
	struct error err = {0};
	struct stat status;

	log_set_sink(be_silent, NULL);
	make_file(from, "file", "content");
	CHECK_OK(write_diff(&diff, &tar, &err));
	unpack(&tar, to, &tree);
	CHECK_TEXT(tree.text, "f644 file=\n");
	assert_int_equal(fstatat(to, "file", &status, 0), 0);
	CHECK_INT(status.st_size, 7);
}

TEST(one_descriptor_a_level_is_enough)
{
	auto_close int from = fresh("from");
	auto_strbuf struct strbuf tar = {0};
	struct rlimit few = {700, 700};
	struct layer_diff diff = {.fd = from};
	struct error err = {0};
	int fd = from;

	setrlimit(RLIMIT_NOFILE, &few);
	for (int i = 0; i < 590; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd != from)
			close(fd);
		fd = next;
	}
	close(fd);
	CHECK_OK(write_diff(&diff, &tar, &err));
	CHECK_INT(diff.entries, 590);
}

TEST(the_root_itself_only_when_asked)
{
	auto_close int from = fresh("from");
	auto_close int to = fresh("to");
	auto_strbuf struct strbuf tar = {0}, tree = {0};
	struct layer_diff diff = {.fd = from, .is_upper = true, .has_root = true};
	struct error err = {0};
	struct stat status;

	assert_int_equal(fchmod(from, 01750), 0);
	CHECK_OK(write_diff(&diff, &tar, &err));
	CHECK_INT(diff.entries, 1);
	unpack(&tar, to, &tree);
	assert_int_equal(fstat(to, &status), 0);
	CHECK((status.st_mode & 07777) == 01750);
	diff.has_root = false;
	strbuf_clear(&tar);
	CHECK_OK(write_diff(&diff, &tar, &err));
	CHECK_INT(diff.entries, 0);
	CHECK_INT(tar.length, 1024);
}

TEST(pseudo_file_systems_are_known)
{
	auto_close int proc = open("/proc", O_PATH | O_CLOEXEC);
	auto_close int own = fresh("from");

	CHECK(layer_diff_is_pseudo(proc));
	CHECK(!layer_diff_is_pseudo(own));
}
