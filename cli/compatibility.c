/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/compatibility.h"

#include "base/strbuf.h"
#include "cli/command.h"
#include "compose/project.h"

#include <string.h>

static const char beginning[] =
	"# Compatibility\n"
	"\n"
	"What Coracle does of what Docker Compose does. `make docs` writes this page from the\n"
	"tables of the program (`cli/commands.c`, `compose/schema.c`); a unit test fails when it "
	"is\n"
	"older than they are.\n"
	"\n"
	"Not there at all yet: building and pulling images (load them with `coracle load`), a "
	"store\n"
	"of secrets, starting containers after a reboot, rolling updates, the drivers macvlan and\n"
	"ipvlan (`up` refuses them), names with underscores (`--compatibility`).\n"
	"\n"
	"## Commands\n"
	"\n";

static const char attributes[] =
	"\n"
	"## Attributes of compose files\n"
	"\n"
	"| | |\n"
	"| --- | --- |\n"
	"| honoured | as Docker Compose does |\n"
	"| honoured, better | Docker Compose accepts it and does less |\n"
	"| no effect, with a warning | the warning names the line and says why |\n"
	"| accepted, nothing to do | it means nothing on one host, or only informs |\n"
	"| refused | an error that names the line and what to write instead |\n"
	"| not yet | loaded and shown by `config`; the note says what happens |\n"
	"\n"
	"Single values that do less than they say (a `platform` of another machine, `pull_policy:\n"
	"always`, a log driver that is not there) are warned of as well: `compose/effects.c`.\n"
	"Attributes that begin with `x-` are kept and have no meaning.\n"
	"\n";

static void add_missing_options(struct strbuf *out, const struct option_spec *spec)
{
	const char *separator = "";

	for (; spec && spec->name; spec++) {
		if (spec->kind != OPTION_UNAVAILABLE)
			continue;
		strbuf_printf(out, "%s`--%s` (%s)", separator, spec->name, spec->help);
		separator = ", ";
	}
}

static void add_commands(struct strbuf *out, const struct command_entry *table, const char *noun)
{
	for (; table->command; table++) {
		auto_strbuf struct strbuf path = {0};

		if (table->command->needs & IS_HIDDEN)
			continue;
		strbuf_printf(&path, "%s%s", noun, table->name);
		if (table->command->verbs) {
			strbuf_add_char(&path, ' ');
			add_commands(out, table->command->verbs, strbuf_text(&path));
			continue;
		}
		strbuf_printf(out, "| `%s` | %s | ", strbuf_text(&path), table->command->help);
		add_missing_options(out, table->command->options);
		strbuf_add(out, " |\n");
	}
}

void compatibility_page(struct strbuf *out)
{
	strbuf_add(out, beginning);
	strbuf_add(out, "| command | what it does | options that are not there yet |\n"
			"| --- | --- | --- |\n");
	add_commands(out, command_table, "");
	strbuf_add(out, "\nCommands that are not there yet:");
	for (const char *const *later = command_later; *later; later++)
		strbuf_printf(out, "%s `%s`", later == command_later ? "" : ",", *later);
	strbuf_add(out, ".\n");
	strbuf_add(out, attributes);
	project_describe_attributes(out);
}
