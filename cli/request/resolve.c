/* SPDX-License-Identifier: Apache-2.0 */
/* What a request names on this host: other containers and networks. */
#include "cli/request/request_private.h"

#include "base/cleanup.h"
#include "engine/namespace_mode.h"

/* "container:NAME" as "container:ID". */
static int resolve_mode(struct engine *engine, const char **mode, struct arena *arena,
			struct error *err)
{
	struct namespace_mode parsed = namespace_mode_parse(*mode);
	struct container container;

	if (parsed.kind != NAMESPACE_CONTAINER)
		return 0;
	if (container_find(engine, parsed.name, &container, arena, err) < 0)
		return -1;
	*mode = arena_format(arena, "container:%s", container.id);
	return 0;
}

static int ensure_bridge(struct engine *engine, struct arena *arena, struct error *err)
{
	struct network bridge = {.name = "bridge", .driver = "bridge", .enable_ipv4 = true};
	struct network existing;

	if (network_load(&engine->net, "bridge", &existing, arena, NULL) == 0)
		return network_restore(&engine->net, "bridge", err);
	if (network_create(&engine->net, &bridge, arena, err) == 0 || err->code == ERROR_CONFLICT)
		return 0;
	return -1;
}

/* A name may have been the beginning of an id. */
static int resolve_endpoint(struct engine *engine, struct endpoint_request *endpoint,
			    struct arena *arena, struct error *err)
{
	struct network network;

	if (strcmp(endpoint->network, "bridge") == 0)
		return ensure_bridge(engine, arena, err);
	if (network_load(&engine->net, endpoint->network, &network, arena, err) < 0)
		return -1;
	endpoint->network = network.name;
	return network_restore(&engine->net, network.name, err);
}

/* On the default network a link must lead to somebody. */
static int check_links(struct engine *engine, const struct container_config *config,
		       struct arena *arena, struct error *err)
{
	if (!config->endpoint_count || strcmp(config->endpoints[0].network, "bridge") != 0)
		return 0;
	for (char **link = config->links; link && *link; link++) {
		const char *name = strchr(*link, '=') + 1;
		struct container container;

		if (container_find(engine, name, &container, arena, err) < 0)
			return error_wrap(err, "could not get container for %s", name);
	}
	return 0;
}

int request_resolve(struct engine *engine, struct container_config *config, struct arena *arena,
		    struct error *err)
{
	const char **const modes[] = {&config->network_mode, &config->pid_mode, &config->ipc_mode};
	static const char *const names[] = {"network", "PID", "IPC"};

	for (size_t i = 0; i < array_length(modes); i++)
		if (resolve_mode(engine, modes[i], arena, err) < 0)
			return error_wrap(err, "joining %s namespace of container", names[i]);
	for (size_t i = 0; i < config->endpoint_count; i++)
		if (resolve_endpoint(engine, &config->endpoints[i], arena, err) < 0)
			return -1;
	return check_links(engine, config, arena, err);
}
