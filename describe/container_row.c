/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as a row of ps and of container ls.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "describe/times.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/labels.h"

#include <string.h>

#define COMMAND_SIZE 20

/* Cut between characters, with an ellipsis in their place. */
static void add_cut(struct strbuf *out, const char *text, size_t size)
{
	size_t length = strlen(text);

	if (length <= size) {
		strbuf_add(out, text);
		return;
	}
	for (length = size - 1; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
		length--;
	strbuf_add_n(out, text, length);
	strbuf_add(out, "…");
}

static void set_command(json *row, const struct container *container, bool is_full)
{
	auto_strbuf struct strbuf whole = {0}, quoted = {0};

	for (char **arg = container->args; arg && *arg; arg++)
		strbuf_printf(&whole, "%s%s", arg == container->args ? "" : " ", *arg);
	strbuf_add_char(&quoted, '"');
	add_cut(&quoted, strbuf_text(&whole), is_full ? SIZE_MAX : COMMAND_SIZE);
	strbuf_add_char(&quoted, '"');
	json_set_string(row, "Command", strbuf_text(&quoted));
}

static void set_labels_text(json *row, const struct container *container)
{
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < container->config.label_count; i++)
		strbuf_printf(&text, "%s%s=%s", i ? "," : "", container->config.labels[i].name,
			      container->config.labels[i].value);
	json_set_string(row, "Labels", strbuf_text(&text));
}

static void set_joined(json *row, const char *name, const struct container *container,
		       const char *(*item)(const struct container *, size_t))
{
	auto_strbuf struct strbuf text = {0};
	const char *value;

	for (size_t i = 0; (value = item(container, i)); i++)
		strbuf_printf(&text, "%s%s", i ? "," : "", value);
	json_set_string(row, name, strbuf_text(&text));
}

static const char *network_name(const struct container *container, size_t i)
{
	return i < container->state.endpoint_count ? container->state.endpoints[i].network : NULL;
}

static const char *mount_name(const struct container *container, size_t i)
{
	if (i >= container->mount_count)
		return NULL;
	return container->mounts[i].source ? container->mounts[i].source
					   : container->mounts[i].target;
}

json *describe_container_row(const struct container *container, bool is_full)
{
	json *row = json_new_object();
	auto_free char *status = describe_status(container);
	auto_free char *ports = describe_ports(container);
	auto_free char *age = times_ago(container->created);
	auto_free char *created = times_local(container->created);
	char short_id[13];

	describe_short_id(short_id, container->id);
	set_command(row, container, is_full);
	json_set_string(row, "CreatedAt", created);
	json_set_int(row, "ExitCode", container->state.exit_code);
	json_set_string(row, "Health", container_healths[container->state.health]);
	json_set_string(row, "ID", is_full ? container->id : short_id);
	json_set_string(row, "Image", describe_text_or(container->config.image, ""));
	set_labels_text(row, container);
	set_joined(row, "Mounts", container, mount_name);
	json_set_string(row, "Name", describe_text_or(container->name, ""));
	json_set_string(row, "Names", describe_text_or(container->name, ""));
	set_joined(row, "Networks", container, network_name);
	json_set_string(row, "Ports", ports);
	json_set_string(row, "Project", describe_text_or(labels_project(container), ""));
	json_set(row, "Publishers", describe_publishers(container));
	json_set_string(row, "RunningFor", age);
	json_set_string(row, "Service", labels_service(container));
	json_set_string(row, "State", container_statuses[container->state.status]);
	json_set_string(row, "Status", status);
	return row;
}
