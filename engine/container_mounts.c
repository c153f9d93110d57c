/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_mounts.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/pair.h"
#include "base/path.h"
#include "base/units.h"
#include "engine/container_claim.h"
#include "engine/container_remains.h"
#include "engine/docker_socket.h"
#include "storage/volume/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct mounting {
	struct engine *engine;
	struct container *container;
	const struct image *image;
	struct arena *arena;
};

static bool has_target(const struct container *container, const char *target)
{
	for (size_t i = 0; i < container->mount_count; i++)
		if (strcmp(container->mounts[i].target, target) == 0)
			return true;
	return false;
}

static void add_mount(struct mounting *mounting, const struct container_mount *mount)
{
	struct container *container = mounting->container;
	char *clean = path_clean(mount->target);

	container->mounts = arena_grow(mounting->arena, container->mounts, container->mount_count,
				       sizeof(*container->mounts));
	container->mounts[container->mount_count] = *mount;
	container->mounts[container->mount_count++].target = arena_string(mounting->arena, clean);
	free(clean);
}

/* volumes_from: the donor's volumes and binds, read-only with ":ro". */
static int add_mounts_from(struct mounting *mounting, const char *text, struct error *err)
{
	auto_free char *name = alloc_string(text);
	char *mode = strchr(name, ':');
	struct container donor;

	if (mode)
		*mode++ = '\0';
	if (container_find(mounting->engine, name, &donor, mounting->arena, err) < 0)
		return error_wrap(err, "cannot share volumes");
	for (size_t i = 0; i < donor.mount_count; i++) {
		struct container_mount mount = donor.mounts[i];

		if (mount.type == CONTAINER_MOUNT_TMPFS ||
		    has_target(mounting->container, mount.target))
			continue;
		if (mode && strcmp(mode, "ro") == 0)
			mount.read_only = true;
		add_mount(mounting, &mount);
	}
	return 0;
}

/* With the short form, ours may come until it starts (engine/spec_mounts). */
static int check_docker_socket(const struct engine *engine, const struct container_mount *mount,
			       struct error *err)
{
	auto_close int fd = mount->create_host_path ? -1 : docker_socket_open(engine, err);

	if (fd < 0 && !mount->create_host_path)
		return error_wrap(err, "cannot mount '%s' at '%s'", mount->source, mount->target);
	return 0;
}

static int check_bind(const struct engine *engine, const struct container_mount *mount,
		      struct error *err)
{
	if (docker_socket_is_missing(mount->source))
		return check_docker_socket(engine, mount, err);
	if (faccessat(AT_FDCWD, mount->source, F_OK, 0) == 0)
		return 0;
	if (!mount->create_host_path && errno == ENOENT)
		return error_set(
			err, ERROR_INVALID,
			"invalid mount config for type \"bind\": bind source path does not "
			"exist: %s",
			mount->source);
	if (errno != ENOENT)
		return error_errno(err, "cannot mount '%s' at '%s'", mount->source, mount->target);
	if (file_make_directories(AT_FDCWD, mount->source, 0755, err) < 0)
		return -1;
	log_warning("'%s' did not exist: created it as an empty directory for '%s'", mount->source,
		    mount->target);
	return 0;
}

/* Docker's mark of an anonymous volume, and the mount's own labels. */
static void describe_volume(struct mounting *mounting, const struct container_mount *mount,
			    struct volume *volume)
{
	struct pair anonymous = {"com.docker.volume.anonymous", ""};

	if (volume->is_anonymous)
		pair_set(&volume->labels, &volume->label_count, anonymous, mounting->arena);
	pair_set_entries(&volume->labels, &volume->label_count, mount->labels, mounting->arena);
	pair_set_entries(&volume->options, &volume->option_count, mount->options, mounting->arena);
}

static int make_volume(struct mounting *mounting, struct container_mount *mount, struct error *err)
{
	struct volume volume = {.name = mount->source, .driver = "local"};
	struct error reason = {0};

	if (mount->source) {
		if (volume_load(&mounting->engine->layout, mount->source, &volume, mounting->arena,
				&reason) == 0)
			return 0;
		if (reason.code != ERROR_NOT_FOUND)
			return error_pass(err, &reason);
		volume = (struct volume){.name = mount->source, .driver = "local"};
	} else {
		char name[65];

		units_random_hex(name, 32);
		volume.name = arena_string(mounting->arena, name);
		volume.is_anonymous = true;
		if (container_note_volume(mounting->engine, mounting->container->id, name, err) < 0)
			return -1;
	}
	describe_volume(mounting, mount, &volume);
	if (volume_create(&mounting->engine->layout, &volume, mounting->arena, err) < 0)
		return -1;
	mount->source = volume.name;
	return 0;
}

static int find_layers(struct mounting *mounting, struct container_mount *mount, struct error *err)
{
	struct image image;

	if (image_find(&mounting->engine->layout, mount->source, &image, mounting->arena, err) < 0)
		return error_wrap(err, "cannot mount at '%s'", mount->target);
	mount->layers = image.chain_ids;
	return 0;
}

static int resolve_mount(struct mounting *mounting, struct container_mount *mount,
			 struct error *err)
{
	if (mount->target[0] != '/' || !mount->target[1])
		return error_set(err, ERROR_INVALID,
				 "the mount target '%s' must be an absolute path other than '/'",
				 mount->target);
	if (mount->type == CONTAINER_MOUNT_BIND)
		return check_bind(mounting->engine, mount, err);
	if (mount->type == CONTAINER_MOUNT_VOLUME)
		return make_volume(mounting, mount, err);
	return mount->type == CONTAINER_MOUNT_IMAGE ? find_layers(mounting, mount, err) : 0;
}

int container_mounts_resolve(struct engine *engine, struct container *container,
			     const struct image *image, struct arena *arena, struct error *err)
{
	const struct container_config *config = &container->config;
	struct mounting own = {engine, container, image, arena}, *mounting = &own;

	for (size_t i = 0; i < config->mount_count; i++)
		add_mount(mounting, &config->mounts[i]);
	for (char **donor = config->volumes_from; donor && *donor; donor++)
		if (add_mounts_from(mounting, *donor, err) < 0)
			return -1;
	for (char **path = mounting->image->volumes; path && *path; path++)
		if (!has_target(container, *path))
			add_mount(mounting,
				  &(struct container_mount){.type = CONTAINER_MOUNT_VOLUME,
							    .target = *path});
	for (size_t i = 0; i < container->mount_count; i++)
		if (resolve_mount(mounting, &container->mounts[i], err) < 0)
			return -1;
	return 0;
}
