/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/plan.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "compose/apply/donors.h"
#include "compose/apply/plan_difference.h"
#include "engine/labels.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

struct builder {
	struct plan *plan;
	const struct plan_input *input;
	struct arena *arena;
	/* The containers of each service: name -> the first one's place + 1, and from each to the
	 * next; 0 ends. One-off containers are in none. */
	struct map first;
	size_t *next;
};

/* From the end, so that each list has the order of the containers. */
static void index_containers(struct builder *builder)
{
	const struct actual *actual = builder->input->actual;

	builder->next = arena_array(builder->arena, actual->count + 1, sizeof(*builder->next));
	for (size_t i = actual->count; i > 0; i--) {
		const struct container *container = &actual->containers[i - 1];
		void **first;

		if (labels_is_one_off(container))
			continue;
		first = map_slot(&builder->first, labels_service(container));
		builder->next[i] = (size_t)*first;
		*first = (void *)i;
	}
}

static struct plan_step *add_step(struct builder *builder, enum plan_kind kind)
{
	struct plan *plan = builder->plan;

	plan->steps = arena_grow(builder->arena, plan->steps, plan->count, sizeof(*plan->steps));
	plan->steps[plan->count] = (struct plan_step){.kind = kind};
	return &plan->steps[plan->count++];
}

/* Why @container, which differs in @difference, cannot stay as it is; NULL when it can. */
static const char *find_reason(const struct builder *builder, const struct plan_service *service,
			       const char *difference)
{
	const struct plan_options *options = builder->input->options;

	if (options->force_recreate && (service->is_named || options->always_recreate_deps))
		return "forced";
	if (options->no_recreate || difference)
		return options->no_recreate ? NULL : difference;
	if (options->always_recreate_deps && !service->is_named)
		return "dependencies are recreated always";
	return NULL;
}

/* Outdated ones first, then the highest numbers: those go when there are too many. */
struct candidate {
	struct container *container;
	bool is_outdated;   /* even if it may stay */
	const char *reason; /* why it is recreated */
};

static int by_expendability(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->is_outdated != right->is_outdated)
		return left->is_outdated ? -1 : 1;
	return labels_number(right->container) - labels_number(left->container);
}

static int by_number(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	return labels_number(left->container) - labels_number(right->container);
}

static size_t find_candidates(const struct builder *builder, const struct plan_service *service,
			      struct candidate **out)
{
	size_t first = (size_t)map_get(&builder->first, service->service->name), count = 0;

	for (size_t i = first; i; i = builder->next[i])
		count++;
	*out = arena_array(builder->arena, count, sizeof(**out));
	count = 0;
	for (size_t i = first; i; i = builder->next[i]) {
		struct container *container = &builder->input->actual->containers[i - 1];
		const char *difference =
			plan_difference(builder->input, service, container, builder->arena);

		(*out)[count++] = (struct candidate){container, difference,
						     find_reason(builder, service, difference)};
	}
	return count;
}

static void add_removal(struct builder *builder, const struct plan_service *service,
			struct container *container, const char *reason)
{
	struct plan_step *step = add_step(builder, PLAN_REMOVE);

	step->service = service;
	step->container = container;
	step->number = labels_number(container);
	step->reason = reason;
}

static void plan_service(struct builder *builder, const struct plan_service *service)
{
	struct candidate *candidates;
	size_t count = find_candidates(builder, service, &candidates);
	size_t wanted = (size_t)service->replicas, surplus = count > wanted ? count - wanted : 0;
	int next = 1;

	if (builder->input->options->keep_scale)
		surplus = 0;
	if (surplus) {
		qsort(candidates, count, sizeof(*candidates), by_expendability);
		for (size_t i = 0; i < surplus; i++)
			add_removal(builder, service, candidates[i].container, "scaled down");
		candidates += surplus;
		count -= surplus;
	}
	if (count > 1)
		qsort(candidates, count, sizeof(*candidates), by_number);
	for (size_t i = 0; i < count; i++) {
		struct plan_step *step =
			add_step(builder, candidates[i].reason ? PLAN_RECREATE : PLAN_KEEP);

		step->service = service;
		step->container = candidates[i].container;
		step->number = labels_number(candidates[i].container);
		step->reason = candidates[i].reason;
		if (step->number >= next)
			next = step->number + 1;
	}
	for (; count < wanted; count++) {
		struct plan_step *step = add_step(builder, PLAN_CREATE);

		step->service = service;
		step->number = next++;
	}
}

/* Steps are in dependency order, so one pass carries a replacement along a chain. */
static void follow_replacements(struct builder *builder)
{
	auto_map struct map replaced = {0};

	for (size_t i = 0; i < builder->plan->count; i++) {
		const struct plan_step *step = &builder->plan->steps[i];

		if (step->kind == PLAN_RECREATE && step->service)
			map_set(&replaced, step->service->service->name, builder);
	}
	for (size_t i = 0; i < builder->plan->count; i++) {
		struct plan_step *step = &builder->plan->steps[i];
		const struct service *service = step->service ? step->service->service : NULL;

		for (size_t j = 0; step->kind == PLAN_KEEP && j < service->depends_on.count; j++) {
			const struct service_dependency *edge = &service->depends_on.items[j];

			if (!map_has(&replaced, edge->service))
				continue;
			if (donors_has(service, edge->service)) {
				step->kind = PLAN_RECREATE;
				step->reason = "the service whose namespace it shares is recreated";
				map_set(&replaced, service->name, builder);
			} else if (edge->restart == TRISTATE_TRUE) {
				step->kind = PLAN_RESTART;
			}
		}
	}
}

/* Failed hooks of a known service are kept on purpose; `up` and `down` remove them. */
static bool is_known(const struct project *project, const struct container *container)
{
	return (!labels_is_one_off(container) || labels_is_hook(container)) &&
	       project_find_any_service(project, labels_service(container));
}

static void plan_orphans(struct builder *builder)
{
	struct plan *plan = builder->plan;
	size_t count = 0;

	plan->orphans = arena_array(builder->arena, builder->input->actual->count + 1,
				    sizeof(*plan->orphans));
	for (size_t i = 0; i < builder->input->actual->count; i++) {
		struct container *container = &builder->input->actual->containers[i];

		if (is_known(builder->input->project, container))
			continue;
		if (builder->input->options->remove_orphans)
			add_removal(builder, NULL, container, "orphan");
		else
			plan->orphans[count++] = container;
	}
}

void plan_build(struct plan *plan, const struct plan_input *input, struct arena *arena)
{
	struct builder builder = {.plan = plan, .input = input, .arena = arena};

	*plan = (struct plan){0};
	index_containers(&builder);
	for (size_t i = 0; i < input->service_count; i++)
		plan_service(&builder, &input->services[i]);
	follow_replacements(&builder);
	plan_orphans(&builder);
	map_release(&builder.first);
}

/* ---- selection ---- */

struct selection {
	const struct project *project;
	struct map seen; /* name -> &seen once it is in the list */
	struct plan_service *services;
	size_t count;
	bool no_deps;
	struct arena *arena;
};

/* Depth first: what a service needs stands before it. The loader has refused cycles. */
static void select_service(struct selection *selection, const struct service *service)
{
	if (map_has(&selection->seen, service->name))
		return;
	map_set(&selection->seen, service->name, selection);
	for (size_t i = 0; !selection->no_deps && i < service->depends_on.count; i++) {
		const struct service *dependency = project_find_service(
			selection->project, service->depends_on.items[i].service);

		if (dependency)
			select_service(selection, dependency);
	}
	selection->services = arena_grow(selection->arena, selection->services, selection->count,
					 sizeof(*selection->services));
	selection->services[selection->count++] = (struct plan_service){.service = service};
}

static bool matches(char *const *names, const char *service)
{
	for (; names && *names; names++)
		if (fnmatch(*names, service, 0) == 0)
			return true;
	return false;
}

static int check_names(const struct project *project, char *const *names, struct error *err)
{
	for (; names && *names; names++) {
		bool found = false;

		for (size_t i = 0; i < project->services.count; i++)
			found = found || fnmatch(*names, project->services.items[i].name, 0) == 0;
		if (!found)
			return error_set(err, ERROR_NOT_FOUND, "no such service: %s", *names);
	}
	return 0;
}

int plan_select(struct plan_selection *out, const struct project *project, char *const *names,
		bool no_deps, struct arena *arena, struct error *err)
{
	struct selection selection = {.project = project, .no_deps = no_deps, .arena = arena};
	bool takes_all = !names || !*names;

	if (check_names(project, names, err) < 0)
		return -1;
	for (size_t i = 0; i < project->services.count; i++)
		if (takes_all || matches(names, project->services.items[i].name))
			select_service(&selection, &project->services.items[i]);
	for (size_t i = 0; i < selection.count; i++)
		selection.services[i].is_named =
			takes_all || matches(names, selection.services[i].service->name);
	map_release(&selection.seen);
	*out = (struct plan_selection){selection.services, selection.count};
	return 0;
}
