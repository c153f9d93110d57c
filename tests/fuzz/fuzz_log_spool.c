/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a killed monitor left of a container's output, by a journal that is valid but says anything:
 * a state as in log_spool.h, a byte of how long the log is, and the spools, which a NUL separates.
 * Whatever it says, the writer comes to an end, the log stays small, and its records can be read.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/logs/logfile.h"
#include "engine/monitor/log_spool.h"
#include "tests/fuzz/canary.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MAGIC UINT64_C(0x31304c4e524a4c43)

/* The page of log_spool.c. */
static union {
	struct {
		uint64_t magic, current, reserved[14];
		struct log_spool_state slots[2];
	} says;
	char bytes[4096];
} journal;

static int room = -1;

static void write_file(const char *name, const void *bytes, size_t length)
{
	auto_close int fd = openat(room, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || file_write_all(fd, bytes, length, NULL) < 0)
		abort();
}

static void write_journal(const struct log_spool_state *state)
{
	uint64_t words[sizeof(*state) / sizeof(uint64_t)], sum = UINT64_C(0xcbf29ce484222325);
	struct log_spool_state valid = *state;

	memset(&journal, 0, sizeof(journal));
	journal.says.magic = MAGIC;
	journal.says.current = valid.sequence;
	memcpy(words, &valid, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) - 1; i++)
		sum = (sum ^ words[i]) * UINT64_C(0x100000001b3);
	valid.checksum = sum;
	journal.says.slots[valid.sequence % 2] = valid;
	write_file("log.journal", &journal, sizeof(journal));
}

static void read_back(void)
{
	const struct log_reader_request request = {.container_fd = room, .id = "fuzz", .tail = -1};
	struct log_reader *reader;
	struct log_record record;
	struct error err = {0};

	if (log_reader_open(&reader, &request, &err) < 0)
		abort();
	while (log_reader_next(reader, &record, &err) > 0)
		if (record.time.tv_nsec < 0 || record.time.tv_nsec > 999999999)
			abort();
	log_reader_close(reader);
}

static void recover(void)
{
	const struct log_writer_request request = {
		.container_fd = room,
		.run_fd = room,
		.id = "fuzz",
		.options = {.max_size = 4096, .max_files = 2},
	};
	struct log_writer *writer;
	struct error err = {0};
	struct stat status;

	if (log_writer_open(&writer, &request, &err) < 0)
		abort();
	log_writer_flush(writer, &err);
	log_writer_close(writer);
	if (fstatat(room, "fuzz-json.log", &status, 0) == 0 && status.st_size > 4 << 20)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char line[] = "{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":"
				   "\"2026-01-02T03:04:05.000000006Z\"}\n";
	struct log_spool_state state;
	const uint8_t *cut;

	if (directory_fd < 0) {
		set_up();
		room = openat(directory_fd, "room", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (size < sizeof(state) + 1)
		return 0;
	memcpy(&state, data, sizeof(state));
	data += sizeof(state);
	size -= sizeof(state);
	write_journal(&state);
	file_remove_tree(room, "fuzz-json.log.1", NULL);
	write_file("fuzz-json.log", line, data[0] % sizeof(line));
	data++;
	size--;
	cut = memchr(data, '\0', size);
	write_file("stdout.spool", data, cut ? (size_t)(cut - data) : size);
	write_file("stderr.spool", cut ? cut + 1 : data, cut ? size - (size_t)(cut + 1 - data) : 0);
	recover();
	read_back();
	check_canary();
	return 0;
}
