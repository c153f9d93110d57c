/* SPDX-License-Identifier: Apache-2.0 */
/* `oci ps`: the processes of a container, with what the host's ps says of them. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "cli/screen/output.h"
#include "oci/kill.h"

#include <stdlib.h>
#include <string.h>

struct ps_options {
	const char *format;
};

static const struct option_spec options_table[] = {
	OPTION(WORD, "format", 'f', ps_options, format, "How to show them", .value = "FORMAT",
	       .words = "table json", .fallback = "table"),
	{0},
};

struct pids {
	pid_t *items;
	size_t count;
};

/* Which word of the heading is PID; -1: none. */
static int find_column(const char *line)
{
	auto_free char *copy = alloc_string_n(line, strcspn(line, "\n"));
	char *save = NULL;
	int column = 0;

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (strcmp(word, "PID") == 0)
			return column;
		column++;
	}
	return -1;
}

static pid_t read_column(const char *line, int column)
{
	for (; column > 0; column--) {
		line += strspn(line, " ");
		line += strcspn(line, " \n");
	}
	return (pid_t)strtol(line, NULL, 10);
}

static bool is_listed(const struct pids *pids, pid_t pid)
{
	for (size_t i = 0; i < pids->count; i++)
		if (pids->items[i] == pid)
			return true;
	return false;
}

static int print_table(const struct pids *pids, char *const *words, struct error *err)
{
	static char all[] = "-ef";
	auto_free char *program = process_find_program(NULL, "ps");
	auto_strvec struct strvec args = {0};
	auto_strbuf struct strbuf output = {0};
	int column, code;

	if (!program)
		return error_set(err, ERROR_NOT_FOUND,
				 "there is no ps on this host: use --format json");
	strvec_add(&args, program);
	strvec_add_all(&args, *words ? words : (char *const[]){all, NULL});
	code = process_run(args.items, NULL, -1, &output, err);
	column = code == 0 ? find_column(strbuf_text(&output)) : -1;
	if (code < 0)
		return -1;
	if (column < 0)
		return error_set(err, ERROR_INVALID, "ps shows no column PID with these options");
	for (const char *line = strbuf_text(&output); *line;) {
		size_t length = strcspn(line, "\n");

		length += line[length] == '\n';
		if (line == output.text || is_listed(pids, read_column(line, column)))
			output_text(line, length);
		line += length;
	}
	return 0;
}

static int ps_run(struct invocation *invocation, struct error *err)
{
	const struct ps_options *options = invocation->options;
	struct pids pids = {0};
	auto_free pid_t *items = NULL;
	auto_json json *list = json_new_array();

	if (oci_list_pids(invocation->globals->oci_root, invocation->arguments[0], &pids.items,
			  &pids.count, err) < 0)
		return -1;
	items = pids.items;
	if (!options->format || strcmp(options->format, "json") != 0)
		return print_table(&pids, invocation->arguments + 1, err);
	for (size_t i = 0; i < pids.count; i++)
		json_add(list, json_new_int(pids.items[i]));
	oci_print(list);
	return 0;
}

const struct command cmd_oci_ps =
	COMMAND("ps", "CONTAINER [PS-OPTION...]", "Show the processes of a container",
		EXAMPLE("--format json web", "Show the numbers of web's processes"),
		.needs = NEEDS_ROOT | OPTIONS_FIRST_ONLY, .least = 1, .most = ANY_NUMBER,
		COMMAND_OPTIONS(ps_options, options_table), .run = ps_run);
