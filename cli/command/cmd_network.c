/* SPDX-License-Identifier: Apache-2.0 */
/* `network`: the table of its verbs. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/table.h"
#include "describe/objects.h"
#include "engine/engine.h"

#include <string.h>

struct network_ls_options {
	struct nouns_ls_options ls; /* first: NOUNS_FORMAT, NOUNS_QUIET */
	bool no_trunc;
};

static const struct option_spec ls_options[] = {
	NOUNS_FORMAT,
	OPTION(BOOL, "no-trunc", 0, network_ls_options, no_trunc, "do not cut ids"),
	NOUNS_QUIET("only ids"),
	{0},
};

static const struct format_column columns[] = {
	{"ID", "NETWORK ID", false},	{"Name", "NAME", false},
	{"Driver", "DRIVER", false},	{"Scope", "SCOPE", false},
	{"Internal", "INTERNAL", true}, {"IPv4", "IPV4", true},
	{"IPv6", "IPV6", true},		{"CreatedAt", "CREATED AT", true},
	{"Labels", "LABELS", true},	{0},
};

static int add_rows(struct invocation *invocation, json *rows, struct error *err)
{
	const struct network_ls_options *options = invocation->options;
	struct network *networks;
	size_t count;

	if (network_list(&invocation->engine->net, &networks, &count, invocation->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		json_add(rows, describe_network_row(&networks[i], options->no_trunc));
	return 0;
}

static const struct noun network_noun = {nouns_describe_network, add_rows, columns, "ID", NULL,
					 "networksFormat"};

static const struct command cmd_network_ls =
	NOUNS_LS(&network_noun, FOR_OBJECTS, "list networks",
		 COMMAND_OPTIONS(network_ls_options, ls_options));

static const struct command cmd_network_inspect =
	NOUNS_INSPECT(&network_noun, "NETWORK...", "show all about networks as JSON");

static int remove_one(struct invocation *invocation, const char *name, struct error *err)
{
	struct network network;

	if (network_load(&invocation->engine->net, name, &network, invocation->arena, err) < 0 ||
	    network_destroy(&invocation->engine->net, network.name, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

static const struct command cmd_network_rm =
	NOUNS_VERB("rm", FOR_CONTAINERS, "NETWORK...", "remove networks", remove_one);

struct create_options {
	bool internal, attachable, ipv6;
	int ipv4;
	const char *driver;
	struct strvec subnets, gateways, ranges, labels, options;
};

static const struct option_spec create_options[] = {
	OPTION(BOOL, "attachable", 0, create_options, attachable,
	       "containers may be attached by hand", .is_hidden = true),
	OPTION(STRING, "driver", 'd', create_options, driver, "bridge", .value = "DRIVER"),
	OPTION(LIST, "gateway", 0, create_options, gateways,
	       "the bridge's address, one for each subnet", .value = "ADDRESS"),
	OPTION(BOOL, "internal", 0, create_options, internal, "without a way out"),
	OPTION(LIST, "ip-range", 0, create_options, ranges,
	       "part of the subnet to give addresses from", .value = "SUBNET"),
	OPTION(TRISTATE, "ipv4", 0, create_options, ipv4, "give IPv4 addresses (default true)"),
	OPTION(BOOL, "ipv6", 0, create_options, ipv6, "give IPv6 addresses"),
	OPTION(LIST, "label", 0, create_options, labels, "add a label", .value = "NAME=VALUE"),
	OPTION(LIST, "opt", 'o', create_options, options, "option of the driver",
	       .value = "NAME=VALUE"),
	OPTION(LIST, "subnet", 0, create_options, subnets, "subnet in CIDR form",
	       .value = "SUBNET"),
	{0},
};

static int create_run(struct invocation *invocation, struct error *err)
{
	const struct create_options *options = invocation->options;
	struct network network = {
		.name = invocation->arguments[0],
		.driver = options->driver ? options->driver : "bridge",
		.internal = options->internal,
		.attachable = options->attachable,
		.enable_ipv4 = options->ipv4 != 0,
		.enable_ipv6 = options->ipv6,
		.labels = nouns_pairs(invocation, &options->labels),
		.label_count = options->labels.count,
		.options = nouns_pairs(invocation, &options->options),
		.option_count = options->options.count,
		.subnet_count = options->subnets.count,
	};

	if (options->gateways.count > options->subnets.count ||
	    options->ranges.count > options->subnets.count)
		return error_set(err, ERROR_INVALID,
				 "each --gateway and --ip-range needs a --subnet before it");
	network.subnets =
		arena_array(invocation->arena, network.subnet_count + 1, sizeof(*network.subnets));
	for (size_t i = 0; i < network.subnet_count; i++) {
		network.subnets[i].subnet = options->subnets.items[i];
		if (i < options->gateways.count)
			network.subnets[i].gateway = options->gateways.items[i];
		if (i < options->ranges.count)
			network.subnets[i].ip_range = options->ranges.items[i];
	}
	if (network_create(&invocation->engine->net, &network, invocation->arena, err) < 0)
		return -1;
	output_line(network.id);
	return 0;
}

static const struct command cmd_network_create =
	COMMAND("create", "NAME", "create a network", .needs = FOR_OBJECTS, .least = 1, .most = 1,
		COMMAND_OPTIONS(create_options, create_options), .run = create_run);

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

const struct command cmd_network = COMMAND(
	"network", "COMMAND", "networks: ls, create, connect, disconnect, inspect, rm, prune",
	.needs = CHANGES_NOTHING, .verbs = verbs);
