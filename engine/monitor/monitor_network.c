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
#include "net/dns_server.h"

#include <errno.h>
#include <poll.h>

void monitor_network_announce(struct monitor *monitor, bool visible)
{
	struct container_state *state = &monitor->container.state;
	auto_arena struct arena arena = {0};
	char **names = arena_array(&arena, state->endpoint_count + 1, sizeof(*names));

	for (size_t i = 0; i < state->endpoint_count; i++)
		names[i] = arena_string(&arena, state->endpoints[i].network);
	if (state->endpoint_count)
		network_announce(&monitor->engine->net, monitor->container.id, names, visible,
				 NULL);
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

static int open_dns(struct monitor *monitor, struct error *err)
{
	struct container_state *state = &monitor->container.state;
	struct dns_request request = {
		.container_id = monitor->container.id,
		.project = labels_project(&monitor->container),
		.netns_fd = monitor->netns_fd,
		.is_isolated = true,
		.servers = monitor->container.config.dns,
	};

	if (monitor->dns || !state->endpoint_count)
		return 0;
	request.links = collect_links(monitor);
	request.networks =
		arena_array(&monitor->arena, state->endpoint_count + 1, sizeof(*request.networks));
	for (size_t i = 0; i < state->endpoint_count; i++) {
		request.networks[i] = arena_string(&monitor->arena, state->endpoints[i].network);
		request.is_isolated = request.is_isolated && state->endpoints[i].internal;
	}
	return dns_server_open(&monitor->dns, &monitor->engine->net, &request, &monitor->loop, err);
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
	if (monitor->dns) /* it asks the tables of the networks before */
		dns_server_close(monitor->dns);
	monitor->dns = NULL;
	if (status == CONTAINER_RUNNING || status == CONTAINER_PAUSED)
		monitor_network_announce(monitor, true);
	return result < 0 ? -1 : 0;
}

/* Its part in the balancing of ports that are shared. Who publishes them has said whether it waits
 * until it listens. */
static void set_part(const struct monitor *monitor)
{
	const struct container_state *state = &monitor->container.state;
	bool is_ready = state->health == HEALTH_HEALTHY;

	if (!monitor->container.healthcheck.test) {
		if (listening_is_awaited(&monitor->container) &&
		    state->status != CONTAINER_RUNNING && state->status != CONTAINER_PAUSED)
			return;
		is_ready = !monitor->listening.timer.loop;
	}
	ports_set_ready(&monitor->engine->net, monitor->container.id, is_ready, NULL);
}

int monitor_network_serve(struct monitor *monitor, struct error *err)
{
	const char *id = monitor->container.id;
	struct error reason = {0};
	int result = follow(monitor, &reason);

	if (open_dns(monitor, err) < 0)
		return -1;
	if (monitor->container.state.port_count &&
	    ports_hold(&monitor->engine->net, id, &monitor->holder, &monitor->loop, err) < 0)
		return -1;
	if (monitor->container.state.port_count)
		set_part(monitor);
	return result < 0 ? error_pass(err, &reason) : 0;
}

/* A container whose network is not served is still better off with a monitor than without. The
 * killed one's sockets may be closing right now. */
void monitor_network_adopt(struct monitor *monitor)
{
	struct container_state *state = &monitor->container.state;
	struct error err = {.code = EADDRINUSE};

	for (size_t i = 0; i < state->endpoint_count; i++)
		network_restore(&monitor->engine->net, state->endpoints[i].network, NULL);
	for (int attempt = 0; attempt < 20 && err.code == EADDRINUSE; attempt++) {
		if (monitor_network_serve(monitor, &err) == 0)
			return;
		poll(NULL, 0, 10);
	}
	log_warning("%s", err.text);
}
