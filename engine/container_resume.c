/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_resume.h"

#include "engine/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool is_of_this_boot(struct engine *engine, const char *id)
{
	char path[100];

	snprintf(path, sizeof(path), "%.64s/state.json", id);
	return faccessat(engine->layout.run_containers_fd, path, F_OK, 0) == 0;
}

bool container_resumes(struct engine *engine, const struct container *container)
{
	const struct container_state *state = &container->state;

	if (container_is_live(container) || !state->started_at ||
	    is_of_this_boot(engine, container->id))
		return false;
	switch (container->config.restart.condition) {
	case RESTART_ALWAYS:
		return true;
	case RESTART_UNLESS_STOPPED:
		return !state->stopped_by_user;
	case RESTART_ON_FAILURE:
		return !state->stopped_by_user && state->exit_code != 0;
	case RESTART_NO:
		break;
	}
	return false;
}
