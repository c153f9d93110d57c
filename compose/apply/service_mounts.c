/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/service_mounts.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "compose/apply/actual.h"
#include "compose/apply/donors.h"
#include "engine/namespace_mode.h"

#include <string.h>

static struct container_mount *add(struct container_config *config, struct arena *arena)
{
	config->mounts =
		arena_grow(arena, config->mounts, config->mount_count, sizeof(*config->mounts));
	config->mounts[config->mount_count] = (struct container_mount){.create_host_path = true};
	return &config->mounts[config->mount_count++];
}

static void set_bind(struct container_mount *mount, const struct service_volume *volume)
{
	const struct mount_bind *bind = volume->bind;

	mount->type = CONTAINER_MOUNT_BIND;
	mount->source = volume->source;
	if (!bind)
		return;
	mount->create_host_path = model_flag(bind->create_host_path, true);
	mount->propagation = bind->propagation;
	mount->is_recursive_off = bind->recursive && strcmp(bind->recursive, "disabled") == 0;
	mount->is_writable_below = bind->recursive && strcmp(bind->recursive, "writable") == 0;
}

static int set_volume(struct container_mount *mount, const struct service_volume *volume,
		      const struct service_instance *instance, struct error *err)
{
	const struct project_volume *named;

	mount->type = CONTAINER_MOUNT_VOLUME;
	mount->create_host_path = false;
	if (volume->volume) {
		mount->no_copy = model_flag(volume->volume->nocopy, false);
		mount->subpath = volume->volume->subpath;
		mount->labels = volume->volume->labels;
	}
	if (!volume->source || !*volume->source)
		return 0;
	named = project_find_volume(instance->project, volume->source);
	if (!named)
		return error_set(err, ERROR_INVALID, "service \"%s\" refers to undefined volume %s",
				 instance->service->name, volume->source);
	mount->source = named->name;
	return 0;
}

static void set_image(struct container_mount *mount, const struct service_volume *volume,
		      const struct service_instance *instance, struct arena *arena)
{
	const struct service *donor = project_find_service(instance->project, volume->source);

	mount->type = CONTAINER_MOUNT_IMAGE;
	mount->source = donor ? service_image(instance->project, donor, arena) : volume->source;
	mount->subpath = volume->image ? volume->image->subpath : NULL;
	mount->read_only = true;
}

static int add_volume(struct container_config *config, const struct service_volume *volume,
		      const struct service_instance *instance, struct arena *arena,
		      struct error *err)
{
	struct container_mount *mount = add(config, arena);

	mount->target = volume->target;
	mount->read_only = model_flag(volume->read_only, false);
	if (strcmp(volume->type, "bind") == 0) {
		set_bind(mount, volume);
	} else if (strcmp(volume->type, "volume") == 0) {
		return set_volume(mount, volume, instance, err);
	} else if (strcmp(volume->type, "tmpfs") == 0) {
		mount->type = CONTAINER_MOUNT_TMPFS;
		if (volume->tmpfs) {
			mount->tmpfs_size = model_number(volume->tmpfs->size, 0);
			mount->tmpfs_mode = (unsigned)model_number(volume->tmpfs->mode, 0);
		}
	} else if (strcmp(volume->type, "image") == 0) {
		set_image(mount, volume, instance, arena);
	} else {
		return error_set(err, ERROR_UNSUPPORTED,
				 "services.%s.volumes: type '%s' is not supported on Linux",
				 instance->service->name, volume->type);
	}
	return 0;
}

/* "/run:size=64m,mode=1777" */
static void add_tmpfs(struct container_config *config, const char *text, struct arena *arena)
{
	struct container_mount *mount = add(config, arena);
	size_t length = strcspn(text, ":");

	mount->type = CONTAINER_MOUNT_TMPFS;
	mount->target = arena_string_n(arena, text, length);
	if (text[length] && text[length + 1])
		mount->tmpfs_options = arena_string(arena, text + length + 1);
}

/* "SERVICE[:ro]" or "container:NAME[:ro]" as "ID[:ro]". */
static int add_donor(struct strvec *donors, const char *text,
		     const struct service_instance *instance, struct arena *arena,
		     struct error *err)
{
	struct namespace_mode from = namespace_mode_parse(text);
	bool is_container = from.kind == NAMESPACE_CONTAINER;
	char *name = arena_string(arena, is_container ? from.name : text);
	char *mode = strchr(name, ':');
	struct container found, *donor = &found;
	struct actual actual;

	if (mode)
		*mode++ = '\0';
	if (is_container) {
		if (container_find(instance->engine, name, &found, arena, err) < 0)
			return -1;
	} else {
		if (actual_load(&actual, instance->engine, instance->project->name, arena, err) < 0)
			return -1;
		donor = donors_find(&actual, name);
	}
	if (!donor)
		return error_set(err, ERROR_NOT_FOUND,
				 "cannot share volume with service %s: container missing", name);
	strvec_addf(donors, "%s:%s", donor->id, mode ? mode : "rw");
	return 0;
}

static int set_donors(struct container_config *config, const struct service_instance *instance,
		      struct arena *arena, struct error *err)
{
	auto_strvec struct strvec donors = {0};

	for (char **text = instance->service->volumes_from; text && *text; text++)
		if (add_donor(&donors, *text, instance, arena, err) < 0)
			return -1;
	if (!donors.count)
		return 0;
	config->volumes_from = strvec_copy(&donors, arena);
	return 0;
}

int service_mounts_set(struct container_config *config, const struct service_instance *instance,
		       struct arena *arena, struct error *err)
{
	const struct service *service = instance->service;

	for (size_t i = 0; i < service->volumes.count; i++)
		if (add_volume(config, &service->volumes.items[i], instance, arena, err) < 0)
			return -1;
	for (char **text = service->tmpfs; text && *text; text++)
		add_tmpfs(config, *text, arena);
	return set_donors(config, instance, arena, err);
}
