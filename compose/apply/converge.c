/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/converge.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/containers.h"
#include "compose/apply/convergence.h"
#include "compose/apply/plan.h"
#include "compose/apply/recreation.h"
#include "compose/apply/service_config.h"
#include "compose/apply/service_instance.h"
#include "compose/apply/volumes.h"

#include <string.h>
#include <unistd.h>

/* A replaced container's anonymous volumes go to its successor. */
static void hand_over_volumes(struct convergence *convergence, struct container_config *config,
			      const struct container *old)
{
	for (size_t i = 0; i < old->mount_count && !convergence->options->renew_anon_volumes; i++) {
		const struct container_mount *mount = &old->mounts[i];
		bool taken = false;

		if (!container_mount_is_anonymous(mount))
			continue;
		for (size_t j = 0; j < config->mount_count; j++) {
			struct container_mount *wanted = &config->mounts[j];

			if (strcmp(wanted->target, mount->target) != 0)
				continue;
			taken = true;
			if (wanted->type == CONTAINER_MOUNT_VOLUME && !wanted->source)
				wanted->source = mount->source;
		}
		if (taken)
			continue;
		config->mounts = arena_grow(convergence->arena, config->mounts, config->mount_count,
					    sizeof(*config->mounts));
		config->mounts[config->mount_count++] = *mount;
	}
}

static int configure(struct convergence *convergence, const struct plan_step *step,
		     const char *name, struct container_config *config, struct error *err)
{
	struct service_instance instance = {
		.project = convergence->apply->project,
		.service = step->service->service,
		.number = step->number,
		.has_aliases = true,
		.name = name,
		.replaces = step->kind == PLAN_RECREATE ? step->container->id : NULL,
		.config_hash = step->service->hash,
		.files = step->service->files,
		.image_id = step->service->image_id,
		.engine = convergence->apply->engine,
	};

	return service_config_build(config, &instance, convergence->arena, err);
}

static int create_one(struct convergence *convergence, struct plan_step *step, const char *name,
		      struct container *created, struct error *err)
{
	struct container_config config;

	if (configure(convergence, step, name, &config, err) < 0)
		return -1;
	if (step->container)
		hand_over_volumes(convergence, &config, step->container);
	return container_create(convergence->apply->engine, &config, created, convergence->arena,
				err);
}

/* The successor is made under another name first: if that fails, the old one is untouched. */
static int create_step(struct convergence *convergence, struct plan_step *step, struct error *err)
{
	bool replaces = step->kind == PLAN_RECREATE;
	struct container *created = arena_alloc(convergence->arena, sizeof(*created));
	const char *name =
		service_container_name(convergence->apply->project, step->service->service,
				       step->number, convergence->arena);
	const char *temporary =
		replaces ? recreation_name(step->container->id, name, convergence->arena) : name;

	apply_report_container(convergence->apply, APPLY_WORKING, name,
			       replaces ? "Recreate" : "Creating", step->reason);
	if (convergence->apply->dry_run) {
		*created = (struct container){.id = name, .name = name};
		created->config.labels =
			arena_array(convergence->arena, 1, sizeof(*created->config.labels));
	} else if (create_one(convergence, step, temporary, created, err) < 0) {
		apply_report_container(convergence->apply, APPLY_FAILED, name, "Error", err->text);
		return error_wrap(err, "service \"%s\": cannot create %s",
				  step->service->service->name, name);
	}
	if (!replaces)
		apply_report_container(convergence->apply, APPLY_DONE, name, "Created", NULL);
	step->container = created;
	return 0;
}

/* The containers that have to stop before anything starts: replaced ones first, then surplus and
 * orphaned ones; and those that are started again. */
struct outgoing {
	struct container **removed, **restarted;
	size_t replaced_count, removed_count, restarted_count;
};

/* Replicas go on while others of them stop: these leave their network only when they have ended. */
static int stop_surplus(struct convergence *convergence, struct outgoing *outgoing,
			struct error *err)
{
	struct stop_options stop = {.timeout_ms =
					    units_milliseconds(convergence->options->timeout_ns)};
	struct container **shared =
		arena_array(convergence->arena, outgoing->removed_count + 1, sizeof(*shared));
	size_t count = 0;

	for (size_t i = outgoing->replaced_count; i < outgoing->removed_count; i++)
		if (outgoing->removed[i]->state.port_count)
			shared[count++] = outgoing->removed[i];
	if (apply_stop_containers(convergence->apply, shared, count, &stop, convergence->arena,
				  err) < 0)
		return -1;
	for (size_t i = 0; i < count && !convergence->apply->dry_run; i++)
		container_refresh(convergence->apply->engine, shared[i], convergence->arena, NULL);
	return 0;
}

/* Nobody gets the anonymous volumes of what -V replaces. */
static int remove_outgoing(struct convergence *convergence, struct outgoing *outgoing,
			   struct error *err)
{
	size_t count = convergence->options->renew_anon_volumes ? outgoing->replaced_count : 0;

	if (apply_remove_containers(convergence->apply, outgoing->removed, count,
				    CONTAINER_REMOVE_VOLUMES, err) < 0)
		return -1;
	if (apply_remove_containers(convergence->apply, outgoing->removed + count,
				    outgoing->removed_count - count, 0, err) < 0)
		return -1;
	apply_tell_left_volumes(convergence->apply, outgoing->removed + outgoing->replaced_count,
				outgoing->removed_count - outgoing->replaced_count);
	return 0;
}

static int stop_outgoing(struct convergence *convergence, struct outgoing *outgoing,
			 struct error *err)
{
	struct stop_options remove = {
		.timeout_ms = units_milliseconds(convergence->options->timeout_ns),
		.is_for_removal = true,
	};
	struct stop_options stop = {.timeout_ms = remove.timeout_ms};

	if (stop_surplus(convergence, outgoing, err) < 0 ||
	    apply_stop_containers(convergence->apply, outgoing->removed, outgoing->removed_count,
				  &remove, convergence->arena, err) < 0 ||
	    remove_outgoing(convergence, outgoing, err) < 0)
		return -1;
	return apply_stop_containers(convergence->apply, outgoing->restarted,
				     outgoing->restarted_count, &stop, convergence->arena, err);
}

static int take_names(struct convergence *convergence, struct error *err)
{
	for (size_t i = 0; i < convergence->plan.count; i++) {
		struct plan_step *step = &convergence->plan.steps[i];
		const char *name;

		if (step->kind != PLAN_RECREATE || step->rolls)
			continue;
		name = service_container_name(convergence->apply->project, step->service->service,
					      step->number, convergence->arena);
		if (!convergence->apply->dry_run &&
		    container_rename(convergence->apply->engine, step->container->id, name, err) <
			    0)
			return -1;
		step->container->name = name;
		apply_report_container(convergence->apply, APPLY_DONE, name, "Recreated", NULL);
	}
	return 0;
}

/* Donors of namespaces must exist before who joins them is created, so replacements of services
 * that others join are not merely renamed later: ids are what joins refer to. */
int apply_converge(struct convergence *convergence, struct error *err)
{
	struct plan *plan = &convergence->plan;
	struct outgoing outgoing = {
		.removed = arena_array(convergence->arena, plan->count + 1,
				       sizeof(struct container *)),
		.restarted = arena_array(convergence->arena, plan->count + 1,
					 sizeof(struct container *)),
	};
	auto_close int volumes = apply_hold_volumes(convergence, err);

	if (volumes < 0)
		return -1;
	for (size_t i = 0; i < plan->count; i++) {
		struct plan_step *step = &plan->steps[i];
		struct container *old = step->container;

		step->replaced = step->kind == PLAN_RECREATE ? old : NULL;
		if (step->kind == PLAN_RECREATE && !step->rolls)
			outgoing.removed[outgoing.removed_count++] = old;
		if (step->kind == PLAN_RESTART)
			outgoing.restarted[outgoing.restarted_count++] = old;
		if ((step->kind == PLAN_CREATE || step->kind == PLAN_RECREATE) &&
		    (apply_check_cancelled(convergence->apply, err) < 0 ||
		     create_step(convergence, step, err) < 0))
			return -1;
	}
	close(take_fd(&volumes));
	outgoing.replaced_count = outgoing.removed_count;
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].kind == PLAN_REMOVE)
			outgoing.removed[outgoing.removed_count++] = plan->steps[i].container;
	if (stop_outgoing(convergence, &outgoing, err) < 0)
		return -1;
	return take_names(convergence, err);
}

/* Since a reboot, containers that are kept may be without the content of their secrets. */
int apply_renew_files(struct convergence *convergence, struct error *err)
{
	for (size_t i = 0; i < convergence->plan.count && !convergence->apply->dry_run; i++) {
		struct plan_step *step = &convergence->plan.steps[i];
		struct container *container = step->container;
		struct container_config config;

		if (step->kind != PLAN_KEEP || container_is_live(container) ||
		    !container->config.file_count)
			continue;
		if (configure(convergence, step, container->name, &config, err) < 0 ||
		    container_renew_files(convergence->apply->engine, container, &config, err) < 0)
			return error_wrap(err, "container %s", container->name);
	}
	return 0;
}
