/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/man.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/front.h"
#include "cli/man_page.h"
#include "compose/model/project.h"

#include <string.h>

#define COMPOSE_PAGE "coracle.compose"

static void add_row(struct strbuf *page, const char *path, const char *name,
		    const struct command *command)
{
	strbuf_add(page, ".TP\n.BR ");
	man_page_add(page, path);
	strbuf_add(page, "\\-");
	man_page_add(page, name);
	strbuf_add(page, " (1)\n");
	man_page_sentence(page, command->help);
}

/* Of "coracle swarm join-token": "coracle-swarm-join-token". */
static const char *page_name(const char *path, struct arena *arena)
{
	char *name = arena_string(arena, path);

	for (char *c = name; *c; c++)
		if (*c == ' ')
			*c = '-';
	return name;
}

static void add_synopsis(struct strbuf *page, const char *path, const struct command *command)
{
	strbuf_add(page, ".SH SYNOPSIS\n.B ");
	man_page_add(page, path);
	strbuf_add(page, command->options ? "\n[OPTIONS] " : "\n");
	man_page_add(page, command->usage);
	if (command->options || *command->usage)
		strbuf_add_char(page, '\n');
}

/* The page of what is a level above, "coracle-image" of "coracle-image-ls", and that of files. */
static void add_references(struct strbuf *page, const char *parent, const struct command *command)
{
	bool reads_files = command->needs & (NEEDS_FILE | NEEDS_PROJECT | TAKES_PROJECT);

	strbuf_add(page, ".SH \"SEE ALSO\"\n");
	man_page_refer(page, "coracle", 1, *parent || reads_files ? "," : "");
	if (*parent)
		man_page_refer(page, parent, 1, reads_files ? "," : "");
	if (reads_files)
		man_page_refer(page, COMPOSE_PAGE, 5, "");
}

/* Where pages go, and what was typed up to here. */
struct place {
	const char *directory, *path;
	const char *parent; /* the page of the noun; "": there is none */
};

static int write_table(const struct place *place, const struct command_entry *table,
		       struct error *err);

static int write_command(const struct place *place, const struct command *command,
			 struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf page = {0};
	const char *name = page_name(place->path, &arena);

	man_page_begin(&page, name, 1, command->help);
	add_synopsis(&page, place->path, command);
	strbuf_add(&page, ".SH DESCRIPTION\n");
	man_page_sentence(&page, command->help);
	if (command->options) {
		strbuf_add(&page, ".SH OPTIONS\n");
		man_page_options(&page, command->options);
	}
	if (command->verbs)
		strbuf_add(&page, ".SH COMMANDS\n");
	for (const struct command_entry *row = command->verbs; row && row->command; row++)
		if (command_is_shown(command->verbs, row))
			add_row(&page, name, row->name, row->command);
	strbuf_add(&page, ".SH EXAMPLES\n");
	man_page_examples(&page, place->path, command);
	man_page_facts(&page, command);
	add_references(&page, place->parent, command);
	if (man_page_save(&page, place->directory, name, 1, err) < 0)
		return -1;
	return command->verbs
		       ? write_table(&(const struct place){place->directory, place->path, name},
				     command->verbs, err)
		       : 0;
}

/* Another name of a command has the command's page. */
static int write_link(const struct place *place, const struct command_entry *row, struct error *err)
{
	auto_strbuf struct strbuf page = {0}, other = {0};
	auto_arena struct arena arena = {0};

	strbuf_printf(&page, "%s %s", place->path, row->command->name);
	strbuf_printf(&other, "%s %s", place->path, row->name);
	return man_page_link(page_name(strbuf_text(&page), &arena), place->directory,
			     page_name(strbuf_text(&other), &arena), err);
}

static int write_row(const struct place *place, const struct command_entry *table,
		     const struct command_entry *row, struct error *err)
{
	auto_strbuf struct strbuf path = {0};

	if (row->command->needs & IS_HIDDEN)
		return 0;
	if (!command_is_shown(table, row))
		return write_link(place, row, err);
	strbuf_printf(&path, "%s %s", place->path, row->name);
	return write_command(
		&(const struct place){place->directory, strbuf_text(&path), place->parent},
		row->command, err);
}

static int write_table(const struct place *place, const struct command_entry *table,
		       struct error *err)
{
	for (const struct command_entry *row = table; row->command; row++)
		if (write_row(place, table, row, err) < 0)
			return -1;
	return 0;
}

/* Not those that an earlier table hides. */
static int write_front(const struct front *front, const char *directory, struct error *err)
{
	const struct place place = {directory, front->name, ""};

	for (size_t i = 0; front->tables[i]; i++)
		for (const struct command_entry *row = front->tables[i]; row->command; row++)
			if (front_find(front, row->name) == row->command &&
			    write_row(&place, front->tables[i], row, err) < 0)
				return -1;
	return 0;
}

/* ------------------------------------------------------------------ coracle(1) */

struct words {
	struct strbuf *page;
	const struct front *front;
};

typedef void each_word(const struct words *words, const char *word);

static void for_words(const struct words *words, const char *text, each_word *act)
{
	while (*text) {
		auto_strbuf struct strbuf word = {0};
		size_t length = strcspn(text, " ");

		strbuf_add_n(&word, text, length);
		act(words, strbuf_text(&word));
		text += length + strspn(text + length, " ");
	}
}

static void add_word(const struct words *words, const char *word)
{
	add_row(words->page, words->front->name, word, front_find(words->front, word));
}

static void add_example(const struct words *words, const char *word)
{
	auto_strbuf struct strbuf path = {0};

	strbuf_printf(&path, "%s %s", words->front->name, word);
	man_page_examples(words->page, strbuf_text(&path), front_find(words->front, word));
}

static int write_main(const struct front *front, const char *directory, struct error *err)
{
	auto_strbuf struct strbuf page = {0};
	const struct words words = {&page, front};

	man_page_begin(&page, front->name, 1, "Run Docker Compose projects without a daemon");
	strbuf_printf(&page, ".SH SYNOPSIS\n.B %s\n[OPTIONS] COMMAND\n.SH DESCRIPTION\n%s\n",
		      front->name, front->purpose);
	strbuf_add(&page, ".SH OPTIONS\n");
	for (size_t i = 0; front->globals[i]; i++)
		man_page_options(&page, front->globals[i]);
	strbuf_add(&page, ".SH COMMANDS\n");
	for (const struct front_group *group = front->groups; group->title; group++) {
		strbuf_printf(&page, ".SS \"%s\"\n", group->title);
		for_words(&words, group->words, add_word);
	}
	strbuf_add(&page, ".SH EXAMPLES\n");
	for_words(&words, front->groups->words, add_example);
	man_page_facts(&page, NULL);
	strbuf_add(&page, ".SH \"SEE ALSO\"\n");
	man_page_refer(&page, COMPOSE_PAGE, 5, "");
	return man_page_save(&page, directory, front->name, 1, err);
}

/* ------------------------------------------------------------------ coracle.compose(5) */

static void add_attribute(const struct project_attribute *attribute, void *data)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_add(&text, attribute->value);
	if (strcmp(attribute->support, "honoured") != 0)
		strbuf_printf(&text, "; %s", attribute->support);
	if (*attribute->note)
		strbuf_printf(&text, ": %s", attribute->note);
	man_page_row(data, attribute->path, strbuf_text(&text));
}

static int write_attributes(const char *directory, struct error *err)
{
	auto_strbuf struct strbuf page = {0};

	man_page_begin(&page, COMPOSE_PAGE, 5, "compose files, as coracle reads them");
	strbuf_add(&page,
		   ".SH DESCRIPTION\nA compose file says in YAML which services, networks, "
		   "volumes, secrets and configs a project has.\nBelow is every attribute, with "
		   "what its value may be; * stands for a name that is chosen freely, [] for an "
		   "item of a list.\nAn attribute is honoured where nothing else is said.\n"
		   ".SH ATTRIBUTES\n");
	project_each_attribute(add_attribute, &page);
	strbuf_add(&page, ".SH EXAMPLES\n.nf\n"
			  "services:\n  web:\n    build: .\n    ports: [\"8080:80\"]\n"
			  "    depends_on: {db: {condition: service_healthy}}\n  db:\n"
			  "    image: postgres:16\n    volumes: [data:/var/lib/postgresql/data]\n"
			  "    healthcheck: {test: pg_isready \\-U postgres, interval: 2s}\n"
			  "volumes:\n  data: {}\n.fi\n.SH \"SEE ALSO\"\n");
	man_page_refer(&page, "coracle", 1, ",");
	man_page_refer(&page, "coracle-config", 1, ",");
	man_page_refer(&page, "coracle-up", 1, "");
	return man_page_save(&page, directory, COMPOSE_PAGE, 5, err);
}

int man_write(const struct front *front, const char *directory, struct error *err)
{
	if (write_main(front, directory, err) < 0 || write_front(front, directory, err) < 0)
		return -1;
	return write_attributes(directory, err);
}
