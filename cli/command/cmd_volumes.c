/* SPDX-License-Identifier: Apache-2.0 */
/* `volumes`: those of the project. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "describe/objects.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "storage/volume/volume.h"

static const struct option_spec volumes_options[] = {
	NOUNS_FORMAT,
	NOUNS_QUIET("Print names only"),
	{0},
};

static const struct format_column columns[] = {
	{"Driver", "DRIVER", false},  {"Name", "VOLUME NAME", false},
	{"Labels", "LABELS", true},   {"Mountpoint", "MOUNTPOINT", true},
	{"Scope", "SCOPE", true},     {"CreatedAt", "CREATED", true},
	{"Options", "OPTIONS", true}, {0},
};

/* Volumes that containers of the given services mount. */
static int used_names(struct invocation *invocation, struct strvec *names, struct error *err)
{
	struct container_list list;

	if (invocation_list(invocation, invocation->arguments, true, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		for (size_t j = 0; j < list.items[i].mount_count; j++)
			if (list.items[i].mounts[j].type == CONTAINER_MOUNT_VOLUME &&
			    list.items[i].mounts[j].source)
				strvec_add(names, list.items[i].mounts[j].source);
	return 0;
}

static int add_rows(struct invocation *invocation, json *rows, struct error *err)
{
	auto_strvec struct strvec used = {0};
	struct volume *volumes;
	size_t count;

	if (volume_list(&invocation->engine->layout, &volumes, &count, invocation->arena, err) < 0)
		return -1;
	if (invocation->argument_count > 0 && used_names(invocation, &used, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		json *row;

		if (!labels_are_of_project(volumes[i].labels, volumes[i].label_count,
					   invocation->project_name))
			continue;
		if (invocation->argument_count > 0 && !strvec_contains(&used, volumes[i].name))
			continue;
		row = describe_volume(&volumes[i]);
		describe_flatten(row, "Labels");
		json_add(rows, row);
	}
	return 0;
}

static const struct noun volumes_noun = {
	nouns_describe_volume, add_rows, columns, "Name", NULL, NULL,
};

const struct command cmd_volumes = COMMAND(
	"volumes", "[SERVICE...]", "List the project's volumes",
	EXAMPLE("-q", "Print nothing but their names"),
	.needs = FOR_SERVICES | SERVICE_ARGUMENTS | CHANGES_NOTHING, .most = ANY_NUMBER,
	COMMAND_OPTIONS(nouns_ls_options, volumes_options), .run = nouns_ls, .data = &volumes_noun);
