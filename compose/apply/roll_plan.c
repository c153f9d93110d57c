/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which steps of a plan are rolling updates, and carrying them out service by service.
 */
#include "compose/apply/roll_plan.h"
#include "base/units.h"

#include "base/arena.h"
#include "base/error.h"
#include "compose/apply/donors.h"
#include "compose/apply/roll.h"
#include "compose/apply/service_instance.h"
#include "compose/apply/start_set.h"

#include <string.h>

/* Nobody is bound to a single container of the service, or restarts with it. */
static bool is_alone(const struct plan *plan, const struct project *project,
		     const struct service *service)
{
	for (size_t i = 0; i < project->services.count; i++)
		if (donors_has(&project->services.items[i], service->name))
			return false;
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];
		const struct service *other = step->service ? step->service->service : NULL;

		for (size_t j = 0; step->kind == PLAN_RESTART && j < other->depends_on.count; j++)
			if (strcmp(other->depends_on.items[j].service, service->name) == 0)
				return false;
	}
	return true;
}

/* Running replicas of a service with an update_config are replaced batch by batch, after everything
 * else has started; new ones of that service come with them. */
void apply_roll_choose(struct plan *plan, const struct project *project)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct plan_step *step = &plan->steps[i];
		const struct service *service = step->service ? step->service->service : NULL;

		if (step->kind != PLAN_RECREATE || !service->deploy ||
		    !service->deploy->update_config || !container_is_live(step->container) ||
		    !is_alone(plan, project, service))
			continue;
		step->rolls = true;
		for (size_t j = 0; j < plan->count; j++)
			if (plan->steps[j].service == step->service &&
			    plan->steps[j].kind == PLAN_CREATE)
				plan->steps[j].rolls = true;
	}
}

static bool has_fixed_address(const struct service *service)
{
	for (size_t i = 0; i < service->networks.count; i++)
		if (service->networks.items[i].ipv4_address ||
		    service->networks.items[i].ipv6_address ||
		    service->networks.items[i].mac_address)
			return true;
	return service->mac_address;
}

static bool shares_anonymous_volume(const struct plan_step *step)
{
	for (size_t i = 0; step->replaced && i < step->replaced->mount_count; i++)
		for (size_t j = 0; j < step->container->mount_count; j++) {
			const struct container_mount *old = &step->replaced->mounts[i];
			const struct container_mount *new = &step->container->mounts[j];

			if (container_mount_is_anonymous(old) && new->type == old->type &&
			    strcmp(old->source, new->source) == 0)
				return true;
		}
	return false;
}

/* What runs then takes its place in @set. */
static int roll_service(struct plan *plan, const struct plan_service *service,
			struct start_set *set, int64_t timeout_ns, struct error *err)
{
	struct apply_roll roll = {
		.apply = set->apply,
		.service = service->service,
		.pairs = arena_array(set->arena, plan->count + 1, sizeof(*roll.pairs)),
		.timeout_ms = units_milliseconds(timeout_ns),
		.may_start_first = !has_fixed_address(service->service),
		.arena = set->arena,
	};

	for (size_t i = 0; i < plan->count; i++) {
		struct plan_step *step = &plan->steps[i];

		if (!step->rolls || step->service != service)
			continue;
		if (shares_anonymous_volume(step))
			roll.may_start_first = false;
		roll.pairs[roll.count++] = (struct apply_roll_pair){
			.sides = {step->replaced, step->container},
			.name = service_container_name(set->apply->project, service->service,
						       step->number, set->arena),
		};
	}
	if (roll.count && apply_roll(&roll, err) < 0)
		return -1;
	for (size_t i = 0; i < roll.count; i++)
		for (struct container **one = set->present; *one; one++)
			if (*one == roll.pairs[i].sides[0] && roll.pairs[i].is_updated)
				*one = roll.pairs[i].sides[1];
	return 0;
}

int apply_roll_services(struct plan *plan, struct start_set *set, int64_t timeout_ns,
			struct error *err)
{
	for (size_t i = 0; i < set->service_count; i++)
		if (roll_service(plan, &set->services[i], set, timeout_ns, err) < 0)
			return -1;
	return 0;
}
