/* SPDX-License-Identifier: Apache-2.0 */
/* `network create`: gateways, ranges and reserved addresses go to the subnets that they lie in. */
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "engine/engine.h"

#include <string.h>

struct create_options {
	bool internal, attachable, ipv6;
	int ipv4;
	const char *driver, *ipam_driver, *scope;
	struct strvec subnets, gateways, ranges, reserved, labels, options, ipam_options;
};

static const struct option_spec create_options[] = {
	OPTION(BOOL, "attachable", 0, create_options, attachable,
	       "Containers may be attached by hand", .is_hidden = true),
	OPTION(LIST, "aux-address", 0, create_options, reserved,
	       "Keep an address of the subnet from containers", .value = "NAME=ADDRESS"),
	OPTION_REFUSED("config-from", 0,
		       "networks are described where they are made: give their options there",
		       .value = "NETWORK"),
	OPTION_REFUSED("config-only", 0,
		       "networks are described where they are made: give their options there"),
	OPTION(STRING, "driver", 'd', create_options, driver,
	       "Use this driver; overlay is a bridge on this host", .value = "DRIVER",
	       .words = "bridge macvlan ipvlan overlay", .fallback = "bridge"),
	OPTION(LIST, "gateway", 0, create_options, gateways, "Set the gateway, one for each subnet",
	       .value = "ADDRESS", .fallback = "the first address"),
	OPTION_REFUSED("ingress", 0, "there is no routing mesh on one host: publish ports"),
	OPTION(BOOL, "internal", 0, create_options, internal, "Make a network without a way out"),
	OPTION(LIST, "ip-range", 0, create_options, ranges,
	       "Give addresses from this part of the subnet", .value = "SUBNET"),
	OPTION(STRING, "ipam-driver", 0, create_options, ipam_driver,
	       "Use this driver for addresses", .value = "DRIVER", .words = "default",
	       .fallback = "default"),
	OPTION(LIST, "ipam-opt", 0, create_options, ipam_options,
	       "Set an option of the driver for addresses, which inspect shows",
	       .value = "NAME=VALUE"),
	OPTION(TRISTATE, "ipv4", 0, create_options, ipv4, "Give IPv4 addresses",
	       .fallback = "true"),
	OPTION(BOOL, "ipv6", 0, create_options, ipv6, "Give IPv6 addresses"),
	OPTION(LIST, "label", 0, create_options, labels, "Add a label", .value = "NAME=VALUE"),
	OPTION(LIST, "opt", 'o', create_options, options, "Set an option of the driver",
	       .value = "NAME=VALUE"),
	OPTION(STRING, "scope", 0, create_options, scope,
	       "Scope of the network; on one host swarm is the same", .value = "SCOPE",
	       .words = "local swarm", .fallback = "local"),
	OPTION(LIST, "subnet", 0, create_options, subnets, "Use this subnet, in CIDR form",
	       .value = "SUBNET"),
	{0},
};

static int create_check(const void *data, struct error *err)
{
	const struct create_options *options = data;
	const char *scope = options->scope ? options->scope : "local";

	if (options->ipam_driver && strcmp(options->ipam_driver, "default") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "ipam driver \"%s\" is not there: addresses are given by the "
				 "default one",
				 options->ipam_driver);
	if (strcmp(scope, "local") != 0 && strcmp(scope, "swarm") != 0)
		return error_set(err, ERROR_INVALID, "invalid scope \"%s\": local or swarm", scope);
	if (options->gateways.count > options->subnets.count ||
	    options->ranges.count > options->subnets.count)
		return error_set(err, ERROR_INVALID,
				 "every ip-range or gateway must have a corresponding subnet");
	return 0;
}

/* The subnet that an address, or the beginning of a range, lies in. */
static struct network_subnet *find_subnet(struct network *network, const char *text,
					  const char *what, struct error *err)
{
	for (size_t i = 0; i < network->subnet_count; i++)
		if (network_subnet_contains(&network->subnets[i], text))
			return &network->subnets[i];
	error_set(err, ERROR_INVALID, "no matching subnet for %s %s", what, text);
	return NULL;
}

static int add_gateways(struct network *network, const struct strvec *gateways, struct error *err)
{
	strvec_each (gateway, gateways) {
		struct network_subnet *subnet = find_subnet(network, *gateway, "gateway", err);

		if (!subnet)
			return -1;
		if (subnet->gateway)
			return error_set(err, ERROR_INVALID,
					 "cannot configure multiple gateways (%s, %s) for the same "
					 "subnet (%s)",
					 *gateway, subnet->gateway, subnet->subnet);
		subnet->gateway = *gateway;
	}
	return 0;
}

static int add_ranges(struct network *network, const struct strvec *ranges, struct error *err)
{
	strvec_each (range, ranges) {
		struct network_subnet *subnet = find_subnet(network, *range, "range", err);

		if (!subnet)
			return -1;
		if (subnet->ip_range)
			return error_set(err, ERROR_INVALID,
					 "cannot configure multiple ranges (%s, %s) on the same "
					 "subnet (%s)",
					 *range, subnet->ip_range, subnet->subnet);
		subnet->ip_range = *range;
	}
	return 0;
}

static int add_reserved(struct invocation *invocation, struct network *network, struct error *err)
{
	const struct create_options *options = invocation->options;
	struct pair *pairs = nouns_pairs(invocation, &options->reserved);

	for (size_t i = 0; i < options->reserved.count; i++) {
		struct network_subnet *subnet =
			find_subnet(network, pairs[i].value, "aux-address", err);

		if (!subnet)
			return -1;
		pair_set(&subnet->reserved, &subnet->reserved_count, pairs[i], invocation->arena);
	}
	return 0;
}

/* What a swarm's network is when there is one host only. */
static void become_local(struct network *network, const char *scope)
{
	if (strcmp(network->driver, "overlay") == 0) {
		log_warning("network '%s': on this one host an overlay network is a bridge that "
			    "containers may be attached to",
			    network->name);
		network->driver = "bridge";
		network->attachable = true;
	}
	if (scope && strcmp(scope, "swarm") == 0)
		log_warning("network '%s': its scope is this host", network->name);
}

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
		.ipam_options = nouns_pairs(invocation, &options->ipam_options),
		.ipam_option_count = options->ipam_options.count,
		.subnet_count = options->subnets.count,
	};

	network.subnets =
		arena_array(invocation->arena, network.subnet_count + 1, sizeof(*network.subnets));
	for (size_t i = 0; i < network.subnet_count; i++)
		network.subnets[i].subnet = options->subnets.items[i];
	become_local(&network, options->scope);
	if (add_gateways(&network, &options->gateways, err) < 0 ||
	    add_ranges(&network, &options->ranges, err) < 0 ||
	    add_reserved(invocation, &network, err) < 0 ||
	    network_create(&invocation->engine->net, &network, invocation->arena, err) < 0)
		return -1;
	output_line(network.id);
	return 0;
}

const struct command cmd_network_create = COMMAND(
	"create", "NETWORK", "Create a network",
	EXAMPLE("--subnet 10.5.0.0/16 backend", "Create a network with addresses of your choice"),
	.needs = FOR_OBJECTS, .least = 1, .most = 1,
	COMMAND_OPTIONS(create_options, create_options), .check = create_check, .run = create_run);
