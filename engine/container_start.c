/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_start.h"

#include "base/arena.h"
#include "engine/container.h"
#include "engine/container_json.h"

void container_start_failed(struct engine *engine, const char *id, unsigned flags)
{
	auto_arena struct arena arena = {0};
	struct container container;

	if (container_json_load(engine, id, &container, &arena, NULL) == 0 &&
	    container.config.auto_remove)
		container_remove(engine, id, flags | CONTAINER_REMOVE_VOLUMES, NULL);
}

int container_start(struct engine *engine, const char *id, struct error *err)
{
	struct container_task task;

	if (container_start_begin(engine, id, &task, err) == 0 &&
	    container_task_finish(engine, &task, err) == 0)
		return 0;
	container_start_failed(engine, id, 0);
	return -1;
}
