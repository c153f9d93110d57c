/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/sandbox.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/units.h"
#include "engine/container_cgroup.h"
#include "engine/platform.h"
#include "engine/sandbox_private.h"
#include "net/responder.h"
#include "runtime/cgroup.h"
#include "storage/overlay.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int check(struct sandbox *sandbox, struct error *err)
{
	const struct sandbox_request *request = sandbox->request;

	if (platform_can_run(request->platform, err) < 0)
		return -1;
	return container_cgroup_check_parent(request->cgroup_parent, err);
}

static int mount_root(struct sandbox *sandbox, struct error *err)
{
	struct overlay_request overlay = {
		.chain_ids = sandbox->request->chain_ids,
		.layer_count = sandbox->request->layer_count,
		.container_fd = sandbox->request->directory_fd,
		.is_volatile = true,
	};

	sandbox->rootfs_fd = overlay_mount(&sandbox->engine->layout, &overlay, err);
	return sandbox->rootfs_fd < 0 ? -1 : 0;
}

static int find_identity(struct sandbox *sandbox, struct error *err)
{
	return identity_resolve(&sandbox->identity, &sandbox->arena, sandbox->rootfs_fd,
				sandbox->request->user, NULL, err);
}

/* Unlike a mount point it stays, and belongs to who works there. */
static int make_working_directory(struct sandbox *sandbox, struct error *err)
{
	const struct spec_user *user = &sandbox->identity.user;
	const char *path = sandbox->request->working_dir;
	auto_close int fd = -1;

	if (!path || strcmp(path, "/") == 0)
		return 0;
	fd = path_make_directories(sandbox->rootfs_fd, path, 0755, user->uid, user->gid, err);
	return fd < 0 ? error_wrap(err, "cannot make the working directory") : 0;
}

/* Is it a place in a file system of a container's own, where nothing of the root is seen? */
static bool is_covered(const char *path)
{
	return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0 ||
	       strncmp(path, "/sys/", 5) == 0;
}

static int make_stubs(struct sandbox *sandbox, struct error *err)
{
	const struct spec *spec = &sandbox->spec;

	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct spec_mount *mount = &spec->mounts[i];

		if (!is_covered(mount->destination) &&
		    stubs_make(&sandbox->stubs, sandbox->rootfs_fd, mount->destination,
			       !mount->source_is_file, err) < 0)
			return error_wrap(err, "cannot mount '%s'", mount->destination);
	}
	return 0;
}

/* More than any compiler needs, less than what starves the machine: a fork bomb ends here. */
static unsigned bound_processes(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long most = 1024 + 512 * (cpus > 0 ? cpus : 1);

	return most < 32768 ? (unsigned)most : 32768;
}

static int make_cgroup(struct sandbox *sandbox, struct error *err)
{
	unsigned most = bound_processes();
	char text[16];

	if (container_cgroup_create(sandbox->engine, sandbox->cgroup_path, &sandbox->spec.resources,
				    &sandbox->cgroup_fd, err) < 0)
		return -1;
	snprintf(text, sizeof(text), "%u", most);
	if (!sandbox->spec.resources.pids_limit &&
	    file_write_pseudo(sandbox->cgroup_fd, "pids.max", text, NULL) < 0)
		sandbox->most_processes = most;
	return 0;
}

static int (*const steps[])(struct sandbox *sandbox, struct error *err) = {
	check,
	sandbox_record,
	mount_root,
	find_identity,
	make_working_directory,
	sandbox_enter_network,
	sandbox_build_spec,
	make_stubs,
	make_cgroup,
};

static int run(struct sandbox *sandbox, struct error *err)
{
	for (size_t i = 0; i < array_length(steps); i++)
		if (steps[i](sandbox, err) < 0)
			return -1;
	return sandbox_attend(sandbox, err);
}

static void release(struct sandbox *sandbox)
{
	responder_close(sandbox->responder);
	stubs_remove(&sandbox->stubs);
	cleanup_close(&sandbox->rootfs_fd);
	cleanup_close(&sandbox->netns_fd);
	cleanup_close(&sandbox->cgroup_fd);
	sandbox_forget(sandbox);
	arena_release(&sandbox->arena);
}

int sandbox_run(const struct sandbox_request *request, struct error *err)
{
	struct sandbox sandbox = {
		.request = request,
		.engine = request->engine,
		.lock_fd = -1,
		.rootfs_fd = -1,
		.netns_fd = -1,
		.cgroup_fd = -1,
	};
	int result;

	units_random_hex(sandbox.id, 32);
	result = run(&sandbox, err);
	release(&sandbox);
	return result;
}
