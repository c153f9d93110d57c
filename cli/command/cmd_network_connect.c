/* SPDX-License-Identifier: Apache-2.0 */
/* `network connect` and `network disconnect`. */
#include "base/arena.h"
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "engine/container.h"
#include "engine/container_network.h"

#include <string.h>

struct connect_options {
	const char *ip, *ip6;
	int gw_priority;
	struct strvec aliases, driver_options, links, link_local;
};

static const struct option_spec connect_options[] = {
	OPTION(LIST, "alias", 0, connect_options, aliases,
	       "Give the container this name on the network", .value = "NAME"),
	OPTION(LIST, "driver-opt", 0, connect_options, driver_options,
	       "Set an option of the driver", .value = "NAME=VALUE"),
	OPTION(INT, "gw-priority", 0, connect_options, gw_priority,
	       "Priority of this network as the way out, the highest one being it",
	       .value = "NUMBER", .fallback = "0"),
	OPTION(STRING, "ip", 0, connect_options, ip, "Set the IPv4 address", .value = "ADDRESS"),
	OPTION(STRING, "ip6", 0, connect_options, ip6, "Set the IPv6 address", .value = "ADDRESS"),
	OPTION(LIST, "link", 0, connect_options, links,
	       "Add a name for a container, which this one alone knows",
	       .value = "CONTAINER[:ALIAS]"),
	OPTION(LIST, "link-local-ip", 0, connect_options, link_local, "Add a link-local address",
	       .value = "ADDRESS"),
	{0},
};

/* Each may be several with commas between. */
static char **split(const struct strvec *lists, struct arena *arena)
{
	struct strvec words = {0};
	char **copy;

	strvec_each (list, lists) {
		char *rest = arena_string(arena, *list), *word;

		while ((word = strsep(&rest, ",")))
			if (*word)
				strvec_add(&words, word);
	}
	copy = words.count ? strvec_copy(&words, arena) : NULL;
	strvec_release(&words);
	return copy;
}

/* "CONTAINER[:ALIAS]" as "ALIAS=CONTAINER". */
static char **split_links(const struct strvec *links, struct arena *arena)
{
	struct strvec words = {0};
	char **copy;

	strvec_each (link, links) {
		const char *colon = strchr(*link, ':');

		strvec_addf(&words, "%s=%.*s", colon ? colon + 1 : *link, (int)strcspn(*link, ":"),
			    *link);
	}
	copy = words.count ? strvec_copy(&words, arena) : NULL;
	strvec_release(&words);
	return copy;
}

static int set_driver_options(struct endpoint_request *request, char **entries, struct arena *arena,
			      struct error *err)
{
	for (char **entry = entries; entry && *entry; entry++)
		if (!strchr(*entry, '=') || **entry == '=')
			return error_set(err, ERROR_INVALID,
					 "invalid key/value pair format in driver options");
	pair_set_entries(&request->options, &request->option_count, entries, arena);
	return 0;
}

static int connect_run(struct invocation *invocation, struct error *err)
{
	const struct connect_options *options = invocation->options;
	struct arena *arena = invocation->arena;
	struct endpoint_request request = {
		.network = invocation->arguments[0],
		.ipv4 = options->ip,
		.ipv6 = options->ip6,
		.gw_priority = options->gw_priority,
		.aliases = split(&options->aliases, arena),
		.link_local = split(&options->link_local, arena),
		.links = split_links(&options->links, arena),
	};
	struct container container;

	if (set_driver_options(&request, split(&options->driver_options, arena), arena, err) < 0 ||
	    container_find(invocation->engine, invocation->arguments[1], &container, arena, err) <
		    0)
		return -1;
	return container_network_connect(invocation->engine, container.id, &request, err);
}

const struct command cmd_network_connect = COMMAND(
	"connect", "NETWORK CONTAINER", "Connect a container to a network",
	EXAMPLE("--alias db backend postgres-1", "Let others on backend find the container as db"),
	.needs = FOR_OBJECTS, .least = 2, .most = 2,
	COMMAND_OPTIONS(connect_options, connect_options), .run = connect_run);

struct disconnect_options {
	bool force;
};

static const struct option_spec disconnect_options[] = {
	OPTION(BOOL, "force", 'f', disconnect_options, force,
	       "Disconnect it even if the network or the container is not there any more"),
	{0},
};

static int disconnect_run(struct invocation *invocation, struct error *err)
{
	const struct disconnect_options *options = invocation->options;
	struct container container;

	if (container_find(invocation->engine, invocation->arguments[1], &container,
			   invocation->arena, err) < 0)
		return -1;
	return container_network_disconnect(invocation->engine, container.id,
					    invocation->arguments[0], options->force, err);
}

const struct command cmd_network_disconnect =
	COMMAND("disconnect", "NETWORK CONTAINER", "Disconnect a container from a network",
		EXAMPLE("backend postgres-1", "Take the container off the network"),
		.needs = FOR_OBJECTS, .least = 2, .most = 2,
		COMMAND_OPTIONS(disconnect_options, disconnect_options), .run = disconnect_run);
