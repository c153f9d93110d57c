/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/describe.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "engine/engine.h"
#include "storage/volume.h"

#include <stdio.h>
#include <string.h>

#define NEEDS (NEEDS_ROOT | NEEDS_ENGINE)

struct volume_ls_options {
	bool quiet;
	const char *format;
};

static const struct option_spec ls_options[] = {
	{"format", 0, OPTION_STRING, offsetof(struct volume_ls_options, format),
	 "table, json or a template", "FORMAT", false},
	{"quiet", 'q', OPTION_BOOL, offsetof(struct volume_ls_options, quiet), "only names", NULL,
	 false},
	{0},
};

static const struct format_column columns[] = {
	{"Driver", "DRIVER", false},	   {"Name", "VOLUME NAME", false},
	{"Labels", "LABELS", true},	   {"Mountpoint", "MOUNTPOINT", true},
	{"Options", "OPTIONS", true},	   {"Scope", "SCOPE", true},
	{"CreatedAt", "CREATED AT", true}, {0},
};

static int ls_run(struct invocation *invocation, struct error *err)
{
	const struct volume_ls_options *options = invocation->options;
	struct format_request request = {options->format, columns, FORMAT_JSON_LINES};
	auto_json json *rows = json_new_array();
	struct volume *volumes;
	size_t count;

	if (format_check(options->format, err) < 0 ||
	    volume_list(&invocation->engine->layout, &volumes, &count, invocation->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		json *row;

		if (options->quiet)
			output_line(volumes[i].name);
		row = describe_volume(&volumes[i]);
		describe_flatten(row, "Labels");
		json_add(rows, row);
	}
	return options->quiet ? 0 : format_print(&request, rows, err);
}

static const struct command cmd_volume_ls = {
	.name = "ls",
	.usage = "",
	.help = "list volumes",
	.needs = NEEDS | CHANGES_NOTHING,
	.options_size = sizeof(struct volume_ls_options),
	.options = ls_options,
	.run = ls_run,
};

static int inspect_run(struct invocation *invocation, struct error *err)
{
	return nouns_inspect(invocation, nouns_describe_volume, err);
}

static const struct command cmd_volume_inspect = {
	.name = "inspect",
	.usage = "VOLUME...",
	.help = "show all about volumes as JSON",
	.needs = NEEDS | CHANGES_NOTHING,
	.least = 1,
	.most = ANY_NUMBER,
	.options_size = sizeof(struct inspect_options),
	.options = nouns_inspect_options,
	.run = inspect_run,
};

/* The first container that mounts @volume; NULL: none. */
static const struct container *find_user(const struct container_list *list, const char *volume)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < list->items[i].mount_count; j++)
			if (list->items[i].mounts[j].type == CONTAINER_MOUNT_VOLUME &&
			    list->items[i].mounts[j].source &&
			    strcmp(list->items[i].mounts[j].source, volume) == 0)
				return &list->items[i];
	return NULL;
}

static int list_containers(struct invocation *invocation, struct container_list *list,
			   struct error *err)
{
	return container_list(invocation->engine, NULL, &list->items, &list->count,
			      invocation->arena, err);
}

struct volume_rm_options {
	bool force;
};

static const struct option_spec rm_options[] = {
	{"force", 'f', OPTION_BOOL, offsetof(struct volume_rm_options, force),
	 "a missing one is fine", NULL, false},
	{0},
};

static int remove_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct volume_rm_options *options = invocation->options;
	const struct container *user;
	struct container_list list;

	if (list_containers(invocation, &list, err) < 0)
		return -1;
	user = find_user(&list, name);
	if (user)
		return error_set(err, ERROR_CONFLICT,
				 "cannot remove volume '%s': container '%s' uses it", name,
				 user->name);
	if (volume_remove(&invocation->engine->layout, name, err) < 0 &&
	    !(options->force && err->code == ERROR_NOT_FOUND))
		return -1;
	output_line(name);
	return 0;
}

static int rm_run(struct invocation *invocation, struct error *err)
{
	(void)err;
	return invocation_each(invocation, remove_one);
}

static const struct command cmd_volume_rm = {
	.name = "rm",
	.usage = "VOLUME...",
	.help = "remove volumes that no container uses",
	.needs = NEEDS,
	.least = 1,
	.most = ANY_NUMBER,
	.options_size = sizeof(struct volume_rm_options),
	.options = rm_options,
	.run = rm_run,
};

struct create_options {
	const char *driver, *name;
	struct strvec labels, options;
};

static const struct option_spec create_options[] = {
	{"driver", 'd', OPTION_STRING, offsetof(struct create_options, driver), "local", "DRIVER",
	 false},
	{"label", 0, OPTION_LIST, offsetof(struct create_options, labels), "add a label",
	 "NAME=VALUE", false},
	{"name", 0, OPTION_STRING, offsetof(struct create_options, name), "as the argument", "NAME",
	 true},
	{"opt", 'o', OPTION_LIST, offsetof(struct create_options, options),
	 "type, o or device, as for mount(8)", "NAME=VALUE", false},
	{0},
};

static struct image_pair *image_pairs(struct invocation *invocation, const struct strvec *rows)
{
	struct key_value *pairs = nouns_pairs(invocation, rows);
	struct image_pair *result =
		arena_array(invocation->arena, rows->count + 1, sizeof(*result));

	for (size_t i = 0; i < rows->count; i++)
		result[i] = (struct image_pair){pairs[i].name, pairs[i].value};
	return result;
}

static int create_run(struct invocation *invocation, struct error *err)
{
	const struct create_options *options = invocation->options;
	struct volume volume = {
		.name = invocation->arguments[0] ? invocation->arguments[0] : options->name,
		.driver = options->driver ? options->driver : "local",
		.labels = image_pairs(invocation, &options->labels),
		.label_count = options->labels.count,
		.options = image_pairs(invocation, &options->options),
		.option_count = options->options.count,
	};

	if (volume_create(&invocation->engine->layout, &volume, invocation->arena, err) < 0)
		return -1;
	output_line(volume.name);
	return 0;
}

static const struct command cmd_volume_create = {
	.name = "create",
	.usage = "[NAME]",
	.help = "create a volume",
	.needs = NEEDS,
	.most = 1,
	.options_size = sizeof(struct create_options),
	.options = create_options,
	.run = create_run,
};

struct prune_options {
	bool all, force;
};

static const struct option_spec prune_options[] = {
	{"all", 'a', OPTION_BOOL, offsetof(struct prune_options, all), "named volumes too", NULL,
	 false},
	{"force", 'f', OPTION_BOOL, offsetof(struct prune_options, force), "do not ask", NULL,
	 false},
	{0},
};

static bool ask(bool all)
{
	char answer[16] = "";

	fprintf(stderr, "This removes all %svolumes that no container uses. Go on? [yN] ",
		all ? "" : "anonymous ");
	if (!fgets(answer, sizeof(answer), stdin))
		fputc('\n', stderr);
	return answer[0] == 'y' || answer[0] == 'Y';
}

static int prune_run(struct invocation *invocation, struct error *err)
{
	const struct prune_options *options = invocation->options;
	struct container_list list;
	struct volume *volumes;
	size_t count;

	if (!options->force && !ask(options->all))
		return 0;
	if (volume_list(&invocation->engine->layout, &volumes, &count, invocation->arena, err) <
		    0 ||
	    list_containers(invocation, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if ((!options->all && !volumes[i].is_anonymous) ||
		    find_user(&list, volumes[i].name))
			continue;
		if (volume_remove(&invocation->engine->layout, volumes[i].name, err) < 0)
			return -1;
		output_line(volumes[i].name);
	}
	return 0;
}

static const struct command cmd_volume_prune = {
	.name = "prune",
	.usage = "",
	.help = "remove anonymous volumes that no container uses",
	.needs = NEEDS,
	.options_size = sizeof(struct prune_options),
	.options = prune_options,
	.run = prune_run,
};

static const struct command_entry verbs[] = {
	{"create", &cmd_volume_create}, {"inspect", &cmd_volume_inspect}, {"ls", &cmd_volume_ls},
	{"prune", &cmd_volume_prune},	{"rm", &cmd_volume_rm},		  {0},
};

const struct command cmd_volume = {
	.name = "volume",
	.usage = "COMMAND",
	.help = "volumes: ls, create, inspect, rm, prune",
	.needs = CHANGES_NOTHING,
	.verbs = verbs,
};
