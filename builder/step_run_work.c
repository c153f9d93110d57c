/* SPDX-License-Identifier: Apache-2.0 */
/* The work of a RUN, in a process of its own: everything that it was promised becomes descriptors,
 * contents and layers for builder/step/run. */
#include "builder/step_run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/build_private.h"
#include "builder/own_args.h"
#include "builder/run_secret.h"
#include "builder/step/copy.h"
#include "builder/worker.h"

/* What a step sees of a context is a copy: its files belong to root there, those that an ignore
 * file hides are missing, and nothing that the step does reaches the caller's folder. */
static int copy_context(const struct build *build, const struct step_run_mount *mount, int root_fd,
			struct error *err)
{
	auto_close int fd = -1;
	struct source source;
	struct copy_request request = {
		.root_fd = root_fd,
		.destination = "/",
		.select = &mount->selection.select,
		.owner = {.is_set = true},
	};

	if (stage_source_open(build, mount->from, &source, &fd, err) < 0)
		return -1;
	request.source = &source;
	return copy_run(&request, err);
}

static int make_copy(const struct build *build, const struct step_run_mount *mount,
		     const char *name, struct error *err)
{
	auto_close int fd = -1;

	if (mkdirat(build->staging.fd, name, 0755) < 0)
		return error_errno(err, "cannot create a directory for a mount");
	fd = openat(build->staging.fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open a directory for a mount");
	return copy_context(build, mount, fd, err) < 0 ? -1 : take_fd(&fd);
}

static int fill_secret(const struct step_run_mount *from, struct run_mount *mount,
		       struct arena *arena, struct error *err)
{
	auto_strbuf struct strbuf content = {0};

	/* A variable that was asked for is there in any case. */
	if (!from->secret && mount->mount.env && !mount->mount.target)
		mount->content = "";
	if (!from->secret)
		return 0;
	if (run_secret_read(from->secret, &content, err) < 0)
		return -1;
	mount->content = arena_string_n(arena, strbuf_text(&content), content.length);
	mount->length = content.length;
	return 0;
}

static int fill_mount(const struct build *build, const struct step_run_mount *from,
		      struct run_mount *mount, const char *name, struct error *err)
{
	bool is_bind = from->mount.type == DOCKERFILE_MOUNT_BIND;
	bool is_context = from->from ? stage_source_is_context(from->from) : is_bind;

	*mount = (struct run_mount){.mount = from->mount, .fd = -1, .socket = from->socket};
	if (is_context) {
		mount->fd = make_copy(build, from, name, err);
		return mount->fd < 0 ? -1 : 0;
	}
	if (from->from) {
		mount->chain_ids = plan_result(from->from)->chain_ids;
		mount->layer_count = plan_result(from->from)->count;
	}
	return fill_secret(from, mount, build->arena, err);
}

/* Only the files of bind mounts are part of the key. */
static bool has_changed(const struct build *build, const struct step_run_mount *mount)
{
	return mount->mount.type == DOCKERFILE_MOUNT_BIND &&
	       stage_source_has_changed(build, mount->from, &mount->selection, mount->digest);
}

static void say_output(int stream, const char *bytes, size_t length, void *data)
{
	worker_say(*(int *)data, stream == 2 ? WORKER_ERROR_OUTPUT : WORKER_OUTPUT, bytes, length);
}

static int judge(const struct step *step, int status, struct error *err)
{
	auto_strbuf struct strbuf command = {0};
	struct error reason = *err;
	char code[12];

	if (status == 0)
		return 0;
	if (status < 0)
		return -1;
	for (char **arg = step->run.args; *arg; arg++)
		strbuf_printf(&command, "%s%s", arg == step->run.args ? "" : " ", *arg);
	error_set(err, ERROR_INVALID,
		  "process \"%.600s\" did not complete successfully: exit code: %d%s%.200s",
		  strbuf_text(&command), status, reason.code ? ": " : "",
		  reason.code ? reason.text : "");
	snprintf(code, sizeof(code), "%d", status);
	return error_state(err, FACT_STEP_EXITED, code, strbuf_text(&command));
}

static struct run_request make_request(const struct build *build, const struct step *step)
{
	const struct build_request *request = build->request;
	const struct layer_stack *below = plan_below(step);

	return (struct run_request){
		.engine = build->engine,
		.staging = &build->staging,
		.name = step->name,
		.chain_ids = below->chain_ids,
		.layer_count = below->count,
		.args = step->run.args,
		.working_dir = step->run.working_dir,
		.user = step->user,
		.hostname = own_args_hostname(build),
		.files = step->run.files,
		.file_count = step->run.file_count,
		.network = step->run.network ? step->run.network : request->network,
		.extra_hosts = request->extra_hosts,
		.is_insecure = step->run.is_insecure,
		.shm_size = request->shm_size,
		.ulimits = request->ulimits,
		.ulimit_count = request->ulimit_count,
		.resources = request->resources,
		.cgroup_parent = request->cgroup_parent,
		.platform = step->stage->platform,
		.output = say_output,
		.cancel_fd = build->cancel_fd,
	};
}

/* Proxies are there for the step, and for nobody's cache. */
static char **environment(const struct build *build, const struct step *step)
{
	auto_strvec struct strvec env = {0};

	strvec_merge_env(&env, build->proxies);
	strvec_merge_env(&env, step->run.env);
	return strvec_copy(&env, build->arena);
}

int step_run_work(const struct build *build, struct step *step, const char *directory,
		  int worker_fd, struct error *err)
{
	const struct step_run *run = &step->run;
	struct run_request request = make_request(build, step);

	request.directory = directory;
	request.env = environment(build, step);
	request.data = &worker_fd;
	request.mounts = arena_array(build->arena, run->mount_count + 1, sizeof(*request.mounts));
	request.mount_count = run->mount_count;
	for (size_t i = 0; i < run->mount_count; i++) {
		const char *name = arena_format(build->arena, "%s-mount-%zu", directory, i);

		if (fill_mount(build, &run->mounts[i], &request.mounts[i], name, err) < 0)
			return -1;
		step->is_inexact |= has_changed(build, &run->mounts[i]);
	}
	return judge(step, run_step(&request, err), err);
}
