/* SPDX-License-Identifier: Apache-2.0 */
/* The line above a block: how many of all objects are as they shall be, and what goes on; see
 * progress_private.h. */
#include "base/strbuf.h"
#include "cli/screen/columns.h"
#include "cli/screen/filter.h"
#include "cli/screen/progress_private.h"

#include <string.h>

#define MOST_WORDS 8

struct tally {
	size_t done, all;
	struct {
		const char *text;
		size_t count;
	} words[MOST_WORDS]; /* in the order in which they came */
	size_t word_count;
};

static void add_word(struct tally *tally, const char *text)
{
	for (size_t i = 0; i < tally->word_count; i++)
		if (strcmp(tally->words[i].text, text) == 0) {
			tally->words[i].count++;
			return;
		}
	if (tally->word_count == MOST_WORDS)
		return;
	tally->words[tally->word_count].text = text;
	tally->words[tally->word_count++].count = 1;
}

static void count(struct tally *tally, const struct progress_line *line)
{
	tally->all++;
	tally->done += line->kind == APPLY_DONE || line->kind == APPLY_SKIPPED;
	if (line->kind == APPLY_FAILED)
		add_word(tally, "Failed");
	else if (line->kind == APPLY_WORKING)
		add_word(tally, line->action);
}

/* ": 3 starting, 1 waiting". */
static void add_words(struct strbuf *out, const struct tally *tally)
{
	for (size_t i = 0; i < tally->word_count; i++) {
		const char *text = tally->words[i].text;
		size_t at;

		strbuf_printf(out, "%s%zu ", i == 0 ? ": " : ", ", tally->words[i].count);
		at = out->length;
		filter_text(out, text, strlen(text));
		if (out->text[at] >= 'A' && out->text[at] <= 'Z')
			out->text[at] |= 0x20;
	}
}

void progress_heading_add(struct strbuf *out, const struct progress_lines *lines,
			  const struct progress_room *room)
{
	struct tally tally = {0};
	auto_strbuf struct strbuf text = {0};

	map_each (entry, &lines->map)
		if (!progress_lines_is_part(lines, entry->value))
			count(&tally, entry->value);
	strbuf_printf(&text, "%s[+] %s %zu/%zu", room->is_dry_run ? "DRY-RUN MODE - " : "",
		      room->operation ? room->operation : "Running", tally.done, tally.all);
	add_words(&text, &tally);
	columns_add(out, text.text, room->columns);
	strbuf_add_char(out, '\n');
}
