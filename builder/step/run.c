/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/step/run.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/strvec.h"
#include "builder/step/run_private.h"
#include "engine/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HOSTNAME "buildkitsandbox"

static int open_directory(struct step_run *run, struct error *err)
{
	const struct run_request *request = run->request;
	int staging = request->staging->fd;

	if (file_make_directories(staging, request->directory, 0700, err) < 0)
		return -1;
	run->directory_fd = openat(staging, request->directory,
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (run->directory_fd < 0)
		return error_errno(err, "cannot open the directory of '%s'", request->name);
	return 0;
}

/* "HOST:ADDRESS" as well as "HOST=ADDRESS". */
static char **host_entries(struct step_run *run)
{
	auto_strvec struct strvec entries = {0};

	for (char **entry = run->request->extra_hosts; entry && *entry; entry++) {
		auto_free char *copy = alloc_string(*entry);
		char *colon = strchr(copy, '=') ? NULL : strchr(copy, ':');

		if (colon)
			*colon = '=';
		strvec_add(&entries, copy);
	}
	return strvec_copy(&entries, &run->arena);
}

static const char *network_name(const char *text)
{
	return !text || !*text || strcmp(text, "default") == 0 ? NULL : text;
}

static int run_sandbox(struct step_run *run, struct error *err)
{
	const struct run_request *request = run->request;
	struct sandbox_request sandbox = {
		.engine = request->engine,
		.chain_ids = request->chain_ids,
		.layer_count = request->layer_count,
		.directory_fd = run->directory_fd,
		.args = request->args,
		.working_dir = request->working_dir,
		.user = request->user,
		.hostname = request->hostname ? request->hostname : HOSTNAME,
		.mounts = run->mounts,
		.mount_count = run->mount_count,
		.network = network_name(request->network),
		.extra_hosts = host_entries(run),
		.is_privileged = request->is_insecure,
		.shm_size = request->shm_size,
		.ulimits = request->ulimits,
		.ulimit_count = request->ulimit_count,
		.resources = &request->resources,
		.cgroup_parent = request->cgroup_parent,
		.platform = request->platform,
		.output = request->output,
		.data = request->data,
		.cancel_fd = request->cancel_fd,
		.loop = &run->loop,
	};

	sandbox.env = strvec_copy(&run->env, &run->arena);
	return sandbox_run(&sandbox, err);
}

static int prepare(struct step_run *run, struct error *err)
{
	strvec_add_all(&run->env, run->request->env);
	if (open_directory(run, err) < 0)
		return -1;
	return run_mounts_prepare(run, err);
}

static void release(struct step_run *run)
{
	run_mounts_release(run);
	strvec_release(&run->env);
	cleanup_close(&run->directory_fd);
	loop_release(&run->loop);
	arena_release(&run->arena);
}

int run_step(const struct run_request *request, struct error *err)
{
	struct step_run run = {.request = request, .directory_fd = -1};
	int result;

	if (loop_init(&run.loop, err) < 0)
		return -1;
	result = prepare(&run, err) < 0 ? -1 : run_sandbox(&run, err);
	release(&run);
	return result;
}

void run_heal(struct engine *engine)
{
	sandbox_heal(engine);
}
