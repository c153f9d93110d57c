/* SPDX-License-Identifier: Apache-2.0 */
/* `images`: those that the project's containers were made from. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "cli/command/cmd_image.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "describe/objects.h"
#include "describe/times.h"
#include "engine/engine.h"
#include "storage/reference.h"

#include <string.h>

struct images_options {
	const char *format;
	bool quiet;
};

static const struct option_spec images_options[] = {
	OPTION(STRING, "format", 0, images_options, format, "table, json or a template",
	       .value = "FORMAT"),
	OPTION(BOOL, "quiet", 'q', images_options, quiet, "only ids"),
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

/* The image's record may have been removed while the container lives on. */
static json *describe_row(struct invocation *invocation, const struct container *container)
{
	json *row = json_new_object();
	struct image image = {0};
	struct error err = {0};
	bool is_there = image_find(&invocation->engine->layout, container->image_id, &image,
				   invocation->arena, &err) == 0;
	auto_free char *reference = reference_normalize(container->config.image, &err);
	auto_free char *age = times_ago(image.created);
	char short_id[13], size[32] = "N/A";
	char platform[64] = "";

	if (is_there) {
		units_format_size(size, sizeof(size), image.size);
		snprintf(platform, sizeof(platform), "%.20s/%.20s%s%.20s",
			 image.os ? image.os : "linux",
			 image.architecture ? image.architecture : "", image.variant ? "/" : "",
			 image.variant ? image.variant : "");
	}
	describe_short_id(short_id, container->image_id);
	json_set_string(row, "ID", container->image_id);
	json_set_string(row, "ContainerName", container->name);
	describe_split_reference(row, reference);
	json_set_string(row, "Platform", platform);
	json_set_string(row, "ShortID", short_id);
	json_set_int(row, "Size", image.size);
	json_set_string(row, "HumanSize", size);
	json_set_string(row, "Created", image.created ? image.created : "");
	json_set_string(row, "CreatedSince", age);
	return row;
}

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
	const struct images_options *options = invocation->options;
	struct format_request request = {options->format, columns, FORMAT_JSON_ARRAY};
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
		json_add(rows, describe_row(invocation, &list.items[i]));
	return format_print(&request, rows, err);
}

const struct command cmd_images = COMMAND(
	"images", "[SERVICE...]",
	"list images of the project's containers, or all without a project",
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_MONITORS | TAKES_PROJECT | ALL_PROFILES |
		 SERVICE_ARGUMENTS | CHANGES_NOTHING,
	.most = ANY_NUMBER, COMMAND_OPTIONS(images_options, images_options), .run = images_run);
