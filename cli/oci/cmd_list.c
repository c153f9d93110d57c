/* SPDX-License-Identifier: Apache-2.0 */
/* `oci list`: all containers below the root. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strvec.h"
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "cli/screen/output.h"
#include "oci/container.h"

#include <string.h>

struct list_options {
	const char *format;
	bool quiet;
};

static const struct option_spec options_table[] = {
	OPTION(WORD, "format", 'f', list_options, format, "How to show them", .value = "FORMAT",
	       .words = "table json", .fallback = "table"),
	OPTION(BOOL, "quiet", 'q', list_options, quiet, "Show the names alone"),
	{0},
};

static int add(struct oci_container *container, void *data, struct error *err)
{
	(void)err;
	json_add(data, oci_container_describe(container));
	return 0;
}

static void print_table(const json *list)
{
	static const char *const columns[] = {"id", "pid", "status", "bundle", "created", "owner"};
	auto_table struct table table = {.least_width = 11};
	struct strvec *row = table_row(&table);

	strvec_add_all(row,
		       (char *const[]){(char *)"ID", (char *)"PID", (char *)"STATUS",
				       (char *)"BUNDLE", (char *)"CREATED", (char *)"OWNER", NULL});
	for (size_t i = 0; i < json_length(list); i++) {
		row = table_row(&table);
		for (size_t column = 0; column < array_length(columns); column++) {
			json *value = json_get(json_at(list, i), columns[column]);

			strvec_add(row, value ? json_object_get_string(value) : "");
		}
	}
	table_print(&table);
}

static int list_run(struct invocation *invocation, struct error *err)
{
	const struct list_options *options = invocation->options;
	auto_json json *list = json_new_array();

	if (oci_container_list(invocation->globals->oci_root, add, list, err) < 0)
		return -1;
	if (options->quiet)
		for (size_t i = 0; i < json_length(list); i++)
			output_line(json_string(json_at(list, i), "id", ""));
	else if (options->format && strcmp(options->format, "json") == 0)
		oci_print(list);
	else
		print_table(list);
	return 0;
}

const struct command cmd_oci_list =
	COMMAND("list", "", "List the containers below the root",
		EXAMPLE("--format json", "Show them with all that is known, for a program"),
		.needs = NEEDS_ROOT, COMMAND_OPTIONS(list_options, options_table), .run = list_run);
