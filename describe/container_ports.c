/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports of a container, as Docker's tables and Compose's rows show them.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/strbuf.h"
#include "engine/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct exposed {
	unsigned number;
	const char *protocol;
};

static int compare(const void *a, const void *b)
{
	const struct exposed *one = a, *other = b;
	int order = strcmp(one->protocol, other->protocol);

	return order ? order : (int)one->number - (int)other->number;
}

static bool is_published(const struct container_state *state, const struct exposed *port)
{
	for (size_t i = 0; i < state->port_count; i++)
		if (state->ports[i].container_port == port->number &&
		    strcmp(state->ports[i].protocol, port->protocol) == 0)
			return true;
	return false;
}

/* What is exposed and not published, sorted; malloc'ed. */
static struct exposed *only_exposed(const struct container *container, size_t *count)
{
	struct exposed *ports = NULL;

	*count = 0;
	for (char **text = container->expose; text && *text; text++) {
		const char *slash = strchr(*text, '/');
		const struct exposed port = {(unsigned)strtoul(*text, NULL, 10),
					     slash ? slash + 1 : "tcp"};

		if (is_published(&container->state, &port))
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

static void add_binding(struct strbuf *out, const struct port_binding *binding)
{
	bool is_ipv6 = strchr(binding->host_ip, ':');

	strbuf_printf(out, "%s%s%s%s:%u->%u/%s", out->length ? ", " : "", is_ipv6 ? "[" : "",
		      binding->host_ip, is_ipv6 ? "]" : "", binding->host_port,
		      binding->container_port, binding->protocol);
}

/* Neighbours as one: "9001-9003/udp". Returns how many they were. */
static size_t add_run(struct strbuf *out, const struct exposed *ports, size_t count)
{
	size_t length = 1;

	while (length < count && ports[length].number == ports[0].number + length &&
	       strcmp(ports[length].protocol, ports[0].protocol) == 0)
		length++;
	strbuf_printf(out, "%s%u", out->length ? ", " : "", ports[0].number);
	if (length > 1)
		strbuf_printf(out, "-%u", ports[length - 1].number);
	strbuf_printf(out, "/%s", ports[0].protocol);
	return length;
}

char *describe_ports(const struct container *container)
{
	struct strbuf out = {0};
	struct exposed *ports;
	size_t count;

	if (!has_network(container))
		return strbuf_take(&out);
	for (size_t i = 0; i < container->state.port_count; i++)
		add_binding(&out, &container->state.ports[i]);
	ports = only_exposed(container, &count);
	for (size_t i = 0; i < count;)
		i += add_run(&out, ports + i, count - i);
	free(ports);
	return strbuf_take(&out);
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
	struct exposed *ports;
	size_t count;

	if (!has_network(container))
		return list;
	for (size_t i = 0; i < container->state.port_count; i++) {
		const struct port_binding *port = &container->state.ports[i];

		json_add(list, publisher(port->host_ip, port->container_port, port->host_port,
					 port->protocol));
	}
	ports = only_exposed(container, &count);
	for (size_t i = 0; i < count; i++)
		json_add(list, publisher("", ports[i].number, 0, ports[i].protocol));
	free(ports);
	return list;
}
