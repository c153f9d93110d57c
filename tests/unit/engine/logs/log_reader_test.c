/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/monitor/log_fixture.h"

#include "base/units.h"

#include <signal.h>
#include <sys/wait.h>

static void write_file(struct fixture *fixture, const char *name, const char *text)
{
	struct error err = {0};

	CHECK_OK(file_replace_volatile(fixture->root, name, text, strlen(text), 0600, &err));
}

static void append(struct fixture *fixture, const char *text)
{
	struct error err = {0};
	int fd = openat(fixture->root, FIXTURE_NAME, O_WRONLY | O_APPEND | O_CREAT, 0600);

	CHECK(fd >= 0);
	CHECK_OK(file_write_all(fd, text, strlen(text), &err));
	close(fd);
}

#define RECORD(text, second)                                                                       \
	"{\"log\":\"" text "\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:" second       \
	".000000000Z\"}\n"

static void expect_next(struct log_reader *reader, const char *expected)
{
	size_t length, records;
	char *text = fixture_read(reader, &length, &records);

	CHECK_TEXT(text, expected);
	free(text);
}

TEST(reads_nothing_where_there_is_no_log)
{
	struct fixture fixture;

	fixture_open(&fixture, -1, 1);
	fixture_expect(&fixture, -1, "");
	fixture_expect(&fixture, 5, "");
	fixture_close(&fixture);
}

TEST(reads_rotated_files_oldest_first)
{
	struct fixture fixture;

	fixture_open(&fixture, -1, 1);
	write_file(&fixture, FIXTURE_NAME ".10", RECORD("a", "01") RECORD("b", "02"));
	write_file(&fixture, FIXTURE_NAME ".2", RECORD("c", "03"));
	write_file(&fixture, FIXTURE_NAME ".1", "");
	write_file(&fixture, FIXTURE_NAME, RECORD("d", "04") RECORD("e", "05"));
	write_file(&fixture, FIXTURE_NAME ".gz", "x");
	write_file(&fixture, FIXTURE_NAME ".-1", "x");
	fixture_expect(&fixture, -1, "a\nb\nc\nd\ne\n");
	fixture_close(&fixture);
}

TEST(reads_the_last_lines_across_files)
{
	static const char *const expected[] = {
		"",
		"e\n",
		"d\ne\n",
		"c\nd\ne\n",
		"b\nc\nd\ne\n",
		"a\nb\nc\nd\ne\n",
		"a\nb\nc\nd\ne\n",
	};
	struct fixture fixture;

	fixture_open(&fixture, -1, 1);
	write_file(&fixture, FIXTURE_NAME ".3", RECORD("a", "01") RECORD("b", "02"));
	write_file(&fixture, FIXTURE_NAME ".1", RECORD("c", "03"));
	write_file(&fixture, FIXTURE_NAME, RECORD("d", "04") RECORD("e", "05") "{\"log\":\"torn");
	for (int i = 0; i < 7; i++)
		fixture_expect(&fixture, i, expected[i]);
	fixture_expect(&fixture, 1000000, expected[6]);
	fixture_close(&fixture);
}

TEST(finds_the_tail_of_a_large_file)
{
	struct fixture fixture;
	struct log_writer *writer;
	char line[3000], expected[4 * 3000] = "";

	fixture_open(&fixture, -1, 1);
	writer = fixture_writer(&fixture);
	for (int i = 0; i < 200; i++) {
		memset(line, 'a' + i % 26, sizeof(line));
		snprintf(line + 2900, 100, " %d\n", i);
		fixture_print(&fixture, writer, LOG_STDOUT, line);
		if (i >= 197)
			strcat(expected, line);
	}
	fixture_expect(&fixture, 3, expected);
	log_writer_close(writer);
	fixture_close(&fixture);
}

#define PIECE(text, stream)                                                                        \
	"{\"log\":\"" text "\",\"stream\":\"" stream "\",\"time\":\"2026-01-02T03:04:01Z\"}\n"

TEST(the_pieces_of_a_line_are_one_line)
{
	static const char *const expected[] = {
		"",
		"unfinished",
		"abcx\\n-\nunfinished",
		"1\nabcx\\n-\nunfinished",
		"first\n1\nabcx\\n-\nunfinished",
		"first\n1\nabcx\\n-\nunfinished",
	};
	struct fixture fixture;

	fixture_open(&fixture, -1, 1);
	write_file(&fixture, FIXTURE_NAME ".2", RECORD("first", "00"));
	write_file(&fixture, FIXTURE_NAME ".1", PIECE("1\\n", "stdout") PIECE("a", "stderr"));
	write_file(&fixture, FIXTURE_NAME,
		   PIECE("b", "stderr") PIECE("c", "stderr") PIECE("x\\\\n", "stderr"));
	append(&fixture, PIECE("-\\n", "stderr") PIECE("un", "stdout") PIECE("finished", "stdout"));
	for (int i = 0; i < 6; i++)
		fixture_expect(&fixture, i, expected[i]);
	fixture_close(&fixture);
}

TEST(a_line_is_whole_when_the_other_stream_stands_in_it)
{
	static const char *const expected[] = {"", "o1o2o3\n", "o1e2\no2o3\n",
					       "e1e1\no1e2\no2o3\n"};
	struct fixture fixture;

	fixture_open(&fixture, -1, 1);
	write_file(&fixture, FIXTURE_NAME ".1", PIECE("e1", "stderr") PIECE("o0\\n", "stdout"));
	write_file(&fixture, FIXTURE_NAME,
		   PIECE("e1\\n", "stderr") PIECE("o1", "stdout") PIECE("e2\\n", "stderr"));
	append(&fixture, PIECE("o2", "stdout") PIECE("o3\\n", "stdout"));
	for (int i = 0; i < 4; i++)
		fixture_expect(&fixture, i, expected[i]);
	fixture_expect(&fixture, 4, "e1o0\ne1\no1e2\no2o3\n");
	fixture_close(&fixture);
}

TEST(the_begin_of_a_line_is_not_looked_for_for_ever)
{
	char filler[2001];
	struct fixture fixture;
	struct log_writer *writer;

	memset(filler, 'x', 1999);
	filler[1999] = '\n';
	filler[2000] = '\0';
	fixture_open(&fixture, -1, 1);
	append(&fixture, PIECE("begin", "stderr"));
	writer = fixture_writer(&fixture);
	for (int i = 0; i < 600; i++)
		fixture_print(&fixture, writer, LOG_STDOUT, filler);
	fixture_print(&fixture, writer, LOG_STDERR, "end\n");
	fixture_expect(&fixture, 1, "end\n");
	log_writer_close(writer);
	fixture_close(&fixture);
}

static void expect_between(struct fixture *fixture, const char *since, const char *until,
			   const char *expected)
{
	struct log_reader_request request = {
		.container_fd = fixture->root, .id = FIXTURE_ID, .tail = -1};
	struct log_reader *reader;
	struct error err = {0};

	if (since)
		CHECK_OK(units_parse_time(&request.since, since, &err));
	if (until)
		CHECK_OK(units_parse_time(&request.until, until, &err));
	CHECK_OK(log_reader_open(&reader, &request, &err));
	expect_next(reader, expected);
	log_reader_close(reader);
}

TEST(selects_by_time)
{
	struct fixture fixture;

	fixture_open(&fixture, -1, 1);
	write_file(&fixture, FIXTURE_NAME,
		   RECORD("a", "01") RECORD("b", "02") RECORD("c", "03") RECORD("d", "04"));
	expect_between(&fixture, "2026-01-02T03:04:02Z", NULL, "b\nc\nd\n");
	expect_between(&fixture, "2026-01-02T03:04:02.5Z", NULL, "c\nd\n");
	expect_between(&fixture, NULL, "2026-01-02T03:04:03Z", "a\nb\nc\n");
	expect_between(&fixture, "2026-01-02T03:04:02Z", "2026-01-02T03:04:02.9Z", "b\n");
	expect_between(&fixture, "2026-01-02T03:05:00Z", NULL, "");
	fixture_close(&fixture);
}

TEST(passes_over_corrupt_and_endless_lines)
{
	size_t size = 600000;
	char *endless = malloc(size);
	struct fixture fixture;

	memset(endless, 'x', size);
	memcpy(endless + size - 2, "\n", 2);
	fixture_open(&fixture, -1, 1);
	append(&fixture, RECORD("a", "01") "garbage\n\n{\"log\":\"half\n");
	append(&fixture, endless);
	append(&fixture, RECORD("b", "02"));
	fixture_expect(&fixture, -1, "a\nb\n");
	fixture_expect(&fixture, 1, "b\n");
	free(endless);
	fixture_close(&fixture);
}

TEST(waits_for_the_rest_of_a_torn_record_and_forgets_one_that_was_rewritten)
{
	struct fixture fixture;
	struct log_reader *reader;
	off_t whole = sizeof(RECORD("a", "01")) - 1;

	fixture_open(&fixture, -1, 1);
	append(&fixture, RECORD("a", "01") "{\"log\":\"b\\n\",\"str");
	reader = fixture_reader(&fixture, -1);
	expect_next(reader, "a\n");
	append(&fixture, "eam\":\"stdout\",\"time\":\"2026-01-02T03:04:02Z\"}\n{\"log\":\"old");
	expect_next(reader, "b\n");
	log_reader_close(reader);

	write_file(&fixture, FIXTURE_NAME, RECORD("a", "01") "{\"log\":\"tor");
	reader = fixture_reader(&fixture, -1);
	expect_next(reader, "a\n");
	int fd = openat(fixture.root, FIXTURE_NAME, O_WRONLY | O_CLOEXEC);
	CHECK_INT(ftruncate(fd, whole), 0);
	close(fd);
	expect_next(reader, "");
	append(&fixture, RECORD("new", "02"));
	expect_next(reader, "new\n");
	log_reader_close(reader);
	fixture_close(&fixture);
}

TEST(starts_anew_when_the_log_was_truncated)
{
	struct fixture fixture;
	struct log_reader *reader;
	int fd;

	fixture_open(&fixture, -1, 1);
	append(&fixture, RECORD("a", "01") RECORD("b", "02"));
	reader = fixture_reader(&fixture, -1);
	expect_next(reader, "a\nb\n");
	fd = openat(fixture.root, FIXTURE_NAME, O_WRONLY | O_TRUNC | O_CLOEXEC);
	close(fd);
	append(&fixture, RECORD("c", "03"));
	expect_next(reader, "c\n");
	log_reader_close(reader);
	fixture_close(&fixture);
}

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, timeout_ms) > 0;
}

TEST(wakes_its_follower_for_growth_creation_and_rotation_only)
{
	struct fixture fixture;
	struct log_reader *reader;
	struct error err = {0};
	int fd;

	fixture_open(&fixture, -1, 1);
	reader = fixture_reader(&fixture, -1);
	fd = log_reader_fd(reader, &err);
	CHECK(fd >= 0);
	CHECK(is_readable(fd, 0)); /* what came before the watch */
	expect_next(reader, "");
	CHECK(!is_readable(fd, 0));
	append(&fixture, RECORD("a", "01"));
	CHECK(is_readable(fd, 1000));
	expect_next(reader, "a\n");
	CHECK(!is_readable(fd, 0));
	append(&fixture, RECORD("b", "02"));
	CHECK_INT(renameat(fixture.root, FIXTURE_NAME, fixture.root, FIXTURE_NAME ".1"), 0);
	append(&fixture, RECORD("c", "03"));
	CHECK_INT(renameat(fixture.root, FIXTURE_NAME ".1", fixture.root, FIXTURE_NAME ".2"), 0);
	CHECK_INT(renameat(fixture.root, FIXTURE_NAME, fixture.root, FIXTURE_NAME ".1"), 0);
	CHECK(is_readable(fd, 1000));
	expect_next(reader, "b\nc\n");
	append(&fixture, RECORD("d", "04"));
	CHECK(is_readable(fd, 1000));
	expect_next(reader, "d\n");
	CHECK(log_reader_fd(reader, &err) == fd);
	log_reader_close(reader);
	fixture_close(&fixture);
}

TEST(goes_to_the_oldest_file_left_when_its_own_has_expired)
{
	struct fixture fixture;
	struct log_reader *reader;

	fixture_open(&fixture, -1, 1);
	append(&fixture, RECORD("a", "01"));
	reader = fixture_reader(&fixture, -1);
	expect_next(reader, "a\n");
	append(&fixture, RECORD("b", "02"));
	CHECK_INT(unlinkat(fixture.root, FIXTURE_NAME, 0), 0);
	write_file(&fixture, FIXTURE_NAME ".2", RECORD("c", "03"));
	write_file(&fixture, FIXTURE_NAME, RECORD("d", "04"));
	expect_next(reader, "b\nc\nd\n");
	log_reader_close(reader);
	fixture_close(&fixture);
}

TEST(ends_quietly_when_the_container_is_removed)
{
	struct fixture fixture;
	struct log_reader *reader;
	struct error err = {0};
	int fd, directory = test_directory(NULL);

	fixture_open(&fixture, -1, 1);
	append(&fixture, RECORD("a", "01"));
	reader = fixture_reader(&fixture, -1);
	fd = log_reader_fd(reader, &err);
	expect_next(reader, "a\n");
	append(&fixture, RECORD("b", "02"));
	CHECK_OK(file_remove_tree(directory, "root", &err));
	CHECK(is_readable(fd, 1000));
	expect_next(reader, "b\n");
	CHECK(!is_readable(fd, 0));
	log_reader_close(reader);
	fixture_close(&fixture);
	close(directory);
}

#define FOLLOWED 20000

static void write_many(struct fixture *fixture)
{
	struct log_writer *writer = fixture_writer(fixture);
	char line[32];

	for (int i = 0; i < FOLLOWED; i++) {
		int length = snprintf(line, sizeof(line), "%d\n", i);

		fixture_print_n(fixture, writer, i & 1 ? LOG_STDERR : LOG_STDOUT, line,
				(size_t)length);
	}
	log_writer_close(writer);
	_exit(0);
}

TEST(follows_a_writer_in_another_process_through_rotation)
{
	struct fixture fixture;
	struct log_reader *reader;
	struct log_record record;
	struct error err = {0};
	int expected = 0, status, fd;
	pid_t pid;

	fixture_open(&fixture, 8000, 400); /* about a hundred records a file */
	reader = fixture_reader(&fixture, -1);
	fd = log_reader_fd(reader, &err);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		write_many(&fixture);
	while (expected < FOLLOWED && is_readable(fd, 5000))
		while (log_reader_next(reader, &record, &err) > 0) {
			CHECK_INT(atoi(record.text), expected);
			expected++;
		}
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(expected, FOLLOWED);
	log_reader_close(reader);
	fixture_close(&fixture);
}
