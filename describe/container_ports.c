/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports of a container, as Docker's tables and Compose's rows show them.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/container.h"

#include <stdlib.h>
#include <string.h>

/* As Docker's API has them: an address and a number of the host, or none. */
struct port {
	const char *protocol, *host_ip; /* "" */
	unsigned number, host_number;	/* 0 */
};

static bool is_published(const struct container_state *state, const struct port *port)
{
	for (size_t i = 0; i < state->port_count; i++)
		if (state->ports[i].container_port == port->number &&
		    strcmp(state->ports[i].protocol, port->protocol) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct port *one = a, *other = b;
	int order = (int)one->number - (int)other->number;

	if (!order)
		order = strcmp(one->host_ip, other->host_ip);
	if (!order)
		order = (int)one->host_number - (int)other->host_number;
	return order ? order : strcmp(one->protocol, other->protocol);
}

/* What is published and what is only exposed, sorted; malloc'ed. */
static struct port *all_ports(const struct container *container, size_t *count)
{
	const struct container_state *state = &container->state;
	struct port *ports = alloc_resize(NULL, state->port_count + 1, sizeof(*ports));

	for (*count = 0; *count < state->port_count; (*count)++) {
		const struct port_binding *binding = &state->ports[*count];

		ports[*count] = (struct port){binding->protocol, binding->host_ip,
					      binding->container_port, binding->host_port};
	}
	for (char **text = container->expose; text && *text; text++) {
		const char *slash = strchr(*text, '/');
		const struct port port = {slash ? slash + 1 : "tcp", "",
					  (unsigned)strtoul(*text, NULL, 10), 0};

		if (is_published(state, &port))
			continue;
		ports = alloc_resize(ports, *count + 1, sizeof(*ports));
		ports[(*count)++] = port;
	}
	if (*count > 1)
		qsort(ports, *count, sizeof(*ports), compare);
	return ports;
}

static bool has_network(const struct container *container)
{
	return container->state.status == CONTAINER_RUNNING ||
	       container->state.status == CONTAINER_PAUSED;
}

/* Ports that follow each other on one address of the host, under the same numbers there. */
struct group {
	const struct port *port; /* the first one */
	unsigned last;
};

static bool is_of_group(const struct group *group, const struct port *port)
{
	return strcmp(group->port->host_ip, port->host_ip) == 0 &&
	       strcmp(group->port->protocol, port->protocol) == 0;
}

static void add_address(struct strbuf *out, const char *ip)
{
	strbuf_printf(out, strchr(ip, ':') ? "%s[%s]:" : "%s%s:", out->length ? ", " : "", ip);
}

static void add_group(struct strbuf *out, const struct group *group)
{
	const struct port *port = group->port;
	auto_free char *numbers = group->last > port->number
					  ? alloc_format("%u-%u", port->number, group->last)
					  : alloc_format("%u", port->number);

	if (*port->host_ip) {
		add_address(out, port->host_ip);
		strbuf_printf(out, "%s->%s/%s", numbers, numbers, port->protocol);
	} else {
		strbuf_printf(out, "%s%s/%s", out->length ? ", " : "", numbers, port->protocol);
	}
}

/* Joins its group, or closes that and begins another in its place. */
static void take(struct strbuf *out, struct group *groups, size_t *count, const struct port *port)
{
	size_t i = 0;

	while (i < *count && !is_of_group(&groups[i], port))
		i++;
	if (i < *count && groups[i].last + 1 == port->number) {
		groups[i].last = port->number;
		return;
	}
	if (i < *count)
		add_group(out, &groups[i]);
	else
		(*count)++;
	groups[i] = (struct group){port, port->number};
}

/* Docker's order: groups that others have followed, the last ones, and what has another number on
 * the host. */
static void format_ports(struct strbuf *out, const struct port *ports, size_t count)
{
	auto_free struct group *groups = alloc_zeroed(count + 1, sizeof(*groups));
	auto_strbuf struct strbuf mapped = {0};
	size_t group_count = 0;

	for (size_t i = 0; i < count; i++) {
		if (!*ports[i].host_ip || ports[i].host_number == ports[i].number) {
			take(out, groups, &group_count, &ports[i]);
			continue;
		}
		add_address(&mapped, ports[i].host_ip);
		strbuf_printf(&mapped, "%u->%u/%s", ports[i].host_number, ports[i].number,
			      ports[i].protocol);
	}
	for (size_t i = 0; i < group_count; i++)
		add_group(out, &groups[i]);
	if (mapped.length)
		strbuf_printf(out, "%s%s", out->length ? ", " : "", mapped.text);
}

char *describe_ports(const struct container *container)
{
	struct strbuf out = {0};
	auto_free struct port *ports = NULL;
	size_t count;

	if (!has_network(container))
		return strbuf_take(&out);
	ports = all_ports(container, &count);
	format_ports(&out, ports, count);
	return strbuf_take(&out);
}

json *describe_port_rows(const struct container *container)
{
	json *list = json_new_array();
	auto_free struct port *ports = NULL;
	size_t count = 0;

	if (has_network(container))
		ports = all_ports(container, &count);
	for (size_t i = 0; i < count; i++) {
		json *item = json_new_object();

		if (*ports[i].host_ip)
			json_set_string(item, "IP", ports[i].host_ip);
		json_set_int(item, "PrivatePort", ports[i].number);
		if (ports[i].host_number)
			json_set_int(item, "PublicPort", ports[i].host_number);
		json_set_string(item, "Type", ports[i].protocol);
		json_add(list, item);
	}
	return list;
}

static json *publisher(const char *url, unsigned target, unsigned published, const char *protocol)
{
	json *item = json_new_object();

	json_set_string(item, "URL", url);
	json_set_int(item, "TargetPort", target);
	json_set_int(item, "PublishedPort", published);
	json_set_string(item, "Protocol", protocol);
	return item;
}

json *describe_publishers(const struct container *container)
{
	json *list = json_new_array();
	auto_free struct port *ports = NULL;
	size_t count;

	if (!has_network(container))
		return list;
	ports = all_ports(container, &count);
	for (size_t i = 0; i < count; i++)
		json_add(list, publisher(ports[i].host_ip, ports[i].number, ports[i].host_number,
					 ports[i].protocol));
	return list;
}
