/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The networks that are always there, as Docker's: "bridge", "host" and "none". Of the last two
 * nothing is anywhere. "bridge" becomes a network like any other when a container is first attached
 * to it, and goes when the last has left; until then it is described as it would be made.
 */
#include "net/network_predefined.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/units.h"

static const struct pair predefined[] = {{"bridge", "bridge"}, {"host", "host"}, {"none", "null"}};

static const struct pair bridge_options[] = {
	{"com.docker.network.bridge.default_bridge", "true"},
	{"com.docker.network.bridge.enable_icc", "true"},
	{"com.docker.network.bridge.enable_ip_masquerade", "true"},
	{"com.docker.network.bridge.host_binding_ipv4", "0.0.0.0"},
};

bool network_is_predefined(const char *name)
{
	return pair_find(predefined, array_length(predefined), name) != NULL;
}

/* They are as old as the directory of all networks, and their ids follow from it: the same at each
 * look, others in another root. */
static void identify(const struct net_context *context, struct network *network,
		     struct arena *arena)
{
	struct statx status = {0};
	struct timespec born;
	char time[UNITS_TIME_SIZE], id[DIGEST_HEX_SIZE];
	const char *text;

	statx(context->config_dirfd, "", AT_EMPTY_PATH, STATX_BTIME | STATX_INO, &status);
	born = (struct timespec){status.stx_btime.tv_sec, status.stx_btime.tv_nsec};
	network->created = arena_string(arena, units_format_time(time, &born));
	text = arena_format(arena, "%s\n%s\n%llu\n%s", network->name, context->run_path,
			    (unsigned long long)status.stx_ino, network->created);
	digest_hex(id, text, strlen(text));
	network->id = arena_string(arena, id);
}

void network_predefined_describe(const struct net_context *context, const char *name,
				 struct network *network, struct arena *arena)
{
	*network = (struct network){
		.name = arena_string(arena, name),
		.driver = pair_find(predefined, array_length(predefined), name),
		.enable_ipv4 = true,
	};
	identify(context, network, arena);
	if (strcmp(name, NETWORK_DEFAULT) != 0)
		return;
	network->options = (struct pair *)bridge_options;
	network->option_count = array_length(bridge_options);
}

void network_predefined_add(const struct net_context *context, struct network **networks,
			    size_t *count, struct arena *arena)
{
	struct network *all = arena_array(arena, *count + array_length(predefined), sizeof(*all));
	size_t filled = *count;

	memcpy(all, *networks, *count * sizeof(*all));
	for (size_t i = 0; i < array_length(predefined); i++) {
		const char *name = predefined[i].name;
		size_t at = 0;

		while (at < filled && strcmp(all[at].name, name) < 0)
			at++;
		if (at < filled && strcmp(all[at].name, name) == 0)
			continue;
		memmove(&all[at + 1], &all[at], (filled++ - at) * sizeof(*all));
		network_predefined_describe(context, name, &all[at], arena);
	}
	*networks = all;
	*count = filled;
}
