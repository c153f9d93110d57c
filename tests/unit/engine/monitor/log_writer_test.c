/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/monitor/log_fixture.h"

#include "base/log.h"

#include <pty.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

static off_t size_of(struct fixture *fixture, const char *name)
{
	struct stat status;

	return fstatat(fixture->root, name, &status, 0) < 0 ? -1 : status.st_size;
}

static void expect_stream(struct fixture *fixture, enum log_stream stream, const char *expected)
{
	struct log_reader *reader = fixture_reader(fixture, -1);
	struct log_record record;
	struct error err = {0};
	char text[4096] = "";

	while (log_reader_next(reader, &record, &err) > 0)
		if (record.stream == stream)
			strncat(text, record.text, record.length);
	CHECK_TEXT(text, expected);
	log_reader_close(reader);
}

TEST(writes_lines_of_both_streams_in_order)
{
	struct fixture fixture;
	struct log_writer *writer;

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	fixture_print(&fixture, writer, LOG_STDOUT, "one\n");
	fixture_print(&fixture, writer, LOG_STDERR, "two\n");
	fixture_print(&fixture, writer, LOG_STDOUT, "three\nfour\n");
	fixture_expect(&fixture, -1, "one\ntwo\nthree\nfour\n");
	expect_stream(&fixture, LOG_STDERR, "two\n");
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(keeps_half_a_line_until_it_is_whole_or_flushed)
{
	struct fixture fixture;
	struct log_writer *writer;
	struct error err = {0};

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	fixture_print(&fixture, writer, LOG_STDOUT, "prom");
	fixture_expect(&fixture, -1, "");
	fixture_print(&fixture, writer, LOG_STDOUT, "pt> ");
	fixture_expect(&fixture, -1, "");
	fixture_print(&fixture, writer, LOG_STDOUT, "x\nmore");
	fixture_expect(&fixture, -1, "prompt> x\n");
	log_writer_close(writer);
	writer = fixture_writer(&fixture);
	fixture_expect(&fixture, -1, "prompt> x\n");
	CHECK_OK(log_writer_flush(writer, &err));
	fixture_expect(&fixture, -1, "prompt> x\nmore");
	CHECK_OK(log_writer_flush(writer, &err));
	fixture_expect(&fixture, -1, "prompt> x\nmore");
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(flushes_half_a_line_of_several_pages)
{
	struct fixture fixture;
	struct log_writer *writer;
	struct error err = {0};
	char line[15001];

	memset(line, 'x', sizeof(line));
	line[15000] = '\0';
	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	fixture_print(&fixture, writer, LOG_STDOUT, line);
	CHECK_OK(log_writer_flush(writer, &err));
	fixture_expect(&fixture, -1, line);
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(takes_long_lines_whole)
{
	struct fixture fixture;
	struct log_writer *writer;
	size_t size = 1000000, length, records;
	char *line = malloc(size), *text;
	struct log_reader *reader;

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	for (size_t i = 0; i < size; i++)
		line[i] = (char)(' ' + i % 90);
	line[size - 1] = '\n';
	fixture_print_n(&fixture, writer, LOG_STDOUT, line, size);
	reader = fixture_reader(&fixture, -1);
	text = fixture_read(reader, &length, &records);
	CHECK_INT(records, (size + 16383) / 16384);
	CHECK_INT(length, size);
	CHECK(memcmp(text, line, size) == 0);
	log_reader_close(reader);
	log_writer_close(writer);
	fixture_close(&fixture);
	free(text);
	free(line);
}

TEST(rotates_and_keeps_so_many_files)
{
	struct fixture fixture;
	struct log_writer *writer;
	char line[32], expected[2000] = "";

	fixture_open(&fixture, 200, 3); /* a record has 74 bytes: three a file */
	writer = fixture_writer(&fixture);
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "%03d\n", i);
		fixture_print(&fixture, writer, LOG_STDOUT, line);
		if (i >= 93)
			strcat(expected, line);
	}
	fixture_expect(&fixture, -1, expected);
	CHECK(size_of(&fixture, FIXTURE_NAME ".1") >= 200);
	CHECK(size_of(&fixture, FIXTURE_NAME ".2") >= 200);
	CHECK_INT(size_of(&fixture, FIXTURE_NAME ".3"), -1);
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(begins_again_when_it_may_keep_one_file)
{
	struct fixture fixture;
	struct log_writer *writer;

	fixture_open(&fixture, 100, 1);
	writer = fixture_writer(&fixture);
	fixture_print(&fixture, writer, LOG_STDOUT, "1\n2\n3\n4\n5\n");
	fixture_expect(&fixture, -1, "5\n");
	CHECK_INT(size_of(&fixture, FIXTURE_NAME ".1"), -1);
	log_writer_close(writer);
	fixture_close(&fixture);
}

struct tapped {
	char text[100];
	size_t length;
};

static void tap(enum log_stream stream, const char *bytes, size_t length, void *data)
{
	struct tapped *tapped = data;

	if (tapped->length + length + 1 > sizeof(tapped->text))
		return;
	tapped->text[tapped->length++] = (char)('0' + stream);
	memcpy(tapped->text + tapped->length, bytes, length);
	tapped->length += length;
}

TEST(taps_every_piece_at_once)
{
	struct tapped tapped = {0};
	struct fixture fixture;
	struct log_writer *writer;

	fixture_open(&fixture, -1, 1);
	fixture.tap = tap;
	fixture.data = &tapped;
	writer = fixture_writer(&fixture);
	fixture_print(&fixture, writer, LOG_STDOUT, "log");
	fixture_print(&fixture, writer, LOG_STDERR, "in\n");
	fixture_print(&fixture, writer, LOG_STDOUT, "in: \nx");
	CHECK_TEXT(tapped.text, "0log1in\n0in: \nx");
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(drops_output_without_a_driver_but_taps_it)
{
	struct tapped tapped = {0};
	struct fixture fixture;
	struct log_writer *writer;
	struct error err = {0};

	fixture_open(&fixture, -1, 1);
	fixture.options.is_disabled = true;
	fixture.tap = tap;
	fixture.data = &tapped;
	writer = fixture_writer(&fixture);
	fixture_print(&fixture, writer, LOG_STDOUT, "secret\n");
	CHECK_OK(log_writer_flush(writer, &err));
	CHECK_TEXT(tapped.text, "0secret\n");
	CHECK_INT(size_of(&fixture, FIXTURE_NAME), -1);
	fixture_expect(&fixture, -1, "");
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(says_when_a_pipe_has_ended)
{
	struct fixture fixture;
	struct log_writer *writer;
	struct error err = {0};
	int ends[2];
	bool ended;

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	CHECK_INT(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	CHECK_INT(log_writer_read(writer, LOG_STDOUT, ends[0], &ended, &err), 0);
	CHECK(!ended);
	CHECK_INT(write(ends[1], "last\n", 5), 5);
	close(ends[1]);
	CHECK_INT(log_writer_read(writer, LOG_STDOUT, ends[0], &ended, &err), 1);
	CHECK(!ended);
	CHECK_INT(log_writer_read(writer, LOG_STDOUT, ends[0], &ended, &err), 0);
	CHECK(ended);
	fixture_expect(&fixture, -1, "last\n");
	close(ends[0]);
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(reads_a_terminal)
{
	struct fixture fixture;
	struct log_writer *writer;
	struct error err = {0};
	int master, slave;
	bool ended = false;

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	if (openpty(&master, &slave, NULL, NULL, NULL) < 0)
		test_skip("no pseudo terminals here");
	fcntl(master, F_SETFL, O_NONBLOCK);
	CHECK_INT(write(slave, "hello\n", 6), 6);
	while (log_writer_read(writer, LOG_STDOUT, master, &ended, &err) > 0)
		;
	CHECK(!ended);
	fixture_expect(&fixture, -1, "hello\r\n");
	close(slave);
	CHECK_INT(log_writer_read(writer, LOG_STDOUT, master, &ended, &err), 0);
	CHECK(ended);
	close(master);
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(cuts_a_torn_record_left_by_a_power_cut)
{
	struct fixture fixture;
	struct log_writer *writer;
	struct error err = {0};
	int fd;

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	fixture_print(&fixture, writer, LOG_STDOUT, "whole\n");
	log_writer_close(writer);
	fd = openat(fixture.root, FIXTURE_NAME, O_WRONLY | O_APPEND);
	CHECK_OK(file_write_all(fd, "{\"log\":\"to", 10, &err));
	close(fd);
	CHECK_INT(unlinkat(fixture.run, "log.journal", 0), 0);
	writer = fixture_writer(&fixture);
	fixture_print(&fixture, writer, LOG_STDOUT, "next\n");
	fixture_expect(&fixture, -1, "whole\nnext\n");
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(goes_on_after_somebody_truncated_or_removed_the_log)
{
	struct fixture fixture;
	struct log_writer *writer;
	int fd;

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	fixture_print(&fixture, writer, LOG_STDOUT, "one\n");
	fd = openat(fixture.root, FIXTURE_NAME, O_WRONLY | O_TRUNC);
	close(fd);
	fixture_print(&fixture, writer, LOG_STDOUT, "two\n");
	fixture_expect(&fixture, -1, "two\n");
	unlinkat(fixture.root, FIXTURE_NAME, 0);
	fixture_print(&fixture, writer, LOG_STDOUT, "three\n");
	fixture_expect(&fixture, -1, "three\n");
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(gives_spool_memory_back)
{
	struct fixture fixture;
	struct log_writer *writer;
	struct stat status;
	char block[1000];

	fixture_open(&fixture, 1 << 20, 2);
	writer = fixture_writer(&fixture);
	memset(block, 'x', sizeof(block));
	block[sizeof(block) - 1] = '\n';
	for (int i = 0; i < 3000; i++)
		fixture_print_n(&fixture, writer, LOG_STDOUT, block, sizeof(block));
	CHECK_INT(fstatat(fixture.run, "stdout.spool", &status, 0), 0);
	CHECK(status.st_size == 3000000);
	CHECK(status.st_blocks <= 24576 / 512);
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(keeps_a_second_process_out)
{
	struct fixture fixture;
	struct log_writer *writer;
	pid_t pid;
	int status;

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		const struct log_writer_request request = {
			.container_fd = fixture.root,
			.run_fd = fixture.run,
			.id = FIXTURE_ID,
			.options = fixture.options,
		};
		struct log_writer *second;
		struct error err = {0};

		_exit(log_writer_open(&second, &request, &err) < 0 && err.code == ERROR_BUSY ? 0
											     : 1);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	log_writer_close(writer);
	fixture_close(&fixture);
}

static int warnings;

static void count_warning(enum log_level level, const char *text, void *data)
{
	(void)data;
	if (level == LOG_LEVEL_WARNING && strstr(text, "too large"))
		warnings++;
}

/* A limit on file sizes stands for the full disk: the write stops half-way, then fails. */
static void limit_files(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

TEST(keeps_output_while_the_disk_is_full)
{
	struct fixture fixture;
	struct log_writer *writer;
	struct error err = {0};
	off_t torn;

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	log_set_sink(count_warning, NULL);
	warnings = 0;
	fixture_print(&fixture, writer, LOG_STDOUT, "before\n");
	torn = size_of(&fixture, FIXTURE_NAME) + 20;
	limit_files((rlim_t)torn);
	fixture_print(&fixture, writer, LOG_STDOUT, "one\n");
	CHECK(log_writer_is_behind(writer));
	CHECK_INT(size_of(&fixture, FIXTURE_NAME), torn);
	fixture_expect(&fixture, -1, "before\n");
	fixture_print(&fixture, writer, LOG_STDERR, "two\nthr");
	CHECK(log_writer_flush(writer, &err) < 0);
	CHECK_INT(err.code, EFBIG);
	CHECK_INT(log_writer_retry(writer), 1);
	CHECK_INT(warnings, 1);
	fixture_expect(&fixture, -1, "before\n");
	limit_files(RLIM_INFINITY);
	CHECK_INT(log_writer_retry(writer), 0);
	CHECK(!log_writer_is_behind(writer));
	fixture_expect(&fixture, -1, "before\none\ntwo\n");
	fixture_print(&fixture, writer, LOG_STDERR, "ee\n");
	fixture_expect(&fixture, -1, "before\none\ntwo\nthree\n");
	log_set_sink(NULL, NULL);
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(a_successor_finishes_what_the_full_disk_refused)
{
	struct fixture fixture;
	struct log_writer *writer;

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	log_set_sink(count_warning, NULL);
	fixture_print(&fixture, writer, LOG_STDOUT, "before\n");
	limit_files((rlim_t)size_of(&fixture, FIXTURE_NAME) + 20);
	fixture_print(&fixture, writer, LOG_STDOUT, "one\n");
	log_writer_close(writer);
	writer = fixture_writer(&fixture); /* still full */
	CHECK(log_writer_is_behind(writer));
	fixture_print(&fixture, writer, LOG_STDOUT, "two\n");
	log_writer_close(writer);
	limit_files(RLIM_INFINITY);
	writer = fixture_writer(&fixture);
	fixture_expect(&fixture, -1, "before\none\ntwo\n");
	log_set_sink(NULL, NULL);
	log_writer_close(writer);
	fixture_close(&fixture);
}

TEST(counts_what_finds_no_room_in_run)
{
	struct tapped tapped = {0};
	struct fixture fixture;
	struct log_writer *writer;
	char block[4096] = "";
	int fd;

	fixture_open(&fixture, -1, 1);
	if (!fixture.run_path[0] || mount("coracle-test", fixture.run_path, "tmpfs", 0, "size=32k"))
		test_skip("cannot mount a tmpfs");
	close(fixture.run);
	fixture.run = open(fixture.run_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture.tap = tap;
	fixture.data = &tapped;
	writer = fixture_writer(&fixture);
	fd = openat(fixture.run, "filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
	fixture_print(&fixture, writer, LOG_STDOUT, "12345678\n");
	CHECK_TEXT(tapped.text, "012345678\n");
	CHECK_INT(unlinkat(fixture.run, "filler", 0), 0);
	fixture_print(&fixture, writer, LOG_STDOUT, "room\n");
	fixture_expect(&fixture, -1,
		       "[coracle: 9 bytes of output lost: the disk was full]\nroom\n");
	log_writer_close(writer);
	close(fixture.run);
	fixture.run = -1;
	umount2(fixture.run_path, MNT_DETACH);
	fixture_close(&fixture);
}

TEST(drops_the_oldest_of_too_long_a_backlog_and_says_so)
{
	struct fixture fixture;
	struct log_writer *writer;
	struct log_reader *reader;
	const char *path;
	char root[128], line[101], *text, *gap;
	unsigned long lost, first;
	size_t length, records;
	int directory, fd;

	fixture_open(&fixture, -1, 1);
	directory = test_directory(&path);
	snprintf(root, sizeof(root), "%s/root", path);
	if (mount("coracle-test", root, "tmpfs", 0, "size=8m") < 0)
		test_skip("cannot mount a tmpfs");
	close(fixture.root);
	fixture.root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	log_set_sink(count_warning, NULL);
	writer = fixture_writer(&fixture);
	fixture_print(&fixture, writer, LOG_STDOUT, "before\n");
	fd = openat(fixture.root, "filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, line, sizeof(line)) > 0)
		;
	close(fd);
	for (int i = 0; i < 40000; i++) {
		snprintf(line, sizeof(line), "%098d\n", i);
		fixture_print_n(&fixture, writer, LOG_STDOUT, line, 99);
	}
	CHECK(log_writer_is_behind(writer));
	CHECK_INT(unlinkat(fixture.root, "filler", 0), 0);
	CHECK_INT(log_writer_retry(writer), 0);

	reader = fixture_reader(&fixture, -1);
	text = fixture_read(reader, &length, &records);
	gap = strstr(text, "[coracle: ");
	CHECK(gap != NULL);
	CHECK_INT(sscanf(gap, "[coracle: %lu bytes of output lost", &lost), 1);
	CHECK_INT(lost % 99, 0);
	CHECK(lost > 99UL * 40000 - (1UL << 20) - 65536 && lost < 99UL * 40000 - (600UL << 10));
	/* What was lost lies between the line before the record and the one behind it. */
	first = strtoul(strchr(gap, '\n') + 1, NULL, 10);
	CHECK_INT(first, strtoul(gap - 99, NULL, 10) + 1 + lost / 99);
	CHECK_INT(strtoul(text + length - 99, NULL, 10), 39999);
	CHECK(strstr(gap + 1, "[coracle: ") == NULL);
	CHECK_INT(length, 7 + 99UL * 40000 - lost + (size_t)(strchr(gap, '\n') + 1 - gap));
	log_set_sink(NULL, NULL);
	log_reader_close(reader);
	log_writer_close(writer);
	free(text);
	close(directory);
	umount2(root, MNT_DETACH);
	fixture_close(&fixture);
}
