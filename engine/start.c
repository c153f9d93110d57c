/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/start.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "engine/container_cgroup.h"
#include "engine/container_event.h"
#include "engine/container_json.h"
#include "engine/container_spec.h"
#include "engine/platform.h"
#include "engine/start_network.h"
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
	cgroup_destroy(start->spec.cgroups_path, NULL); /* of a killed run */
	return container_cgroup_create(start->engine, start->spec.cgroups_path,
				       &start->spec.resources, &start->cgroup_fd, err);
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
	struct stat status;
	int fd;

	if (fstatat(start->dirs.run_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISFIFO(status.st_mode) && file_remove_tree(start->dirs.run_fd, name, err) < 0)
		return -1;
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
	{"network", start_enter_network},
	{"ports", start_publish_ports},
	{"network files", start_write_network_files},
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
