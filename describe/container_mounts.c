/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mounted into a container, as `inspect` shows it.
 */
#include "describe/describe_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "storage/secret/secret.h"

#include <string.h>

static void set_volume(json *item, const struct container_mount *mount, const struct engine *engine)
{
	auto_free char *path =
		alloc_format("%s/volumes/%s/_data", engine->layout.root, mount->source);

	json_set_string(item, "Name", mount->source);
	json_set_string(item, "Source", path);
	json_set_string(item, "Destination", mount->target);
	json_set_string(item, "Driver", "local");
}

/* A volume that was asked for as a mount has the mode "z", as if it had been given a label: Docker
 * says so, too. */
static void set_mode(json *item, const struct container_mount *mount, bool is_asked_for)
{
	auto_strbuf struct strbuf mode = {0};

	describe_bind_mode(&mode, mount);
	json_set_string(item, "Mode", mode.length || !is_asked_for ? strbuf_text(&mode) : "z");
	json_set_bool(item, "RW", !mount->read_only);
	json_set_string(item, "Propagation",
			mount->type == CONTAINER_MOUNT_BIND
				? describe_text_or(mount->propagation, "rprivate")
				: "");
}

static void set_place(json *item, const char *source, const char *target)
{
	json_set_string(item, "Source", describe_text_or(source, ""));
	json_set_string(item, "Destination", target);
}

/* By its name, or as a mount without one: `-v /target`, as the image's own, is only a place. */
static bool is_asked_for(const struct container *container, const struct container_mount *mount)
{
	for (size_t i = 0; i < container->config.mount_count; i++) {
		const struct container_mount *asked = &container->config.mounts[i];

		if (strcmp(asked->target, mount->target) == 0)
			return asked->source || !asked->create_host_path;
	}
	return false;
}

static json *describe_mount(const struct container *container, const struct container_mount *mount,
			    const struct engine *engine)
{
	json *item = json_new_object();
	bool is_volume = mount->type == CONTAINER_MOUNT_VOLUME && mount->source;

	json_set_string(item, "Type", container_mount_types[mount->type]);
	if (is_volume)
		set_volume(item, mount, engine);
	else
		set_place(item, mount->source, mount->target);
	set_mode(item, mount, is_volume && is_asked_for(container, mount));
	return item;
}

/* Configs and secrets: to what reads this, files of the host. */
static json *describe_file(const struct container *container, size_t index,
			   const struct engine *engine)
{
	auto_free char *name = alloc_format("%zu", index);
	auto_free char *path = secret_path(&engine->layout, container->id, name);
	json *item = json_new_object();

	json_set_string(item, "Type", container_mount_types[CONTAINER_MOUNT_BIND]);
	set_place(item, path, container->config.files[index].target);
	json_set_string(item, "Mode", "");
	json_set_bool(item, "RW", false);
	json_set_string(item, "Propagation", "rprivate");
	return item;
}

json *describe_container_mounts(const struct container *container, const struct engine *engine)
{
	json *list = json_new_array();

	for (size_t i = 0; i < container->mount_count; i++)
		if (!describe_is_short_tmpfs(&container->mounts[i]))
			json_add(list, describe_mount(container, &container->mounts[i], engine));
	for (size_t i = 0; i < container->config.file_count; i++)
		json_add(list, describe_file(container, i, engine));
	return list;
}
