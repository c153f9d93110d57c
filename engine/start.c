/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/start.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "engine/container_cgroup.h"
#include "engine/container_event.h"
#include "engine/container_json.h"
#include "engine/container_spec.h"
#include "engine/labels.h"
#include "engine/namespace_mode.h"
#include "engine/platform.h"
#include "net/hosts.h"
#include "runtime/cgroup.h"
#include "storage/overlay.h"
#include "storage/volume/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int mount_root(struct start *start, struct error *err)
{
	struct overlay_request overlay = {
		.chain_ids = start->container.chain_ids,
		.layer_count = start->container.layer_count,
		.container_fd = start->dirs.root_fd,
		.is_volatile = start->container.config.auto_remove,
	};

	if (overlay_prepare(&start->engine->layout, &overlay, err) < 0)
		return -1;
	start->rootfs_fd = overlay_mount(&start->engine->layout, &overlay, err);
	return start->rootfs_fd < 0 ? -1 : 0;
}

static int find_identity(struct start *start, struct error *err)
{
	return identity_resolve(&start->identity, &start->arena, start->rootfs_fd,
				start->container.user, start->container.config.group_add, err);
}

/* The image's content goes into volumes that are used for the first time. */
static int seed_volumes(struct start *start, struct error *err)
{
	for (size_t i = 0; i < start->container.mount_count; i++) {
		const struct container_mount *mount = &start->container.mounts[i];

		if (mount->type != CONTAINER_MOUNT_VOLUME || mount->no_copy || mount->subpath)
			continue;
		if (volume_seed(&start->engine->layout, mount->source, start->rootfs_fd,
				mount->target, err) < 0)
			return error_wrap(err, "volume '%s'", mount->source);
	}
	return 0;
}

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
	struct attach_request request = start_attach_request(&start->container);

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

	if (lock_fd < 0)
		return false;
	if (container_load(engine, id, &container, &arena, NULL) < 0)
		return true;
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

static int enter_network(struct start *start, struct error *err)
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

static const struct endpoint *port_endpoint(const struct container_state *state)
{
	for (size_t i = 0; i < state->endpoint_count; i++)
		if (state->endpoints[i].is_gateway4 && !state->endpoints[i].is_direct)
			return &state->endpoints[i];
	for (size_t i = 0; i < state->endpoint_count; i++)
		if (!state->endpoints[i].is_direct)
			return &state->endpoints[i];
	return NULL;
}

static int publish_ports(struct start *start, struct error *err)
{
	const struct container_config *config = &start->container.config;
	struct container_state *state = &start->container.state;
	const struct endpoint *endpoint = port_endpoint(state);
	struct ports_request request = {
		.container_id = start->container.id,
		.container_name = start->container.name,
		.share = config->port_share,
		.is_waiting = start->container.healthcheck.test != NULL,
		.ports = config->ports,
		.port_count = config->port_count,
	};
	struct ports_result result;
	struct error reason = {0};

	if (state->endpoint_count && config->port_count && !endpoint)
		log_warning("ports of %s are not published: on a macvlan or ipvlan network it is "
			    "reached at its own address",
			    start->container.name);
	if (start->keeps_network || !config->port_count || !endpoint)
		return 0;
	request.ipv4 = endpoint->ipv4;
	request.ipv6 = endpoint->ipv6;
	if (ports_publish(&start->engine->net, &request, &result, &start->arena, &reason) < 0 &&
	    (reason.code != ERROR_CONFLICT || !release_dead(start) ||
	     ports_publish(&start->engine->net, &request, &result, &start->arena, &reason) < 0))
		return error_pass(err, &reason);
	state->ports = result.bindings;
	state->port_count = result.binding_count;
	start->holder = result.holder;
	return 0;
}

static int write_file(struct start *start, const char *name, const struct strbuf *text,
		      struct error *err)
{
	/* Rewritten in place: a restart must not leave bind mounts on the old inode. */
	auto_close int fd = openat(start->dirs.run_fd, name,
				   O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0 || fchmod(fd, 0644) < 0)
		return error_errno(err, "cannot write '%s'", name);
	return file_write_all(fd, strbuf_text(text), text->length, err);
}

static int write_resolv_conf(struct start *start, struct error *err)
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
	return write_file(start, "resolv.conf", &text, err);
}

static int write_hosts(struct start *start, struct error *err)
{
	const struct container *container = &start->container;
	const struct container_config *config = &container->config;
	auto_strbuf struct strbuf text = {0}, host = {0};
	struct hosts_request request = {
		.hostname = config->hostname ? config->hostname
					     : arena_format(&start->arena, "%.12s", container->id),
		.domainname = config->domainname,
		.endpoints = container->state.endpoints,
		.endpoint_count = container->state.endpoint_count,
		.extra_hosts = config->extra_hosts,
	};

	strbuf_printf(&text, "%s\n", request.hostname);
	if (write_file(start, "hostname", &text, err) < 0)
		return -1;
	strbuf_clear(&text);
	if (namespace_mode_is(config->network_mode, NAMESPACE_HOST)) {
		file_read(AT_FDCWD, "/etc/hosts", 1 << 20, &host, NULL);
		request.host_text = strbuf_text(&host);
	}
	hosts_format(&text, &request);
	return write_file(start, "hosts", &text, err);
}

static int write_network_files(struct start *start, struct error *err)
{
	if (start->files_id != start->container.id) /* another container's are shared */
		return 0;
	return write_hosts(start, err) < 0 ? -1 : write_resolv_conf(start, err);
}

static int build_spec(struct start *start, struct error *err)
{
	struct spec_input input = {
		.engine = start->engine,
		.container = &start->container,
		.identity = &start->identity,
		.files_id = start->files_id,
	};

	if (container_spec_build(&start->spec, &input, &start->arena, err) < 0)
		return -1;
	return spec_save(start->dirs.root_fd, "config.json", &start->spec, err);
}

static int make_cgroup(struct start *start, struct error *err)
{
	struct error reason = {0};

	cgroup_destroy(start->spec.cgroups_path, NULL); /* of a killed run */
	start->cgroup_fd = cgroup_create(start->spec.cgroups_path, &start->spec.resources, &reason);
	if (start->cgroup_fd >= 0)
		return 0;
	return error_pass(err, &reason);
}

/* A pipe: its monitor opens the writing end. */
static int make_input(struct start *start, struct error *err)
{
	const struct spec_user *user = &start->identity.user;
	int ends[2];

	if (!start->container.config.stdin_open)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	close(ends[1]);
	start->stdio_fds[0] = ends[0];
	if (fchown(ends[0], user->uid, user->gid) < 0)
		return error_errno(err, "cannot give away a pipe");
	return 0;
}

/* The container holds its output FIFOs open for reading and writing: no writer ever sees EPIPE or
 * end of file because a monitor was killed (fifo(7): Linux allows O_RDWR). */
static int make_output(struct start *start, int number, const char *name, struct error *err)
{
	const struct spec_user *user = &start->identity.user;
	int fd;

	if (mkfifoat(start->dirs.run_fd, name, 0600) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the FIFO '%s'", name);
	fd = openat(start->dirs.run_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fchown(fd, user->uid, user->gid) < 0)
		return error_errno(err, "cannot open the FIFO '%s'", name);
	start->stdio_fds[number] = fd;
	return 0;
}

static int make_streams(struct start *start, struct error *err)
{
	if (start->container.config.tty)
		return 0;
	if (make_input(start, err) < 0 || make_output(start, 1, "stdout", err) < 0)
		return -1;
	return make_output(start, 2, "stderr", err);
}

static int spawn_process(struct start *start, struct error *err)
{
	struct container_state *state = &start->container.state;
	auto_free char *init_path = NULL;
	struct spawn_request request = {
		.spec = &start->spec,
		.rootfs_fd = start->rootfs_fd,
		.netns_fd = start->netns_fd,
		.cgroup_fd = start->cgroup_fd,
		.seccomp_cache = start->engine->seccomp_cache,
	};
	struct process_id process;

	memcpy(request.stdio_fds, start->stdio_fds, sizeof(request.stdio_fds));
	if (start->spec.use_init) {
		init_path = engine_helper_path("init", err);
		if (!init_path)
			return -1;
		request.init_path = init_path;
	}
	if (spawn_create(&start->spawned, &request, err) < 0)
		return -1;
	if (process_identify(&process, start->spawned.pid, err) < 0)
		return -1;
	state->pid = process.pid;
	state->start_time = process.start_time;
	return 0;
}

static int check_platform(struct start *start, struct error *err)
{
	return platform_can_run(start->container.config.platform, err);
}

static const struct step {
	const char *name;
	int (*run)(struct start *start, struct error *err);
} steps[] = {
	{"platform", check_platform},
	{"root file system", mount_root},
	{"user", find_identity},
	{"volumes", seed_volumes},
	{"network", enter_network},
	{"ports", publish_ports},
	{"network files", write_network_files},
	{"mounts", build_spec},
	{"cgroup", make_cgroup},
	{"output", make_streams},
	{"process", spawn_process},
};

static void reset_state(struct container_state *state, bool keeps_network)
{
	struct container_state before = *state;

	*state = (struct container_state){
		.started_at = before.started_at,
		.finished_at = before.finished_at,
		.restart_count = before.restart_count,
		.name = before.name,
		.labels = before.labels,
		.label_count = before.label_count,
	};
	if (keeps_network) {
		state->endpoints = before.endpoints;
		state->endpoint_count = before.endpoint_count;
		state->ports = before.ports;
		state->port_count = before.port_count;
	}
}

int start_prepare(struct start *start, struct engine *engine, const char *id, int netns_fd,
		  struct error *err)
{
	*start = (struct start){
		.engine = engine,
		.dirs = {-1, -1},
		.rootfs_fd = -1,
		.netns_fd = netns_fd,
		.cgroup_fd = -1,
		.stdio_fds = {-1, -1, -1},
		.keeps_network = netns_fd >= 0,
		.spawned = {.pidfd = -1, .terminal_fd = -1, .sync_fd = -1},
	};
	if (container_load(engine, id, &start->container, &start->arena, err) < 0 ||
	    container_dirs_create(engine, id, &start->dirs, err) < 0)
		return -1;
	start->files_id = start->container.id;
	reset_state(&start->container.state, start->keeps_network);
	for (size_t i = 0; i < array_length(steps); i++)
		if (steps[i].run(start, err) < 0)
			return -1;
	container_event_volumes(&start->container, "mount");
	return 0;
}

void start_release(struct start *start)
{
	container_spec_release(&start->spec);
	container_dirs_close(&start->dirs);
	for (int i = 0; i < 3; i++)
		if (start->stdio_fds[i] >= 0)
			close(start->stdio_fds[i]);
	if (start->rootfs_fd >= 0)
		close(start->rootfs_fd);
	if (start->cgroup_fd >= 0)
		close(start->cgroup_fd);
	if (start->holder)
		ports_release(start->holder);
	arena_release(&start->arena);
}

void start_undo(struct engine *engine, const struct container *container, bool keep_network)
{
	auto_arena struct arena arena = {0};

	cgroup_destroy(container_cgroup_path(container, &arena), NULL);
	if (!keep_network)
		network_detach(&engine->net, (char *[]){(char *)container->id}, 1, NULL);
}

void start_undo_killed(struct engine *engine, struct container *container)
{
	struct container_state *state = &container->state;

	if (state->status != CONTAINER_CREATED || !state->pid)
		return;
	start_undo(engine, container, false);
	state->pid = 0;
	state->endpoint_count = state->port_count = 0;
	container_state_save(engine, container->id, state, true, NULL);
}
