/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_update.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/container_cgroup.h"
#include "engine/container_connect.h"
#include "engine/container_event.h"
#include "engine/container_json.h"
#include "engine/container_store.h"
#include "engine/limit_check.h"
#include "runtime/cgroup.h"

#include <errno.h>
#include <unistd.h>

static int check_memory(const struct spec_resources *has, const struct spec_resources *wanted,
			struct error *err)
{
	/* Docker counts a swap limit that was never given as twice the memory. */
	int64_t swap = has->memory_swap || has->memory_limit < 0
			       ? has->memory_swap
			       : limit_default_swap(has->memory_limit);

	if (wanted->memory_limit > 0 && !wanted->memory_swap && wanted->memory_limit > swap)
		return error_set(
			err, ERROR_CONFLICT,
			"Memory limit should be smaller than already set memoryswap limit, "
			"update the memoryswap at the same time");
	return 0;
}

static int check(const struct container *container, const struct container_update *update,
		 struct error *err)
{
	const struct container_config *config = &container->config;

	if (update->restart && update->restart->condition != RESTART_NO && config->auto_remove)
		return error_set(err, ERROR_CONFLICT,
				 "Restart policy cannot be updated because AutoRemove is enabled "
				 "for the container");
	return check_memory(&config->resources, &update->limits, err);
}

#define TAKE(member)                                                                               \
	do {                                                                                       \
		if (from->member)                                                                  \
			to->member = from->member;                                                 \
	} while (0)

static void take_limits(struct spec_resources *to, const struct spec_resources *from)
{
	TAKE(memory_limit);
	TAKE(memory_swap);
	TAKE(memory_reservation);
	TAKE(cpu_shares);
	TAKE(cpu_quota_us);
	TAKE(cpu_period_us);
	TAKE(cpuset_cpus);
	TAKE(cpuset_mems);
	TAKE(pids_limit);
	TAKE(io_weight);
}

/* First of all, since it is what can be refused. */
static int change_cgroup(const struct container *container, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct error reason = {0};

	if (!container_is_live(container) ||
	    cgroup_update(container_cgroup_path(container, &arena), &container->config.resources,
			  &reason) == 0)
		return 0;
	if (reason.code != ENOENT && reason.code != ERROR_UNSUPPORTED)
		return error_pass(err, &reason);
	/* Without a process it waits to be restarted, or has just ended. */
	if (container->state.pid > 0)
		cgroup_warn_without(&container->config.resources);
	return 0;
}

static int update_locked(struct engine *engine, const char *id,
			 const struct container_update *update, struct arena *arena,
			 struct error *err)
{
	struct container container;

	if (container_load(engine, id, &container, arena, err) < 0 ||
	    check(&container, update, err) < 0)
		return -1;
	take_limits(&container.config.resources, &update->limits);
	if (update->restart)
		container.config.restart = *update->restart;
	if (change_cgroup(&container, err) < 0 || container_json_save(engine, &container, err) < 0)
		return -1;
	container_event(&container, "update", NULL, 0);
	return 0;
}

int container_update(struct engine *engine, const char *id, const struct container_update *update,
		     struct error *err)
{
	auto_arena struct arena arena = {0};
	int lock = container_lock(engine, id, true, err);
	int result = lock < 0 ? -1 : update_locked(engine, id, update, &arena, err);

	if (lock >= 0)
		close(lock); /* its monitor may need it to end */
	if (result < 0)
		return error_wrap(err, "Cannot update container %s", id);
	return container_tell_changed(engine, id, err);
}
