/* SPDX-License-Identifier: Apache-2.0 */
/* apply_up: plans, makes the steps true one after another, and leaves starting to the executor. */
#include "compose/apply/apply_private.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "compose/apply/service_files.h"

#include <stdio.h>
#include <string.h>

struct up {
	const struct apply *apply;
	const struct apply_up *options;
	struct plan_selection selected;
	struct actual actual;
	struct plan plan;
	struct arena *arena;
};

static int set_replicas(struct up *up, struct plan_service *service, struct error *err)
{
	const char *name = service->service->name;

	service->replicas = (int)project_replicas(service->service);
	for (size_t i = 0; i < up->options->scale_count; i++)
		if (strcmp(up->options->scales[i].service, name) == 0)
			service->replicas = up->options->scales[i].replicas;
	if (service->replicas > 1 && service->service->container_name)
		return error_set(err, ERROR_INVALID,
				 "the \"%s\" service is using the custom container name \"%s\": "
				 "container names are unique, so it cannot be scaled to %d; remove "
				 "container_name to scale it",
				 name, service->service->container_name, service->replicas);
	return 0;
}

static int check_scales(struct up *up, struct error *err)
{
	for (size_t i = 0; i < up->options->scale_count; i++)
		if (!project_find_service(up->apply->project, up->options->scales[i].service))
			return error_set(err, ERROR_NOT_FOUND, "no such service: %s",
					 up->options->scales[i].service);
	return 0;
}

/* One image is looked up once, however many services use it. */
static int find_images(struct up *up, struct error *err)
{
	auto_map struct map known = {0};

	for (size_t i = 0; i < up->selected.count; i++) {
		struct plan_service *service = &up->selected.services[i];
		const char *name = service_image(up->apply->project, service->service, up->arena);
		struct error reason = {0};
		struct image image;

		if (map_has(&known, name)) {
			service->image_id = map_get(&known, name);
			continue;
		}
		if (image_find(&up->apply->engine->layout, name, &image, up->arena, &reason) == 0)
			service->image_id = image.id;
		else if (reason.code != ERROR_NOT_FOUND ||
			 (service->replicas > 0 &&
			  !(up->apply->dry_run && service->service->image)))
			return (error_pass(err, &reason),
				error_wrap(err, "service \"%s\"", service->service->name));
		map_set(&known, name, (void *)service->image_id);
	}
	return 0;
}

static int read_files(struct up *up, struct plan_service *service, struct error *err)
{
	struct service_instance instance = {.project = up->apply->project,
					    .service = service->service,
					    .engine = up->apply->engine};
	struct service_file_set *files = arena_alloc(up->arena, sizeof(*files));

	if (service_files_load(files, &instance, up->arena, err) < 0)
		return -1;
	service->files = files;
	service->files_hash = files->hash;
	return 0;
}

/* One that is not here is an error where a container is made of it. */
static void find_mounted_images(struct up *up, struct plan_service *service)
{
	const struct service *wanted = service->service;

	service->image_layers =
		arena_array(up->arena, wanted->volumes.count + 1, sizeof(*service->image_layers));
	for (size_t i = 0; i < wanted->volumes.count; i++) {
		const struct service_volume *volume = &wanted->volumes.items[i];
		const struct service *donor;
		struct image image;

		if (strcmp(volume->type, "image") != 0)
			continue;
		donor = project_find_service(up->apply->project, volume->source);
		if (image_find(&up->apply->engine->layout,
			       donor ? service_image(up->apply->project, donor, up->arena)
				     : volume->source,
			       &image, up->arena, NULL) == 0)
			service->image_layers[i] = image.chain_ids;
	}
}

static int describe_services(struct up *up, struct error *err)
{
	if (check_scales(up, err) < 0)
		return -1;
	for (size_t i = 0; i < up->selected.count; i++) {
		struct plan_service *service = &up->selected.services[i];
		char hash[65];

		if (set_replicas(up, service, err) < 0 || read_files(up, service, err) < 0)
			return -1;
		project_service_hash(hash, up->apply->project, service->service);
		service->hash = arena_string(up->arena, hash);
	}
	if (apply_pull_needed(up->apply, up->options, up->selected.services, up->selected.count,
			      up->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < up->selected.count; i++)
		find_mounted_images(up, &up->selected.services[i]);
	return find_images(up, err);
}

/* A replaced container's anonymous volumes go to its successor. */
static void hand_over_volumes(struct up *up, struct container_config *config,
			      const struct container *old)
{
	for (size_t i = 0; i < old->mount_count && !up->options->renew_anon_volumes; i++) {
		const struct container_mount *mount = &old->mounts[i];
		bool taken = false;

		if (mount->type != CONTAINER_MOUNT_VOLUME || strlen(mount->source) != 64)
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
		config->mounts = arena_grow(up->arena, config->mounts, config->mount_count,
					    sizeof(*config->mounts));
		config->mounts[config->mount_count++] = *mount;
	}
}

static int configure(struct up *up, const struct plan_step *step, const char *name,
		     struct container_config *config, struct error *err)
{
	struct service_instance instance = {
		.project = up->apply->project,
		.service = step->service->service,
		.number = step->number,
		.has_aliases = true,
		.name = name,
		.config_hash = step->service->hash,
		.files = step->service->files,
		.image_id = step->service->image_id,
		.engine = up->apply->engine,
	};

	return service_config_build(config, &instance, up->arena, err);
}

static int create_one(struct up *up, struct plan_step *step, const char *name,
		      struct container *created, struct error *err)
{
	struct container_config config;

	if (configure(up, step, name, &config, err) < 0)
		return -1;
	if (step->container)
		hand_over_volumes(up, &config, step->container);
	return container_create(up->apply->engine, &config, created, up->arena, err);
}

/* The successor is made under another name first: if that fails, the old one is untouched. */
static int create_step(struct up *up, struct plan_step *step, struct error *err)
{
	bool replaces = step->kind == PLAN_RECREATE;
	struct container *created = arena_alloc(up->arena, sizeof(*created));
	const char *name = service_container_name(up->apply->project, step->service->service,
						  step->number, up->arena);
	const char *temporary =
		replaces ? arena_format(up->arena, "%.12s_%s", step->container->id, name) : name;

	apply_report_container(up->apply, APPLY_WORKING, name, replaces ? "Recreate" : "Creating",
			       step->reason);
	if (up->apply->dry_run) {
		*created = (struct container){.id = name, .name = name};
		created->config.labels = arena_array(up->arena, 1, sizeof(*created->config.labels));
	} else if (create_one(up, step, temporary, created, err) < 0) {
		apply_report_container(up->apply, APPLY_FAILED, name, "Error", err->text);
		return -1;
	}
	if (!replaces)
		apply_report_container(up->apply, APPLY_DONE, name, "Created", NULL);
	step->container = created;
	return 0;
}

/* The containers that have to stop before anything starts: replaced ones first, then surplus and
 * orphaned ones; and those that are started again. */
struct outgoing {
	struct container **removed, **restarted;
	size_t replaced_count, removed_count, restarted_count;
};

/* Nobody gets the anonymous volumes of what -V replaces. */
static int remove_outgoing(struct up *up, struct outgoing *outgoing, struct error *err)
{
	size_t count = up->options->renew_anon_volumes ? outgoing->replaced_count : 0;

	if (apply_remove_containers(up->apply, outgoing->removed, count, CONTAINER_REMOVE_VOLUMES,
				    err) < 0)
		return -1;
	return apply_remove_containers(up->apply, outgoing->removed + count,
				       outgoing->removed_count - count, 0, err);
}

static int stop_outgoing(struct up *up, struct outgoing *outgoing, struct error *err)
{
	struct stop_options remove = {
		.timeout_ms = units_milliseconds(up->options->timeout_ns),
		.is_for_removal = true,
	};
	struct stop_options stop = {.timeout_ms = remove.timeout_ms};

	if (apply_stop_containers(up->apply, outgoing->removed, outgoing->removed_count, &remove,
				  up->arena, err) < 0 ||
	    remove_outgoing(up, outgoing, err) < 0)
		return -1;
	return apply_stop_containers(up->apply, outgoing->restarted, outgoing->restarted_count,
				     &stop, up->arena, err);
}

static int take_names(struct up *up, struct error *err)
{
	for (size_t i = 0; i < up->plan.count; i++) {
		struct plan_step *step = &up->plan.steps[i];
		const char *name;

		if (step->kind != PLAN_RECREATE || step->rolls)
			continue;
		name = service_container_name(up->apply->project, step->service->service,
					      step->number, up->arena);
		if (!up->apply->dry_run &&
		    container_rename(up->apply->engine, step->container->id, name, err) < 0)
			return -1;
		step->container->name = name;
		apply_report_container(up->apply, APPLY_DONE, name, "Recreated", NULL);
	}
	return 0;
}

/* Donors of namespaces must exist before who joins them is created, so replacements of services
 * that others join are not merely renamed later: ids are what joins refer to. */
static int converge(struct up *up, struct error *err)
{
	struct plan *plan = &up->plan;
	struct outgoing outgoing = {
		.removed = arena_array(up->arena, plan->count + 1, sizeof(struct container *)),
		.restarted = arena_array(up->arena, plan->count + 1, sizeof(struct container *)),
	};
	auto_close int volumes = apply_hold_volumes(up->apply, up->selected.services,
						    up->selected.count, up->options, err);

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
		    (apply_check_cancelled(up->apply, err) < 0 || create_step(up, step, err) < 0))
			return -1;
	}
	close(take_fd(&volumes));
	outgoing.replaced_count = outgoing.removed_count;
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].kind == PLAN_REMOVE)
			outgoing.removed[outgoing.removed_count++] = plan->steps[i].container;
	if (stop_outgoing(up, &outgoing, err) < 0)
		return -1;
	return take_names(up, err);
}

/* The name that a successor waits for, NULL when @container has its own. */
static const char *waiting_for(const struct container *container)
{
	return strspn(container->name, "0123456789abcdef") == 12 && container->name[12] == '_'
		       ? container->name + 13
		       : NULL;
}

static bool has_container(const struct actual *actual, const char *name)
{
	for (size_t i = 0; i < actual->count; i++)
		if (strcmp(actual->containers[i].name, name) == 0)
			return true;
	return false;
}

/* A recreation that was killed: as long as the old container is there, its successor has never
 * run and goes; when only the name was missing, it gets it. */
static int finish_recreations(struct up *up, struct error *err)
{
	struct actual *actual = &up->actual;
	size_t kept = 0;

	for (size_t i = 0; i < actual->count && !up->apply->dry_run; i++) {
		struct container *container = &actual->containers[i];
		const char *name = waiting_for(container);

		if (!name)
			continue;
		if (has_container(actual, name)) {
			if (container_remove(up->apply->engine, container->id,
					     CONTAINER_REMOVE_FORCE, err) < 0)
				return -1;
			container->id = NULL;
		} else {
			if (container_rename(up->apply->engine, container->id, name, err) < 0)
				return -1;
			container->name = name;
		}
	}
	for (size_t i = 0; i < actual->count; i++)
		if (actual->containers[i].id)
			actual->containers[kept++] = actual->containers[i];
	actual->count = kept;
	return 0;
}

static void warn_orphans(struct up *up)
{
	auto_strbuf struct strbuf names = {0};

	for (struct container **orphan = up->plan.orphans; *orphan; orphan++)
		strbuf_printf(&names, "%s%s", names.length ? " " : "", (*orphan)->name);
	if (names.length &&
	    !strvec_getenv(up->apply->project->environment, "COMPOSE_IGNORE_ORPHANS"))
		log_warning("Found orphan containers ([%s]) for this project. If you removed or "
			    "renamed this service in your compose file, you can run this command "
			    "with the --remove-orphans flag to clean it up.",
			    names.text);
}

/* Since a reboot, containers that are kept may be without the content of their secrets. */
static int renew_files(struct up *up, struct error *err)
{
	for (size_t i = 0; i < up->plan.count && !up->apply->dry_run; i++) {
		struct plan_step *step = &up->plan.steps[i];
		struct container *container = step->container;
		struct container_config config;

		if (step->kind != PLAN_KEEP || container_is_live(container) ||
		    !container->config.file_count)
			continue;
		if (configure(up, step, container->name, &config, err) < 0 ||
		    container_renew_files(up->apply->engine, container, &config, err) < 0)
			return error_wrap(err, "container %s", container->name);
	}
	return 0;
}

static void fill_start_set(struct up *up, struct start_set *set)
{
	size_t present = 0;

	set->items = arena_array(up->arena, up->plan.count + 1, sizeof(*set->items));
	set->present = arena_array(up->arena, up->plan.count + 1, sizeof(*set->present));
	for (size_t i = 0; i < up->plan.count; i++) {
		struct plan_step *step = &up->plan.steps[i];

		if (step->kind == PLAN_REMOVE)
			continue;
		if (step->rolls) {
			if (step->replaced)
				set->present[present++] = step->replaced;
			continue;
		}
		if (step->kind == PLAN_KEEP && !up->apply->dry_run)
			container_refresh(up->apply->engine, step->container, up->arena, NULL);
		if (step->kind == PLAN_KEEP && container_is_live(step->container)) {
			apply_report_container(up->apply, APPLY_DONE, step->container->name,
					       "Running", NULL);
			set->present[present++] = step->container;
			continue;
		}
		set->items[set->count].owner = step->service->service;
		set->items[set->count++].container = step->container;
	}
}

int apply_up(const struct apply *apply, const struct apply_up *options, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct up up = {.apply = apply, .options = options, .arena = &arena};
	struct plan_options plan_options = {
		.no_recreate = options->no_recreate || options->create_only_missing,
		.force_recreate = options->force_recreate,
		.always_recreate_deps = options->always_recreate_deps,
		.remove_orphans = options->remove_orphans,
		.keep_scale = options->create_only_missing,
	};
	struct start_set set = {.apply = apply, .no_deps = options->no_deps, .arena = &arena};
	struct plan_input input;

	if (plan_select(&up.selected, apply->project, apply->services, options->no_deps, &arena,
			err) < 0 ||
	    apply_provide(apply, up.selected.services, up.selected.count, &arena, err) < 0 ||
	    describe_services(&up, err) < 0)
		return -1;
	if (apply_ensure_resources(apply, up.selected.services, up.selected.count, options, &arena,
				   err) < 0)
		return -1;
	if (actual_load(&up.actual, apply->engine, apply_name(apply), &arena, err) < 0 ||
	    finish_recreations(&up, err) < 0)
		return -1;
	input = (struct plan_input){apply->project, &up.actual, up.selected.services,
				    up.selected.count, &plan_options};
	plan_build(&up.plan, &input, &arena);
	warn_orphans(&up);
	if (!options->no_start && !apply->dry_run)
		apply_roll_choose(&up.plan, apply->project);
	if (converge(&up, err) < 0)
		return -1;
	if (options->no_start)
		return 0;
	if (renew_files(&up, err) < 0)
		return -1;
	fill_start_set(&up, &set);
	set.services = up.selected.services;
	set.service_count = up.selected.count;
	if (apply_start_set(&set, err) < 0 ||
	    apply_roll_services(&up.plan, &set, options->timeout_ns, err) < 0)
		return -1;
	return options->wait && !apply->dry_run
		       ? apply_wait_ready(&set, options->wait_timeout_ns, err)
		       : 0;
}
