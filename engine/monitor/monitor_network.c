/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's networks need besides the kernel: names, sockets of ports, and somebody who
 * connects it to others while it runs. */
#include "engine/monitor/monitor.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strvec.h"
#include "engine/labels.h"
#include "engine/namespace_mode.h"
#include "engine/start.h"
#include "engine/start_network.h"
#include "net/firewall_watch.h"
#include "net/responder.h"

int monitor_network_announce(struct monitor *monitor, bool visible)
{
	struct container_state *state = &monitor->container.state;
	auto_arena struct arena arena = {0};
	char **names = arena_array(&arena, state->endpoint_count + 1, sizeof(*names));
	struct error err = {0};

	for (size_t i = 0; i < state->endpoint_count; i++)
		names[i] = arena_string(&arena, state->endpoints[i].network);
	if (!state->endpoint_count || network_announce(&monitor->engine->net, monitor->container.id,
						       names, visible, &err) == 0)
		return 0;
	return monitor_owe(monitor, MONITOR_OWES_NETWORK, &err);
}

/* Those of the container, and those of its endpoints. */
static char **collect_links(struct monitor *monitor)
{
	const struct container_config *config = &monitor->container.config;
	auto_strvec struct strvec links = {0};

	strvec_add_all(&links, config->links);
	for (size_t i = 0; i < config->endpoint_count; i++)
		strvec_add_all(&links, config->endpoints[i].links);
	return links.count ? strvec_copy(&links, &monitor->arena) : NULL;
}

static int open_responder(struct monitor *monitor, struct error *err)
{
	struct container_state *state = &monitor->container.state;
	auto_free char *program = NULL;
	struct responder_request request = {
		.project = labels_project(&monitor->container),
		.netns_fd = monitor->netns_fd,
		.is_isolated = true,
		.servers = monitor->container.config.dns,
		.ports = monitor->holder,
	};

	if (monitor->responder || !state->endpoint_count)
		return 0;
	program = engine_helper_path("responder", err);
	if (!program)
		return -1;
	request.program = program;
	request.links = collect_links(monitor);
	request.networks =
		arena_array(&monitor->arena, state->endpoint_count + 1, sizeof(*request.networks));
	for (size_t i = 0; i < state->endpoint_count; i++) {
		request.networks[i] = arena_string(&monitor->arena, state->endpoints[i].network);
		request.is_isolated = request.is_isolated && state->endpoints[i].internal;
	}
	return responder_open(&monitor->responder, &monitor->engine->net, &request, &monitor->loop,
			      err);
}

/* A description that was changed while nobody could tell us, or just now. */
static int follow(struct monitor *monitor, struct error *err)
{
	struct start start = {
		.engine = monitor->engine,
		.container = monitor->container,
		.arena = monitor->arena,
		.dirs = monitor->dirs,
		.netns_fd = monitor->netns_fd,
		.files_id = monitor->container.id,
		.holder = monitor->holder,
	};
	enum container_status status = monitor->container.state.status;
	int result;

	if (monitor->netns_fd < 0 ||
	    namespace_mode_is_foreign(monitor->container.config.network_mode))
		return 0;
	result = start_follow_network(&start, err);
	monitor->container.state = start.container.state;
	monitor->arena = start.arena;
	monitor->holder = start.holder;
	if (result == 0)
		return 0;
	responder_close(monitor->responder); /* of the networks and ports before */
	monitor->responder = NULL;
	if (status == CONTAINER_RUNNING || status == CONTAINER_PAUSED)
		monitor_network_announce(monitor, true);
	return result < 0 ? -1 : 0;
}

/* Its part in the balancing of ports that are shared. Whoever is to listen first keeps what is on
 * disk until it is known whether it does. */
static void set_part(struct monitor *monitor)
{
	const struct container_state *state = &monitor->container.state;

	if (monitor->container.healthcheck.test)
		monitor_ports_set_ready(monitor, state->health == HEALTH_HEALTHY &&
							 (state->status == CONTAINER_RUNNING ||
							  state->status == CONTAINER_PAUSED));
	else if (monitor->listening.is_over || !listening_is_awaited(&monitor->container))
		monitor_ports_set_ready(monitor, true);
}

/* Everybody with a bridge is ready to; nobody's container depends on it. */
static void watch_firewall(struct monitor *monitor)
{
	struct container_state *state = &monitor->container.state;
	struct error err = {0};
	size_t bridges = 0;

	for (size_t i = 0; i < state->endpoint_count; i++)
		bridges += !state->endpoints[i].is_direct;
	if (bridges && !monitor->watch &&
	    firewall_watch_open(&monitor->watch, &monitor->engine->net, &monitor->loop, &err) < 0)
		log_warning("%s", err.text);
}

void monitor_network_leave_watch(struct monitor *monitor)
{
	firewall_watch_close(monitor->watch);
	monitor->watch = NULL;
}

int monitor_network_serve(struct monitor *monitor, struct error *err)
{
	const char *id = monitor->container.id;
	struct error reason = {0};
	int result = follow(monitor, &reason);

	watch_firewall(monitor);
	if (monitor->container.state.port_count &&
	    ports_hold(&monitor->engine->net, id, &monitor->holder, err) < 0)
		return -1;
	if (open_responder(monitor, err) < 0)
		return -1;
	if (monitor->container.state.port_count)
		set_part(monitor);
	return result < 0 ? error_pass(err, &reason) : 0;
}

/* A container whose network is not served is still better off with a monitor than without. */
void monitor_network_adopt(struct monitor *monitor)
{
	struct container_state *state = &monitor->container.state;
	struct error err = {0};

	for (size_t i = 0; i < state->endpoint_count; i++)
		network_restore(&monitor->engine->net, state->endpoints[i].network, NULL);
	if (monitor_network_serve(monitor, &err) < 0)
		monitor_owe(monitor, MONITOR_OWES_NETWORK, &err);
}
