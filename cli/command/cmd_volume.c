/* SPDX-License-Identifier: Apache-2.0 */
/* `volume`: the table of its verbs. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/prune.h"
#include "cli/question.h"
#include "cli/screen/output.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "engine/volume_use.h"

#include <string.h>

static const struct option_spec ls_options[] = {
	NOUNS_FILTER(
		"Show only what fits: dangling=BOOL, driver=NAME, label=NAME[=VALUE], name=TEXT"),
	NOUNS_FORMAT,
	NOUNS_QUIET("Print names only"),
	{0},
};

static const struct format_column columns[] = {
	{"Driver", "DRIVER", false},
	{"Name", "VOLUME NAME", false},
	{"Labels", "LABELS", true},
	{"Mountpoint", "MOUNTPOINT", true},
	{"Options", "OPTIONS", true},
	{"Scope", "SCOPE", true},
	{"CreatedAt", "CREATED AT", true},
	{"Availability", "AVAILABILITY", true},
	{"Group", "GROUP", true},
	{"Links", "LINKS", true},
	{"Size", "SIZE", true},
	{"Status", "STATUS", true},
	{0},
};

static int add_rows(struct invocation *invocation, json *rows, struct error *err)
{
	const struct nouns_ls_options *options = invocation->options;
	auto_map struct map used = {0};
	struct volume *volumes;
	size_t count;

	if (volume_list(&invocation->engine->layout, &volumes, &count, invocation->arena, err) < 0)
		return -1;
	if (filters_ask(&options->filters, "dangling") &&
	    volume_use_list(invocation->engine, &used, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct volume_filters_subject subject = {&volumes[i], &used};

		if (filters_fit(volume_filters, &options->filters, &subject))
			json_add(rows, describe_volume_row(&volumes[i]));
	}
	return 0;
}

static const struct noun volume_noun = {
	nouns_describe_volume, add_rows, columns, "Name", volume_filters, "volumesFormat",
};

static const struct command cmd_volume_ls =
	NOUNS_LS(&volume_noun, FOR_CONTAINERS, "List volumes",
		 EXAMPLE("--filter dangling=true", "List the volumes that no container uses"),
		 COMMAND_OPTIONS(nouns_ls_options, ls_options));

static const struct command cmd_volume_inspect =
	NOUNS_INSPECT(&volume_noun, "VOLUME...", "Show all that is known of volumes, as JSON",
		      EXAMPLE("data", "Show where the files of data are"));

struct volume_rm_options {
	bool force;
};

static const struct option_spec rm_options[] = {
	OPTION(BOOL, "force", 'f', volume_rm_options, force,
	       "Do not fail if there is none of that name"),
	{0},
};

static int remove_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct volume_rm_options *options = invocation->options;

	if (volume_use_remove(invocation->engine, name, err) < 0 &&
	    !(options->force && err->code == ERROR_NOT_FOUND))
		return -1;
	output_line(name);
	return 0;
}

static const struct command cmd_volume_rm = COMMAND(
	"rm", "VOLUME...", "Remove volumes that no container uses",
	EXAMPLE("data", "Remove the volume data and what is stored in it"), .needs = FOR_CONTAINERS,
	COMMAND_OPTIONS(volume_rm_options, rm_options), COMMAND_EACH(remove_one));

struct create_options {
	const char *driver, *name;
	struct strvec labels, options;
};

static const struct option_spec create_options[] = {
	OPTION(STRING, "driver", 'd', create_options, driver, "Use this driver", .value = "DRIVER",
	       .words = "local", .fallback = "local"),
	OPTION(LIST, "label", 0, create_options, labels, "Add a label", .value = "NAME=VALUE"),
	OPTION(STRING, "name", 0, create_options, name, "As the argument", .value = "NAME",
	       .is_hidden = true),
	OPTION(LIST, "opt", 'o', create_options, options, "Set type, o or device, as for mount(8)",
	       .value = "NAME=VALUE"),
	{0},
};

static int create_run(struct invocation *invocation, struct error *err)
{
	const struct create_options *options = invocation->options;
	const char *named = invocation->arguments[0];
	struct volume volume = {
		.name = named ? named : options->name,
		.driver = options->driver ? options->driver : "local",
		.labels = nouns_pairs(invocation, &options->labels),
		.label_count = options->labels.count,
		.options = nouns_pairs(invocation, &options->options),
		.option_count = options->options.count,
	};

	if (named && options->name)
		return error_set(err, ERROR_INVALID,
				 "conflicting options: cannot specify a volume-name through both "
				 "--name and as a positional arg");
	if (volume_create(&invocation->engine->layout, &volume, invocation->arena, err) < 0)
		return -1;
	output_line(volume.name);
	return 0;
}

static const struct command cmd_volume_create =
	COMMAND("create", "[NAME]", "Create a volume",
		EXAMPLE("--label project=shop data", "Create the volume data with a label"),
		.needs = FOR_OBJECTS, .most = 1, COMMAND_OPTIONS(create_options, create_options),
		.run = create_run);

struct volume_prune_options {
	bool all, force;
	struct strvec filters;
};

static const struct option_spec prune_options[] = {
	OPTION(BOOL, "all", 'a', volume_prune_options, all, "Remove volumes with names as well"),
	OPTION(LIST, "filter", 0, volume_prune_options, filters,
	       "Remove only what fits: all=BOOL, label=NAME[=VALUE], label!=NAME[=VALUE]",
	       .value = "FILTER"),
	OPTION(BOOL, "force", 'f', volume_prune_options, force, "Do not ask for confirmation"),
	{0},
};

static bool ask(bool all)
{
	return question_ask(all ? "This will remove all volumes that no container uses.\n"
				  "Are you sure you want to continue? [y/N] "
				: "This will remove all anonymous volumes that no container uses.\n"
				  "Are you sure you want to continue? [y/N] ");
}

/* What Docker prints: a heading before the first one. */
struct pruned {
	const struct strvec *filters;
	bool *has_heading;
};

static bool prune_fits(const struct volume *volume, const void *data)
{
	const struct pruned *pruned = data;
	const struct volume_filters_subject subject = {volume, NULL};

	return filters_fit(volume_filters_of_prune, pruned->filters, &subject);
}

static void prune_say(const char *name, int64_t bytes, const void *data)
{
	const struct pruned *pruned = data;

	(void)bytes;
	if (!*pruned->has_heading)
		output_line("Deleted Volumes:");
	*pruned->has_heading = true;
	output_line(name);
}

/* --filter all=1 is -a. */
static bool wants_all(const struct volume_prune_options *options)
{
	bool all = options->all;

	strvec_each (text, &options->filters)
		if (strncmp(*text, "all=", 4) == 0)
			units_parse_bool(&all, *text + 4, NULL);
	return all;
}

static int prune_run(struct invocation *invocation, struct error *err)
{
	const struct volume_prune_options *options = invocation->options;
	bool has_heading = false;
	const struct pruned pruned = {&options->filters, &has_heading};
	struct volume_prune prune = {
		.all = wants_all(options),
		.fits = prune_fits,
		.removed = prune_say,
		.data = &pruned,
	};
	char size[32];
	int64_t bytes;

	if (filters_check(volume_filters_of_prune, &options->filters, err) < 0)
		return -1;
	if (!options->force && !ask(prune.all))
		return 0;
	if (volume_use_prune(invocation->engine, &prune, &bytes, err) < 0)
		return -1;
	output_printf("%sTotal reclaimed space: %s\n", has_heading ? "\n" : "",
		      units_format_size(size, sizeof(size), bytes));
	return 0;
}

static const struct command cmd_volume_prune =
	COMMAND("prune", "", "Remove anonymous volumes that no container uses",
		EXAMPLE("-a", "Remove volumes with names, too"), .needs = FOR_CONTAINERS,
		COMMAND_OPTIONS(volume_prune_options, prune_options), PRUNE_LAST_WORDS("volume"),
		.run = prune_run);

static const struct command_entry verbs[] = {
	{"create", &cmd_volume_create}, {"inspect", &cmd_volume_inspect},
	{"list", &cmd_volume_ls},	{"ls", &cmd_volume_ls},
	{"prune", &cmd_volume_prune},	{"remove", &cmd_volume_rm},
	{"rm", &cmd_volume_rm},		{0},
};

const struct command cmd_volume =
	COMMAND("volume", "COMMAND", "Manage volumes", EXAMPLE("ls", "List all volumes"),
		.needs = CHANGES_NOTHING, .verbs = verbs);
