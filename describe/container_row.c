/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as a row of ps and of container ls.
 */
#include "describe/catalog.h"
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "describe/go_text.h"
#include "describe/times.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "engine/namespace_mode.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_WIDTH 20
#define MOUNT_WIDTH   15

static void set_cut(struct strbuf *out, const struct catalog *catalog, const char *text,
		    size_t width)
{
	go_text_ellipsis(out, text, catalog->is_full ? SIZE_MAX : width);
}

/* Arguments with blanks in quotes. */
void describe_add_command(struct strbuf *out, const struct container *container)
{
	for (char **arg = container->args; arg && *arg; arg++) {
		bool is_first = arg == container->args;
		bool has_blank = !is_first && strchr(*arg, ' ');

		strbuf_printf(out, has_blank ? "%s'%s'" : "%s%s", is_first ? "" : " ", *arg);
	}
}

/* All of it as Go would quote it. */
static void set_command(json *row, const struct container *container, const struct catalog *catalog)
{
	auto_strbuf struct strbuf whole = {0}, cut = {0}, quoted = {0};

	describe_add_command(&whole, container);
	set_cut(&cut, catalog, strbuf_text(&whole), COMMAND_WIDTH);
	go_text_quote(&quoted, strbuf_text(&cut), cut.length);
	json_set_string(row, "Command", strbuf_text(&quoted));
}

void describe_set_image(json *row, const struct container *container, struct catalog *catalog)
{
	const struct container_config *config = &container->config;
	const char *name = describe_text_or(config->image, "");
	const struct image *image = *name ? catalog_image(catalog, name, config->platform) : NULL;
	bool is_named =
		!container->image_id || (image && strcmp(image->id, container->image_id) == 0);
	auto_free char *whole = is_named ? reference_normalize(name, NULL) : NULL;
	auto_free char *familiar = whole ? reference_familiar(whole) : NULL;
	char short_id[13];

	describe_short_id(short_id, container->image_id);
	if (!*name)
		json_set_string(row, "Image", "<no image>");
	else if (!is_named)
		json_set_string(row, "Image", catalog->is_full ? container->image_id : short_id);
	else if (familiar && !catalog->is_full && strchr(name, '@'))
		json_set_string(row, "Image", (familiar[strcspn(familiar, "@")] = '\0', familiar));
	else
		json_set_string(row, "Image", name);
}

static void set_labels_text(json *row, const struct container *container)
{
	auto_strvec struct strvec labels = {0};
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < container->config.label_count; i++)
		strvec_addf(&labels, "%s=%s", container->config.labels[i].name,
			    describe_text_or(container->config.labels[i].value, ""));
	strvec_sort(&labels);
	strvec_each (label, &labels)
		strbuf_printf(&text, "%s%s", label == labels.items ? "" : ",", *label);
	json_set_string(row, "Labels", strbuf_text(&text));
}

static void set_mounts(json *row, const struct container *container, const struct catalog *catalog)
{
	auto_strbuf struct strbuf text = {0};
	size_t count = 0, volumes = 0;
	char number[24];

	for (size_t i = 0; i < container->mount_count; i++) {
		const struct container_mount *mount = &container->mounts[i];

		if (describe_is_short_tmpfs(mount))
			continue;
		volumes += mount->type == CONTAINER_MOUNT_VOLUME;
		strbuf_add(&text, count++ ? "," : "");
		set_cut(&text, catalog, describe_text_or(mount->source, ""), MOUNT_WIDTH);
	}
	snprintf(number, sizeof(number), "%zu", volumes);
	json_set_string(row, "LocalVolumes", number);
	json_set_string(row, "Mounts", strbuf_text(&text));
}

const char *describe_network_name(const struct container *container, size_t i)
{
	const struct container_config *config = &container->config;

	if (namespace_mode_is(config->network_mode, NAMESPACE_HOST) ||
	    namespace_mode_is(config->network_mode, NAMESPACE_NONE))
		return i ? NULL : config->network_mode;
	if (container->state.endpoint_count)
		return i < container->state.endpoint_count ? container->state.endpoints[i].network
							   : NULL;
	return i < config->endpoint_count ? config->endpoints[i].network : NULL;
}

static void set_networks(json *row, const struct container *container)
{
	auto_strbuf struct strbuf text = {0};
	const char *name;

	for (size_t i = 0; (name = describe_network_name(container, i)); i++)
		strbuf_printf(&text, "%s%s", i ? "," : "", name);
	json_set_string(row, "Networks", strbuf_text(&text));
}

/* An object that a table shows as "linux/amd64". */
static void set_platform(json *row, const struct container *container, struct catalog *catalog)
{
	const struct image *image =
		container->image_id ? catalog_image(catalog, container->image_id, NULL) : NULL;
	json *value = image ? json_new_object() : NULL;

	json_set(row, "Platform", value);
	if (!image)
		return;
	json_set_string(value, "architecture", image->architecture);
	json_set_string(value, "os", image->os);
	json_set_string(value, "variant", image->variant);
	json_object_set_userdata(value,
				 alloc_format("%s/%s%s%s", image->os, image->architecture,
					      image->variant ? "/" : "",
					      describe_text_or(image->variant, "")),
				 describe_free_text);
}

static void set_size(json *row, const struct container *container, const struct catalog *catalog)
{
	struct describe_sizes sizes;
	char written[32], whole[32];

	if (!catalog->with_sizes) {
		json_set_string(row, "Size", "0B");
		return;
	}
	describe_sizes_read(&sizes, container, catalog->engine);
	units_format_size(written, sizeof(written), sizes.written);
	units_format_size(whole, sizeof(whole), sizes.whole);
	auto_free char *text = alloc_format("%s (virtual %s)", written, whole);
	json_set_string(row, "Size", text);
}

static void set_state(json *row, const struct container *container)
{
	auto_free char *status = describe_status(container);

	json_set_string(row, "State", container_statuses[container->state.status]);
	json_set_string(row, "Status", status);
}

json *describe_container_row(const struct container *container, struct catalog *catalog)
{
	json *row = json_new_object();
	const char *health = container_healths[container->state.health];
	auto_free char *ports = describe_ports(container);
	auto_free char *age = times_ago(container->created);
	auto_free char *created = times_local(container->created);
	char short_id[13];

	describe_short_id(short_id, container->id);
	set_command(row, container, catalog);
	json_set_string(row, "CreatedAt", created);
	json_set_int(row, "ExitCode", container->state.exit_code);
	json_set_string(row, "Health", health);
	json_set_string(row, "HealthStatus", health);
	json_set_string(row, "ID", catalog->is_full ? container->id : short_id);
	describe_set_image(row, container, catalog);
	set_labels_text(row, container);
	set_mounts(row, container, catalog);
	json_set_string(row, "Name", describe_text_or(container->name, ""));
	json_set_string(row, "Names", describe_text_or(container->name, ""));
	set_networks(row, container);
	set_platform(row, container, catalog);
	json_set_string(row, "Ports", ports);
	json_set_string(row, "Project", describe_text_or(labels_project(container), ""));
	json_set(row, "Publishers", describe_publishers(container));
	json_set_string(row, "RunningFor", age);
	json_set_string(row, "Service", labels_service(container));
	set_size(row, container, catalog);
	set_state(row, container);
	return row;
}
