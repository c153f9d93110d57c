/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/engine/monitor/log_fixture.h - a log, its RUN directory and two FIFOs held open as the
 * container's side holds them.
 */
#pragma once

#include "base/error.h"
#include "base/file.h"
#include "engine/logs/logfile.h"
#include "tests/harness/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURE_ID   "0123456789ab"
#define FIXTURE_NAME FIXTURE_ID "-json.log"

struct fixture {
	int root, run;
	int fifos[LOG_STREAM_COUNT];
	struct log_options options;
	log_tap *tap;
	void *data;
	char run_path[64];
};

static inline int fixture_directory(int parent, const char *name)
{
	int fd;

	assert_int_equal(mkdirat(parent, name, 0700), 0);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* RUN goes to /dev/shm, a tmpfs as in real life; fixture_close removes it. */
static inline void fixture_open(struct fixture *fixture, int64_t max_size, int max_files)
{
	static const char *const names[] = {"stdout", "stderr"};
	int directory = test_directory(NULL);

	*fixture = (struct fixture){.options = {.max_size = max_size, .max_files = max_files}};
	fixture->root = fixture_directory(directory, "root");
	snprintf(fixture->run_path, sizeof(fixture->run_path), "/dev/shm/coracle-log.XXXXXX");
	if (!mkdtemp(fixture->run_path)) {
		fixture->run_path[0] = '\0';
		fixture->run = fixture_directory(directory, "run");
	} else {
		fixture->run = open(fixture->run_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(fixture->run >= 0);
	}
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		assert_int_equal(mkfifoat(fixture->run, names[i], 0600), 0);
		fixture->fifos[i] = openat(fixture->run, names[i], O_RDWR | O_NONBLOCK | O_CLOEXEC);
		assert_true(fixture->fifos[i] >= 0);
	}
	close(directory);
}

static inline void fixture_close(struct fixture *fixture)
{
	int directory = test_directory(NULL);

	close(fixture->root);
	close(fixture->run);
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		close(fixture->fifos[i]);
	file_remove_tree(directory, "root", NULL);
	file_remove_tree(directory, "run", NULL);
	if (fixture->run_path[0])
		file_remove_tree(AT_FDCWD, fixture->run_path, NULL);
	close(directory);
}

static inline struct log_writer *fixture_writer(struct fixture *fixture)
{
	const struct log_writer_request request = {
		.container_fd = fixture->root,
		.run_fd = fixture->run,
		.id = FIXTURE_ID,
		.options = fixture->options,
		.tap = fixture->tap,
		.data = fixture->data,
	};
	struct log_writer *writer = NULL;
	struct error err = {0};

	CHECK_OK(log_writer_open(&writer, &request, &err));
	return writer;
}

static inline struct log_reader *fixture_reader(struct fixture *fixture, int64_t tail)
{
	const struct log_reader_request request = {
		.container_fd = fixture->root,
		.id = FIXTURE_ID,
		.tail = tail,
	};
	struct log_reader *reader = NULL;
	struct error err = {0};

	CHECK_OK(log_reader_open(&reader, &request, &err));
	return reader;
}

/* Moves all that the FIFOs hold into the log. */
static inline void fixture_drain(struct fixture *fixture, struct log_writer *writer)
{
	struct error err = {0};
	bool ended;

	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		struct pollfd input = {.fd = fixture->fifos[i], .events = POLLIN};

		while (poll(&input, 1, 0) > 0)
			CHECK_OK(log_writer_read(writer, (enum log_stream)i, fixture->fifos[i],
						 &ended, &err));
	}
}

/* What the container writes. */
static inline void fixture_print_n(struct fixture *fixture, struct log_writer *writer,
				   enum log_stream stream, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fixture->fifos[stream], text, length);

		if (n < 0 && errno == EAGAIN) {
			fixture_drain(fixture, writer);
			continue;
		}
		assert_true(n > 0);
		text += n;
		length -= (size_t)n;
	}
	fixture_drain(fixture, writer);
}

static inline void fixture_print(struct fixture *fixture, struct log_writer *writer,
				 enum log_stream stream, const char *text)
{
	fixture_print_n(fixture, writer, stream, text, strlen(text));
}

/* All records of a reader, their texts joined. malloc'ed. */
static inline char *fixture_read(struct log_reader *reader, size_t *length, size_t *records)
{
	struct error err = {0};
	struct log_record record;
	char *text = malloc(1);
	int more;

	*length = *records = 0;
	while ((more = log_reader_next(reader, &record, &err)) > 0) {
		text = realloc(text, *length + record.length + 1);
		assert_non_null(text);
		memcpy(text + *length, record.text, record.length);
		*length += record.length;
		++*records;
	}
	if (more < 0)
		fail_msg("%s", err.text);
	text[*length] = '\0';
	return text;
}

static inline void fixture_expect(struct fixture *fixture, int64_t tail, const char *expected)
{
	struct log_reader *reader = fixture_reader(fixture, tail);
	size_t length, records;
	char *text = fixture_read(reader, &length, &records);

	assert_string_equal(text, expected);
	log_reader_close(reader);
	free(text);
}
