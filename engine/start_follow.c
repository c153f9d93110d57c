/* SPDX-License-Identifier: Apache-2.0 */
/* How a running container follows its description when that has other networks than it is on.
 * Killed anywhere, the next monitor does the rest: what is wanted is on disk before anything is
 * done. */
#include "engine/start_network.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "engine/start.h"
#include "net/hosts.h"

#include <string.h>

static size_t find_request(const struct attach_request *request, const char *network)
{
	size_t i = 0;

	while (i < request->endpoint_count && strcmp(request->endpoints[i].network, network) != 0)
		i++;
	return i;
}

static bool is_as_wanted(const struct attach_request *request, const struct container_state *state)
{
	bool same = request->endpoint_count == state->endpoint_count;

	for (size_t i = 0; i < request->endpoint_count && same; i++)
		same = container_find_endpoint(state, request->endpoints[i].network);
	return same;
}

/* ---- published ports ---- */

static bool fits(const struct port_binding *binding, const struct port_request *port)
{
	return binding->container_port == port->container_port &&
	       strcmp(binding->protocol, port->protocol) == 0 &&
	       binding->host_port >= port->host_port &&
	       (!port->host_port || binding->host_port <= port->host_port ||
		binding->host_port <= port->host_port_last);
}

/* The host's ports stay the same where the container moves to another of its addresses. */
static const struct port_request *fix_ports(struct start *start)
{
	const struct container_config *config = &start->container.config;
	const struct container_state *state = &start->container.state;
	struct port_request *ports =
		arena_array(&start->arena, config->port_count + 1, sizeof(*ports));
	bool *taken = arena_array(&start->arena, state->port_count + 1, sizeof(*taken));

	for (size_t i = 0; i < config->port_count; i++) {
		ports[i] = config->ports[i];
		for (size_t j = 0; j < state->port_count; j++) {
			if (taken[j] || !fits(&state->ports[j], &ports[i]))
				continue;
			ports[i].host_port = state->ports[j].host_port;
			ports[i].host_port_last = 0;
			taken[j] = true;
		}
	}
	return ports;
}

static void retract_ports(struct start *start)
{
	char *id = (char *)start->container.id;

	if (start->holder)
		ports_release(start->holder);
	start->holder = NULL;
	ports_retract(&start->engine->net, &id, 1, NULL);
	start->container.state.port_count = 0;
}

/* What cannot be published any more is lost, but the container is on its networks. */
static void move_ports(struct start *start, const char *before)
{
	const struct endpoint *now = start_network_port_endpoint(&start->container.state);
	const struct port_request *ports = fix_ports(start);
	struct error err = {0};

	if (!start->container.config.port_count ||
	    (before && now && strcmp(before, now->network) == 0))
		return;
	retract_ports(start);
	if (now && start_network_publish(start, ports, &err) < 0)
		log_warning("%s", err.text);
}

/* ---- files ---- */

static int write_files(struct start *start, const struct strbuf *before, bool was_alone,
		       struct error *err)
{
	auto_strbuf struct strbuf text = {0}, now = {0};

	if (file_read(start->dirs.root_fd, "hosts", 1 << 20, &text, err) < 0)
		return -1;
	start_network_hosts(start, &now);
	hosts_edit(&text, strbuf_text(before), strbuf_text(&now));
	if (start_network_write(start, "hosts", &text, err) < 0)
		return -1;
	return was_alone ? start_network_write_resolv(start, err) : 0;
}

/* ---- endpoints ---- */

static int part_others(struct start *start, const struct attach_request *request, struct error *err)
{
	struct container_state *state = &start->container.state;
	size_t kept = 0;
	int result = 0;

	for (size_t i = 0; i < state->endpoint_count; i++) {
		struct endpoint *endpoint = &state->endpoints[i];
		bool stays = find_request(request, endpoint->network) < request->endpoint_count;

		if (!stays && network_part(&start->engine->net, start->container.id, endpoint,
					   start->netns_fd, err) < 0) {
			result = -1;
			stays = true;
		}
		if (stays)
			state->endpoints[kept++] = *endpoint;
	}
	state->endpoint_count = kept;
	return result;
}

/* Those that are there come first, as network_attach wants it. */
static int attach_missing(struct start *start, struct attach_request request, struct error *err)
{
	struct container_state *state = &start->container.state;
	struct endpoint_request *sorted =
		arena_array(&start->arena, request.endpoint_count + 1, sizeof(*sorted));
	struct endpoint *endpoints =
		arena_array(&start->arena, request.endpoint_count + 1, sizeof(*endpoints));
	size_t count = 0;

	for (; count < state->endpoint_count; count++) {
		endpoints[count] = state->endpoints[count];
		sorted[count] = request.endpoints[find_request(&request, endpoints[count].network)];
	}
	request.present = count;
	for (size_t i = 0; i < request.endpoint_count; i++)
		if (!container_find_endpoint(state, request.endpoints[i].network))
			sorted[count++] = request.endpoints[i];
	request.endpoints = sorted;
	if (network_attach(&start->engine->net, &request, endpoints, &start->arena, err) < 0)
		count = request.present;
	state->endpoints = endpoints;
	state->endpoint_count = count;
	return count == request.endpoint_count ? 0 : -1;
}

int start_follow_network(struct start *start, struct error *err)
{
	struct container_state *state = &start->container.state;
	struct attach_request request = start_attach_request(&start->container);
	const struct endpoint *carrier = start_network_port_endpoint(state);
	const char *published = carrier ? arena_string(&start->arena, carrier->network) : NULL;
	bool was_alone = state->endpoint_count == 0;
	auto_strbuf struct strbuf hosts = {0};
	int result;

	if (is_as_wanted(&request, state))
		return 0;
	request.netns_fd = start->netns_fd;
	start_network_hosts(start, &hosts);
	result = part_others(start, &request, err);
	if (result == 0)
		result = attach_missing(start, request, err);
	move_ports(start, published);
	if (write_files(start, &hosts, was_alone, result < 0 ? NULL : err) < 0)
		return -1;
	return result < 0 ? -1 : 1;
}
