/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "storage/archive/tar_extract.h"
#include "tests/unit/storage/tar_maker.h"

/* root/to is where an archive goes; canary/ is beside the root. */
struct bench {
	int fd, root_fd, to_fd;
	struct error err;
};

static void be_silent(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

static void bench_open(struct bench *bench)
{
	*bench = (struct bench){.fd = test_directory(NULL)};
	log_set_sink(be_silent, NULL);
	file_remove_tree(bench->fd, "all", NULL);
	assert_int_equal(file_make_directories(bench->fd, "all/root/to", 0755, NULL), 0);
	file_make_directories(bench->fd, "all/canary", 0700, NULL);
	file_replace(bench->fd, "all/canary/file", "safe", 4, 0600, NULL);
	bench->root_fd = openat(bench->fd, "all/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bench->to_fd = openat(bench->fd, "all/root/to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void bench_close(struct bench *bench)
{
	auto_strbuf struct strbuf tree = {0};
	auto_close int canary = openat(bench->fd, "all/canary", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	describe(&tree, canary);
	CHECK_TEXT(strbuf_text(&tree), "f600 file=safe\n");
	close(bench->root_fd);
	close(bench->to_fd);
	close(bench->fd);
}

static int extract(struct bench *bench, const struct tar_entry *entries, struct tar_extract *how)
{
	auto_strbuf struct strbuf tar = {0};
	auto_close int fd = -1;

	tar_make(&tar, entries);
	fd = tar_open(tar.text, tar.length);
	return tar_extract_run(how, fd, &bench->err);
}

static int into_root(struct bench *bench, const struct tar_entry *entries)
{
	struct tar_extract how = {.root_fd = bench->root_fd, .path = "/to"};

	return extract(bench, entries, &how);
}

static int into_directory(struct bench *bench, const struct tar_entry *entries)
{
	struct tar_extract how = {.root_fd = -1, .directory_fd = bench->to_fd, .is_host = true};

	return extract(bench, entries, &how);
}

static void check_root(struct bench *bench, const char *expected)
{
	auto_strbuf struct strbuf tree = {0};

	describe(&tree, bench->root_fd);
	CHECK_TEXT(strbuf_text(&tree), expected);
}

static const struct tar_entry plain[] = {
	{'5', "dir", .mode = 0750, .uid = 5, .gid = 6},
	{'0', "dir/file", "content", .mode = 04755, .uid = 7},
	{'2', "dir/link", "file"},
	{'1', "hard", "dir/file"},
	{'0', "implied/deep/file", "x"},
	{'6', "fifo"},
	{0},
};

TEST(puts_an_archive_into_a_directory)
{
	struct bench bench;

	bench_open(&bench);
	for (int round = 0; round < 2; round++) { /* the second goes over the first */
		if (into_root(&bench, plain) < 0)
			fail_msg("%s", bench.err.text);
		check_root(&bench,
			   "d755 to\nd750 5:6 to/dir\nf4755 7:0 x2 to/dir/file=content\n"
			   "l to/dir/link->file\np644 to/fifo\nf4755 7:0 x2 to/hard=content\n"
			   "d755 to/implied\nd755 to/implied/deep\n"
			   "f644 to/implied/deep/file=x\n");
	}
	bench_close(&bench);
}

TEST(gives_all_to_one_owner)
{
	struct bench bench;
	struct tar_extract how = {.root_fd = -1, .sets_owner = true, .uid = 1, .gid = 2};

	bench_open(&bench);
	how.directory_fd = bench.to_fd;
	if (extract(&bench, plain, &how) < 0)
		fail_msg("%s", bench.err.text);
	check_root(&bench,
		   "d755 to\nd750 1:2 to/dir\nf4755 1:2 x2 to/dir/file=content\n"
		   "l 1:2 to/dir/link->file\np644 1:2 to/fifo\nf4755 1:2 x2 to/hard=content\n"
		   "d755 1:2 to/implied\nd755 1:2 to/implied/deep\n"
		   "f644 1:2 to/implied/deep/file=x\n");
	bench_close(&bench);
}

TEST(joins_a_directory_that_is_a_link_when_asked_to)
{
	const struct tar_entry entries[] = {
		{'5', "dir", .mode = 0700}, {'0', "dir/file", "x"}, {0}};
	struct bench bench;
	struct tar_extract how = {.path = "/to", .joins_links = true};

	bench_open(&bench);
	how.root_fd = bench.root_fd;
	mkdirat(bench.root_fd, "real", 0755);
	CHECK_INT(symlinkat("/real", bench.to_fd, "dir"), 0);
	CHECK(into_root(&bench, entries) < 0);
	CHECK_INT(extract(&bench, entries, &how), 0);
	check_root(&bench, "d755 real\nf644 real/file=x\nd755 to\nl to/dir->/real\n");
	/* One that leads to nothing, or to what is none, is no directory. */
	unlinkat(bench.to_fd, "dir", 0);
	CHECK_INT(symlinkat("/real/file", bench.to_fd, "dir"), 0);
	CHECK(extract(&bench, entries, &how) < 0);
	bench_close(&bench);
}

TEST(the_directory_itself_stays_as_it_is)
{
	struct bench bench;

	bench_open(&bench);
	CHECK_INT(into_root(&bench, (struct tar_entry[]){{'5', "./", .mode = 0700, .uid = 9}, {0}}),
		  0);
	check_root(&bench, "d755 to\n");
	bench_close(&bench);
}

TEST(never_replaces_a_directory_by_something_else_nor_the_other_way_round)
{
	struct bench bench;

	bench_open(&bench);
	mkdirat(bench.to_fd, "dir", 0755);
	CHECK(into_root(&bench, (struct tar_entry[]){{'0', "dir", "x"}, {0}}) < 0);
	CHECK_INT(bench.err.code, ERROR_INVALID);
	CHECK(into_root(&bench, (struct tar_entry[]){{'2', "dir", "x"}, {0}}) < 0);
	CHECK_INT(into_root(&bench, (struct tar_entry[]){{'0', "file", "x"}, {0}}), 0);
	CHECK(into_root(&bench, (struct tar_entry[]){{'5', "file"}, {0}}) < 0);
	CHECK_INT(bench.err.code, ERROR_INVALID);
	check_root(&bench, "d755 to\nd755 to/dir\nf644 to/file=x\n");
	bench_close(&bench);
}

TEST(links_lead_nowhere_outside)
{
	static const struct tar_entry attacks[][4] = {
		{{'2', "l", "../../canary"}, {'0', "l/file", "evil"}, {0}},
		{{'2', "l", "/../canary"}, {'0', "l/file", "evil"}, {0}},
		{{'0', "../../canary/file", "evil"}, {0}},
		{{'1', "hard", "../../canary/file"}, {'0', "hard", "evil"}, {0}},
		{{'2', "l", "../.."}, {'1', "hard", "l/canary/file"}, {'0', "hard", "evil"}, {0}},
		{{'2', "l", "../../canary/file"}, {'0', "l", "mine"}, {0}},
		{{'2', "l", "../../canary/file"}, {'1', "h", "l"}, {'0', "h", "mine"}, {0}},
		{{'2', "l", "../../canary"}, {'5', "l", .mode = 0777}, {0}},
	};

	for (size_t i = 0; i < array_length(attacks); i++) {
		struct bench bench;

		bench_open(&bench);
		into_root(&bench, attacks[i]);
		bench_close(&bench);
		bench_open(&bench);
		into_directory(&bench, attacks[i]);
		bench_close(&bench);
	}
}

TEST(a_link_on_the_way_is_followed_within_a_root_and_refused_without_one)
{
	static const struct tar_entry entries[] = {{'0', "l/file", "x"}, {0}};
	struct bench bench;

	bench_open(&bench);
	mkdirat(bench.root_fd, "real", 0755);
	CHECK_INT(symlinkat("/real", bench.to_fd, "l"), 0);
	CHECK(into_directory(&bench, entries) < 0);
	CHECK_INT(into_root(&bench, entries), 0);
	check_root(&bench, "d755 real\nf644 real/file=x\nd755 to\nl to/l->/real\n");
	bench_close(&bench);
}

TEST(devices_only_where_they_may_be)
{
	static const struct tar_entry entries[] = {{'3', "null", .major = 1, .minor = 3}, {0}};
	struct bench bench;

	bench_open(&bench);
	CHECK_INT(into_directory(&bench, entries), 0);
	check_root(&bench, "d755 to\n");
	CHECK_INT(into_root(&bench, entries), 0);
	check_root(&bench, "d755 to\nc644[1,3] to/null\n");
	bench_close(&bench);
}

TEST(what_is_no_archive_is_an_error)
{
	auto_close int noise = tar_open("this is no archive, however long it may be", 42);
	struct bench bench;
	struct tar_extract how = {.root_fd = -1};

	bench_open(&bench);
	how.directory_fd = bench.to_fd;
	CHECK(tar_extract_run(&how, noise, &bench.err) < 0);
	check_root(&bench, "d755 to\n");
	bench_close(&bench);
}
