/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/man.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "cli/front.h"
#include "tests/harness/harness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static char directory[] = "/tmp/man-XXXXXX";

static void read_page(struct strbuf *text, const char *name)
{
	auto_strbuf struct strbuf path = {0};

	strbuf_printf(&path, "%s/%s", directory, name);
	if (file_read(AT_FDCWD, strbuf_text(&path), 1 << 20, text, NULL) < 0)
		fail_msg("there is no page %s", name);
}

static void has(const struct strbuf *page, const char *text)
{
	if (!strstr(strbuf_text(page), text))
		fail_msg("'%s' is not in the page:\n%s", text, strbuf_text(page));
}

/* Every command that help shows, however deep. */
static void check_table(const struct command_entry *table, const char *prefix)
{
	for (const struct command_entry *row = table; row->command; row++) {
		auto_strbuf struct strbuf name = {0}, file = {0}, page = {0};

		if (!command_is_shown(table, row))
			continue;
		strbuf_printf(&name, "%s-%s", prefix, row->name);
		strbuf_printf(&file, "%s.1", strbuf_text(&name));
		read_page(&page, strbuf_text(&file));
		has(&page, ".SH NAME\n");
		has(&page, ".SH SYNOPSIS\n.B coracle ");
		has(&page, ".SH DESCRIPTION\n");
		has(&page, ".SH EXAMPLES\n");
		has(&page, ".SH \"EXIT STATUS\"\n");
		has(&page, ".SH \"SEE ALSO\"\n");
		if (row->command->verbs)
			check_table(row->command->verbs, strbuf_text(&name));
	}
}

TEST(pages_say_what_the_tables_say)
{
	auto_strbuf struct strbuf up = {0}, whole = {0}, attributes = {0}, alias = {0};

	CHECK(mkdtemp(directory));
	CHECK_INT(man_write(&front_coracle, directory, NULL), 0);
	check_table(command_compose, "coracle");
	check_table(command_own, "coracle");
	read_page(&up, "coracle-up.1");
	has(&up, ".TH \"CORACLE-UP\" 1 ");
	has(&up, ".B coracle up\n[OPTIONS] [SERVICE...]\n");
	has(&up, ".B \\-d, \\-\\-detach\n");
	has(&up, ".B \\-\\-exit\\-code\\-from \\fISERVICE\\fR\n");
	read_page(&whole, "coracle.1");
	has(&up, ".B coracle up \\-d \\-\\-wait\n");
	has(&up, ".B COMPOSE_FILE\n");
	has(&up, ".BR coracle.compose (5)\n");
	has(&whole, ".BR coracle\\-container (1)\n");
	has(&whole, ".SS \"Run a project\"\n");
	read_page(&alias, "coracle-container-list.1");
	has(&alias, "CORACLE-CONTAINER-LS");
	read_page(&attributes, "coracle.compose.5");
	has(&attributes, ".B services.*.image\nA string.\n");
	has(&attributes, ".B services.*.oom_score_adj\nA number from \\-1000 to 1000.\n");
	file_remove_tree(AT_FDCWD, directory, NULL);
}

TEST(a_page_that_cannot_be_written_is_an_error)
{
	struct error err = {0};

	CHECK_INT(man_write(&front_coracle, "/nosuch/directory", &err), -1);
	CHECK(strstr(err.text, "/nosuch/directory"));
}
