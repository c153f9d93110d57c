/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/build_cache/build_cache.h"
#include "storage/build_cache/build_hold.h"
#include "storage/build_cache/build_limit.h"
#include "storage/build_cache/build_stamp.h"
#include "storage/image/gc.h"
#include "storage/image/layer_store.h"
#include "tests/unit/storage/test_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EIGHT(c) c c c c c c c c
#define KEY(c)	 EIGHT(EIGHT(c))
#define KEY_A	 KEY("a")
#define KEY_B	 KEY("b")
#define KEY_C	 KEY("c")
#define ONE	 KEY("1")
#define TWO	 KEY("2")
#define THREE	 KEY("3")

static struct layout layout;
static struct arena arena;

static void begin(void)
{
	test_layout_open(&layout);
}

static void end(void)
{
	layout_close(&layout);
	arena_release(&arena);
}

static void add_layer(const char *chain_id, const char *size)
{
	struct error err = {0};
	auto_free char *diff = alloc_format("%s/diff", chain_id);
	auto_free char *path = alloc_format("%s/layer.json", chain_id);
	auto_free char *record = alloc_format("{\"diffId\":\"%s\",\"size\":%s}", chain_id, size);

	CHECK_OK(file_make_directories(layout.layers_fd, diff, 0755, &err));
	CHECK_OK(file_replace(layout.layers_fd, path, record, strlen(record), 0600, &err));
}

/* Of the layers ONE and @top. */
static void put(const char *key, const char *top)
{
	auto_free char *diff = alloc_format("sha256:%s", top);
	char *chains[] = {(char *)ONE, (char *)top, NULL};
	char *diffs[] = {(char *)"sha256:" ONE, diff, NULL};
	struct build_record record = {
		.key = key,
		.chain_ids = chains,
		.diff_ids = diffs,
		.description = "[1/2] RUN make",
	};
	struct error err = {0};

	CHECK_OK(build_cache_put(&layout, &record, &err));
}

/* One that was made at @created_s and took @size bytes. */
static void put_sized(const char *key, time_t created_s, int64_t size)
{
	struct build_record record = {
		.key = key, .description = "x", .created_s = created_s, .size = size, .value = "v"};
	struct error err = {0};

	CHECK_OK(build_cache_put(&layout, &record, &err));
}

static void set_used(const char *key, time_t used)
{
	auto_free char *path = alloc_format("build/records/%s.json", key);

	CHECK_INT(utimensat(layout.root_fd, path,
			    (struct timespec[]){{.tv_sec = used}, {.tv_sec = used}}, 0),
		  0);
}

static int find(const char *key, struct build_record *record)
{
	struct error err = {0};
	int result = build_cache_find(&layout, key, record, &arena, &err);

	CHECK_OK(result);
	return result;
}

TEST(what_was_put_is_found_as_long_as_its_layers_are_there)
{
	struct build_record record;
	auto_free char *gone = alloc_format("%s/layer.json", TWO);

	begin();
	add_layer(ONE, "1");
	add_layer(TWO, "20");
	CHECK_INT(find(KEY_A, &record), 0);
	put(KEY_A, TWO);
	CHECK_INT(find(KEY_A, &record), 1);
	CHECK_INT(record.layer_count, 2);
	CHECK_TEXT(record.chain_ids[1], TWO);
	CHECK_TEXT(record.diff_ids[0], "sha256:" ONE);
	CHECK_TEXT(record.description, "[1/2] RUN make");
	CHECK_TEXT(record.kind, "regular");
	CHECK(record.created_s > 0);
	CHECK_INT(unlinkat(layout.layers_fd, gone, 0), 0);
	CHECK_INT(find(KEY_A, &record), 0);
	end();
}

TEST(a_value_needs_no_layers)
{
	struct build_record record = {.key = KEY_A, .value = "sha256:" ONE};
	struct error err = {0};

	begin();
	CHECK_OK(build_cache_put(&layout, &record, &err));
	CHECK_INT(find(KEY_A, &record), 1);
	CHECK_TEXT(record.value, "sha256:" ONE);
	CHECK_INT(record.layer_count, 0);
	end();
}

TEST(a_use_is_noted_at_most_once_a_minute)
{
	struct build_record record;

	begin();
	add_layer(ONE, "1");
	add_layer(TWO, "20");
	put(KEY_A, TWO);
	CHECK_INT(find(KEY_A, &record), 1);
	CHECK_INT(find(KEY_A, &record), 1);
	CHECK_INT(record.uses, 0);
	set_used(KEY_A, 1000);
	CHECK_INT(find(KEY_A, &record), 1);
	CHECK_INT(find(KEY_A, &record), 1);
	CHECK_INT(record.uses, 1);
	CHECK(record.used_s > 1000);
	end();
}

static void damage(const char *text)
{
	struct build_record record;
	struct error err = {0};

	CHECK_OK(file_replace(layout.root_fd, "build/records/" KEY_A ".json", text, strlen(text),
			      0600, &err));
	CHECK_INT(find(KEY_A, &record), 0);
}

TEST(a_damaged_record_is_none_and_goes_with_the_next_prune)
{
	struct build_cache_prune all = {.all = true};
	struct error err = {0};
	int64_t bytes;

	begin();
	add_layer(ONE, "1");
	put(KEY_A, ONE);
	damage("");
	damage("{\"kind\":\"regular\",");
	damage("{\"kind\":\"regular\",\"layers\":[\"../../etc\"],\"diffIds\":[\"sha256:" ONE
	       "\"]}");
	damage("{\"kind\":\"regular\",\"layers\":[\"" ONE "\"],\"diffIds\":[]}");
	damage("[1]");
	CHECK_OK(build_cache_prune(&layout, &all, &bytes, &err));
	CHECK(faccessat(layout.root_fd, "build/records/" KEY_A ".json", F_OK, 0) < 0);
	end();
}

TEST(layers_of_records_and_of_running_builds_are_no_garbage)
{
	auto_build_hold struct build_hold hold = {.fd = -1};
	struct gc_garbage garbage;
	struct error err = {0};
	char *held[] = {(char *)THREE};

	begin();
	add_layer(ONE, "1");
	add_layer(TWO, "20");
	add_layer(THREE, "300");
	put(KEY_A, TWO);
	CHECK_OK(build_hold_open(&hold, &layout, &err));
	CHECK_INT(build_hold_add(&hold, held, 1, &err), 1);
	CHECK_OK(gc_collect(&layout, &(struct gc_request){0}, &garbage, &arena, &err));
	CHECK_INT(garbage.layers.count, 0);
	build_hold_close(&hold);
	CHECK_OK(gc_collect(&layout, &(struct gc_request){0}, &garbage, &arena, &err));
	CHECK_INT(garbage.layers.count, 1);
	CHECK_TEXT(garbage.layers.items[0].hex, THREE);
	CHECK(layer_store_has(&layout, TWO));
	end();
}

TEST(what_has_gone_cannot_be_held)
{
	auto_build_hold struct build_hold hold = {.fd = -1};
	struct error err = {0};
	char *held[] = {(char *)THREE};

	begin();
	CHECK_OK(build_hold_open(&hold, &layout, &err));
	CHECK_INT(build_hold_add(&hold, held, 1, &err), 0);
	build_hold_close(&hold);
	end();
}

TEST(those_used_last_stay_within_the_bound)
{
	struct build_cache_prune request = {.reserved_bytes = 25};
	struct build_record record;
	struct error err = {0};
	int64_t bytes;

	begin();
	add_layer(ONE, "1");
	add_layer(TWO, "20");
	add_layer(THREE, "300");
	put(KEY_A, TWO);
	put(KEY_B, THREE);
	put(KEY_C, THREE);
	set_used(KEY_A, 3000);
	set_used(KEY_B, 1000);
	set_used(KEY_C, 2000);
	CHECK_OK(build_cache_prune(&layout, &request, &bytes, &err));
	CHECK_INT(bytes, 300);
	CHECK_INT(find(KEY_A, &record), 1);
	CHECK_INT(find(KEY_B, &record), 0);
	CHECK_INT(find(KEY_C, &record), 0);
	CHECK(!layer_store_has(&layout, THREE));
	end();
}

TEST(less_room_than_none_is_always_free)
{
	struct build_cache_prune request = {.min_free_bytes = INT64_MIN};
	struct build_record record;
	struct error err = {0};
	int64_t bytes;

	begin();
	add_layer(ONE, "1");
	put(KEY_A, ONE);
	CHECK_OK(build_cache_prune(&layout, &request, &bytes, &err));
	CHECK_INT(find(KEY_A, &record), 1);
	end();
}

TEST(what_others_are_built_on_goes_after_them)
{
	struct build_cache_prune request = {.max_used_bytes = 25};
	struct build_record record, lower = {.key = KEY_A};
	char *chains[] = {(char *)ONE, NULL}, *diffs[] = {(char *)"sha256:" ONE, NULL};
	struct error err = {0};
	int64_t bytes;

	begin();
	add_layer(ONE, "20");
	add_layer(TWO, "30");
	lower.chain_ids = chains;
	lower.diff_ids = diffs;
	CHECK_OK(build_cache_put(&layout, &lower, &err));
	put(KEY_B, TWO);
	set_used(KEY_A, 1000);
	set_used(KEY_B, 2000);
	CHECK_OK(build_cache_prune(&layout, &request, &bytes, &err));
	CHECK_INT(bytes, 30);
	CHECK_INT(find(KEY_A, &record), 1);
	CHECK_INT(find(KEY_B, &record), 0);
	end();
}

static void keep(const char *limit)
{
	setenv("CORACLE_BUILD_CACHE_LIMIT", limit, 1);
	build_cache_keep(&layout);
	unsetenv("CORACLE_BUILD_CACHE_LIMIT");
}

TEST(the_cache_is_kept_within_its_limit_by_itself)
{
	struct build_record record;

	begin();
	add_layer(ONE, "1");
	add_layer(TWO, "20");
	add_layer(THREE, "300");
	put(KEY_A, TWO);
	put(KEY_B, THREE);
	set_used(KEY_B, time(NULL) - 100);
	keep("100");
	CHECK_INT(find(KEY_A, &record), 1);
	CHECK_INT(find(KEY_B, &record), 0);
	end();
}

TEST(what_has_come_since_the_last_look_is_added_to_what_was_there)
{
	struct timespec now = {.tv_sec = time(NULL)}, later = {.tv_sec = now.tv_sec + 90000};
	struct error err = {0};

	begin();
	put_sized(KEY_A, now.tv_sec - 100, 5000);
	CHECK(!build_stamp_is_fresh(&layout, 0, &now));
	build_stamp_set(&layout, 100, &now);
	CHECK(build_stamp_is_fresh(&layout, 0, &now));
	CHECK(build_stamp_is_fresh(&layout, 100, &now));
	CHECK(!build_stamp_is_fresh(&layout, 99, &now));
	CHECK(!build_stamp_is_fresh(&layout, 100, &later));
	put_sized(KEY_B, now.tv_sec + 1, 800);
	CHECK(build_stamp_is_fresh(&layout, 900, &now));
	CHECK(!build_stamp_is_fresh(&layout, 899, &now));
	CHECK_OK(file_replace(layout.root_fd, "build/records/" KEY_C ".json", "{", 1, 0600, &err));
	CHECK(!build_stamp_is_fresh(&layout, 900, &now));
	end();
}

TEST(all_is_looked_at_only_when_it_may_be_too_much)
{
	struct build_record record;

	begin();
	add_layer(ONE, "1");
	add_layer(TWO, "20");
	put(KEY_A, TWO);
	keep("100");
	set_used(KEY_A, time(NULL) - 61 * 86400);
	keep("100");
	CHECK_INT(find(KEY_A, &record), 1);
	set_used(KEY_A, time(NULL) - 61 * 86400);
	keep("10");
	CHECK_INT(find(KEY_A, &record), 0);
	end();
}

TEST(what_was_not_used_for_two_months_goes)
{
	struct build_record record;

	begin();
	add_layer(ONE, "1");
	add_layer(TWO, "20");
	put(KEY_A, TWO);
	set_used(KEY_A, time(NULL) - 61 * 86400);
	build_cache_keep(&layout);
	CHECK_INT(find(KEY_A, &record), 0);
	end();
}

TEST(limits_are_sizes_parts_of_the_disk_or_none)
{
	struct error err = {0};
	int64_t bytes;

	CHECK_OK(build_limit_parse(&bytes, NULL, INT64_C(100) << 30, &err));
	CHECK_INT(bytes, INT64_C(10) << 30);
	CHECK_OK(build_limit_parse(&bytes, "", INT64_C(1000) << 30, &err));
	CHECK_INT(bytes, INT64_C(20) << 30);
	CHECK_OK(build_limit_parse(&bytes, NULL, INT64_C(5) << 30, &err));
	CHECK_INT(bytes, INT64_C(2) << 30);
	CHECK_OK(build_limit_parse(&bytes, "5GB", 0, &err));
	CHECK_INT(bytes, INT64_C(5) << 30);
	CHECK_OK(build_limit_parse(&bytes, "50%", 1000, &err));
	CHECK_INT(bytes, 500);
	CHECK_OK(build_limit_parse(&bytes, "unlimited", 1000, &err));
	CHECK_INT(bytes, 0);
	CHECK(build_limit_parse(&bytes, "much", 1000, &err) < 0);
	CHECK(build_limit_parse(&bytes, "101%", 1000, &err) < 0);
	CHECK(build_limit_parse(&bytes, "-1", 1000, &err) < 0);
	CHECK(build_limit_parse(&bytes, "5%x", 1000, &err) < 0);
}

/* ---- locks -------------------------------------------------------------------------------------
 */

TEST(a_second_maker_waits_for_the_first)
{
	struct error err = {0};
	int cancel[2], told[2], lock, status;
	char byte;
	pid_t child;

	begin();
	CHECK_INT(pipe2(cancel, O_CLOEXEC), 0);
	CHECK_INT(pipe2(told, O_CLOEXEC), 0);
	lock = build_cache_lock(&layout, KEY_A, -1, &err);
	CHECK(lock >= 0);
	child = fork();
	if (child == 0) {
		int fd;

		close(lock);
		fd = build_cache_lock(&layout, KEY_B, -1, &err); /* another one is free */
		if (fd < 0 || write(told[1], "x", 1) != 1)
			_exit(1);
		_exit(build_cache_lock(&layout, KEY_A, cancel[0], &err) < 0 && err.code == ECANCELED
			      ? 0
			      : 2);
	}
	CHECK_INT(read(told[0], &byte, 1), 1);
	CHECK_INT(write(cancel[1], "x", 1), 1);
	CHECK_INT(waitpid(child, &status, 0), child);
	CHECK_INT(status, 0);
	close(lock);
	lock = build_cache_lock(&layout, KEY_A, cancel[0], &err);
	CHECK(lock >= 0);
	close(lock);
	end();
}

/* ---- cache mounts ------------------------------------------------------------------------------
 */

static int fill(int fd, void *data, struct error *err)
{
	int *count = data;

	(void)err;
	(*count)++;
	return file_replace(fd, "first", "x", 1, 0600, err);
}

TEST(a_mount_is_filled_once_and_stays)
{
	int filled = 0, fd, lock;
	struct build_cache_mount mount = {
		.id = "../../any thing",
		.mode = 0750,
		.uid = 7,
		.gid = 8,
		.cancel_fd = -1,
		.fill = fill,
		.data = &filled,
	};
	struct error err = {0};
	struct stat status;

	begin();
	for (int i = 0; i < 2; i++) {
		fd = build_cache_open_mount(&layout, &mount, &lock, &err);
		CHECK_OK(fd);
		CHECK_INT(faccessat(fd, "first", F_OK, 0), 0);
		CHECK_INT(fstat(fd, &status), 0);
		CHECK_INT(status.st_mode & 07777, 0750);
		CHECK_INT(status.st_uid, 7);
		close(fd);
		close(lock);
	}
	CHECK_INT(filled, 1);
	end();
}

static int fill_badly(int fd, void *data, struct error *err)
{
	(void)fd;
	(void)data;
	return error_set(err, ERROR_NOT_FOUND, "no such source");
}

TEST(one_that_could_not_be_filled_is_begun_anew)
{
	int filled = 0, fd, lock;
	struct build_cache_mount mount = {
		.id = "x", .mode = 0755, .cancel_fd = -1, .fill = fill_badly};
	struct error err = {0};

	begin();
	CHECK(build_cache_open_mount(&layout, &mount, &lock, &err) < 0);
	mount.fill = fill;
	mount.data = &filled;
	fd = build_cache_open_mount(&layout, &mount, &lock, &err);
	CHECK_OK(fd);
	CHECK_INT(filled, 1);
	close(fd);
	close(lock);
	end();
}

static ino_t inode_of(int fd)
{
	struct stat status;

	CHECK_INT(fstat(fd, &status), 0);
	return status.st_ino;
}

TEST(sharing_says_who_sees_the_same_directory)
{
	struct build_cache_mount mount = {.id = "x", .mode = 0755, .cancel_fd = -1};
	int one, two, three, locks[3], cancel[2];
	struct error err = {0};

	begin();
	CHECK_INT(pipe2(cancel, O_CLOEXEC), 0);
	CHECK_INT(write(cancel[1], "x", 1), 1);
	one = build_cache_open_mount(&layout, &mount, &locks[0], &err);
	two = build_cache_open_mount(&layout, &mount, &locks[1], &err);
	CHECK(inode_of(one) == inode_of(two));
	mount.sharing = BUILD_CACHE_PRIVATE;
	three = build_cache_open_mount(&layout, &mount, &locks[2], &err);
	CHECK(inode_of(one) != inode_of(three));
	mount.sharing = BUILD_CACHE_LOCKED;
	mount.cancel_fd = cancel[0];
	CHECK(build_cache_open_mount(&layout, &mount, &locks[2], &err) < 0);
	CHECK_INT(err.code, ECANCELED);
	close(locks[0]);
	close(locks[1]);
	two = build_cache_open_mount(&layout, &mount, &locks[1], &err);
	CHECK_OK(two);
	CHECK(inode_of(one) == inode_of(two));
	close(locks[1]);
	end();
}

/* Two that have come at once see that it is not made. Who was not the one to make it has it beside
 * the other. */
TEST(a_mount_that_another_step_has_made_is_not_waited_for)
{
	struct build_cache_mount mount = {.id = "x", .mode = 0755, .cancel_fd = -1};
	struct error err = {0};
	int fd, lock, status = -1;
	pid_t pid;

	begin();
	fd = build_cache_open_mount(&layout, &mount, &lock, &err);
	CHECK_OK(fd);
	CHECK_INT(renameat(lock, "mount.json", lock, "made"), 0);
	pid = fork();
	if (pid == 0) {
		int other;

		_exit(build_cache_open_mount(&layout, &mount, &other, NULL) < 0);
	}
	usleep(50000);
	CHECK_INT(waitpid(pid, NULL, WNOHANG), 0);
	CHECK_INT(renameat(lock, "made", lock, "mount.json"), 0);
	for (int i = 0; i < 1000 && waitpid(pid, &status, WNOHANG) == 0; i++)
		usleep(10000);
	if (status != 0)
		kill(pid, SIGKILL);
	CHECK_INT(status, 0);
	close(fd);
	close(lock);
	end();
}

TEST(a_mount_in_use_is_not_pruned)
{
	struct build_cache_mount mount = {.id = "x", .mode = 0755, .cancel_fd = -1};
	struct build_cache_prune all = {.all = true};
	struct build_record *records;
	struct error err = {0};
	int64_t bytes;
	size_t count;
	int fd, lock;

	begin();
	fd = build_cache_open_mount(&layout, &mount, &lock, &err);
	CHECK_OK(fd);
	CHECK_OK(file_replace(fd, "file", "12345", 5, 0600, &err));
	close(fd);
	CHECK_OK(build_cache_list(&layout, &records, &count, &arena, &err));
	CHECK_INT(count, 1);
	CHECK(records[0].is_in_use);
	CHECK_TEXT(records[0].kind, "exec.cachemount");
	CHECK_OK(build_cache_prune(&layout, &all, &bytes, &err));
	close(lock);
	CHECK_OK(build_cache_list(&layout, &records, &count, &arena, &err));
	CHECK_INT(count, 1);
	CHECK(!records[0].is_in_use);
	CHECK(records[0].size > 0);
	CHECK_OK(build_cache_prune(&layout, &all, &bytes, &err));
	CHECK_INT(bytes, records[0].size);
	CHECK_OK(build_cache_list(&layout, &records, &count, &arena, &err));
	CHECK_INT(count, 0);
	end();
}
