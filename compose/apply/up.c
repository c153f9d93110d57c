/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `up`: the model is read, what exists is looked at, and the difference is carried out.
 */
#include "base/arena.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "compose/apply/actual.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/containers.h"
#include "compose/apply/converge.h"
#include "compose/apply/convergence.h"
#include "compose/apply/external.h"
#include "compose/apply/interruption.h"
#include "compose/apply/networks.h"
#include "compose/apply/plan.h"
#include "compose/apply/provider.h"
#include "compose/apply/recreation.h"
#include "compose/apply/roll_plan.h"
#include "compose/apply/start_set.h"
#include "compose/apply/starter.h"
#include "compose/apply/volumes.h"
#include "compose/apply/wait.h"
#include "compose/apply/wanted.h"
#include "runtime/cgroup.h"

static void warn_orphans(struct convergence *convergence)
{
	auto_strbuf struct strbuf names = {0};

	for (struct container **orphan = convergence->plan.orphans; *orphan; orphan++)
		strbuf_printf(&names, "%s%s", names.length ? " " : "", (*orphan)->name);
	if (names.length &&
	    !strvec_getenv(convergence->apply->project->environment, "COMPOSE_IGNORE_ORPHANS"))
		log_warning("Found orphan containers ([%s]) for this project. If you removed or "
			    "renamed this service in your compose file, you can run this command "
			    "with the --remove-orphans flag to clean it up.",
			    names.text);
}

static void fill_start_set(struct convergence *convergence, struct start_set *set)
{
	size_t present = 0;

	set->items =
		arena_array(convergence->arena, convergence->plan.count + 1, sizeof(*set->items));
	set->present =
		arena_array(convergence->arena, convergence->plan.count + 1, sizeof(*set->present));
	for (size_t i = 0; i < convergence->plan.count; i++) {
		struct plan_step *step = &convergence->plan.steps[i];

		if (step->kind == PLAN_REMOVE)
			continue;
		if (step->rolls) {
			if (step->replaced)
				set->present[present++] = step->replaced;
			continue;
		}
		if (step->kind == PLAN_KEEP && !convergence->apply->dry_run)
			container_refresh(convergence->apply->engine, step->container,
					  convergence->arena, NULL);
		if (step->kind == PLAN_KEEP && container_is_live(step->container)) {
			if (step->container->state.status != CONTAINER_PAUSED)
				apply_report_container(convergence->apply, APPLY_DONE,
						       step->container->name, "Running", NULL);
			set->present[present++] = step->container;
			continue;
		}
		set->items[set->count].owner = step->service->service;
		set->items[set->count++].container = step->container;
	}
}

/* What exists against the model, as steps. */
static int make_plan(struct convergence *convergence, struct error *err)
{
	const struct apply *apply = convergence->apply;
	const struct apply_up *options = convergence->options;
	struct plan_options plan_options = {
		.no_recreate = options->no_recreate || options->create_only_missing,
		.force_recreate = options->force_recreate,
		.always_recreate_deps = options->always_recreate_deps,
		.remove_orphans = options->remove_orphans,
		.keep_scale = options->create_only_missing,
	};
	struct plan_input input = {apply->project, &convergence->actual,
				   convergence->selected.services, convergence->selected.count,
				   &plan_options};

	if (actual_load(&convergence->actual, apply->engine, apply_name(apply), convergence->arena,
			err) < 0 ||
	    apply_finish_stops(apply, convergence->actual.containers, convergence->actual.count,
			       convergence->arena, err) < 0 ||
	    recreation_finish(convergence, err) < 0)
		return -1;
	plan_build(&convergence->plan, &input, convergence->arena);
	warn_orphans(convergence);
	if (!options->no_start && !apply->dry_run)
		apply_roll_choose(&convergence->plan, apply->project);
	return 0;
}

/* Starts what does not run yet, and waits when that was asked for. */
static int start(struct convergence *convergence, struct error *err)
{
	const struct apply *apply = convergence->apply;
	const struct apply_up *options = convergence->options;
	struct start_set set = {.apply = apply,
				.no_deps = options->no_deps,
				.settles = options->wait,
				.arena = convergence->arena};

	if (apply_renew_files(convergence, err) < 0)
		return -1;
	if (options->wait)
		apply_wait_limit(&set, options->wait_timeout_ns);
	fill_start_set(convergence, &set);
	set.services = convergence->selected.services;
	set.service_count = convergence->selected.count;
	if (apply_start_set(&set, err) < 0 ||
	    apply_roll_services(&convergence->plan, &set, options->timeout_ns, err) < 0)
		return -1;
	return options->wait && !apply->dry_run ? apply_wait_ready(&set, err) : 0;
}

static int bring_up(const struct apply *apply, const struct apply_up *options, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct convergence convergence = {.apply = apply, .options = options, .arena = &arena};

	if (plan_select(&convergence.selected, apply->project, apply->services, options->no_deps,
			&arena, err) < 0 ||
	    cgroup_check(err) < 0 || apply_require_external(&convergence, err) < 0 ||
	    apply_provide(apply, &convergence.selected, &arena, err) < 0 ||
	    apply_describe_services(&convergence, err) < 0 ||
	    apply_ensure_networks(&convergence, err) < 0 ||
	    apply_ensure_volumes(&convergence, err) < 0 || make_plan(&convergence, err) < 0 ||
	    apply_converge(&convergence, err) < 0)
		return -1;
	return options->no_start ? 0 : start(&convergence, err);
}

int apply_up(const struct apply *apply, const struct apply_up *options, struct error *err)
{
	if (bring_up(apply, options, err) == 0)
		return 0;
	return interruption_of_start(apply, options->no_start ? "created" : "started", err);
}
