/* SPDX-License-Identifier: Apache-2.0 */
/* `images`: those that the project's containers were made from. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/command/cmd_image.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/screen/output.h"
#include "describe/objects.h"
#include "engine/engine.h"

#include <string.h>

static const struct option_spec images_options[] = {
	NOUNS_FORMAT,
	NOUNS_QUIET("Print ids only"),
	{0},
};

static const struct format_column columns[] = {
	{"ContainerName", "CONTAINER", false},
	{"Repository", "REPOSITORY", false},
	{"Tag", "TAG", false},
	{"Platform", "PLATFORM", false},
	{"ShortID", "IMAGE ID", false},
	{"HumanSize", "SIZE", false},
	{"CreatedSince", "CREATED", false},
	{"ID", "ID", true},
	{"Size", "SIZE", true},
	{"Created", "CREATED", true},
	{0},
};

static void print_ids(const struct container_list *list)
{
	auto_strvec struct strvec ids = {0};

	for (size_t i = 0; i < list->count; i++)
		if (!strvec_contains(&ids, list->items[i].image_id))
			strvec_add(&ids, list->items[i].image_id);
	strvec_each (id, &ids)
		output_line(strncmp(*id, "sha256:", 7) == 0 ? *id + 7 : *id);
}

static int images_run(struct invocation *invocation, struct error *err)
{
	const struct nouns_ls_options *options = invocation->options;
	struct format_request request = {options->format, columns, FORMAT_JSON_ARRAY, NULL};
	auto_json json *rows = json_new_array();
	struct container_list list;

	/* Without a project it is the short form of `image ls`. */
	if (!invocation->project_name)
		return cmd_image_list(invocation, options->format, options->quiet, err);
	if (format_check(options->format, err) < 0 ||
	    invocation_list(invocation, invocation->arguments, true, &list, err) < 0)
		return -1;
	if (options->quiet) {
		print_ids(&list);
		return 0;
	}
	for (size_t i = 0; i < list.count; i++)
		json_add(rows, describe_used_image_row(invocation->engine, &list.items[i]));
	return format_print(&request, rows, err);
}

const struct command cmd_images = COMMAND(
	"images", "[SERVICE...]", "List the images that the project's containers use",
	EXAMPLE("--format json", "Print the list as JSON, for other programs"),
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_MONITORS | TAKES_PROJECT | ALL_PROFILES |
		 SERVICE_ARGUMENTS | CHANGES_NOTHING,
	.most = ANY_NUMBER, COMMAND_OPTIONS(nouns_ls_options, images_options), .run = images_run);
