/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/log_print.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct log_printer printer;
static struct log_source web, db;

static void begin(void)
{
	int directory = test_directory(NULL);

	printer = (struct log_printer){.has_prefixes = true};
	printer.fds[0] = openat(directory, "out", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	printer.fds[1] = openat(directory, "err", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	web = (struct log_source){.label = alloc_string("web-1")};
	db = (struct log_source){.label = alloc_string("database-1"), .colour = 1};
	log_printer_admit(&printer, &web);
	log_printer_admit(&printer, &db);
	close(directory);
}

static void say(struct log_source *source, enum log_stream stream, const char *text)
{
	struct log_record record = {.stream = stream, .text = text, .length = strlen(text)};

	log_printer_record(&printer, source, &record);
}

static void end(const char *out, const char *errors)
{
	int directory = test_directory(NULL);
	auto_strbuf struct strbuf text = {0};

	log_printer_flush(&printer);
	CHECK_INT(file_read(directory, "out", 65536, &text, NULL), 0);
	CHECK_TEXT(strbuf_text(&text), out);
	strbuf_clear(&text);
	CHECK_INT(file_read(directory, "err", 65536, &text, NULL), 0);
	CHECK_TEXT(strbuf_text(&text), errors);
	close(printer.fds[0]);
	close(printer.fds[1]);
	close(directory);
	log_printer_release(&printer);
	log_source_release(&web);
	log_source_release(&db);
}

TEST(prefixes_and_separates_streams)
{
	begin();
	say(&web, LOG_STDOUT, "hello\n");
	say(&db, LOG_STDERR, "warning\n");
	say(&web, LOG_STDOUT, "\n");
	end("web-1       | hello\nweb-1       | \n", "database-1  | warning\n");
}

TEST(joins_the_pieces_of_a_line)
{
	begin();
	say(&web, LOG_STDOUT, "one ");
	say(&db, LOG_STDOUT, "between\n");
	say(&web, LOG_STDERR, "other stream\n");
	say(&web, LOG_STDOUT, "line\n");
	say(&web, LOG_STDOUT, "unfinished");
	log_printer_end(&printer, &web);
	log_printer_note(&printer, &web, "exited with code 3");
	end("database-1  | between\nweb-1       | one line\nweb-1       | unfinished\n"
	    "web-1 exited with code 3\n",
	    "web-1       | other stream\n");
}

TEST(colours_prefixes_and_resets_after_coloured_text)
{
	begin();
	printer.has_colour[LOG_STDOUT] = true;
	printer.is_terminal[LOG_STDOUT] = true;
	say(&web, LOG_STDOUT, "\x1b[31mred\x1b[2J\n");
	say(&web, LOG_STDERR, "\x1b[31mraw\x1b[2J\n");
	end("\x1b[36mweb-1       | \x1b[0m\x1b[31mred\x1b[0m\n",
	    "web-1       | \x1b[31mraw\x1b[2J\n");
}

TEST(shows_times_and_no_prefix_when_asked)
{
	begin();
	printer.has_prefixes = false;
	printer.has_timestamps = true;
	say(&web, LOG_STDOUT, "x\n");
	end("1970-01-01T00:00:00.000000000Z x\n", "");
}

TEST(says_what_is_no_container_s_beside_their_labels)
{
	begin();
	say(&web, LOG_STDOUT, "hello\n");
	log_printer_say(&printer, "Watch \x1b[2Jenabled");
	printer.has_prefixes = false;
	log_printer_say(&printer, "Watch disabled");
	end("web-1       | hello\n"
	    "            ⦿ Watch \\x1b[2Jenabled\n"
	    "Watch disabled\n",
	    "");
}

static void note(void *data)
{
	++*(int *)data;
}

TEST(tells_before_and_after_it_prints)
{
	int before = 0;

	begin();
	printer.before_output = note;
	printer.data = &before;
	log_printer_flush(&printer);
	CHECK_INT(before, 0);
	say(&web, LOG_STDOUT, "hello\n");
	log_printer_flush(&printer);
	CHECK_INT(before, 1);
	printer.after_output = note;
	say(&web, LOG_STDOUT, "hello\n");
	log_printer_flush(&printer);
	CHECK_INT(before, 3);
	end("web-1       | hello\nweb-1       | hello\n", "");
}
