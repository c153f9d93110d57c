/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/wanted.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "compose/apply/build.h"
#include "compose/apply/convergence.h"
#include "compose/apply/plan.h"
#include "compose/apply/pull.h"
#include "compose/apply/service_files.h"
#include "compose/apply/service_instance.h"
#include "storage/image/image.h"

#include <string.h>

static int set_replicas(struct convergence *convergence, struct plan_service *service,
			struct error *err)
{
	const char *name = service->service->name;

	service->replicas = (int)project_replicas(service->service);
	for (size_t i = 0; i < convergence->options->scale_count; i++)
		if (strcmp(convergence->options->scales[i].service, name) == 0)
			service->replicas = convergence->options->scales[i].replicas;
	if (service->replicas > 1 && service->service->container_name)
		return error_set(err, ERROR_INVALID,
				 "the \"%s\" service is using the custom container name \"%s\": "
				 "container names are unique, so it cannot be scaled to %d; remove "
				 "container_name to scale it",
				 name, service->service->container_name, service->replicas);
	return 0;
}

static int check_scales(struct convergence *convergence, struct error *err)
{
	for (size_t i = 0; i < convergence->options->scale_count; i++)
		if (!project_find_service(convergence->apply->project,
					  convergence->options->scales[i].service))
			return error_set(err, ERROR_NOT_FOUND, "no such service: %s",
					 convergence->options->scales[i].service);
	return 0;
}

/* One image is looked up once, however many services use it. */
static int find_images(struct convergence *convergence, struct error *err)
{
	auto_map struct map known = {0};

	for (size_t i = 0; i < convergence->selected.count; i++) {
		struct plan_service *service = &convergence->selected.services[i];
		const char *name = service_image(convergence->apply->project, service->service,
						 convergence->arena);
		const char *platform =
			service_platform(convergence->apply->project, service->service);
		const struct image_wish wish = {name, platform};
		const char *key =
			arena_format(convergence->arena, "%s %s", name, platform ? platform : "");
		struct error reason = {0};
		struct image image;

		if (map_has(&known, key)) {
			service->image_id = map_get(&known, key);
			continue;
		}
		if (image_find_for(&convergence->apply->engine->layout, &wish, &image,
				   convergence->arena, &reason) == 0)
			service->image_id = image.id;
		else if (reason.code != ERROR_NOT_FOUND ||
			 (service->replicas > 0 &&
			  !(convergence->apply->dry_run &&
			    (service->service->image || service->service->build))))
			return (error_pass(err, &reason),
				service_explain_image(service->service, name, err));
		map_set(&known, key, (void *)service->image_id);
	}
	return 0;
}

static int read_files(struct convergence *convergence, struct plan_service *service,
		      struct error *err)
{
	struct service_instance instance = {.project = convergence->apply->project,
					    .service = service->service,
					    .engine = convergence->apply->engine};
	struct service_file_set *files = arena_alloc(convergence->arena, sizeof(*files));

	if (service_files_load(files, &instance, convergence->arena, err) < 0)
		return -1;
	service->files = files;
	service->files_hash = files->hash;
	return 0;
}

/* One that is not here is an error where a container is made of it. */
static void find_mounted_images(struct convergence *convergence, struct plan_service *service)
{
	const struct service *wanted = service->service;

	service->image_layers = arena_array(convergence->arena, wanted->volumes.count + 1,
					    sizeof(*service->image_layers));
	for (size_t i = 0; i < wanted->volumes.count; i++) {
		const struct service_volume *volume = &wanted->volumes.items[i];
		const struct service *donor;
		struct image image;

		if (strcmp(volume->type, "image") != 0)
			continue;
		donor = project_find_service(convergence->apply->project, volume->source);
		if (image_find(&convergence->apply->engine->layout,
			       donor ? service_image(convergence->apply->project, donor,
						     convergence->arena)
				     : volume->source,
			       &image, convergence->arena, NULL) == 0)
			service->image_layers[i] = image.chain_ids;
	}
}

int apply_describe_services(struct convergence *convergence, struct error *err)
{
	if (check_scales(convergence, err) < 0)
		return -1;
	for (size_t i = 0; i < convergence->selected.count; i++) {
		struct plan_service *service = &convergence->selected.services[i];
		char hash[65];

		if (set_replicas(convergence, service, err) < 0 ||
		    read_files(convergence, service, err) < 0)
			return -1;
		project_service_hash(hash, convergence->apply->project, service->service);
		service->hash = arena_string(convergence->arena, hash);
	}
	if (apply_pull_needed(convergence, err) < 0 || apply_build_needed(convergence, err) < 0)
		return -1;
	for (size_t i = 0; i < convergence->selected.count; i++)
		find_mounted_images(convergence, &convergence->selected.services[i]);
	return find_images(convergence, err);
}
