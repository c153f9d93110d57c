/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/front.h"
#include "cli/help.h"
#include "cli/help_layout.h"

#include <string.h>

static const struct front *const fronts[] = {&front_coracle, &front_compose, &front_docker};

static void check_width(const struct strbuf *text, size_t width)
{
	for (const char *line = strbuf_text(text); *line;
	     line += line[strcspn(line, "\n")] == '\n') {
		size_t length = strcspn(line, "\n");

		if (help_layout_columns(line, length) > width)
			fail_msg("wider than %zu columns: %.*s", width, (int)length, line);
		if (length && line[length - 1] == ' ')
			fail_msg("blanks at the end: %.*s", (int)length, line);
		line += length;
	}
}

static void check_table(const char *path, const struct command_entry *table)
{
	for (; table->command; table++) {
		auto_strbuf struct strbuf name = {0}, text = {0};

		strbuf_printf(&name, "%s %s", path, table->name);
		help_of_command(&text, strbuf_text(&name), table->command, 80);
		check_width(&text, 80);
		CHECK(strstr(text.text, table->command->help));
		if (table->command->verbs)
			check_table(strbuf_text(&name), table->command->verbs);
	}
}

TEST(no_line_of_help_is_wider_than_a_terminal)
{
	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
		auto_strbuf struct strbuf all = {0};

		for (size_t j = 0; fronts[i]->tables[j]; j++)
			check_table(fronts[i]->name, fronts[i]->tables[j]);
		help_of_all(&all, fronts[i], 80);
		check_width(&all, 80);
	}
}

static size_t count_lines(const struct strbuf *text)
{
	size_t count = 0;

	for (const char *c = strbuf_text(text); *c; c++)
		count += *c == '\n';
	return count;
}

TEST(the_first_screen_is_one)
{
	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
		auto_strbuf struct strbuf first = {0}, narrow = {0};

		help_of_front(&first, fronts[i], 80);
		check_width(&first, 80);
		CHECK(count_lines(&first) <= 24);
		help_of_front(&narrow, fronts[i], 50);
		check_width(&narrow, 50);
		CHECK(strstr(first.text, "help --all"));
	}
}

/* In how many groups is the word? */
static size_t count_groups(const struct front *front, const char *word)
{
	size_t count = 0;

	for (const struct front_group *group = front->groups; group->title; group++) {
		const char *at = group->words;

		while (*at) {
			size_t length = strcspn(at, " ");

			count += strlen(word) == length && memcmp(at, word, length) == 0;
			at += length + strspn(at + length, " ");
		}
	}
	return count;
}

TEST(every_command_has_its_place)
{
	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
		const struct front *front = fronts[i];

		for (size_t j = 0; front->tables[j]; j++) {
			const struct command_entry *table = front->tables[j];

			for (const struct command_entry *row = table; row->command; row++)
				if (command_is_shown(table, row) &&
				    count_groups(front, row->name) != 1)
					fail_msg("%s %s must be in one group of cli/front.c",
						 front->name, row->name);
		}
	}
}

TEST(rows_are_wrapped_where_a_word_begins)
{
	auto_strbuf struct strbuf row = {0}, longer = {0}, all = {0};

	help_layout_row(&row, "  name", 8, 20, "one two three four");
	CHECK_TEXT(row.text, "  name  one two\n        three four\n");
	help_layout_row(&longer, "  a-long-name", 8, 20, "text…");
	CHECK_TEXT(longer.text, "  a-long-name\n        text…\n");
	help_layout_text(&all, 2, 10, "a-word-that-is-longer than that");
	CHECK_TEXT(all.text, "a-word-that-is-longer\n  than\n  that\n");
}

TEST(help_of_a_command_says_all_of_it)
{
	static const struct option_spec rows[] = {
		{.name = "pull",
		 .kind = OPTION_STRING,
		 .help = "When to pull",
		 .value = "POLICY",
		 .words = "always missing never",
		 .fallback = "missing"},
		{.name = "timeout",
		 .letter = 't',
		 .kind = OPTION_SECONDS,
		 .help = "How long to wait"},
		{0},
	};
	const struct command command =
		COMMAND("stop", "[SERVICE...]", "Stop services", EXAMPLE("-t 5 web", "Stop web"),
			EXAMPLE_TOO("", "Stop all"), .options = rows);
	auto_strbuf struct strbuf text = {0};

	help_of_command(&text, "coracle stop", &command, 80);
	CHECK_TEXT(text.text,
		   "Usage: coracle stop [OPTIONS] [SERVICE...]\n\nStop services.\n\n"
		   "Options:\n"
		   "      --pull POLICY      When to pull: always, missing or never (default\n"
		   "                         missing)\n"
		   "  -t, --timeout SECONDS  How long to wait\n\n"
		   "Examples:\n"
		   "  coracle stop -t 5 web\n      Stop web.\n"
		   "  coracle stop\n      Stop all.\n");
}
