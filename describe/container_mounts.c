/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mounted into a container, as `inspect` shows it.
 */
#include "describe/describe_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "storage/secret/secret.h"

/* A named volume's mode is "z", as if it had been given a label: Docker says so, too. */
static void set_volume(json *item, const struct container_mount *mount, const struct engine *engine)
{
	auto_free char *path =
		alloc_format("%s/volumes/%s/_data", engine->layout.root, mount->source);

	json_set_string(item, "Name", mount->source);
	json_set_string(item, "Source", path);
	json_set_string(item, "Destination", mount->target);
	json_set_string(item, "Driver", "local");
	json_set_string(item, "Mode", "z");
}

static void set_place(json *item, const char *source, const char *target)
{
	json_set_string(item, "Source", describe_text_or(source, ""));
	json_set_string(item, "Destination", target);
	json_set_string(item, "Mode", "");
}

static json *describe_mount(const struct container_mount *mount, const struct engine *engine)
{
	json *item = json_new_object();
	bool is_bind = mount->type == CONTAINER_MOUNT_BIND;

	json_set_string(item, "Type", container_mount_types[mount->type]);
	if (mount->type == CONTAINER_MOUNT_VOLUME && mount->source)
		set_volume(item, mount, engine);
	else
		set_place(item, mount->source, mount->target);
	json_set_bool(item, "RW", !mount->read_only);
	json_set_string(item, "Propagation",
			is_bind ? describe_text_or(mount->propagation, "rprivate") : "");
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
	json_set_bool(item, "RW", false);
	json_set_string(item, "Propagation", "rprivate");
	return item;
}

json *describe_container_mounts(const struct container *container, const struct engine *engine)
{
	json *list = json_new_array();

	for (size_t i = 0; i < container->mount_count; i++)
		json_add(list, describe_mount(&container->mounts[i], engine));
	for (size_t i = 0; i < container->config.file_count; i++)
		json_add(list, describe_file(container, i, engine));
	return list;
}
