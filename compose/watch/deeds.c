/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a batch leads to: images are built anew and containers made of them, then files are synced,
 * then services restart, then commands run.
 */
#include "compose/watch/watch_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "compose/apply/apply.h"
#include "compose/apply/hooks.h"
#include "engine/container_sync.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "storage/image/image.h"

#include <stdlib.h>
#include <string.h>

/* What one service gets. */
struct job {
	const struct service *service;
	unsigned deeds;
	struct container_sync_file *files;
	size_t file_count;
	const struct watch_rule **commands; /* whose commands run */
	size_t command_count;
};

struct doing {
	const struct watch *watch;
	const struct watch_work *work;
	struct job *jobs;
	size_t job_count;
	struct error first; /* that a container could not be synced */
	struct arena *arena;
};

static void say(const struct doing *doing, const char *text)
{
	doing->work->say(text, doing->work->say_data);
}

/* ---- who gets what -----------------------------------------------------------------------------
 */

static struct job *job_of(struct doing *doing, const struct service *service)
{
	for (size_t i = 0; i < doing->job_count; i++)
		if (doing->jobs[i].service == service)
			return &doing->jobs[i];
	doing->jobs[doing->job_count] = (struct job){.service = service};
	return &doing->jobs[doing->job_count++];
}

static void add_file(struct doing *doing, struct job *job, const struct watch_rule *rule,
		     const char *path)
{
	const char *relative = watch_rule_relative(rule, path);
	auto_free char *directory = path_directory(path);
	struct container_sync_file file = {
		.base = *relative ? rule->config->path : arena_string(doing->arena, directory),
		.name = *relative ? relative : strrchr(path, '/') + 1,
		.path = watch_rule_target(rule, path, doing->arena),
		.replaces = *relative != '\0',
	};

	job->files = arena_grow(doing->arena, job->files, job->file_count, sizeof(*job->files));
	job->files[job->file_count++] = file;
}

static void add_command(struct doing *doing, struct job *job, const struct watch_rule *rule)
{
	for (size_t i = 0; i < job->command_count; i++)
		if (job->commands[i] == rule)
			return;
	job->commands = arena_grow(doing->arena, (void *)job->commands, job->command_count,
				   sizeof(struct watch_rule *));
	job->commands[job->command_count++] = rule;
}

static void apply_rule(struct doing *doing, const struct watch_rule *rule, const char *path)
{
	bool is_initial = doing->watch->is_initial;
	unsigned deeds = is_initial ? rule->deeds & WATCH_SYNCS : rule->deeds;
	struct job *job;

	if ((is_initial && !rule->is_initial) || !watch_rule_takes(rule, path))
		return;
	job = job_of(doing, rule->service);
	job->deeds |= deeds;
	if (deeds & WATCH_SYNCS)
		add_file(doing, job, rule, path);
	if (deeds & WATCH_EXECS)
		add_command(doing, job, rule);
}

/* Sorted, a directory comes before what is in it. */
static void assign(struct doing *doing)
{
	const struct watch *watch = doing->watch;
	auto_strvec struct strvec paths = {0};

	map_each (entry, watch->is_initial ? &watch->initial.paths : &watch->batch.paths)
		strvec_add(&paths, entry->key);
	strvec_sort(&paths);
	doing->jobs = arena_array(doing->arena, watch->rules.count, sizeof(*doing->jobs));
	strvec_each (path, &paths)
		for (size_t i = 0; i < watch->rules.count; i++)
			apply_rule(doing, &watch->rules.items[i],
				   arena_string(doing->arena, *path));
}

/* The services with @deed: ["web" "api"]. Returns how many. */
static size_t gather(const struct doing *doing, enum watch_deed deed, struct strbuf *list,
		     struct strvec *names)
{
	strbuf_add_char(list, '[');
	for (size_t i = 0; i < doing->job_count; i++) {
		const char *name = doing->jobs[i].service->name;

		if (!(doing->jobs[i].deeds & deed))
			continue;
		strbuf_printf(list, "%s\"%s\"", names->count ? " " : "", name);
		strvec_add(names, name);
	}
	strbuf_add_char(list, ']');
	return names->count;
}

/* ---- rebuild -----------------------------------------------------------------------------------
 */

static bool is_of_project(const struct image *image, void *data)
{
	const char *project = data;

	for (size_t i = 0; i < image->label_count; i++)
		if (strcmp(image->labels[i].name, LABEL_PROJECT) == 0)
			return strcmp(image->labels[i].value, project) == 0;
	return false;
}

/* What the new images have replaced, and no container uses. */
static void prune(const struct doing *doing)
{
	const struct apply *apply = doing->work->apply;
	const struct image_prune request = {
		.wants = is_of_project,
		.data = (void *)apply->project->name,
	};
	auto_strbuf struct strbuf report = {0};
	struct error err = {0};
	int64_t bytes = 0;

	if (!doing->work->prunes || apply->dry_run)
		return;
	if (image_prune(&apply->engine->layout, &request, &report, &bytes, &err) < 0)
		log_debug("cannot remove replaced images: %s", err.text);
}

static bool wants_restart(const struct service *service, const struct strvec *replaced)
{
	for (size_t i = 0; i < service->depends_on.count; i++)
		if (service->depends_on.items[i].restart == TRISTATE_TRUE &&
		    strvec_contains(replaced, service->depends_on.items[i].service))
			return true;
	return false;
}

/* Those that depend on @replaced and say so; theirs follow by themselves. */
static int restart_dependents(const struct apply *apply, const struct strvec *replaced,
			      struct error *err)
{
	const struct project *project = apply->project;
	auto_strvec struct strvec names = {0};
	struct apply dependents = *apply;

	for (size_t i = 0; i < project->services.count; i++)
		if (wants_restart(&project->services.items[i], replaced))
			strvec_add(&names, project->services.items[i].name);
	dependents.services = names.items;
	return names.count > 0 && !apply->dry_run ? apply_restart(&dependents, false, -1, err) : 0;
}

static int recreate(const struct apply *apply, const struct strvec *names, struct error *err)
{
	const struct apply_up up = {
		.force_recreate = true,
		.no_deps = true,
		.no_build = true,
		.pull = "missing",
		.timeout_ns = -1,
	};

	return apply_up(apply, &up, err) < 0 ? -1 : restart_dependents(apply, names, err);
}

static void rebuild(const struct doing *doing)
{
	const struct apply_build build = {0};
	auto_strbuf struct strbuf list = {0};
	auto_strvec struct strvec names = {0};
	struct apply apply = *doing->work->apply;
	struct error err = {0};

	if (gather(doing, WATCH_REBUILDS, &list, &names) == 0)
		return;
	apply.services = names.items;
	say(doing,
	    arena_format(doing->arena, "Rebuilding service(s) %s after changes were detected...",
			 list.text));
	if (apply_build(&apply, &build, &err) < 0) {
		say(doing, arena_format(doing->arena, "Build failed. Error: %s", err.text));
		return;
	}
	say(doing, arena_format(doing->arena, "service(s) %s successfully built", list.text));
	if (recreate(&apply, &names, &err) < 0)
		say(doing,
		    arena_format(doing->arena,
				 "Failed to recreate services after update. Error: %s", err.text));
	prune(doing);
}

/* ---- sync, restart, exec -----------------------------------------------------------------------
 */

static int list_containers(const struct doing *doing, const struct job *job,
			   struct container **containers, size_t *count, struct error *err)
{
	struct apply apply = *doing->work->apply;
	char *services[] = {job->service->name, NULL};

	apply.services = services;
	return apply_list(&apply, false, containers, count, doing->arena, err);
}

static void fail(struct doing *doing, const struct error *err)
{
	if (doing->watch->is_initial && !doing->first.code)
		doing->first = *err;
	else
		log_warning("Error handling changed files: %s", err->text);
}

/* One that has ended gets them too: what is synced may be what it fails for. */
static void sync_job(struct doing *doing, const struct job *job)
{
	const struct container_sync files = {job->files, job->file_count};
	const struct apply *apply = doing->work->apply;
	struct container *containers;
	struct error err = {0};
	size_t count;

	if (!doing->watch->is_initial)
		say(doing, arena_format(doing->arena,
					"Syncing service \"%s\" after %zu changes were detected",
					job->service->name, job->file_count));
	if (list_containers(doing, job, &containers, &count, &err) < 0) {
		fail(doing, &err);
		return;
	}
	for (size_t i = 0; i < count && !apply->dry_run; i++)
		if (container_sync(apply->engine, containers[i].id, &files, &err) < 0)
			fail(doing, &err);
}

static void restart(struct doing *doing)
{
	auto_strbuf struct strbuf list = {0};
	auto_strvec struct strvec names = {0};
	struct apply apply = *doing->work->apply;
	struct error err = {0};

	if (gather(doing, WATCH_RESTARTS, &list, &names) == 0)
		return;
	apply.services = names.items;
	if (!apply.dry_run && apply_restart(&apply, false, -1, &err) < 0)
		fail(doing, &err);
	else
		say(doing, arena_format(doing->arena, "service(s) %s restarted", list.text));
}

static void run_command(struct doing *doing, const struct container *container,
			const struct watch_exec *exec)
{
	const struct service_hook hook = {
		.command = exec->command,
		.user = exec->user,
		.privileged = exec->privileged,
		.working_dir = exec->working_dir,
		.environment = exec->environment,
	};
	struct error err = {0};

	if (apply_run_hook(doing->work->apply, container, &hook, "watch", &err) < 0)
		fail(doing, &err);
}

static void run_commands(struct doing *doing, const struct job *job)
{
	struct container *containers;
	struct error err = {0};
	size_t count;

	if (doing->work->apply->dry_run)
		return;
	if (list_containers(doing, job, &containers, &count, &err) < 0) {
		fail(doing, &err);
		return;
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; container_is_live(&containers[i]) && j < job->command_count; j++)
			run_command(doing, &containers[i], job->commands[j]->config->exec);
}

/* ------------------------------------------------------------------------------------------------
 */

static unsigned all_deeds(const struct doing *doing)
{
	unsigned deeds = 0;

	for (size_t i = 0; i < doing->job_count; i++)
		deeds |= doing->jobs[i].deeds;
	return deeds;
}

/* Whoever has taken the project down meanwhile shall not find it up again. */
static bool is_there(const struct doing *doing)
{
	struct apply apply = *doing->work->apply;
	struct container *containers;
	struct error err = {0};
	size_t count = 0;

	apply.services = NULL;
	return apply.dry_run ||
	       apply_list(&apply, false, &containers, &count, doing->arena, &err) < 0 || count > 0;
}

int watch_do(const struct watch *watch, const struct watch_work *work, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct doing doing = {.watch = watch, .work = work, .arena = &arena};
	unsigned deeds;

	assign(&doing);
	deeds = all_deeds(&doing);
	if (deeds & (WATCH_REBUILDS | WATCH_RESTARTS) && work->lock(work->lock_data, err) < 0)
		return -1;
	if (!is_there(&doing))
		return 0;
	rebuild(&doing);
	for (size_t i = 0; i < doing.job_count; i++)
		if (doing.jobs[i].deeds & WATCH_SYNCS)
			sync_job(&doing, &doing.jobs[i]);
	restart(&doing);
	for (size_t i = 0; i < doing.job_count; i++)
		if (doing.jobs[i].deeds & WATCH_EXECS)
			run_commands(&doing, &doing.jobs[i]);
	if (!watch->is_initial)
		log_debug("batch complete: count[%zu]", watch->batch.paths.count);
	return doing.first.code ? error_pass(err, &doing.first) : 0;
}
