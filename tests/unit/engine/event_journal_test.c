/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/event_journal.h"

#include "base/cleanup.h"
#include "base/event.h"
#include "base/file.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "engine/engine.h"
#include "tests/harness/harness.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int journal_fd;

static void begin(struct engine *engine)
{
	journal_fd = test_directory(NULL);
	*engine = (struct engine){.layout.run_events_fd = journal_fd};
	event_journal_open(engine);
}

static void tell(const char *action, const char *value)
{
	event_emit(EVENT_VOLUME, action, "data", &(struct pair){"driver", value}, 1);
}

/* How many lines there are, empty ones not counted. */
static size_t read_journal(const char *name, struct strbuf *text)
{
	size_t lines = 0;

	strbuf_clear(text);
	file_read(journal_fd, name, 16 << 20, text, NULL);
	for (const char *at = strbuf_text(text), *end; (end = strchr(at, '\n')); at = end + 1)
		lines += end > at;
	return lines;
}

static off_t size_of(const char *name)
{
	struct stat status;

	return fstatat(journal_fd, name, &status, 0) == 0 ? status.st_size : -1;
}

TEST(an_event_is_a_line_as_docker_writes_it)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *document = NULL;
	struct engine engine;

	begin(&engine);
	tell("create", "lo\ncal");
	CHECK_INT(read_journal("journal", &text), 1);
	document = json_parse(strbuf_text(&text), text.length, "line", NULL);
	CHECK(document);
	CHECK_TEXT(json_string(document, "Type", ""), "volume");
	CHECK_TEXT(json_string(document, "Action", ""), "create");
	CHECK_TEXT(json_string(document, "scope", ""), "local");
	CHECK_TEXT(json_string(json_get(document, "Actor"), "ID", ""), "data");
	CHECK_TEXT(json_string(json_path(document, "Actor", "Attributes", NULL), "driver", ""),
		   "lo\ncal");
	CHECK(json_int(document, "timeNano", 0) / 1000000000 == json_int(document, "time", -1));
}

TEST(both_files_are_bounded_and_the_last_events_are_there)
{
	static char value[4000];
	auto_strbuf struct strbuf text = {0};
	struct engine engine;

	begin(&engine);
	memset(value, 'x', sizeof(value) - 1);
	for (int i = 0; i < 1000; i++)
		tell("create", value);
	tell("destroy", "local");
	CHECK(size_of("journal") <= EVENT_JOURNAL_SIZE);
	CHECK(size_of("journal.1") >= EVENT_JOURNAL_SIZE);
	CHECK(size_of("journal.1") <= EVENT_JOURNAL_SIZE + EVENT_JOURNAL_LINE_SIZE);
	read_journal("journal", &text);
	CHECK(strstr(strbuf_text(&text), "\"destroy\""));
}

TEST(attributes_that_are_too_long_are_left_out)
{
	static char value[EVENT_JOURNAL_LINE_SIZE];
	auto_strbuf struct strbuf text = {0};
	struct pair attributes[] = {{"name", "web"}, {"label", value}, {"last", "no"}};
	struct engine engine;

	begin(&engine);
	memset(value, 'x', sizeof(value) - 1);
	event_emit(EVENT_CONTAINER, "create", "0123", attributes, 3);
	CHECK_INT(read_journal("journal", &text), 1);
	CHECK(strstr(strbuf_text(&text), "\"name\":\"web\""));
	CHECK(!strstr(strbuf_text(&text), "label"));
}

TEST(a_line_that_was_cut_off_does_not_take_the_next_one_with_it)
{
	auto_strbuf struct strbuf text = {0};
	struct engine engine;
	const char *last;

	begin(&engine);
	CHECK(file_replace_volatile(journal_fd, "journal", "{\"Type\":\"vol", 12, 0600, NULL) == 0);
	tell("create", "local");
	CHECK_INT(read_journal("journal", &text), 2);
	last = strchr(strbuf_text(&text), '\n') + 1;
	CHECK(strncmp(last, "{\"Type\":\"volume\"", 16) == 0);
}

/* Lines of many at once stay whole, whoever renames meanwhile. */
TEST(writers_side_by_side_lose_nothing)
{
	static char value[3000];
	auto_strbuf struct strbuf text = {0};
	struct engine engine;
	size_t lines;
	pid_t pids[4];

	begin(&engine);
	memset(value, 'x', sizeof(value) - 1);
	for (size_t i = 0; i < array_length(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (int j = 0; j < 100; j++)
				tell("create", value);
			_exit(0);
		}
	}
	for (size_t i = 0; i < array_length(pids); i++)
		CHECK(process_reap(pids[i]) == 0);
	lines = read_journal("journal", &text);
	lines += read_journal("journal.1", &text);
	CHECK_INT(lines, 400);
	for (const char *at = strbuf_text(&text); *at; at = strchr(at, '\n') + 1)
		CHECK(*at == '\n' || strncmp(at, "{\"Type\":\"volume\"", 16) == 0);
}

TEST(what_cannot_be_written_is_lost_and_nothing_else)
{
	struct engine engine;

	begin(&engine);
	CHECK(mkdirat(journal_fd, "journal", 0700) == 0);
	tell("create", "local");
	engine.layout.run_events_fd = -1;
	tell("create", "local");
	CHECK(size_of("journal.1") < 0);
}
