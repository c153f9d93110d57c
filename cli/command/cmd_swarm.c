/* SPDX-License-Identifier: Apache-2.0 */
/* `swarm`: stacks and services need none here, so that there is little to do. */
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "compose/stack/swarm.h"
#include "engine/engine.h"

#include <stdio.h>

/* ------------------------------------------------------------------ init */

struct init_options {
	const char *advertise_addr, *listen_addr, *availability, *data_path_addr, *data_path_port;
	const char *cert_expiry, *dispatcher_heartbeat, *subnet_length, *history_limit;
	const char *max_snapshots, *snapshot_interval;
	struct strvec address_pools, external_cas;
	bool force_new_cluster;
};

/* What is about several hosts says nothing about one. */
#define OF_MANY(word, member)                                                                      \
	OPTION(STRING, word, 0, init_options, member, "Accepted, as there is one host",            \
	       .value = "TEXT", .is_hidden = true)

static const struct option_spec init_options[] = {
	OF_MANY("advertise-addr", advertise_addr),
	OPTION_REFUSED("autolock", 0, "there are no managers whose keys could be locked"),
	OF_MANY("availability", availability),
	OF_MANY("cert-expiry", cert_expiry),
	OF_MANY("data-path-addr", data_path_addr),
	OF_MANY("data-path-port", data_path_port),
	OPTION(LIST, "default-addr-pool", 0, init_options, address_pools,
	       "Accepted: networks choose their subnets themselves", .value = "SUBNET",
	       .is_hidden = true),
	OF_MANY("default-addr-pool-mask-length", subnet_length),
	OF_MANY("dispatcher-heartbeat", dispatcher_heartbeat),
	OPTION(LIST, "external-ca", 0, init_options, external_cas, "Accepted, as there is one host",
	       .value = "TEXT", .is_hidden = true),
	OPTION(BOOL, "force-new-cluster", 0, init_options, force_new_cluster,
	       "Do it even if this host is a swarm already"),
	OF_MANY("listen-addr", listen_addr),
	OF_MANY("max-snapshots", max_snapshots),
	OF_MANY("snapshot-interval", snapshot_interval),
	OF_MANY("task-history-limit", history_limit),
	{0},
};

static int init_run(struct invocation *invocation, struct error *err)
{
	const struct init_options *options = invocation->options;
	const struct layout *layout = &invocation->engine->layout;
	char id[SWARM_ID_SIZE];

	if (options->force_new_cluster && swarm_is_active(layout) && swarm_leave(layout, err) < 0)
		return -1;
	if (swarm_enter(layout, err) < 0)
		return -1;
	swarm_node_id(id, layout);
	output_printf("Swarm initialized: current node (%s) is now a manager.\n\n"
		      "Stacks and services of this host need no swarm, and no other host can join "
		      "it.\n",
		      id);
	return 0;
}

static const struct command cmd_swarm_init =
	COMMAND("init", "", "Note that this host is a swarm, which nothing here needs",
		EXAMPLE("", "Note it"), .needs = FOR_OBJECTS,
		COMMAND_OPTIONS(init_options, init_options), .run = init_run);

/* ------------------------------------------------------------------ leave */

struct leave_options {
	bool force;
};

static const struct option_spec leave_options[] = {
	OPTION(BOOL, "force", 'f', leave_options, force, "Accepted: nothing is lost by it",
	       .is_hidden = true),
	{0},
};

static int leave_run(struct invocation *invocation, struct error *err)
{
	if (swarm_leave(&invocation->engine->layout, err) < 0)
		return -1;
	output_line("Node left the swarm.");
	invocation_say(invocation, "Stacks and services stay: 'stack rm' and 'service rm' remove "
				   "them.");
	return 0;
}

static const struct command cmd_swarm_leave =
	COMMAND("leave", "", "Note that this host is no swarm; stacks and services stay",
		EXAMPLE("", "Note it"), .needs = FOR_OBJECTS,
		COMMAND_OPTIONS(leave_options, leave_options), .run = leave_run);

static const struct command_entry verbs[] = {
	{"init", &cmd_swarm_init},
	{"leave", &cmd_swarm_leave},
	{0},
};

const struct command cmd_swarm =
	COMMAND("swarm", "COMMAND", "Say whether this host is a swarm, of itself alone",
		EXAMPLE("init", "Note that this host is a swarm"), .needs = CHANGES_NOTHING,
		.verbs = verbs);
