/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a start that are about the network. */
#include "engine/start_network.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "engine/container_spec.h"
#include "engine/labels.h"
#include "engine/namespace_mode.h"
#include "engine/network_names.h"
#include "engine/start.h"
#include "net/hosts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Another container's namespace and network files. */
static int join_container(struct start *start, const char *name, struct error *err)
{
	struct container donor;

	if (container_find(start->engine, name, &donor, &start->arena, err) < 0)
		return error_wrap(err, "cannot share the network namespace");
	if (container_spec_check_donor(&donor, "network", err) < 0)
		return -1;
	start->files_id = donor.id;
	start->netns_fd = netns_open(donor.state.pid, err);
	return start->netns_fd < 0 ? -1 : 0;
}

struct attach_request start_attach_request(const struct container *container)
{
	const struct container_config *config = &container->config;
	bool has_none = namespace_mode_is(config->network_mode, NAMESPACE_NONE);

	return (struct attach_request){
		.container_id = container->id,
		.container_name = container->name,
		.hostname = config->hostname,
		.project = labels_project(container),
		.netns_fd = -1,
		.endpoints = config->endpoints,
		.endpoint_count = has_none ? 0 : config->endpoint_count,
	};
}

static int attach_networks(struct start *start, struct error *err)
{
	struct container_state *state = &start->container.state;
	struct attach_request request;

	if (network_names_settle(start->engine, &start->container, &start->arena, err) < 0)
		return -1;
	request = start_attach_request(&start->container);
	request.netns_fd = start->netns_fd;
	state->endpoints =
		arena_array(&start->arena, request.endpoint_count + 1, sizeof(*state->endpoints));
	if (network_attach(&start->engine->net, &request, state->endpoints, &start->arena, err) < 0)
		return -1;
	state->endpoint_count = request.endpoint_count;
	return 0;
}

/* No monitor guards it, and no process of it is left. */
static bool is_dead(struct engine *engine, const char *id)
{
	auto_arena struct arena arena = {0};
	auto_close int lock_fd = container_monitor_lock(engine, id, NULL);
	struct container container;
	struct process_id process;
	struct error err = {0};

	if (lock_fd < 0)
		return false;
	if (container_load(engine, id, &container, &arena, &err) < 0)
		return !error_is_shortage(err.code);
	start_undo_killed(engine, &container);
	process = (struct process_id){container.state.pid, container.state.start_time};
	return !process.pid || !process_is_alive(&process);
}

/* Addresses and ports of dead containers: a start or a removal of theirs was killed. False when
 * there are none. */
static bool release_dead(struct start *start)
{
	auto_strvec struct strvec ids = {0}, dead = {0};

	container_ids_list(start->engine, &ids, NULL);
	strvec_each (id, &ids)
		if (strcmp(*id, start->container.id) != 0 && is_dead(start->engine, *id))
			strvec_add(&dead, *id);
	return dead.count && network_detach(&start->engine->net, dead.items, dead.count, NULL) == 0;
}

int start_enter_network(struct start *start, struct error *err)
{
	struct namespace_mode mode = namespace_mode_parse(start->container.config.network_mode);
	struct error reason = {0};

	if (mode.kind == NAMESPACE_CONTAINER)
		return join_container(start, mode.name, err);
	if (start->keeps_network || mode.kind == NAMESPACE_HOST)
		return 0;
	/* What a killed run left would hold its addresses. */
	network_detach(&start->engine->net, (char *[]){(char *)start->container.id}, 1, NULL);
	start->netns_fd = netns_create(err);
	if (start->netns_fd < 0)
		return -1;
	if (attach_networks(start, &reason) == 0 ||
	    (reason.code == ERROR_CONFLICT && release_dead(start) &&
	     attach_networks(start, &reason) == 0))
		return 0;
	return error_pass(err, &reason);
}

const struct endpoint *start_network_port_endpoint(const struct container_state *state)
{
	for (size_t i = 0; i < state->endpoint_count; i++)
		if (state->endpoints[i].is_gateway4 && !state->endpoints[i].is_direct)
			return &state->endpoints[i];
	for (size_t i = 0; i < state->endpoint_count; i++)
		if (!state->endpoints[i].is_direct)
			return &state->endpoints[i];
	return NULL;
}

int start_network_publish(struct start *start, const struct port_request *ports, struct error *err)
{
	const struct container_config *config = &start->container.config;
	struct container_state *state = &start->container.state;
	const struct endpoint *endpoint = start_network_port_endpoint(state);
	struct ports_request request = {
		.container_id = start->container.id,
		.container_name = start->container.name,
		.share = config->port_share,
		.is_waiting = start->container.healthcheck.test || config->port_share,
		.ports = ports,
		.port_count = config->port_count,
	};
	struct ports_result result;
	struct error reason = {0};

	if (state->endpoint_count && config->port_count && !endpoint)
		log_warning("ports of %s are not published: on a macvlan or ipvlan network it is "
			    "reached at its own address",
			    start->container.name);
	if (!config->port_count || !endpoint)
		return 0;
	request.endpoint = endpoint;
	if (ports_publish(&start->engine->net, &request, &result, &start->arena, &reason) < 0 &&
	    (reason.code != ERROR_CONFLICT || !release_dead(start) ||
	     ports_publish(&start->engine->net, &request, &result, &start->arena, &reason) < 0))
		return error_pass(err, &reason);
	state->ports = result.bindings;
	state->port_count = result.binding_count;
	start->holder = result.holder;
	return 0;
}

int start_publish_ports(struct start *start, struct error *err)
{
	if (start->keeps_network)
		return 0;
	return start_network_publish(start, start->container.config.ports, err);
}

static bool has_content(int fd, const struct strbuf *text)
{
	auto_free char *now = alloc_bytes(text->length + 1);

	return pread(fd, now, text->length + 1, 0) == (ssize_t)text->length &&
	       memcmp(now, strbuf_text(text), text->length) == 0;
}

/* In ROOT: what a container writes into its files must not take room of RUN's, which is memory and
 * everybody's. */
int start_network_write(struct start *start, const char *name, const struct strbuf *text,
			struct error *err)
{
	/* Rewritten in place: a restart must not leave bind mounts on the old inode. */
	auto_close int fd = file_open(start->dirs.root_fd, name, O_RDWR | O_CREAT, NULL);

	if (fd < 0 && file_remove_tree(start->dirs.root_fd, name, err) == 0) /* no file of ours */
		fd = file_open(start->dirs.root_fd, name, O_RDWR | O_CREAT, err);
	if (fd < 0)
		return -1;
	if (fchmod(fd, 0644) < 0)
		return error_errno(err, "cannot write '%s'", name);
	if (has_content(fd, text)) /* needs no room */
		return 0;
	if (ftruncate(fd, 0) < 0)
		return error_errno(err, "cannot write '%s'", name);
	return file_write_all(fd, strbuf_text(text), text->length, err);
}

int start_network_write_resolv(struct start *start, struct error *err)
{
	const struct container_config *config = &start->container.config;
	auto_strbuf struct strbuf text = {0}, host = {0};
	struct resolv_request request = {
		.is_embedded = start->container.state.endpoint_count > 0,
		.servers = config->dns,
		.search = config->dns_search,
		.options = config->dns_options,
	};

	file_read(AT_FDCWD, "/etc/resolv.conf", 65536, &host, NULL);
	request.host_text = strbuf_text(&host);
	hosts_format_resolv(&text, &request);
	return start_network_write(start, "resolv.conf", &text, err);
}

void start_network_hosts(struct start *start, struct strbuf *text)
{
	const struct container *container = &start->container;
	const struct container_config *config = &container->config;
	auto_strbuf struct strbuf host = {0};
	struct hosts_request request = {
		.hostname = config->hostname ? config->hostname
					     : arena_format(&start->arena, "%.12s", container->id),
		.domainname = config->domainname,
		.endpoints = container->state.endpoints,
		.endpoint_count = container->state.endpoint_count,
		.extra_hosts = config->extra_hosts,
	};

	if (namespace_mode_is(config->network_mode, NAMESPACE_HOST)) {
		file_read(AT_FDCWD, "/etc/hosts", 1 << 20, &host, NULL);
		request.host_text = strbuf_text(&host);
	}
	hosts_format(text, &request);
}

static int write_hosts(struct start *start, struct error *err)
{
	const struct container *container = &start->container;
	auto_strbuf struct strbuf text = {0};

	if (container->config.hostname)
		strbuf_printf(&text, "%s\n", container->config.hostname);
	else
		strbuf_printf(&text, "%.12s\n", container->id);
	if (start_network_write(start, "hostname", &text, err) < 0)
		return -1;
	strbuf_clear(&text);
	start_network_hosts(start, &text);
	return start_network_write(start, "hosts", &text, err);
}

int start_write_network_files(struct start *start, struct error *err)
{
	if (start->files_id != start->container.id) /* another container's are shared */
		return 0;
	return write_hosts(start, err) < 0 ? -1 : start_network_write_resolv(start, err);
}
