/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was asked to be mounted into a container: the members Binds, Tmpfs and Mounts of HostConfig.
 * What a bind ("SOURCE:TARGET:OPTIONS") can say is one, as Docker Compose has it.
 */
#include "describe/describe_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/container.h"

#include <string.h>

/* Can "SOURCE:TARGET:OPTIONS" say all of it? */
static bool is_bind(const struct container_mount *mount)
{
	if (mount->type == CONTAINER_MOUNT_VOLUME)
		return mount->source && !mount->subpath && !mount->labels;
	return mount->type == CONTAINER_MOUNT_BIND && mount->create_host_path &&
	       !mount->is_recursive_off && !mount->is_writable_below;
}

bool describe_is_short_tmpfs(const struct container_mount *mount)
{
	return mount->type == CONTAINER_MOUNT_TMPFS &&
	       (mount->tmpfs_options || (!mount->tmpfs_size && !mount->tmpfs_mode));
}

void describe_bind_mode(struct strbuf *out, const struct container_mount *mount)
{
	const char *const words[] = {mount->read_only ? "ro" : NULL, mount->propagation,
				     mount->no_copy ? "nocopy" : NULL};

	for (size_t i = 0; i < array_length(words); i++)
		if (words[i] && is_bind(mount))
			strbuf_printf(out, "%s%s", out->length ? "," : "", words[i]);
}

static void add_bind(json *list, const struct container_mount *mount)
{
	auto_strbuf struct strbuf text = {0}, mode = {0};

	describe_bind_mode(&mode, mount);
	strbuf_printf(&text, "%s:%s%s%s", mount->source, mount->target, mode.length ? ":" : "",
		      strbuf_text(&mode));
	json_add_string(list, strbuf_text(&text));
}

/* "NAME=value" entries as an object. */
static json *describe_labels(char *const *entries)
{
	json *value = json_new_object();

	for (; entries && *entries; entries++) {
		const char *equals = strchr(*entries, '=');
		auto_free char *name = alloc_string_n(*entries, strcspn(*entries, "="));

		json_set_string(value, name, equals ? equals + 1 : "");
	}
	return describe_unless_empty(value);
}

static void set_bind_options(json *options, const struct container_mount *mount)
{
	json_set_string(options, "Propagation", mount->propagation);
	if (mount->is_recursive_off)
		json_set_bool(options, "NonRecursive", true);
	if (mount->is_writable_below)
		json_set_bool(options, "ReadOnlyNonRecursive", true);
	if (mount->create_host_path)
		json_set_bool(options, "CreateMountpoint", true);
}

static void set_volume_options(json *options, const struct container_mount *mount)
{
	json *labels = describe_labels(mount->labels);

	if (mount->no_copy)
		json_set_bool(options, "NoCopy", true);
	if (labels)
		json_set(options, "Labels", labels);
	json_set_string(options, "Subpath", mount->subpath);
}

static void set_tmpfs_options(json *options, const struct container_mount *mount)
{
	if (mount->tmpfs_size)
		json_set_int(options, "SizeBytes", mount->tmpfs_size);
	if (mount->tmpfs_mode)
		json_set_int(options, "Mode", mount->tmpfs_mode);
}

static void set_image_options(json *options, const struct container_mount *mount)
{
	json_set_string(options, "Subpath", mount->subpath);
}

static const struct {
	const char *member;
	void (*set)(json *options, const struct container_mount *mount);
} kinds[] = {
	[CONTAINER_MOUNT_BIND] = {"BindOptions", set_bind_options},
	[CONTAINER_MOUNT_VOLUME] = {"VolumeOptions", set_volume_options},
	[CONTAINER_MOUNT_TMPFS] = {"TmpfsOptions", set_tmpfs_options},
	[CONTAINER_MOUNT_IMAGE] = {"ImageOptions", set_image_options},
};

static json *describe_mount(const struct container_mount *mount)
{
	json *value = json_new_object(), *options = json_new_object();

	json_set_string(value, "Type", container_mount_types[mount->type]);
	json_set_string(value, "Source", mount->source);
	json_set_string(value, "Target", mount->target);
	if (mount->read_only)
		json_set_bool(value, "ReadOnly", true);
	kinds[mount->type].set(options, mount);
	options = describe_unless_empty(options);
	if (options)
		json_set(value, kinds[mount->type].member, options);
	return value;
}

void describe_set_mounts(json *value, const struct container_config *config)
{
	json *binds = json_new_array(), *tmpfs = json_new_object(), *mounts = json_new_array();

	for (size_t i = 0; i < config->mount_count; i++) {
		const struct container_mount *mount = &config->mounts[i];

		if (is_bind(mount))
			add_bind(binds, mount);
		else if (describe_is_short_tmpfs(mount))
			json_set_string(tmpfs, mount->target,
					describe_text_or(mount->tmpfs_options, ""));
		else if (mount->type != CONTAINER_MOUNT_VOLUME || mount->source)
			json_add(mounts, describe_mount(mount));
	}
	json_set(value, "Binds", describe_unless_empty(binds));
	json_set(value, "Tmpfs", describe_unless_empty(tmpfs));
	json_set(value, "Mounts", describe_unless_empty(mounts));
}
