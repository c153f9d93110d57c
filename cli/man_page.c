/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/man_page.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Characters that roff takes for something else. */
static const char *escaped(char c)
{
	switch (c) {
	case '-':
		return "\\-";
	case '\\':
		return "\\e";
	case '\'':
		return "\\(aq";
	case '`':
		return "\\(ga";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	default:
		return NULL;
	}
}

void man_page_add(struct strbuf *page, const char *text)
{
	if (*text == '.')
		strbuf_add(page, "\\&");
	for (; *text; text++) {
		const char *other = escaped(*text);

		if (other)
			strbuf_add(page, other);
		else if (strncmp(text, "…", strlen("…")) == 0) {
			strbuf_add(page, "...");
			text += strlen("…") - 1;
		} else
			strbuf_add_char(page, *text);
	}
}

void man_page_sentence(struct strbuf *page, const char *text)
{
	man_page_add(page, text);
	strbuf_add(page, ".\n");
}

/* A name may be broken before each of its parts, for those that do not fit into a line. */
static void add_name(struct strbuf *page, const char *name)
{
	while (*name) {
		auto_strbuf struct strbuf part = {0};
		size_t length = 1 + strcspn(name + 1, ".");

		strbuf_add_n(&part, name, length);
		man_page_add(page, strbuf_text(&part));
		name += length;
		strbuf_add(page, *name ? "\\:" : "");
	}
}

void man_page_row(struct strbuf *page, const char *name, const char *text)
{
	bool is_path = strlen(name) > 70 && !strchr(name, ' ');

	strbuf_add(page, ".TP\n.B ");
	if (is_path)
		add_name(page, name);
	else
		man_page_add(page, name);
	strbuf_add_char(page, '\n');
	man_page_sentence(page, text);
}

void man_page_refer(struct strbuf *page, const char *name, int section, const char *after)
{
	strbuf_add(page, ".BR ");
	man_page_add(page, name);
	strbuf_printf(page, " (%d)%s\n", section, after);
}

/* A page says of what day it is; who builds a package sets that. */
static void add_date(struct strbuf *page)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	time_t now = epoch && *epoch ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
	struct tm date;
	char text[20];

	strftime(text, sizeof(text), "%Y-%m-%d", gmtime_r(&now, &date));
	strbuf_add(page, text);
}

void man_page_begin(struct strbuf *page, const char *name, int section, const char *purpose)
{
	strbuf_printf(page, ".\\\" Made by 'coracle __man' from the program's tables.\n.TH \"");
	for (const char *c = name; *c; c++)
		strbuf_add_char(page, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
	strbuf_printf(page, "\" %d \"", section);
	add_date(page);
	strbuf_printf(page, "\" \"coracle %s\" \"Coracle\"\n.ad l\n.nh\n.SH NAME\n",
		      CORACLE_VERSION);
	man_page_add(page, name);
	strbuf_add(page, " \\- ");
	man_page_add(page, purpose);
	strbuf_add_char(page, '\n');
}

int man_page_save(const struct strbuf *page, const char *directory, const char *name, int section,
		  struct error *err)
{
	auto_strbuf struct strbuf path = {0};

	strbuf_printf(&path, "%s/%s.%d", directory, name, section);
	return file_replace_volatile(AT_FDCWD, strbuf_text(&path), strbuf_text(page), page->length,
				     0644, err);
}

int man_page_link(const char *target, const char *directory, const char *name, struct error *err)
{
	auto_strbuf struct strbuf path = {0}, page = {0};

	strbuf_printf(&path, "%s/%s.1", directory, name);
	strbuf_printf(&page, "%s.1", target);
	if (unlink(strbuf_text(&path)) < 0 && errno != ENOENT)
		return error_errno(err, "cannot remove '%s'", strbuf_text(&path));
	if (symlink(strbuf_text(&page), strbuf_text(&path)) < 0)
		return error_errno(err, "cannot create '%s'", strbuf_text(&path));
	return 0;
}

/* ------------------------------------------------------------------ options, examples */

static void add_option(struct strbuf *page, const struct option_spec *spec)
{
	const char *value = options_value_name(spec);
	auto_strbuf struct strbuf text = {0};

	strbuf_add(page, ".TP\n.B ");
	if (spec->letter)
		strbuf_printf(page, "\\-%c, ", spec->letter);
	strbuf_add(page, "\\-\\-");
	man_page_add(page, spec->name);
	if (*value) {
		strbuf_add(page, " \\fI");
		man_page_add(page, value);
		strbuf_add(page, "\\fR");
	}
	strbuf_add_char(page, '\n');
	options_describe(&text, spec);
	man_page_sentence(page, strbuf_text(&text));
}

void man_page_options(struct strbuf *page, const struct option_spec *specs)
{
	auto_free const struct option_spec **shown = options_shown(specs);

	for (size_t i = 0; shown[i]; i++)
		add_option(page, shown[i]);
}

void man_page_examples(struct strbuf *page, const char *path, const struct command *command)
{
	for (size_t i = 0; i < array_length(command->examples); i++) {
		const struct command_example *example = &command->examples[i];
		auto_strbuf struct strbuf typed = {0};

		if (!example->effect)
			continue;
		strbuf_printf(&typed, "%s%s%s", path, *example->words ? " " : "", example->words);
		man_page_row(page, strbuf_text(&typed), example->effect);
	}
}
