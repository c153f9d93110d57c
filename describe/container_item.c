/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as an item of the list that Docker's API has.
 */
#include "describe/catalog.h"
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "describe/times.h"
#include "engine/container.h"

static void set_identity(json *item, const struct container *container, struct catalog *catalog)
{
	auto_free char *name = alloc_format("/%s", describe_text_or(container->name, ""));
	auto_strbuf struct strbuf command = {0};

	describe_add_command(&command, container);
	json_set_string(item, "Id", container->id);
	json_set(item, "Names", json_from_strings((char *[]){name, NULL}));
	describe_set_image(item, container, catalog);
	json_set_string(item, "ImageID", describe_text_or(container->image_id, ""));
	json_set_string(item, "Command", strbuf_text(&command));
	json_set_int(item, "Created", times_read(container->created).tv_sec);
}

static void set_networks(json *item, const struct container *container, const struct engine *engine)
{
	auto_json json *whole = describe_container_networks(container, engine);
	auto_json json *host_config = describe_host_config(container);
	json *settings = json_new_object(), *mode = json_new_object();

	json_set(settings, "Networks", json_object_get(json_get(whole, "Networks")));
	json_set(item, "NetworkSettings", settings);
	json_set_string(mode, "NetworkMode", json_string(host_config, "NetworkMode", ""));
	json_set(item, "HostConfig", mode);
}

json *describe_container_item(const struct container *container, struct catalog *catalog)
{
	const struct container_config *config = &container->config;
	auto_free char *status = describe_status(container);
	json *item = json_new_object();

	set_identity(item, container, catalog);
	json_set(item, "Ports", describe_port_rows(container));
	if (catalog->with_sizes) {
		struct describe_sizes sizes;

		describe_sizes_read(&sizes, container, catalog->engine);
		json_set_int(item, "SizeRw", sizes.written);
		json_set_int(item, "SizeRootFs", sizes.whole);
	}
	json_set(item, "Labels", pair_to_json(config->labels, config->label_count));
	json_set_string(item, "State", container_statuses[container->state.status]);
	json_set_string(item, "Status", status);
	set_networks(item, container, catalog->engine);
	json_set(item, "Mounts", describe_container_mounts(container, catalog->engine));
	return item;
}
