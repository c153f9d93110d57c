/* SPDX-License-Identifier: Apache-2.0 */
/* The teardown of what a start has made: by whoever finds it, as often as it takes. */
#include "engine/start.h"

#include "engine/container_cgroup.h"
#include "engine/container_json.h"
#include "runtime/cgroup.h"

void start_undo(struct engine *engine, const struct container *container, bool keep_network)
{
	auto_arena struct arena arena = {0};

	cgroup_destroy(container_cgroup_path(container, &arena), NULL);
	if (!keep_network)
		network_detach(&engine->net, (char *[]){(char *)container->id}, 1, NULL);
}

void start_undo_killed(struct engine *engine, struct container *container)
{
	struct container_state *state = &container->state;

	if (state->status != CONTAINER_CREATED || !state->pid)
		return;
	start_undo(engine, container, false);
	state->pid = 0;
	state->endpoint_count = state->port_count = 0;
	container_state_save(engine, container->id, state, true, NULL);
}
