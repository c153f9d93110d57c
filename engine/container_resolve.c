/* SPDX-License-Identifier: Apache-2.0 */
/* What the description of a container that is to be made names on this host: other containers. */
#include "engine/container.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/namespace_mode.h"

#include <string.h>

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

int container_resolve(struct engine *engine, struct container_config *config, struct arena *arena,
		      struct error *err)
{
	const char **const modes[] = {&config->network_mode, &config->pid_mode, &config->ipc_mode};
	static const char *const names[] = {"network", "PID", "IPC"};

	for (size_t i = 0; i < array_length(modes); i++)
		if (resolve_mode(engine, modes[i], arena, err) < 0)
			return error_wrap(err, "joining %s namespace of container", names[i]);
	return check_links(engine, config, arena, err);
}
