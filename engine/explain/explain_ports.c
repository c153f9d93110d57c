/* SPDX-License-Identifier: Apache-2.0 */
/* Where a container's ports can be reached: what is published against what listens, what the
 * kernel's table has, and who else has a word in it. */
#include "engine/explain/explain_private.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "engine/explain/listeners.h"
#include "engine/namespace_mode.h"
#include "net/rules.h"

#include <string.h>

struct view {
	const struct container *container;
	struct listeners listeners;
	const struct net_context *net;
	struct port_rules rules; /* of all containers */
	const char *foreign;	 /* a table that drops what is forwarded */
	struct explanation *out;
	struct arena *arena;
};

static const char *listening_text(const struct view *view)
{
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < view->listeners.count; i++) {
		const struct listener *listener = &view->listeners.items[i];

		if (listeners_find(&view->listeners, listener->protocol, listener->port) ==
		    listener)
			strbuf_printf(&text, "%s%u/%s", text.length ? ", " : "", listener->port,
				      listener->protocol);
	}
	return text.length ? arena_string(view->arena, strbuf_text(&text)) : "no port at all";
}

/* Why nobody inside answers on the port; NULL: somebody does. */
static const char *why_silent(const struct view *view, const char *protocol, unsigned port)
{
	const struct listener *listener = listeners_find(&view->listeners, protocol, port);

	if (view->container->state.status == CONTAINER_PAUSED)
		return "the container is paused";
	if (strcmp(protocol, "tcp") != 0 && strcmp(protocol, "udp") != 0)
		return NULL;
	if (!listener)
		return arena_format(view->arena,
				    "nothing listens on port %u in the container; it listens on %s",
				    port, listening_text(view));
	if (listener->is_loopback)
		return arena_format(view->arena,
				    "in the container it listens on loopback only, which nobody "
				    "else reaches: let it listen on 0.0.0.0:%u",
				    port);
	return NULL;
}

static const struct port_rule *find_rule(const struct view *view, const struct port_binding *port)
{
	for (size_t i = 0; i < view->rules.count; i++) {
		const struct port_rule *rule = &view->rules.items[i];

		if (strcmp(rule->container_id, view->container->id) == 0 &&
		    rule->binding.host_port == port->host_port &&
		    strcmp(rule->binding.protocol, port->protocol) == 0 &&
		    strcmp(rule->binding.host_ip, port->host_ip) == 0)
			return rule;
	}
	return NULL;
}

/* Why nothing comes as far as the container; NULL: it does. */
static const char *why_not_led(const struct view *view, const struct port_rule *rule)
{
	if (!rule)
		return "no record says so any more: 'coracle restart' publishes it again";
	if (!rules_is_in_force(view->net, &view->rules, rule, view->arena))
		return "the kernel's table has no rule for it: another program took it away "
		       "('coracle system check')";
	if (!rule->is_ready)
		return view->container->healthcheck.test
			       ? "other replicas get its connections until it is healthy"
			       : "other replicas get its connections until all of its ports listen";
	return NULL;
}

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static const char *reach(const struct view *view, const struct port_binding *port)
{
	if (is_loopback(port->host_ip))
		return "from this host only";
	return view->foreign ? arena_format(view->arena,
					    "from this host; for others the nftables table '%s' "
					    "of another program drops what is forwarded",
					    view->foreign)
			     : "from this host and from others";
}

static void say_binding(const struct view *view, const struct port_binding *port)
{
	const char *reason = why_silent(view, port->protocol, port->container_port);
	bool is_ipv6 = strchr(port->host_ip, ':');
	const char *text =
		arena_format(view->arena, is_ipv6 ? "[%s]:%u -> %u/%s" : "%s:%u -> %u/%s",
			     port->host_ip, port->host_port, port->container_port, port->protocol);

	if (!reason)
		reason = why_not_led(view, find_rule(view, port));
	if (reason)
		explain_problem(view->out, "  %s: not reachable: %s", text, reason);
	else
		explain_say(view->out, "  %s: reachable %s", text, reach(view, port));
}

static bool is_published(const struct container *container, const char *protocol, unsigned port)
{
	for (size_t i = 0; i < container->state.port_count; i++)
		if (container->state.ports[i].container_port == port &&
		    strcmp(container->state.ports[i].protocol, protocol) == 0)
			return true;
	return false;
}

/* What the file asks for and nobody did. */
static void say_refused(const struct view *view)
{
	const struct container_config *config = &view->container->config;

	for (size_t i = 0; i < config->port_count; i++) {
		const struct port_request *port = &config->ports[i];

		if (is_published(view->container, port->protocol, port->container_port))
			continue;
		explain_problem(view->out, "  %u/%s: not published, as asked for: %s",
				port->container_port, port->protocol,
				explain_is_isolated(view->container)
					? "all its networks are internal"
					: "none of its networks can publish");
	}
}

static void say_unpublished(const struct view *view)
{
	for (size_t i = 0; i < view->listeners.count; i++) {
		const struct listener *listener = &view->listeners.items[i];

		if (listener->is_loopback ||
		    listeners_find(&view->listeners, listener->protocol, listener->port) !=
			    listener ||
		    is_published(view->container, listener->protocol, listener->port))
			continue;
		explain_say(view->out,
			    "  %u/%s: listens, not published: reachable from its networks' "
			    "containers and from this host",
			    listener->port, listener->protocol);
	}
}

static void say_heading(const struct view *view)
{
	const struct container *container = view->container;
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < container->state.endpoint_count; i++) {
		const struct endpoint *endpoint = &container->state.endpoints[i];
		const char *address = endpoint->ipv4 ? endpoint->ipv4 : endpoint->ipv6;

		strbuf_printf(&text, "%s%s on %s%s", i ? ", " : ": ", address ? address : "",
			      endpoint->network, endpoint->internal ? " (internal)" : "");
	}
	explain_say(view->out, "%s%s", container->name, strbuf_text(&text));
}

static void say_ports(const struct view *view)
{
	const struct container *container = view->container;

	say_heading(view);
	for (size_t i = 0; i < container->state.port_count; i++)
		say_binding(view, &container->state.ports[i]);
	say_refused(view);
	say_unpublished(view);
	if (!container->state.port_count && !container->config.port_count && !view->listeners.count)
		explain_say(view->out, "  listens on no port and publishes none");
}

/* Returns whether there is nothing more to be said. */
static bool say_no_network(const struct container *container, struct explanation *out,
			   struct arena *arena)
{
	struct namespace_mode mode = namespace_mode_parse(container->config.network_mode);

	if (!container_is_live(container))
		explain_problem(out, "%s: is %s: nothing of it can be reached", container->name,
				explain_status(container, arena));
	else if (mode.kind == NAMESPACE_HOST)
		explain_say(out,
			    "%s: uses the host's network: what it listens on is the host's own "
			    "port, and what it publishes is left out",
			    container->name);
	else if (mode.kind == NAMESPACE_CONTAINER)
		explain_say(out, "%s: has the network of %.12s: look at that one", container->name,
			    mode.name);
	else if (container->state.endpoint_count == 0)
		explain_say(out, "%s: is on no network", container->name);
	else
		return false;
	return true;
}

int explain_ports(struct engine *engine, const struct container *container, struct explanation *out,
		  struct error *err)
{
	auto_arena struct arena arena = {0};
	struct view view = {
		.container = container, .net = &engine->net, .out = out, .arena = &arena};

	if (say_no_network(container, out, &arena))
		return 0;
	if (rules_of_ports(&engine->net, &view.rules, &arena, err) < 0)
		return -1;
	view.foreign = rules_foreign_drop(&engine->net, &arena);
	listeners_read(&view.listeners, container->state.pid, &arena);
	say_ports(&view);
	return 0;
}
