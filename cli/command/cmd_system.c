/* SPDX-License-Identifier: Apache-2.0 */
/* `system`: the table of its verbs, and `prune`. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/invocation.h"
#include "cli/prune.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/filters.h"
#include "engine/engine.h"
#include "storage/build_cache/build_cache.h"
#include "storage/bundle/bundle.h"

/* --- prune ------------------------------------------------------------------------------------ */

struct system_prune_options {
	struct prune_options prune; /* first: PRUNE_OPTIONS */
	bool all, volumes;
};

static const struct option_spec prune_options[] = {
	OPTION(BOOL, "all", 'a', system_prune_options, all,
	       "Remove all images that no container uses, not only those without a name"),
	PRUNE_OPTIONS,
	OPTION(BOOL, "volumes", 0, system_prune_options, volumes,
	       "Remove anonymous volumes that no container uses, too"),
	{0},
};

/* Who has none is asked what Docker asks. */
static bool has_bundles(struct invocation *invocation)
{
	struct bundle_places places;

	return bundle_place_list(&invocation->engine->layout, &places, invocation->arena, NULL) ==
		       0 &&
	       places.count > 0;
}

static bool ask(struct invocation *invocation)
{
	const struct system_prune_options *options = invocation->options;
	auto_strbuf struct strbuf text = {0};

	strbuf_printf(&text,
		      "This will remove:\n"
		      "  - all stopped containers of projects of which nothing runs\n"
		      "  - all networks not used by at least one container\n"
		      "%s"
		      "  - all %simages%s\n"
		      "%s"
		      "  - %s build cache\n",
		      options->volumes ? "  - all anonymous volumes not used by at least one "
					 "container\n"
				       : "",
		      options->all ? "" : "dangling ",
		      options->all ? " without at least one container associated to them" : "",
		      has_bundles(invocation) ? "  - all files of bundles of which no container "
						"was made, and that are as they were\n"
					      : "",
		      options->all ? "all" : "unused");
	return prune_ask(&options->prune, strbuf_text(&text));
}

/* It has no labels: who asks for some does not mean it. */
static int prune_build_cache(struct prune *prune, bool all, struct error *err)
{
	struct build_cache_prune request = {.all = all};

	if (filters_ask(prune->filters, "label") || filters_ask(prune->filters, "label!"))
		return 0;
	return prune_builds(prune, &request, err);
}

static int prune_run(struct invocation *invocation, struct error *err)
{
	const struct system_prune_options *options = invocation->options;
	struct prune prune = {
		.invocation = invocation,
		.filters = &options->prune.filters,
		.spares_projects = true,
	};

	if (filters_check(prune_filters, prune.filters, err) < 0)
		return -1;
	if (!ask(invocation))
		return 0;
	if (prune_containers(&prune, err) < 0 || prune_networks(&prune, err) < 0 ||
	    (options->volumes && prune_volumes(&prune, err) < 0) ||
	    prune_images(&prune, options->all, false, err) < 0 || prune_bundles(&prune, err) < 0 ||
	    prune_build_cache(&prune, options->all, err) < 0)
		return -1;
	prune_total(&prune);
	return 0;
}

static const struct command cmd_system_prune = COMMAND(
	"prune", "", "Remove stopped containers and all else that nothing uses",
	EXAMPLE("-a --volumes", "Remove all images without a container and anonymous volumes, too"),
	.needs = FOR_CONTAINERS, COMMAND_OPTIONS(system_prune_options, prune_options),
	PRUNE_LAST_WORDS("system"), .run = prune_run);

static const struct command_entry verbs[] = {
	{"check", &cmd_system_check}, {"df", &cmd_system_df},	    {"events", &cmd_system_events},
	{"info", &cmd_system_info},   {"prune", &cmd_system_prune}, {0},
};

const struct command cmd_system = COMMAND("system", "COMMAND", "Look after the whole of this host",
					  EXAMPLE("df", "Show how much room everything takes"),
					  .needs = CHANGES_NOTHING, .verbs = verbs);
