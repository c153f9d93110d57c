/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_start hooks: throw-away containers with the service's networks and volumes that run to their
 * end, one after the other, before the service's first replica starts. They are items of the start
 * set like the replicas; who waits for whom says apply_pre_start_ready.
 *
 * A run counts as the first when no replica has ever been started: not after a restart or a
 * scale-up, but again after a hook failed (its replicas stay created) and for replaced replicas.
 * With per_replica a hook runs for each replica that has not been started yet.
 */
#include "compose/apply/pre_start.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "compose/apply/actual.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/service_config.h"
#include "compose/apply/service_files.h"
#include "compose/apply/start_set.h"
#include "engine/labels.h"

#include <string.h>

static bool was_started(const struct container *container)
{
	return container->state.started_at || container_is_live(container);
}

static bool runs_per_replica(const struct service_hook *hook)
{
	return hook->per_replica == TRISTATE_TRUE;
}

/* Is this its first run? */
static bool is_first(const struct start_set *set, const struct service *service)
{
	bool has_new = false;

	for (size_t i = 0; i < set->count; i++) {
		if (set->items[i].owner != service)
			continue;
		if (was_started(set->items[i].container))
			return false;
		has_new = true;
	}
	for (struct container **other = set->present; other && *other; other++)
		if (strcmp(labels_service(*other), service->name) == 0)
			return false;
	return has_new;
}

static void add_environment(struct container_config *config, char *const *env, struct arena *arena)
{
	auto_strvec struct strvec all = {0};

	strvec_add_all(&all, config->env);
	strvec_add_all(&all, env);
	config->env = strvec_copy(&all, arena);
}

/* What makes a container of the service one of its hook. */
static void override(struct container_config *config, const struct service_hook *hook,
		     const char *label, struct arena *arena)
{
	static char none[] = "NONE";
	static char *no_check[] = {none, NULL};

	config->entrypoint = hook->command;
	config->cmd = NULL;
	if (hook->image)
		config->image = hook->image;
	if (hook->user)
		config->user = hook->user;
	if (hook->working_dir)
		config->working_dir = hook->working_dir;
	if (hook->privileged != TRISTATE_UNSET)
		config->privileged = hook->privileged == TRISTATE_TRUE;
	add_environment(config, hook->environment, arena);
	config->hostname = NULL;
	config->port_count = 0;
	config->port_share = NULL;
	config->restart = (struct container_restart_policy){0};
	config->healthcheck = (struct image_healthcheck){.test = no_check};
	config->tty = config->stdin_open = false;
	config->labels =
		arena_grow(arena, config->labels, config->label_count, sizeof(*config->labels));
	config->labels[config->label_count++] = (struct pair){LABEL_HOOK, label};
}

/* The end of its container's name: which hook, and before which replica. */
static const char *hook_name(const struct executor_item *item, const struct start_set *set)
{
	const char *between = set->apply->project->name_separator;
	char *name = arena_format(set->arena, "pre_start%s%d", between, item->hook - 1);

	return item->before ? arena_format(set->arena, "%s%s%d", name, between,
					   labels_number(item->before))
			    : name;
}

/* A hook of @item->owner; @item->before is the replica that it is for, or NULL. */
static int create_hook(struct start_set *set, struct executor_item *item, struct error *err)
{
	const struct apply *apply = set->apply;
	const struct service *service = item->owner;
	const struct service_hook *hook = &service->pre_start.items[item->hook - 1];
	const char *label = arena_format(set->arena, "pre_start[%d]", item->hook - 1);
	struct service_file_set files;
	struct service_instance instance = {
		.project = apply->project,
		.service = service,
		.name = service_made_name(apply->project, service, hook_name(item, set),
					  set->arena),
		.config_hash = "",
		.files = &files,
		.engine = apply->engine,
	};
	struct container_config config;

	item->container = arena_alloc(set->arena, sizeof(*item->container));
	if (service_files_load(&files, &instance, set->arena, err) < 0 ||
	    service_config_build(&config, &instance, set->arena, err) < 0)
		return -1;
	override(&config, hook, label, set->arena);
	if (container_create(apply->engine, &config, item->container, set->arena, err) < 0)
		return error_wrap(err, "service \"%s\": %s", service->name, label);
	return 0;
}

static size_t add_hooks(struct start_set *set, struct executor_item *hooks, size_t used,
			const struct service *service)
{
	bool first = is_first(set, service);

	for (size_t i = 0; i < service->pre_start.count; i++) {
		struct executor_item hook = {.owner = service, .hook = (int)i + 1};

		if (!runs_per_replica(&service->pre_start.items[i])) {
			if (first)
				hooks[used++] = hook;
			continue;
		}
		for (size_t j = 0; j < set->count; j++) {
			hook.before = set->items[j].container;
			if (set->items[j].owner == service && !was_started(hook.before))
				hooks[used++] = hook;
		}
	}
	return used;
}

/* What a failed hook or a killed command left. */
static int remove_old(const struct start_set *set, const struct service *service, struct error *err)
{
	struct actual actual;

	if (actual_load(&actual, set->apply->engine, apply_name(set->apply), set->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < actual.count; i++)
		if (labels_is_hook(&actual.containers[i]) &&
		    strcmp(labels_service(&actual.containers[i]), service->name) == 0 &&
		    container_remove(set->apply->engine, actual.containers[i].id,
				     CONTAINER_REMOVE_FORCE | CONTAINER_REMOVE_VOLUMES, err) < 0)
			return -1;
	return 0;
}

int apply_pre_start_add(struct start_set *set, struct error *err)
{
	struct executor_item *hooks, *all;
	size_t most = 0, used = 0;

	for (size_t i = 0; i < set->service_count; i++)
		most += set->services[i].service->pre_start.count * (set->count + 1);
	if (!most || set->apply->dry_run)
		return 0;
	hooks = arena_array(set->arena, most, sizeof(*hooks));
	for (size_t i = 0; i < set->service_count; i++) {
		const struct service *service = set->services[i].service;
		size_t before = used;

		used = add_hooks(set, hooks, used, service);
		if (used > before && remove_old(set, service, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < used; i++)
		if (create_hook(set, &hooks[i], err) < 0)
			return -1;
	all = arena_array(set->arena, used + set->count + 1, sizeof(*all));
	memcpy(all, hooks, used * sizeof(*all));
	if (set->count)
		memcpy(all + used, set->items, set->count * sizeof(*all));
	set->items = all;
	set->count += used;
	return 0;
}

/* Does @item, a hook or a replica, come after @hook? */
static bool comes_after(const struct executor_item *item, const struct executor_item *hook)
{
	if (!hook->hook || hook == item || hook->owner != item->owner)
		return false;
	if (!item->hook)
		return !hook->before || hook->before == item->container;
	return hook->hook < item->hook &&
	       (!hook->before || !item->before || hook->before == item->before);
}

static int check_hook(struct start_set *set, const struct executor_item *hook, struct error *err)
{
	const struct container *container = hook->container;
	const struct service *service = hook->owner;
	bool has_ended;

	if (hook->state == EXECUTOR_FAILED)
		return error_set(err, hook->err.code, "service \"%s\": pre_start[%d]: %s",
				 service->name, hook->hook - 1, hook->err.text);
	if (hook->state != EXECUTOR_DONE)
		return 0;
	has_ended = container->state.status == CONTAINER_EXITED;
	if (!has_ended || container->state.exit_code == 0) {
		conditions_report(&set->told, container, CONDITION_COMPLETED_SUCCESSFULLY,
				  has_ended);
		return has_ended;
	}
	conditions_report_error(
		&set->told, container,
		arena_format(set->arena, "exited with status %d", container->state.exit_code));
	return error_set(err, ERROR_CONFLICT,
			 "service \"%s\": pre_start[%d] exited with status %d: what it said is in "
			 "'coracle container logs %s'",
			 service->name, hook->hook - 1, container->state.exit_code,
			 container->name);
}

int apply_pre_start_ready(struct start_set *set, const struct executor_item *item,
			  struct error *err)
{
	int ready = 1;

	for (size_t i = 0; i < set->count; i++) {
		int one = comes_after(item, &set->items[i]) ? check_hook(set, &set->items[i], err)
							    : 1;

		if (one < 0)
			return -1;
		ready = ready && one;
	}
	return ready;
}

/* Those that failed stay, to be looked at; of a command that was interrupted nothing goes on. */
int apply_pre_start_finish(const struct start_set *set, struct error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		struct container *container = set->items[i].container;

		if (!set->items[i].hook)
			continue;
		if (container_refresh(set->apply->engine, container, set->arena, err) < 0)
			return -1;
		if (container->state.status == CONTAINER_EXITED && container->state.exit_code != 0)
			continue;
		if (container_remove(set->apply->engine, container->id,
				     CONTAINER_REMOVE_FORCE | CONTAINER_REMOVE_VOLUMES, err) < 0)
			return -1;
	}
	return 0;
}
