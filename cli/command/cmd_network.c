/* SPDX-License-Identifier: Apache-2.0 */
/* `network`: the table of its verbs. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "engine/engine.h"

#include <string.h>

struct network_ls_options {
	struct nouns_ls_options ls; /* first: NOUNS_FORMAT, NOUNS_QUIET */
	bool no_trunc;
};

static const struct option_spec ls_options[] = {
	NOUNS_FILTER("Show only what fits: dangling=BOOL, driver=NAME, id=ID, label=NAME[=VALUE], "
		     "name=TEXT, scope=local, type=builtin|custom"),
	NOUNS_FORMAT,
	OPTION(BOOL, "no-trunc", 0, network_ls_options, no_trunc, "Do not cut ids"),
	NOUNS_QUIET("Print ids only"),
	{0},
};

static const struct format_column columns[] = {
	{"ID", "NETWORK ID", false},	{"Name", "NAME", false},
	{"Driver", "DRIVER", false},	{"Scope", "SCOPE", false},
	{"Internal", "INTERNAL", true}, {"IPv4", "IPV4", true},
	{"IPv6", "IPV6", true},		{"CreatedAt", "CREATED AT", true},
	{"Labels", "LABELS", true},	{0},
};

/* Those that containers are attached to now, by name. */
static int find_used(struct invocation *invocation, const struct network *networks, size_t count,
		     struct map *used, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		char **ids;

		if (network_users(&invocation->engine->net, networks[i].name, &ids,
				  invocation->arena, err) < 0)
			return -1;
		if (*ids)
			map_set(used, networks[i].name, used);
	}
	return 0;
}

static int add_rows(struct invocation *invocation, json *rows, struct error *err)
{
	const struct network_ls_options *options = invocation->options;
	auto_map struct map used = {0};
	struct network *networks;
	size_t count;

	if (network_list(&invocation->engine->net, &networks, &count, invocation->arena, err) < 0)
		return -1;
	if (filters_ask(&options->ls.filters, "dangling") &&
	    find_used(invocation, networks, count, &used, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct network_filters_subject subject = {&networks[i], &used};

		if (filters_fit(network_filters, &options->ls.filters, &subject))
			json_add(rows, describe_network_row(&networks[i], options->no_trunc));
	}
	return 0;
}

static const struct noun network_noun = {nouns_describe_network, add_rows,	  columns, "ID",
					 network_filters,	 "networksFormat"};

static const struct command cmd_network_ls =
	NOUNS_LS(&network_noun, FOR_OBJECTS, "List networks",
		 EXAMPLE("--filter driver=bridge", "List the networks that are bridges"),
		 COMMAND_OPTIONS(network_ls_options, ls_options));

static const struct command cmd_network_inspect =
	NOUNS_INSPECT(&network_noun, "NETWORK...", "Show all that is known of networks, as JSON",
		      EXAMPLE("backend", "Show the subnets and containers of backend"));

struct network_rm_options {
	bool force;
};

static const struct option_spec rm_options[] = {
	OPTION(BOOL, "force", 'f', network_rm_options, force,
	       "Do not fail if there is none of that name"),
	{0},
};

static int remove_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct network_rm_options *options = invocation->options;
	struct network network;

	if (network_load(&invocation->engine->net, name, &network, invocation->arena, err) < 0)
		return options->force && err->code == ERROR_NOT_FOUND ? 0 : -1;
	if (network_destroy(&invocation->engine->net, network.name, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

static const struct command cmd_network_rm =
	NOUNS_VERB("rm", FOR_CONTAINERS, "NETWORK...", "Remove networks",
		   EXAMPLE("backend", "Remove the network backend"), remove_one,
		   COMMAND_OPTIONS(network_rm_options, rm_options));

static const struct command_entry verbs[] = {
	{"connect", &cmd_network_connect},
	{"create", &cmd_network_create},
	{"disconnect", &cmd_network_disconnect},
	{"inspect", &cmd_network_inspect},
	{"list", &cmd_network_ls},
	{"ls", &cmd_network_ls},
	{"prune", &cmd_network_prune},
	{"remove", &cmd_network_rm},
	{"rm", &cmd_network_rm},
	{0},
};

const struct command cmd_network = COMMAND("network", "COMMAND", "Manage networks",
					   EXAMPLE("create backend", "Create the network backend"),
					   .needs = CHANGES_NOTHING, .verbs = verbs);
