/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/man.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "cli/front.h"
#include "compose/model/project.h"

#include <fcntl.h>
#include <string.h>

/* Text of a page: what would be a request of roff, or a hyphen, is made plain. */
static void add_text(struct strbuf *page, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '-')
			strbuf_add(page, "\\-");
		else if (text[i] == '\\')
			strbuf_add(page, "\\e");
		else if (i == 0 && (text[i] == '.' || text[i] == '\''))
			strbuf_printf(page, "\\&%c", text[i]);
		else
			strbuf_add_char(page, text[i]);
	}
}

static void add(struct strbuf *page, const char *text)
{
	add_text(page, text, strlen(text));
}

static void begin(struct strbuf *page, const char *name, int section, const char *purpose)
{
	strbuf_printf(page, ".\\\" Made by 'coracle __man' from the program's tables.\n.TH \"");
	for (const char *c = name; *c; c++)
		strbuf_add_char(page, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
	strbuf_printf(page, "\" %d \"\" \"coracle %s\" \"Coracle\"\n.SH NAME\n", section,
		      CORACLE_VERSION);
	add(page, name);
	strbuf_add(page, " \\- ");
	add(page, purpose);
	strbuf_add_char(page, '\n');
}

static void add_options(struct strbuf *page, const struct option_spec *specs)
{
	auto_free const struct option_spec **shown = options_shown(specs);

	for (size_t i = 0; shown[i]; i++) {
		const struct option_spec *spec = shown[i];
		const char *value = options_value_name(spec);

		strbuf_add(page, ".TP\n.B ");
		if (spec->letter)
			strbuf_printf(page, "\\-%c, ", spec->letter);
		strbuf_add(page, "\\-\\-");
		add(page, spec->name);
		if (*value) {
			strbuf_add(page, " \\fI");
			add(page, value);
			strbuf_add(page, "\\fR");
		}
		strbuf_add_char(page, '\n');
		add(page, spec->help);
		strbuf_add_char(page, '\n');
	}
}

static void add_row(struct strbuf *page, const char *path, const struct command_entry *table,
		    const struct command_entry *row)
{
	if (!command_is_shown(table, row))
		return;
	strbuf_add(page, ".TP\n.BR ");
	add(page, path);
	strbuf_add_char(page, '-');
	add(page, row->name);
	strbuf_add(page, " (1)\n");
	add(page, row->command->help);
	strbuf_add_char(page, '\n');
}

static int save(const struct strbuf *page, const char *directory, const char *name, int section,
		struct error *err)
{
	auto_strbuf struct strbuf path = {0};

	strbuf_printf(&path, "%s/%s.%d", directory, name, section);
	return file_replace_volatile(AT_FDCWD, strbuf_text(&path), strbuf_text(page), page->length,
				     0644, err);
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
	add(page, path);
	strbuf_add(page, command->options ? "\n[OPTIONS] " : "\n");
	add(page, command->usage);
	strbuf_add_char(page, '\n');
}

static int write_table(const struct command_entry *table, const char *path, const char *directory,
		       struct error *err);

static int write_command(const char *path, const struct command *command, const char *directory,
			 struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf page = {0};
	const char *name = page_name(path, &arena);

	begin(&page, name, 1, command->help);
	add_synopsis(&page, path, command);
	if (command->options) {
		strbuf_add(&page, ".SH OPTIONS\n");
		add_options(&page, command->options);
	}
	if (command->verbs)
		strbuf_add(&page, ".SH COMMANDS\n");
	for (const struct command_entry *row = command->verbs; row && row->command; row++)
		add_row(&page, name, command->verbs, row);
	strbuf_add(&page, ".SH SEE ALSO\n.BR coracle (1),\n.BR coracle.compose (5)\n");
	if (save(&page, directory, name, 1, err) < 0)
		return -1;
	return command->verbs ? write_table(command->verbs, path, directory, err) : 0;
}

static int write_table(const struct command_entry *table, const char *path, const char *directory,
		       struct error *err)
{
	for (; table->command; table++) {
		auto_strbuf struct strbuf longer = {0};

		if (table->command->needs & IS_HIDDEN)
			continue;
		strbuf_printf(&longer, "%s %s", path, table->name);
		if (write_command(strbuf_text(&longer), table->command, directory, err) < 0)
			return -1;
	}
	return 0;
}

/* Not those that an earlier table hides. */
static int write_front(const struct front *front, const char *directory, struct error *err)
{
	for (size_t i = 0; front->tables[i]; i++) {
		for (const struct command_entry *row = front->tables[i]; row->command; row++) {
			const struct command_entry one[] = {*row, {0}};

			if (front_find(front, row->name) == row->command &&
			    write_table(one, front->name, directory, err) < 0)
				return -1;
		}
	}
	return 0;
}

static const char files[] =
	".SH FILES\n"
	".TP\n.I /var/lib/coracle\nImages, containers, volumes and networks "
	"(\\-\\-root, CORACLE_ROOT).\n"
	".TP\n.I /run/coracle\nThe state of this boot (\\-\\-run, CORACLE_RUN).\n"
	".TP\n.I compose.yaml\nThe project, in the working directory or above it.\n"
	".SH EXIT STATUS\n"
	"0; 1 for a command that failed; 130 when it was interrupted; the process's own for exec, "
	"run, wait and\nup \\-\\-exit\\-code\\-from; 125, 126 and 127 for a container that could "
	"not start.\n"
	".SH SEE ALSO\n.BR coracle.compose (5)\n";

static int write_main(const struct front *front, const char *directory, struct error *err)
{
	auto_strbuf struct strbuf page = {0};

	begin(&page, front->name, 1, "run Docker Compose projects without a daemon");
	strbuf_printf(&page, ".SH SYNOPSIS\n.B %s\n[OPTIONS] COMMAND\n.SH OPTIONS\n", front->name);
	for (size_t i = 0; front->globals[i]; i++)
		add_options(&page, front->globals[i]);
	strbuf_add(&page, ".SH COMMANDS\n");
	for (size_t i = 0; front->tables[i]; i++)
		for (const struct command_entry *row = front->tables[i]; row->command; row++)
			if (front_find(front, row->name) == row->command)
				add_row(&page, front->name, front->tables[i], row);
	strbuf_add(&page, files);
	return save(&page, directory, front->name, 1, err);
}

/* "| `services.*.image` | honoured | note |" of the list of attributes; anything else is none. */
static void add_attribute(struct strbuf *page, const char *line, size_t length)
{
	const char *end = line + length, *cell = line + 2;
	size_t width;

	if (length < 4 || strncmp(line, "| `", 3) != 0)
		return;
	width = strcspn(cell + 1, "`");
	strbuf_add(page, ".TP\n.B ");
	add_text(page, cell + 1, width);
	strbuf_add_char(page, '\n');
	for (cell += width + 2; cell < end; cell += strcspn(cell, "|\n")) {
		cell += strspn(cell, "| ");
		if (cell >= end)
			break;
		for (width = strcspn(cell, "|\n"); width > 0 && cell[width - 1] == ' ';)
			width--;
		add_text(page, cell, width);
		strbuf_add_char(page, '\n');
	}
}

static int write_attributes(const char *directory, struct error *err)
{
	static const char name[] = "coracle.compose";
	auto_strbuf struct strbuf page = {0}, rows = {0};
	const char *line;

	begin(&page, name, 5, "compose files, as coracle reads them");
	strbuf_add(&page, ".SH DESCRIPTION\nThe attributes of compose files and what becomes of "
			  "each.\n.SH ATTRIBUTES\n");
	project_describe_attributes(&rows);
	for (line = strbuf_text(&rows); *line; line += line[strcspn(line, "\n")] == '\n') {
		size_t length = strcspn(line, "\n");

		add_attribute(&page, line, length);
		line += length;
	}
	strbuf_add(&page, ".SH SEE ALSO\n.BR coracle (1)\n");
	return save(&page, directory, name, 5, err);
}

int man_write(const struct front *front, const char *directory, struct error *err)
{
	if (write_main(front, directory, err) < 0 || write_front(front, directory, err) < 0)
		return -1;
	return write_attributes(directory, err);
}
