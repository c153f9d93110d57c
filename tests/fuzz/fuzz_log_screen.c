/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a log file to a terminal: lines of json-file records by any hand, read and printed with
 * prefixes, colours and times. Only what a terminal may see comes out. The first byte says how.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/log_print.h"
#include "tests/fuzz/canary.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int room = -1, screen = -1;

static void print(uint8_t how)
{
	const struct log_reader_request request = {.container_fd = room, .id = "fuzz", .tail = -1};
	bool is_terminal = how & 1;
	struct log_printer printer = {
		.has_prefixes = how & 2,
		.has_timestamps = how & 4,
		.details = how & 8 ? "a=b" : NULL,
		.is_terminal = {is_terminal, is_terminal},
		.has_colour = {how & 16, how & 16},
		.fds = {screen, screen},
	};
	struct log_source source = {.label = strdup("web-1"), .colour = how % 7};
	struct log_reader *reader;
	struct log_record record;
	struct error err = {0};

	if (log_reader_open(&reader, &request, &err) < 0)
		abort();
	log_printer_admit(&printer, &source);
	while (log_reader_next(reader, &record, &err) > 0)
		log_printer_record(&printer, &source, &record);
	log_printer_end(&printer, &source);
	log_printer_note(&printer, &source, "exited with code 0");
	log_printer_flush(&printer);
	log_reader_close(reader);
	log_source_release(&source);
	log_printer_release(&printer);
}

/* Colours and nothing else: no other sequence moves, writes or asks. */
static void check_screen(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\t' && c != 0x1b))
			abort();
		if (c != 0x1b)
			continue;
		if (text[i + 1] != '[')
			abort();
		i += 2 + strspn(text + i + 2, "0123456789;:");
		if (text[i] != 'm')
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_strbuf struct strbuf shown = {0};
	auto_close int fd = -1;

	if (directory_fd < 0) {
		set_up();
		room = openat(directory_fd, "room", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		screen = openat(room, "screen", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	}
	if (size == 0)
		return 0;
	fd = openat(room, "fuzz-json.log", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(screen, 0) < 0 || file_write_all(fd, data + 1, size - 1, NULL) < 0)
		abort();
	print(data[0]);
	if (file_read(room, "screen", (size_t)64 << 20, &shown, NULL) < 0)
		abort();
	if (data[0] & 1)
		check_screen(strbuf_text(&shown), shown.length);
	check_canary();
	return 0;
}
