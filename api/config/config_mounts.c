/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mounted: Volumes; Binds, Mounts and Tmpfs of HostConfig.
 */
#include "api/config/config.h"

#include "api/body.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/record.h"
#include "base/strvec.h"
#include "engine/container.h"
#include "engine/mount_text.h"

#include <stdint.h>
#include <string.h>

static struct container_mount *add(const struct config_reading *reading)
{
	struct container_config *config = reading->config;

	config->mounts = arena_grow(reading->arena, config->mounts, config->mount_count,
				    sizeof(*config->mounts));
	config->mounts[config->mount_count] = (struct container_mount){0};
	return &config->mounts[config->mount_count++];
}

/* {"a": "b"} as {"a=b"} */
static char **entries(const struct config_reading *reading, const json *object)
{
	auto_strvec struct strvec list = {0};
	struct pair *pairs;
	size_t count;

	pairs = pair_from_json(object, &count, reading->arena);
	for (size_t i = 0; i < count; i++)
		strvec_addf(&list, "%s=%s", pairs[i].name, pairs[i].value);
	return count ? strvec_copy(&list, reading->arena) : NULL;
}

static int set_bind(struct container_mount *mount, const json *options, struct error *err)
{
	mount->propagation = body_text(options, "Propagation");
	if (mount->propagation && !mount_text_is_propagation(mount->propagation))
		return error_set(err, ERROR_INVALID,
				 "invalid mount config for type \"bind\": invalid propagation "
				 "mode: %s",
				 mount->propagation);
	mount->is_recursive_off = json_flag(options, "NonRecursive", false);
	mount->is_writable_below = json_flag(options, "ReadOnlyNonRecursive", false);
	mount->create_host_path = json_flag(options, "CreateMountpoint", false);
	return 0;
}

static int check_driver(const char *name, struct error *err)
{
	if (!*name || strcmp(name, "local") == 0)
		return 0;
	return error_set(err, ERROR_NOT_FOUND,
			 "error looking up volume plugin %s: plugin \"%s\" not found: there is "
			 "only the driver local",
			 name, name);
}

static int set_volume(struct container_mount *mount, const struct config_reading *reading,
		      const json *options, struct error *err)
{
	const json *driver = json_get(options, "DriverConfig");

	if (check_driver(json_string(driver, "Name", ""), err) < 0)
		return -1;
	mount->no_copy = json_flag(options, "NoCopy", false);
	mount->subpath = body_text(options, "Subpath");
	mount->labels = entries(reading, json_get(options, "Labels"));
	mount->options = entries(reading, json_get(driver, "Options"));
	return 0;
}

static int set_kind(struct container_mount *mount, const struct config_reading *reading,
		    const json *item, struct error *err)
{
	json *tmpfs = json_get(item, "TmpfsOptions");

	if (mount->type == CONTAINER_MOUNT_BIND)
		return set_bind(mount, json_get(item, "BindOptions"), err);
	if (mount->type == CONTAINER_MOUNT_VOLUME)
		return set_volume(mount, reading, json_get(item, "VolumeOptions"), err);
	if (mount->type == CONTAINER_MOUNT_IMAGE)
		mount->subpath = body_text(json_get(item, "ImageOptions"), "Subpath");
	mount->tmpfs_size = json_int(tmpfs, "SizeBytes", 0);
	mount->tmpfs_mode = (unsigned)json_int(tmpfs, "Mode", 0) & 07777;
	return 0;
}

static int read_mount(const struct config_reading *reading, const json *item, struct error *err)
{
	struct container_mount *mount = add(reading);
	const char *type = json_string(item, "Type", ""), *fault;
	int kind = record_find_word(container_mount_types, type);

	if (kind < 0)
		return error_set(err, ERROR_INVALID,
				 "invalid mount config for type \"%s\": mount type unknown", type);
	mount->type = (enum container_mount_type)kind;
	mount->source = body_text(item, "Source");
	mount->target = body_text(item, "Target");
	mount->read_only = json_flag(item, "ReadOnly", false);
	if (set_kind(mount, reading, item, err) < 0)
		return -1;
	fault = mount_text_find_fault(mount);
	if (!fault)
		return 0;
	return error_set(err, ERROR_INVALID, "invalid mount config for type \"%s\": %s", type,
			 fault);
}

/* {"/run": "size=64m"} */
static int read_tmpfs(const struct config_reading *reading, const json *object, struct error *err)
{
	struct pair *pairs;
	size_t count;

	pairs = pair_from_json(object, &count, reading->arena);
	for (size_t i = 0; i < count; i++) {
		struct container_mount *mount = add(reading);

		if (*pairs[i].name != '/')
			return error_set(err, ERROR_INVALID,
					 "invalid tmpfs '%s': mount path must be absolute",
					 pairs[i].name);
		mount->type = CONTAINER_MOUNT_TMPFS;
		mount->target = pairs[i].name;
		if (*pairs[i].value)
			mount->tmpfs_options = pairs[i].value;
	}
	return 0;
}

static bool has_target(const struct container_config *config, size_t count, const char *target)
{
	auto_free char *wanted = path_clean(target);

	for (size_t i = 0; i < count; i++) {
		auto_free char *other = path_clean(config->mounts[i].target);

		if (strcmp(wanted, other) == 0)
			return true;
	}
	return false;
}

/* {"/data": {}}: where nothing else is. */
static int read_volumes(const struct config_reading *reading, const json *object, struct error *err)
{
	if (!json_is_object(object))
		return 0;
	json_each (target, ignored, object) {
		(void)ignored;
		if (has_target(reading->config, reading->config->mount_count, target))
			continue;
		if (mount_text_parse(add(reading), arena_string(reading->arena, target), NULL,
				     reading->arena, err) < 0)
			return -1;
	}
	return 0;
}

/* @driver: of the volumes among them. */
static int read_bind(const struct config_reading *reading, const char *text, const char *driver,
		     struct error *err)
{
	struct container_mount *mount = add(reading);

	if (mount_text_parse(mount, text, NULL, reading->arena, err) < 0)
		return -1;
	return mount->type == CONTAINER_MOUNT_VOLUME ? check_driver(driver, err) : 0;
}

int config_read_mounts(const struct config_reading *reading, const json *body, struct error *err)
{
	const json *host = json_get(body, "HostConfig");
	const struct container_config *config = reading->config;
	json *mounts = json_get(host, "Mounts");
	char **binds;

	if (config_read_list(&binds, json_get(host, "Binds"), "Binds", reading->arena, err) < 0)
		return -1;
	for (; binds && *binds; binds++)
		if (read_bind(reading, *binds, json_string(host, "VolumeDriver", ""), err) < 0)
			return -1;
	for (size_t i = 0; i < json_length(mounts); i++)
		if (read_mount(reading, json_at(mounts, i), err) < 0)
			return -1;
	if (read_tmpfs(reading, json_get(host, "Tmpfs"), err) < 0)
		return -1;
	for (size_t i = 0; i < config->mount_count; i++)
		if (has_target(config, i, config->mounts[i].target))
			return error_set(err, ERROR_INVALID, "Duplicate mount point: %s",
					 config->mounts[i].target);
	return read_volumes(reading, json_get(body, "Volumes"), err);
}
