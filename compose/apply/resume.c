/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resume: what ran when the host went down is started again, in the order of its dependencies.
 */
#include "base/arena.h"
#include "base/error.h"
#include "compose/apply/actual.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/service_config.h"
#include "compose/apply/service_files.h"
#include "compose/apply/start_set.h"
#include "compose/apply/starter.h"
#include "engine/container_resume.h"
#include "engine/labels.h"

#include <string.h>

static enum service_condition condition_named(const char *text, size_t length)
{
	for (int i = CONDITION_STARTED; model_conditions[i]; i++)
		if (strlen(model_conditions[i]) == length &&
		    strncmp(model_conditions[i], text, length) == 0)
			return (enum service_condition)i;
	return CONDITION_STARTED;
}

/* "db:service_healthy:false,cache:service_started:false", as service of the model. */
static struct service *service_of_labels(const struct container *container, struct arena *arena)
{
	struct service *service = arena_alloc(arena, sizeof(*service));
	const char *at = container_label(container, LABEL_DEPENDS_ON);
	size_t count = 0;

	*service = (struct service){.name = arena_string(arena, labels_service(container))};
	for (; at && *at; at += strcspn(at, ","), at += *at == ',') {
		size_t length = strcspn(at, ":,");
		const char *condition = at[length] == ':' ? at + length + 1 : "";

		service->depends_on.items = arena_grow(arena, service->depends_on.items, count,
						       sizeof(*service->depends_on.items));
		service->depends_on.items[count++] = (struct service_dependency){
			.service = arena_string_n(arena, at, length),
			.condition = condition_named(condition, strcspn(condition, ":,")),
		};
	}
	service->depends_on.count = count;
	return service;
}

/* What it waits for, and no hook that has run before. */
static const struct service *owner_of(const struct apply *apply, const struct container *container,
				      struct arena *arena)
{
	const struct service *known =
		apply->project ? project_find_any_service(apply->project, labels_service(container))
			       : NULL;
	struct service *service;

	if (!known)
		return service_of_labels(container, arena);
	service = arena_alloc(arena, sizeof(*service));
	*service = *known;
	service->pre_start.count = 0;
	return service;
}

/* Secrets and configs were in memory. */
static int renew_files(const struct apply *apply, const struct container *container,
		       struct arena *arena, struct error *err)
{
	struct service_file_set files;
	struct container_config config;
	struct service_instance instance = {
		.project = apply->project,
		.number = labels_number(container),
		.has_aliases = true,
		.name = container->name,
		.config_hash = container_label(container, LABEL_CONFIG_HASH),
		.files = &files,
		.engine = apply->engine,
	};

	if (apply->project)
		instance.service =
			project_find_any_service(apply->project, labels_service(container));
	if (!container->config.file_count || !instance.service || apply->dry_run)
		return 0;
	if (service_files_load(&files, &instance, arena, err) < 0 ||
	    service_config_build(&config, &instance, arena, err) < 0 ||
	    container_renew_files(apply->engine, container, &config, err) < 0)
		return error_wrap(err, "container %s", container->name);
	return 0;
}

/* What cannot be renewed is said, and fails at its start; the others come up all the same. */
static void add_item(struct start_set *set, struct container *container)
{
	struct error err = {0};

	if (renew_files(set->apply, container, set->arena, &err) < 0)
		apply_report_container(set->apply, APPLY_FAILED, container->name, "Error",
				       err.text);
	set->items[set->count].owner = owner_of(set->apply, container, set->arena);
	set->items[set->count++].container = container;
}

int apply_resume(const struct apply *apply, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct start_set set = {.apply = apply, .arena = &arena};
	struct actual actual;
	size_t present = 0;

	if (actual_load(&actual, apply->engine, apply_name(apply), &arena, err) < 0)
		return -1;
	set.items = arena_array(&arena, actual.count + 1, sizeof(*set.items));
	set.present = arena_array(&arena, actual.count + 1, sizeof(*set.present));
	for (size_t i = 0; i < actual.count; i++) {
		if (container_resumes(apply->engine, &actual.containers[i]))
			add_item(&set, &actual.containers[i]);
		else if (actual.containers[i].state.status == CONTAINER_RUNNING)
			set.present[present++] = &actual.containers[i];
	}
	return set.count ? apply_start_set(&set, err) : 0;
}
