/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_build and its kin of compose/apply/apply.h, and what is built before containers are made.
 * A service's image is built after those of the services that are its contexts; for each of several
 * platforms by a build of its own.
 */
#include "compose/apply/build.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "builder/build_set.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/build_targets.h"
#include "compose/apply/convergence.h"
#include "compose/apply/interruption.h"
#include "compose/apply/local_image.h"
#include "compose/apply/pull_policy.h"
#include "compose/apply/service_instance.h"

#include <errno.h>
#include <string.h>

struct building {
	struct build_targets *targets;
	struct build_set set;
	bool is_quiet;
};

/* --- what is said ----------------------------------------------------------------------------- */

static void report(const struct build_targets *targets, const struct build_target *target,
		   enum apply_event_kind kind, const char *action)
{
	apply_report(targets->apply, kind, arena_format(targets->arena, "Image %s", target->image),
		     action, NULL);
}

static void show(const struct build_job *job, const struct build_event *event, void *data)
{
	const struct building *building = data;
	const struct apply *apply = building->targets->apply;
	const struct apply_build_event shown = {
		.job = job ? (size_t)(job - building->set.jobs) : 0,
		.label = job ? job->label : NULL,
		.event = event,
	};

	if (apply->builds && !building->is_quiet)
		apply->builds(&shown, apply->data);
}

static void finished(const struct build_job *job, void *data)
{
	const struct building *building = data;
	const struct build_target *target = job->owner;
	const struct build_job *jobs = building->set.jobs + target->first_job;
	bool is_done = true;

	if (job->has_failed) {
		bool is_cancelled = job->err.code == ECANCELED;

		report(building->targets, target, is_cancelled ? APPLY_SKIPPED : APPLY_FAILED,
		       is_cancelled ? "Canceled" : "Error");
		return;
	}
	for (size_t i = 0; i < target->job_count; i++)
		is_done = is_done && jobs[i].is_done;
	if (is_done)
		report(building->targets, target, APPLY_DONE, "Built");
}

/* --- jobs ------------------------------------------------------------------------------------- */

static bool is_same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* The one for the same platform; one that has none of its own is for all. */
static size_t job_for(const struct building *building, const struct build_target *target,
		      const char *platform)
{
	for (size_t i = 0; i < target->job_count; i++)
		if (is_same(building->set.jobs[target->first_job + i].request.platform, platform))
			return target->first_job + i;
	return target->first_job;
}

/* The image of another service that is a context, by its id: its name may lead elsewhere. */
static int begins(struct build_job *job, void *data, struct error *err)
{
	const struct building *building = data;
	const struct build_target *target = job->owner;
	struct build_request *request = &job->request;
	size_t need = 0;

	(void)err;
	for (size_t i = 0; i < request->named_context_count; i++)
		if (build_request_service(request->named_contexts[i].value))
			request->named_contexts[i].value =
				arena_format(building->targets->arena, "docker-image://%s",
					     building->set.jobs[job->needs[need++]].id);
	if (job == &building->set.jobs[target->first_job])
		report(building->targets, target, APPLY_WORKING, "Building");
	return 0;
}

/* Its Dockerfile may begin with the image of a service that it depends on. */
static void need_bases(struct building *building, struct build_job *job)
{
	const struct build_target *target = job->owner;

	for (size_t i = 0; i < target->service->depends_on.count; i++) {
		const struct build_target *other = build_targets_find(
			building->targets, target->service->depends_on.items[i].service);

		if (other && other != target && build_request_names(target->service, other->image))
			job->needs[job->need_count++] =
				job_for(building, other, job->request.platform);
	}
}

static int fill_needs(struct building *building, struct build_job *job, struct error *err)
{
	const struct build_request *request = &job->request;
	const struct build_target *target = job->owner;

	job->needs =
		arena_array(building->targets->arena,
			    request->named_context_count + target->service->depends_on.count + 1,
			    sizeof(*job->needs));
	for (size_t i = 0; i < request->named_context_count; i++) {
		const char *name = build_request_service(request->named_contexts[i].value);
		const struct build_target *other =
			name ? build_targets_find(building->targets, name) : NULL;

		if (name && !other)
			return error_set(err, ERROR_INVALID,
					 "service \"%s\": the context '%s' is service \"%s\", "
					 "which is not built",
					 target->service->name, request->named_contexts[i].name,
					 name);
		if (name)
			job->needs[job->need_count++] = job_for(building, other, request->platform);
	}
	need_bases(building, job);
	return 0;
}

static int add_job(struct building *building, struct build_target *target, const char *platform,
		   struct error *err)
{
	struct build_targets *targets = building->targets;
	const struct build_wish wish = {targets->apply, targets->options, target->service,
					platform};
	struct build_job *job;

	building->set.jobs = arena_grow(targets->arena, building->set.jobs, building->set.count,
					sizeof(*building->set.jobs));
	job = &building->set.jobs[building->set.count++];
	*job = (struct build_job){.owner = target};
	target->job_count++;
	if (targets->count > 1)
		job->label = target->service->name;
	if (platform && target->platforms[1])
		job->label = targets->count > 1 ? arena_format(targets->arena, "%s %s",
							       target->service->name, platform)
						: platform;
	if (build_request_fill(&job->request, &wish, targets->arena, err) < 0)
		return error_wrap(err, "service \"%s\"", target->service->name);
	job->request.is_beside = platform && target->platforms[1];
	return 0;
}

static int make_jobs(struct building *building, struct error *err)
{
	for (size_t i = 0; i < building->targets->count; i++) {
		struct build_target *target = &building->targets->items[i];
		char **platform = target->platforms;

		target->first_job = building->set.count;
		do
			if (add_job(building, target, *platform, err) < 0)
				return -1;
		while (*platform && *++platform);
	}
	for (size_t i = 0; i < building->set.count; i++)
		if (fill_needs(building, &building->set.jobs[i], err) < 0)
			return -1;
	return 0;
}

static void pretend(const struct build_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		report(targets, &targets->items[i], APPLY_WORKING, "Building");
		report(targets, &targets->items[i], APPLY_DONE, "Built");
	}
}

/* Whose failure ended it. */
static int explain(const struct building *building, struct error *err)
{
	for (size_t i = 0; i < building->set.count; i++) {
		const struct build_job *job = &building->set.jobs[i];
		const struct build_target *target = job->owner;

		if (job->has_failed && job->err.code != ECANCELED)
			return error_wrap(err, "service \"%s\": failed to build",
					  target->service->name);
	}
	return -1;
}

static int count_built(const struct building *building, struct error *err)
{
	const struct build_set *set = &building->set;
	size_t done = 0;

	for (size_t i = 0; i < set->count; i++)
		done += set->jobs[i].is_done;
	return interruption_count(done, set->count, "image", "built", err);
}

static int build(struct build_targets *targets, bool is_quiet, struct error *err)
{
	struct building building = {.targets = targets, .is_quiet = is_quiet};

	building.set = (struct build_set){
		.engine = targets->apply->engine,
		.limit = targets->apply->limit,
		.cancel_fd = targets->apply->cancel_fd,
		.begins = begins,
		.event = show,
		.finished = finished,
		.data = &building,
	};
	if (targets->apply->dry_run) {
		pretend(targets);
		return 0;
	}
	if (make_jobs(&building, err) < 0)
		return -1;
	if (build_set_run(&building.set, err) == 0)
		return 0;
	return err->code == ECANCELED ? count_built(&building, err) : explain(&building, err);
}

/* --- before containers are made --------------------------------------------------------------- */

/* 1: build it. */
static int decide(const struct convergence *convergence, const struct service *service,
		  struct error *err)
{
	const struct apply *apply = convergence->apply;
	const struct apply_up *options = convergence->options;
	struct pull_policy policy;
	struct local_image local;

	if (pull_policy_parse(&policy, options->pull ? options->pull : service->pull_policy, err) <
	    0)
		return error_wrap(err, "service \"%s\"", service->name);
	if (options->builds || policy.when == PULL_POLICY_BUILD)
		return 1;
	local_image_look(&local, &apply->engine->layout,
			 service_image(apply->project, service, convergence->arena),
			 service_platform(apply->project, service));
	return !local.is_here;
}

int apply_build_needed(const struct convergence *convergence, struct error *err)
{
	const struct plan_selection *selected = &convergence->selected;
	struct build_targets targets = {
		.apply = convergence->apply, .one_platform = true, .arena = convergence->arena};

	if (convergence->options->no_build)
		return 0;
	for (size_t i = 0; i < selected->count; i++) {
		const struct service *service = selected->services[i].service;
		int wanted = service->build && selected->services[i].replicas > 0
				     ? decide(convergence, service, err)
				     : 0;

		if (wanted < 0 || (wanted > 0 && build_targets_add(&targets, service, err) < 0))
			return -1;
	}
	return targets.count > 0 ? build(&targets, convergence->options->quiet_build, err) : 0;
}

/* --- the command ------------------------------------------------------------------------------ */

static int select_targets(struct build_targets *targets, struct error *err)
{
	const struct apply *apply = targets->apply;
	bool are_named = apply->services && apply->services[0];
	struct plan_selection selection;

	if (plan_select(&selection, apply->project, apply->services,
			are_named && !targets->options->with_dependencies, targets->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < selection.count; i++)
		if (build_targets_add(targets, selection.services[i].service, err) < 0)
			return -1;
	if (targets->count == 0)
		log_warning("No services to build");
	return 0;
}

int apply_build(const struct apply *apply, const struct apply_build *options, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct build_targets targets = {.apply = apply, .options = options, .arena = &arena};
	const struct apply_push push = {.include_deps = options->with_dependencies};

	if (select_targets(&targets, err) < 0)
		return -1;
	if (targets.count > 0 && build(&targets, false, err) < 0)
		return -1;
	return options->push ? apply_push(apply, &push, err) : 0;
}

int apply_build_requests(struct build_request ***requests, const struct apply *apply,
			 const struct apply_build *options, struct arena *arena, struct error *err)
{
	struct build_targets targets = {.apply = apply, .options = options, .arena = arena};
	struct building building = {.targets = &targets};

	if (select_targets(&targets, err) < 0 || make_jobs(&building, err) < 0)
		return -1;
	*requests = arena_array(arena, building.set.count + 1, sizeof(**requests));
	for (size_t i = 0; i < building.set.count; i++)
		(*requests)[i] = &building.set.jobs[i].request;
	return 0;
}

int apply_build_print(json **document, const struct apply *apply, const struct apply_build *options,
		      struct error *err)
{
	auto_arena struct arena arena = {0};
	struct build_targets targets = {.apply = apply, .options = options, .arena = &arena};

	if (select_targets(&targets, err) < 0)
		return -1;
	*document = build_targets_document(&targets);
	return 0;
}
