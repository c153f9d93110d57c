/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include <sys/file.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/layout.h"
#include "storage/volume/volume_private.h"
#include "tests/unit/storage/tar_maker.h"
#include "tests/unit/storage/test_layout.h"

static struct layout layout;
static struct arena arena;

static void open_layout(void)
{
	arena_release(&arena);
	test_layout_open(&layout);
}

static void create(const char *name)
{
	struct volume volume = {.name = name};
	struct error err = {0};

	CHECK_OK(volume_create(&layout, &volume, &arena, &err));
}

static void check_content(const char *name, const char *expected)
{
	auto_strbuf struct strbuf tree = {0};
	struct error err = {0};
	auto_close int fd = volume_open(&layout, name, &err);

	if (fd < 0)
		fail_msg("%s", err.text);
	describe(&tree, fd);
	CHECK_TEXT(strbuf_text(&tree), expected);
}

/* An "image" with everything a copy must keep below /data. */
static int make_rootfs(void)
{
	auto_close int fd = test_directory(NULL);
	auto_close int data = -1;
	auto_close int hole = -1;
	int rootfs;

	file_make_directories(fd, "rootfs/data/sub", 0755, NULL);
	data = openat(fd, "rootfs/data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	file_replace_volatile(data, "a", "one", 3, 04755, NULL);
	file_replace_volatile(data, "sub/b", "two", 3, 0600, NULL);
	CHECK(linkat(data, "a", data, "sub/link", 0) == 0);
	CHECK(symlinkat("/etc/passwd", data, "s") == 0);
	CHECK(mknodat(data, "p", S_IFIFO | 0640, 0) == 0);
	CHECK(mknodat(data, "null", S_IFCHR | 0666, makedev(1, 3)) == 0);
	CHECK(fchmodat(data, "null", 0666, 0) == 0);
	CHECK(fchmodat(data, "p", 0640, 0) == 0);
	CHECK(fchownat(data, "sub", 7, 8, 0) == 0);
	test_need_user_attributes(data);
	CHECK(fsetxattr(data, "user.x", "y", 1, 0) == 0);
	hole = openat(data, "hole", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	CHECK(pwrite(hole, "end", 3, 5 << 20) == 3);
	CHECK(fchown(data, 70, 71) == 0 && fchmod(data, 02770) == 0);
	rootfs = openat(fd, "rootfs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return rootfs;
}

static const char seeded_tree[] =
	"f4755 x2 a=one\nf644 hole=\nc666[1,3] null\np640 p\nl s->/etc/passwd\nd755 7:8 sub\n"
	"f600 sub/b=two\nf4755 x2 sub/link=one\n";

TEST(creates_loads_lists_and_removes)
{
	struct volume volume = {.name = "db"}, *list;
	struct pair labels[] = {{"a", "b"}};
	struct error err = {0};
	size_t count;

	open_layout();
	volume.labels = labels;
	volume.label_count = 1;
	CHECK_OK(volume_create(&layout, &volume, &arena, &err));
	CHECK_TEXT(volume.driver, "local");
	CHECK(!volume.is_anonymous);
	volume = (struct volume){.name = "db"};
	CHECK_OK(volume_create(&layout, &volume, &arena, &err));
	CHECK_INT(volume.label_count, 1);
	CHECK_TEXT(volume.labels[0].value, "b");
	volume = (struct volume){0};
	CHECK_OK(volume_create(&layout, &volume, &arena, &err));
	CHECK_INT(strlen(volume.name), 64);
	CHECK(volume.is_anonymous);
	CHECK_OK(volume_list(&layout, &list, &count, &arena, &err));
	CHECK_INT(count, 2);
	CHECK_OK(volume_remove(&layout, "db", &err));
	CHECK(volume_load(&layout, "db", &volume, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	CHECK(volume_remove(&layout, "db", &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	layout_close(&layout);
}

TEST(bad_names_drivers_and_options_are_refused)
{
	static const char *const names[] = {"../x", "/x", ".", ".x", "a/b", "a b", "a\n"};
	struct pair options[] = {{"size", "1g"}};
	struct volume volume;
	struct error err = {0};

	open_layout();
	for (size_t i = 0; i < array_length(names); i++) {
		volume = (struct volume){.name = names[i]};
		CHECK(volume_create(&layout, &volume, &arena, &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
		CHECK(volume_remove(&layout, names[i], &err) < 0);
		CHECK(volume_open(&layout, names[i], &err) < 0);
	}
	volume = (struct volume){.name = "x", .driver = "flocker"};
	CHECK(volume_create(&layout, &volume, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	volume = (struct volume){.name = "x", .options = options, .option_count = 1};
	CHECK(volume_create(&layout, &volume, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	layout_close(&layout);
}

TEST(other_options_are_a_conflict)
{
	struct pair options[] = {{"type", "tmpfs"}, {"device", "tmpfs"}};
	struct volume volume = {.name = "v", .options = options, .option_count = 2};
	struct error err = {0};

	open_layout();
	create("v");
	CHECK(volume_create(&layout, &volume, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_CONFLICT);
	layout_close(&layout);
}

TEST(seeding_copies_everything_once)
{
	auto_close int rootfs = make_rootfs();
	struct error err = {0};
	struct stat status;
	auto_close int fd = -1;

	open_layout();
	create("v");
	CHECK_OK(volume_seed(&layout, "v", rootfs, "/data", &err));
	check_content("v", seeded_tree);
	fd = volume_open(&layout, "v", &err);
	CHECK(fstat(fd, &status) == 0);
	CHECK_INT(status.st_uid, 70);
	CHECK_INT(status.st_gid, 71);
	CHECK_INT(status.st_mode & 07777, 02770);
	CHECK(fstatat(fd, "hole", &status, 0) == 0);
	CHECK_INT(status.st_size, (5 << 20) + 3);
	CHECK(status.st_blocks * 512 < 1 << 20);
	/* emptied on purpose: it stays empty */
	CHECK_OK(file_remove_tree(fd, "a", &err));
	CHECK_OK(file_remove_tree(fd, "sub", &err));
	CHECK_OK(volume_seed(&layout, "v", rootfs, "/data", &err));
	check_content("v", "f644 hole=\nc666[1,3] null\np640 p\nl s->/etc/passwd\n");
	layout_close(&layout);
}

TEST(a_tmpfs_is_filled_again_after_a_reboot)
{
	struct pair options[] = {{"type", "tmpfs"}, {"device", "tmpfs"}};
	struct volume volume = {.name = "v", .options = options, .option_count = 2};
	auto_close int rootfs = make_rootfs();
	struct error err = {0};

	open_layout();
	CHECK_OK(volume_create(&layout, &volume, &arena, &err));
	CHECK_OK(volume_seed(&layout, "v", rootfs, "/data/sub", &err));
	check_content("v", "f600 b=two\nf4755 link=one\n");
	CHECK_OK(volume_mount_release(&layout, "v", &err));
	CHECK_OK(volume_seed(&layout, "v", rootfs, "/data/sub", &err));
	check_content("v", "f600 b=two\nf4755 link=one\n");
	CHECK_OK(volume_remove(&layout, "v", &err));
	layout_close(&layout);
}

TEST(a_volume_with_content_is_left_alone)
{
	auto_close int rootfs = make_rootfs();
	struct error err = {0};
	auto_close int fd = -1;

	open_layout();
	create("v");
	fd = volume_open(&layout, "v", &err);
	file_replace_volatile(fd, "mine", "x", 1, 0644, NULL);
	CHECK_OK(volume_seed(&layout, "v", rootfs, "/data", &err));
	check_content("v", "f644 mine=x\n");
	layout_close(&layout);
}

TEST(seeding_starts_again_when_it_was_interrupted)
{
	auto_close int rootfs = make_rootfs();
	struct error err = {0};
	auto_close int fd = -1;

	open_layout();
	create("v");
	fd = volume_open(&layout, "v", &err);
	file_replace_volatile(fd, "half", "x", 1, 0644, NULL);
	file_replace_volatile(layout.volumes_fd, "v/seeding", "", 0, 0600, NULL);
	CHECK_OK(volume_seed(&layout, "v", rootfs, "/data", &err));
	check_content("v", seeded_tree);
	layout_close(&layout);
}

TEST(ten_who_seed_at_once_do_it_once)
{
	auto_close int rootfs = make_rootfs();
	pid_t pids[10];

	open_layout();
	create("v");
	for (size_t i = 0; i < array_length(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(volume_seed(&layout, "v", rootfs, "/data", NULL) < 0);
	}
	for (size_t i = 0; i < array_length(pids); i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		CHECK_INT(status, 0);
	}
	check_content("v", seeded_tree);
	layout_close(&layout);
}

TEST(seeding_cannot_be_led_out_of_the_image)
{
	auto_close int rootfs = make_rootfs();
	struct error err = {0};

	open_layout();
	create("v");
	CHECK(symlinkat("../../../../../../etc", rootfs, "evil") == 0);
	CHECK_OK(volume_seed(&layout, "v", rootfs, "/evil", &err)); /* there is no /etc in it */
	CHECK_OK(volume_seed(&layout, "v", rootfs, "/../../../root", &err));
	check_content("v", "");
	layout_close(&layout);
}

TEST(a_bound_directory_is_the_volume)
{
	const char *path;
	auto_close int directory = test_directory(&path);
	auto_free char *device = alloc_format("%s/bound", path);
	struct pair options[] = {{"type", "none"}, {"o", "bind,ro"}, {"device", device}};
	struct volume volume = {.name = "v", .options = options, .option_count = 3};
	struct error err = {0};
	auto_close int fd = -1;

	open_layout();
	file_make_directories(directory, "bound", 0755, NULL);
	CHECK_OK(volume_create(&layout, &volume, &arena, &err));
	fd = volume_open(&layout, "v", &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	CHECK(mkdirat(fd, "x", 0755) < 0);
	file_make_directories(directory, "bound/seen", 0755, NULL);
	check_content("v", "d755 seen\n");
	layout_close(&layout);
}

TEST(a_tmpfs_is_shared_by_all_who_open_it)
{
	struct pair options[] = {
		{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=1m,uid=5,mode=0750,noexec"}};
	struct volume volume = {.name = "v", .options = options, .option_count = 3};
	struct error err = {0};
	struct stat status;
	auto_close int fd = -1;

	open_layout();
	CHECK_OK(volume_create(&layout, &volume, &arena, &err));
	fd = volume_open(&layout, "v", &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	CHECK(fstat(fd, &status) == 0);
	CHECK_INT(status.st_uid, 5);
	CHECK_INT(status.st_mode & 07777, 0750);
	CHECK(mkdirat(fd, "x", 0700) == 0);
	check_content("v", "d700 x\n");
	CHECK_OK(volume_remove(&layout, "v", &err));
	CHECK(fstatat(layout.run_fd, "volumes/v", &status, 0) < 0);
	layout_close(&layout);
}

TEST(size_is_that_of_its_files)
{
	static char text[100000];
	struct volume volume = {.name = "v"}, missing = {.name = "missing"};
	struct error err = {0};
	int64_t bytes = -1;
	auto_close int fd = -1;

	open_layout();
	create("v");
	CHECK_OK(volume_size(&layout, &volume, &bytes, &err));
	CHECK_INT(bytes, 0);
	fd = volume_open(&layout, "v", &err);
	file_replace_volatile(fd, "a", text, sizeof(text), 0644, NULL);
	CHECK(linkat(fd, "a", fd, "b", 0) == 0);
	CHECK_OK(volume_size(&layout, &volume, &bytes, &err));
	CHECK_INT(bytes, sizeof(text));
	CHECK_OK(volume_size(&layout, &missing, &bytes, &err));
	CHECK_INT(bytes, 0);
	layout_close(&layout);
}

/* Who removes waits for who makes a container, and the other way round; makers do not wait for each
 * other. */
TEST(volumes_are_held_by_many_or_by_one)
{
	struct error err = {0};
	auto_close int first = -1;
	auto_close int second = -1;
	auto_close int probe = -1;

	open_layout();
	probe = openat(layout.volumes_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	first = volume_hold(&layout, false, &err);
	second = volume_hold(&layout, false, &err);
	CHECK(first >= 0 && second >= 0);
	CHECK(flock(probe, LOCK_EX | LOCK_NB) < 0);
	close(take_fd(&first));
	CHECK(flock(probe, LOCK_EX | LOCK_NB) < 0);
	close(take_fd(&second));
	first = volume_hold(&layout, true, &err);
	CHECK(first >= 0);
	CHECK(flock(probe, LOCK_SH | LOCK_NB) < 0);
	layout_close(&layout);
}

TEST(a_damaged_description_is_named_and_nothing_is_made_over_it)
{
	static const struct {
		const char *text, *problem;
	} rows[] = {
		{"{\"name\": \"two\", \"driver\": \"local\", \"created\": "
		 "\"2026-01-02T03:04:05Z\"}",
		 "it says it is of 'two'"},
		{"{\"name\": \"one\"}", "'driver' is missing"},
		{"{\"name\": \"one\", \"driver\": \"local\", \"created\": 7}",
		 "'created' is not a text"},
		{"{\"name\": \"one\", \"driver\": \"local\", \"labels\": []}",
		 "'labels' is not an object"},
		{"{", "not valid JSON"},
	};
	struct volume volume;
	struct error err = {0};

	open_layout();
	create("one");
	for (size_t i = 0; i < array_length(rows); i++) {
		CHECK_OK(file_replace_volatile(layout.volumes_fd, "one/volume.json", rows[i].text,
					       strlen(rows[i].text), 0600, &err));
		CHECK_INT(volume_load(&layout, "one", &volume, &arena, &err), -1);
		CHECK_INT(err.code, ERROR_INVALID);
		if (!strstr(err.text, rows[i].problem) || !strstr(err.text, "volume 'one'") ||
		    !strstr(err.text, "--repair"))
			fail_msg("%s: %s", rows[i].problem, err.text);
		volume = (struct volume){.name = "one"};
		CHECK_INT(volume_create(&layout, &volume, &arena, &err), -1);
		CHECK_INT(err.code, ERROR_INVALID);
	}
	layout_close(&layout);
}
