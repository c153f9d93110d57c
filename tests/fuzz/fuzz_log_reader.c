/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log files are ours, but what stands in them comes from containers, and anyone may have edited
 * them. The first byte is the tail; the rest is cut in two at its first NUL: a rotated and a
 * current file. As output of a container it must also survive the way into records and back.
 */
#include "base/error.h"
#include "base/file.h"
#include "engine/logs/log_format.h"
#include "engine/logs/logfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int directory = -1;

static void remove_directory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/shm/coracle-fuzz-log.%d", (int)getpid());
	file_remove_tree(AT_FDCWD, path, NULL);
}

static void make_directory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/shm/coracle-fuzz-log.%d", (int)getpid());
	if (file_make_directories(AT_FDCWD, path, 0700, NULL) < 0)
		abort();
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		abort();
	atexit(remove_directory);
}

static size_t read_log(int64_t tail)
{
	const struct log_reader_request request = {
		.container_fd = directory, .id = "fuzz", .tail = tail};
	struct log_reader *reader;
	struct log_record record;
	struct error err = {0};
	size_t count = 0, sum = 0;
	int more;

	if (log_reader_open(&reader, &request, &err) < 0)
		abort();
	while ((more = log_reader_next(reader, &record, &err)) > 0) {
		count++;
		for (size_t i = 0; i < record.length; i++)
			sum += (unsigned char)record.text[i];
	}
	if (more < 0 || sum == (size_t)-1)
		abort();
	log_reader_close(reader);
	return count;
}

static void read_as_files(int64_t tail, const char *text, size_t size)
{
	const char *cut = memchr(text, 0, size);
	size_t first = cut ? (size_t)(cut - text) : size;
	size_t all, some;

	if (file_replace_volatile(directory, "fuzz-json.log.1", text, first, 0600, NULL) < 0 ||
	    file_replace_volatile(directory, "fuzz-json.log", text + first, size - first, 0600,
				  NULL) < 0)
		abort();
	all = read_log(-1);
	some = read_log(tail);
	if (some > all || (int64_t)some > tail)
		abort();
}

/* The records of any bytes at all can be read back. */
static void round_trip(const char *bytes, size_t size)
{
	static char out[1 << 20], text[LOG_FORMAT_RECORD_MAX];
	struct log_encoding encoding = {
		.time = {1767323045, 6},
		.bytes = bytes,
		.length = size,
		.is_final = true,
		.out = out,
		.out_size = sizeof(out),
	};
	struct log_decoder decoder = {0};
	struct log_record record;

	if (log_format_encode(&encoding) == 0 && size > 0)
		abort();
	for (char *line = out, *end = out + encoding.out_length; line < end;) {
		char *newline = memchr(line, '\n', (size_t)(end - line));

		if (!newline ||
		    !log_format_decode(&decoder, line, (size_t)(newline - line), text, &record))
			abort();
		line = newline + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (directory < 0)
		make_directory();
	read_as_files(data[0], (const char *)data + 1, size - 1);
	round_trip((const char *)data + 1, size - 1);
	return 0;
}
