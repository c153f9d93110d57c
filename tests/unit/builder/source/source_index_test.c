/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/source/source_private.h"
#include "storage/layout.h"
#include "tests/unit/storage/test_layout.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A file that changed long ago. */
static struct stat some_status(ino_t inode)
{
	return (struct stat){
		.st_dev = 7,
		.st_ino = inode,
		.st_size = 100,
		.st_mtim = {1000000, 1},
		.st_ctim = {1000000, 2},
	};
}

static struct source_index *open_index(const struct layout *layout)
{
	struct source_index *index;
	struct error err = {0};

	CHECK_OK(source_index_open(&index, layout, "/some/context", &err));
	return index;
}

static bool has(struct source_index *index, ino_t inode, const char *wanted)
{
	struct stat status = some_status(inode);
	char hex[DIGEST_HEX_SIZE];

	return source_index_find(index, &status, hex) && strcmp(hex, wanted) == 0;
}

static void add(struct source_index *index, ino_t inode, const char *hex)
{
	struct stat status = some_status(inode);

	source_index_add(index, &status, hex);
}

TEST(what_was_added_is_found_now_and_by_the_next_build)
{
	struct layout layout;
	struct source_index *index;

	test_layout_open(&layout);
	index = open_index(&layout);
	CHECK(!has(index, 1, HEX_A));
	for (ino_t inode = 1; inode <= 5000; inode++)
		add(index, inode, inode % 2 ? HEX_A : HEX_B);
	CHECK(has(index, 1, HEX_A) && has(index, 5000, HEX_B) && !has(index, 5001, HEX_A));
	source_index_close(index);
	index = open_index(&layout);
	for (ino_t inode = 1; inode <= 5000; inode++)
		CHECK(has(index, inode, inode % 2 ? HEX_A : HEX_B));
	add(index, 5001, HEX_A); /* for which nobody writes five thousand */
	source_index_close(index);
	index = open_index(&layout);
	CHECK(has(index, 1, HEX_A) && has(index, 5000, HEX_B) && !has(index, 5001, HEX_A));
	for (ino_t inode = 5001; inode <= 5100; inode++)
		add(index, inode, HEX_A);
	source_index_close(index);
	index = open_index(&layout);
	CHECK(has(index, 1, HEX_A) && has(index, 5000, HEX_B) && has(index, 5100, HEX_A));
	source_index_close(index);
	layout_close(&layout);
}

TEST(a_file_with_another_status_is_another_file)
{
	struct layout layout;
	struct source_index *index;
	struct stat changed[6];
	char hex[DIGEST_HEX_SIZE];

	test_layout_open(&layout);
	index = open_index(&layout);
	add(index, 1, HEX_A);
	for (size_t i = 0; i < array_length(changed); i++)
		changed[i] = some_status(1);
	changed[0].st_dev++;
	changed[1].st_ino++;
	changed[2].st_size++;
	changed[3].st_mtim.tv_nsec++;
	changed[4].st_ctim.tv_nsec++;
	changed[5].st_ctim.tv_sec++;
	for (size_t i = 0; i < array_length(changed); i++)
		CHECK(!source_index_find(index, &changed[i], hex));
	source_index_close(index);
	layout_close(&layout);
}

TEST(a_file_that_changed_just_now_is_not_believed)
{
	struct layout layout;
	struct source_index *index;
	struct stat status = some_status(1);
	char hex[DIGEST_HEX_SIZE];

	test_layout_open(&layout);
	index = open_index(&layout);
	clock_gettime(CLOCK_REALTIME, &status.st_ctim);
	source_index_add(index, &status, HEX_A);
	CHECK(!source_index_find(index, &status, hex));
	/* One of tomorrow is not either, nor one of this second where there are only seconds. */
	status.st_ctim.tv_sec += 86400;
	source_index_add(index, &status, HEX_A);
	CHECK(!source_index_find(index, &status, hex));
	status.st_ctim.tv_sec -= 86401;
	status.st_ctim.tv_nsec = 0;
	source_index_add(index, &status, HEX_A);
	CHECK(!source_index_find(index, &status, hex));
	source_index_close(index);
	layout_close(&layout);
}

static int open_file(const struct layout *layout)
{
	char name[DIGEST_HEX_SIZE];
	auto_free char *path = NULL;
	int fd;

	digest_hex(name, "/some/context", strlen("/some/context"));
	path = alloc_format("build/contexts/%s", name);
	fd = openat(layout->root_fd, path, O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0);
	return fd;
}

/* Wherever a byte is wrong, a digest is right or it is not there. */
TEST(a_damaged_index_tells_no_lies)
{
	struct layout layout;
	struct source_index *index;
	struct stat status;
	size_t lost = 0;

	test_layout_open(&layout);
	index = open_index(&layout);
	for (ino_t inode = 1; inode <= 600; inode++)
		add(index, inode, HEX_B);
	source_index_close(index);
	{
		auto_close int fd = open_file(&layout);

		CHECK_INT(fstat(fd, &status), 0);
	}
	for (off_t at = 0; at < status.st_size; at += at < 128 ? 1 : 509) {
		auto_close int fd = open_file(&layout);
		unsigned char byte, wrong;

		CHECK_INT(pread(fd, &byte, 1, at), 1);
		wrong = byte ^ 0x41;
		CHECK_INT(pwrite(fd, &wrong, 1, at), 1);
		index = open_index(&layout);
		for (ino_t inode = 1; inode <= 600; inode++) {
			struct stat file = some_status(inode);
			char hex[DIGEST_HEX_SIZE];

			if (source_index_find(index, &file, hex))
				CHECK_TEXT(hex, HEX_B);
			else
				lost++;
		}
		source_index_close(index);
		CHECK_INT(pwrite(fd, &byte, 1, at), 1);
	}
	CHECK(lost > 0);
	layout_close(&layout);
}

TEST(an_index_that_was_cut_or_filled_is_ignored)
{
	static const off_t lengths[] = {0, 10, 100, 5000};
	struct layout layout;
	struct source_index *index;

	test_layout_open(&layout);
	for (size_t i = 0; i < array_length(lengths); i++) {
		index = open_index(&layout);
		add(index, (ino_t)i + 1, HEX_A);
		source_index_close(index);
		{
			auto_close int fd = open_file(&layout);

			CHECK_INT(ftruncate(fd, lengths[i]), 0);
		}
		index = open_index(&layout);
		CHECK(!has(index, (ino_t)i + 1, HEX_A));
		source_index_close(index);
	}
	layout_close(&layout);
}

TEST(entries_that_nobody_asks_for_go)
{
	struct layout layout;
	struct source_index *index;

	test_layout_open(&layout);
	index = open_index(&layout);
	add(index, 1, HEX_A);
	add(index, 2, HEX_A);
	source_index_close(index);
	for (ino_t inode = 10; inode < 40; inode++) {
		index = open_index(&layout);
		CHECK(has(index, 1, HEX_A));
		add(index, inode, HEX_B);
		source_index_close(index);
	}
	index = open_index(&layout);
	CHECK(has(index, 1, HEX_A) && !has(index, 2, HEX_A) && has(index, 39, HEX_B));
	source_index_close(index);
	layout_close(&layout);
}

static size_t count_files(int fd)
{
	auto_source_names struct source_names names = {0};
	struct error err = {0};

	CHECK_OK(source_names_read(&names, fd, &err));
	return names.count;
}

TEST(indexes_are_bounded)
{
	struct layout layout;
	auto_close int fd = -1;
	struct source_index *index;
	const struct timespec old[] = {{1000, 0}, {1000, 0}};

	test_layout_open(&layout);
	index = open_index(&layout);
	fd = openat(layout.root_fd, "build/contexts", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (unsigned i = 0; i < 100; i++) {
		auto_free char *name = alloc_format("%064u", i);
		auto_close int file = openat(fd, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		CHECK(file >= 0);
		if (i < 10)
			CHECK_INT(futimens(file, old), 0);
	}
	{
		auto_close int file = openat(fd, ".left.new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		CHECK(file >= 0);
		CHECK_INT(futimens(file, old), 0);
	}
	add(index, 1, HEX_A);
	source_index_close(index);
	CHECK_INT(count_files(fd), 64);
	index = open_index(&layout);
	CHECK(has(index, 1, HEX_A));
	source_index_close(index);
	layout_close(&layout);
}
