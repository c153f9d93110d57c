/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/network_renew.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/pair.h"
#include "base/units.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/containers.h"
#include "compose/apply/convergence.h"
#include "engine/container_network.h"
#include "engine/labels.h"

#include <string.h>

struct users {
	struct container **items;
	size_t count;
};

/* The project's containers that are on the network, or will be when they are started. */
static int find_users(struct users *users, const struct convergence *convergence,
		      const char *network, struct error *err)
{
	const struct apply *apply = convergence->apply;
	struct actual actual;

	if (actual_load(&actual, apply->engine, apply_name(apply), convergence->arena, err) < 0)
		return -1;
	users->items =
		arena_array(convergence->arena, actual.count + 1, sizeof(struct container *));
	for (size_t i = 0; i < actual.count; i++)
		if (container_find_request(&actual.containers[i].config, network))
			users->items[users->count++] = &actual.containers[i];
	return 0;
}

/* Nothing of the project may be stopped when it cannot be done. */
static int refuse_others(const struct convergence *convergence, const char *network,
			 struct error *err)
{
	const struct apply *apply = convergence->apply;
	struct container container;
	char **ids;

	if (network_users(&apply->engine->net, network, &ids, convergence->arena, err) < 0)
		return -1;
	for (; *ids; ids++) {
		if (container_find(apply->engine, *ids, &container, convergence->arena, err) < 0)
			return -1;
		if (!labels_are_of_project(container.config.labels, container.config.label_count,
					   apply_name(apply)))
			return error_set(err, ERROR_CONFLICT,
					 "network '%s' cannot be made anew: container %s, which is "
					 "not of this project, uses it",
					 network, container.name);
	}
	return 0;
}

static int stop_users(const struct convergence *convergence, const struct users *users,
		      struct error *err)
{
	struct stop_options options = {
		.timeout_ms = units_milliseconds(convergence->options->timeout_ns),
	};

	return apply_stop_containers(convergence->apply, users->items, users->count, &options,
				     convergence->arena, err);
}

static const char *object_name(const struct convergence *convergence, const char *network)
{
	return arena_format(convergence->arena, "Network %s", network);
}

static int remove_network(const struct convergence *convergence, const char *name,
			  struct error *err)
{
	const struct apply *apply = convergence->apply;
	const char *object = object_name(convergence, name);

	apply_report(apply, APPLY_WORKING, object, "Removing", NULL);
	if (!apply->dry_run && network_destroy(&apply->engine->net, name, err) < 0) {
		apply_report(apply, APPLY_FAILED, object, "Error", err->text);
		return -1;
	}
	apply_report(apply, APPLY_DONE, object, "Removed", NULL);
	return 0;
}

int network_renew_create(const struct convergence *convergence, struct network *wanted,
			 struct error *err)
{
	const struct apply *apply = convergence->apply;
	const char *object = object_name(convergence, wanted->name);

	apply_report(apply, APPLY_WORKING, object, "Creating", NULL);
	if (!apply->dry_run &&
	    network_create(&apply->engine->net, wanted, convergence->arena, err) < 0) {
		apply_report(apply, APPLY_FAILED, object, "Error", err->text);
		return -1;
	}
	apply_report(apply, APPLY_DONE, object, "Created", NULL);
	return 0;
}

static void forget(struct network_set *existing, size_t index)
{
	existing->count--;
	memmove(&existing->items[index], &existing->items[index + 1],
		(existing->count - index) * sizeof(*existing->items));
}

/* The start that follows attaches its users again. */
int network_renew(const struct convergence *convergence, struct network_set *existing,
		  struct network *wanted, struct error *err)
{
	struct users users = {0};

	for (size_t i = existing->count; i-- > 0;)
		if (strcmp(existing->items[i].name, wanted->name) == 0)
			forget(existing, i);

	if (refuse_others(convergence, wanted->name, err) < 0 ||
	    find_users(&users, convergence, wanted->name, err) < 0 ||
	    stop_users(convergence, &users, err) < 0 ||
	    remove_network(convergence, wanted->name, err) < 0)
		return -1;
	return network_renew_create(convergence, wanted, err);
}

static int move_users(const struct convergence *convergence, const char *from, const char *to,
		      struct error *err)
{
	struct users users = {0};

	if (find_users(&users, convergence, from, err) < 0 ||
	    stop_users(convergence, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.count && !convergence->apply->dry_run; i++)
		if (container_network_move(convergence->apply->engine, users.items[i]->id, from, to,
					   err) < 0)
			return -1;
	return 0;
}

static int leave_old(const struct convergence *convergence, const char *name, struct error *err)
{
	struct error reason = {0};

	if (remove_network(convergence, name, &reason) == 0)
		return 0;
	if (reason.code != ERROR_CONFLICT)
		return error_pass(err, &reason);
	log_warning("network %s is still in use and was left in place; remove it manually once no "
		    "container is attached",
		    name);
	return 0;
}

static bool had_key(const struct network *network, const struct project_network *wanted,
		    const char *project)
{
	const char *key = pair_find(network->labels, network->label_count, LABEL_NETWORK);

	return key && strcmp(key, wanted->key) == 0 && strcmp(network->name, wanted->name) != 0 &&
	       labels_are_of_project(network->labels, network->label_count, project);
}

int network_renew_renamed(const struct convergence *convergence, struct network_set *existing,
			  const struct project_network *wanted, struct error *err)
{
	for (size_t i = existing->count; i-- > 0;) {
		const char *old = existing->items[i].name;

		if (!had_key(&existing->items[i], wanted, apply_name(convergence->apply)))
			continue;
		if (move_users(convergence, old, wanted->name, err) < 0 ||
		    leave_old(convergence, old, err) < 0)
			return -1;
		forget(existing, i);
	}
	return 0;
}
