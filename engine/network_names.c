/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network_names.h"

#include "base/arena.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/container_json.h"

#include <string.h>

int network_names_refuse(struct error *err, const char *why)
{
	error_set(err, ERROR_CONFLICT, "%s", why);
	return error_state(err, FACT_NETWORK_DENIED, NULL, NULL);
}

int network_names_find(struct engine *engine, const char *name, struct network *network,
		       struct arena *arena, struct error *err)
{
	if (network_load(&engine->net, name, network, arena, err) < 0)
		return -1;
	if (strcmp(network->driver, "host") == 0)
		return network_names_refuse(
			err, "cannot connect container to host network - container must be "
			     "created in host network mode");
	if (strcmp(network->driver, "null") == 0)
		return network_names_refuse(err, NETWORK_NAMES_NONE_IS_ALONE);
	return 0;
}

int network_names_resolve(struct engine *engine, struct container_config *config,
			  struct arena *arena, struct error *err)
{
	struct endpoint_request *named =
		arena_array(arena, config->endpoint_count + 1, sizeof(*named));
	struct error reason = {0};

	for (size_t i = 0; i < config->endpoint_count; i++) {
		struct network network;

		named[i] = config->endpoints[i];
		if (network_names_find(engine, named[i].network, &network, arena, &reason) == 0)
			named[i].network = network.name;
		else if (reason.fact != FACT_NO_NETWORK)
			return error_pass(err, &reason);
	}
	config->endpoints = named;
	return 0;
}

int network_names_settle(struct engine *engine, struct container *container, struct arena *arena,
			 struct error *err)
{
	struct container_config *config = &container->config;
	bool has_changed = false;

	for (size_t i = 0; i < config->endpoint_count; i++) {
		struct network network;

		if (network_names_find(engine, config->endpoints[i].network, &network, arena, err) <
		    0)
			return -1;
		has_changed |= strcmp(config->endpoints[i].network, network.name) != 0;
		config->endpoints[i].network = network.name;
	}
	return has_changed ? container_json_save(engine, container, err) : 0;
}
