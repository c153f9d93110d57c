/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes containers: stopped, out of the network, and then what is left of them on disk.
 */
#include "engine/container.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/container_names.h"
#include "engine/container_remains.h"
#include "engine/container_store.h"

#include <unistd.h>

/* Others may start it again between our stop and our lock. */
static int remove_stubborn(struct container_removal *removal, const char *id, struct error *err)
{
	struct engine *engine = removal->engine;
	struct error reason = {0};

	for (int attempt = 0; attempt < 20; attempt++) {
		if (container_remains_remove(removal, id, &reason) == 0 ||
		    reason.code == ERROR_NOT_FOUND)
			return 0;
		if (reason.code != ERROR_CONFLICT || !(removal->flags & CONTAINER_REMOVE_FORCE))
			break;
		container_stop(engine, id, "SIGKILL", 0, NULL);
		network_detach(&engine->net, (char *[]){(char *)id}, 1, NULL);
	}
	return error_pass(err, &reason);
}

static bool exists(struct engine *engine, const char *id)
{
	return faccessat(engine->layout.containers_fd, id, F_OK, 0) == 0 ||
	       faccessat(engine->layout.run_containers_fd, id, F_OK, 0) == 0;
}

int container_remove_many(struct engine *engine, char *const *ids, size_t count, unsigned flags,
			  struct error *err)
{
	auto_strvec struct strvec present = {0};
	struct container_removal removal __attribute__((cleanup(container_removal_release))) = {
		.engine = engine, .flags = flags, .ids = &present};
	struct error first = {0};

	for (size_t i = 0; i < count; i++) {
		if (!exists(engine, ids[i]))
			continue;
		container_heal(engine, ids[i]);
		if (flags & CONTAINER_REMOVE_FORCE && container_has_monitor(engine, ids[i]))
			container_stop(engine, ids[i], "SIGKILL", 0, NULL);
		if (flags & CONTAINER_REMOVE_FORCE || !container_is_guarded(engine, ids[i]))
			strvec_add(&present, ids[i]);
		else
			container_remains_refuse(engine, ids[i], &first);
	}
	if (!present.count && !first.code)
		return 0;
	if (network_detach(&engine->net, present.items, present.count, err) < 0 ||
	    container_names_list(engine, &removal.names, &removal.holders, err) < 0)
		return -1;
	strvec_each (id, &present) {
		struct error reason = {0};

		if (remove_stubborn(&removal, *id, &reason) < 0 && !first.code)
			first = reason;
	}
	if (!first.code)
		return 0;
	return error_pass(err, &first);
}

int container_remove(struct engine *engine, const char *id, unsigned flags, struct error *err)
{
	return container_remove_many(engine, (char *[]){(char *)id}, 1, flags, err);
}
