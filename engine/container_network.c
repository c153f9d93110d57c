/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_network.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/container_connect.h"
#include "engine/container_json.h"
#include "engine/container_store.h"
#include "engine/namespace_mode.h"
#include "engine/network_names.h"

#include <string.h>
#include <unistd.h>

#define INVALID "invalid endpoint settings:\n"

/* A container whose description is about to change, with its lock. */
struct change {
	struct engine *engine;
	struct container container;
	struct network network;
	struct arena arena;
	int lock;
};

static void end_change(struct change *change)
{
	if (change->lock >= 0)
		close(change->lock);
	arena_release(&change->arena);
}
#define auto_change __attribute__((cleanup(end_change)))

static int begin_change(struct change *change, const char *id, struct error *err)
{
	container_heal(change->engine, id);
	change->lock = container_lock(change->engine, id, true, err);
	if (change->lock < 0)
		return -1;
	return container_load(change->engine, id, &change->container, &change->arena, err);
}

static size_t find_endpoint(const struct change *change, const char *network)
{
	const struct container_config *config = &change->container.config;
	size_t i = 0;

	while (i < config->endpoint_count && strcmp(config->endpoints[i].network, network) != 0)
		i++;
	return i;
}

static void add_endpoint(struct change *change, const struct endpoint_request *request)
{
	struct container_config *config = &change->container.config;
	struct endpoint_request *all =
		arena_array(&change->arena, config->endpoint_count + 1, sizeof(*all));

	for (size_t i = 0; i < config->endpoint_count; i++)
		all[i] = config->endpoints[i];
	all[config->endpoint_count] = *request;
	all[config->endpoint_count++].network = change->network.name;
	config->endpoints = all;
}

static int check_mode(const struct change *change, struct error *err)
{
	const char *mode = change->container.config.network_mode;

	if (namespace_mode_is_foreign(mode))
		return network_names_refuse(
			err, "container sharing network namespace with another container or "
			     "host cannot be connected to any other network");
	if (namespace_mode_is(mode, NAMESPACE_NONE))
		return network_names_refuse(err, NETWORK_NAMES_NONE_IS_ALONE);
	return 0;
}

/* As Docker words it. */
static int check_request(const struct change *change, const struct endpoint_request *request,
			 struct error *err)
{
	bool is_default = network_is_predefined(change->network.name);
	const char *const addresses[] = {request->ipv4, request->ipv6};

	if (is_default && (request->ipv4 || request->ipv6))
		return error_set(err, ERROR_INVALID,
				 INVALID "user-specified IP address is supported on user-defined "
					 "networks only");
	if (is_default && request->aliases && request->aliases[0])
		return error_set(err, ERROR_INVALID,
				 INVALID "network-scoped aliases are only supported for "
					 "user-defined networks");
	for (size_t i = 0; i < array_length(addresses); i++)
		if (addresses[i] && !network_contains(&change->network, addresses[i]))
			return error_set(err, ERROR_INVALID,
					 INVALID "no configured subnet contains IP address %s",
					 addresses[i]);
	return 0;
}

/* Writes it down and lets go of the lock, which the monitor may need to end. */
static int save(struct change *change, struct error *err)
{
	int result = container_json_save(change->engine, &change->container, err);

	close(change->lock);
	change->lock = -1;
	return result;
}

static int remove_endpoint(struct change *change, const char *network, struct error *err)
{
	struct container_config *config = &change->container.config;
	size_t index = find_endpoint(change, network);

	if (index == config->endpoint_count) {
		error_set(err, ERROR_NOT_FOUND, "container %s is not connected to network %s",
			  change->container.id, network);
		return error_state(err, FACT_NOT_CONNECTED, change->container.id, network);
	}
	config->endpoint_count--;
	memmove(&config->endpoints[index], &config->endpoints[index + 1],
		(config->endpoint_count - index) * sizeof(*config->endpoints));
	return save(change, err);
}

/* A monitor that could not do it is told to forget it. */
static void take_back(struct engine *engine, const char *id, const char *network)
{
	auto_change struct change change = {.engine = engine, .lock = -1};

	if (begin_change(&change, id, NULL) == 0 && remove_endpoint(&change, network, NULL) == 0)
		container_tell_changed(engine, id, NULL);
}

/* Has it the network already? One that does not run may be told so again. */
static int find_present(const struct change *change, struct error *err)
{
	if (find_endpoint(change, change->network.name) == change->container.config.endpoint_count)
		return 0;
	if (!container_is_live(&change->container))
		return 1;
	error_set(err, ERROR_CONFLICT, "endpoint with name %s already exists in network %s",
		  change->container.name, change->network.name);
	return error_state(err, FACT_NETWORK_DENIED, NULL, NULL);
}

int container_network_connect(struct engine *engine, const char *id,
			      const struct endpoint_request *request, struct error *err)
{
	auto_change struct change change = {.engine = engine, .lock = -1};
	struct error reason = {0};
	int present;

	if (begin_change(&change, id, err) < 0 || check_mode(&change, err) < 0 ||
	    network_names_find(engine, request->network, &change.network, &change.arena, err) < 0 ||
	    check_request(&change, request, err) < 0)
		return -1;
	present = find_present(&change, err);
	if (present != 0)
		return present < 0 ? -1 : 0;
	add_endpoint(&change, request);
	if (save(&change, err) < 0)
		return -1;
	if (container_tell_changed(engine, change.container.id, &reason) == 0)
		return 0;
	take_back(engine, change.container.id, change.network.name);
	return error_pass(err, &reason);
}

int container_network_disconnect(struct engine *engine, const char *id, const char *network,
				 bool force, struct error *err)
{
	auto_change struct change change = {.engine = engine, .lock = -1};
	struct error reason = {0};

	if (begin_change(&change, id, err) < 0)
		return -1;
	if (network_load(&engine->net, network, &change.network, &change.arena, &reason) == 0)
		network = change.network.name;
	else if (!force)
		return error_pass(err, &reason);
	if (namespace_mode_is(change.container.config.network_mode, NAMESPACE_HOST) &&
	    strcmp(network, "host") == 0)
		return network_names_refuse(
			err, "cannot disconnect container from host network - container was "
			     "created in host network mode");
	if (remove_endpoint(&change, network, err) < 0)
		return -1;
	return container_tell_changed(engine, change.container.id, err);
}

int container_network_move(struct engine *engine, const char *id, const char *from, const char *to,
			   struct error *err)
{
	auto_change struct change change = {.engine = engine, .lock = -1};
	size_t index;

	if (begin_change(&change, id, err) < 0)
		return -1;
	index = find_endpoint(&change, from);
	if (index == change.container.config.endpoint_count)
		return 0;
	change.container.config.endpoints[index].network = to;
	return save(&change, err);
}
