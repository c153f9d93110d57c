/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/pull.c - apply_pull and apply_push of compose/apply/apply.h, and the images that
 * containers are about to be made from.
 *
 * What a policy asks for is one row (policies). An image that several services name is asked for
 * once, one with several platforms once for each.
 */
#include "compose/apply/pull.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/convergence.h"
#include "compose/apply/image_view.h"
#include "compose/apply/local_image.h"
#include "compose/apply/pull_policy.h"
#include "compose/apply/service_instance.h"
#include "compose/apply/transfer.h"
#include "engine/platform.h"
#include "storage/reference.h"

struct pull_set {
	const struct apply *apply;
	bool is_push, is_quiet; /* nothing about layers */
	bool is_silent;		/* nothing at all */
	bool is_for_running;	/* containers of the images are started, too */
	bool builds;		/* what cannot be pulled is built, where a service says how */
	struct transfer_item *items;
	struct image_view *views; /* of the items */
	size_t count;
	struct arena *arena;
};

/* --- events ----------------------------------------------------------------------------------- */

static struct image_view *view_of(const struct pull_set *set, const struct transfer_item *item)
{
	return set->views + (item - set->items);
}

static void begun(const struct transfer_item *item, void *data)
{
	image_view_begin(view_of(data, item));
}

static void moved(const struct transfer_item *item, const struct image_step *step, void *data)
{
	image_view_step(view_of(data, item), step);
}

/* Does a service say how to make what is called so? */
static bool can_build(const struct pull_set *set, const char *image)
{
	for (size_t i = 0; i < set->apply->project->services.count; i++) {
		const struct service *service = &set->apply->project->services.items[i];

		if (service->build && service->image && strcmp(service->image, image) == 0)
			return true;
	}
	return false;
}

static bool is_excused(const struct pull_set *set, const struct transfer_item *item)
{
	return set->builds && can_build(set, item->reference);
}

static void finished(const struct transfer_item *item, void *data)
{
	const struct pull_set *set = data;
	struct image_view *view = view_of(set, item);

	if (item->has_failed && is_excused(set, item))
		image_view_end(view, APPLY_SKIPPED, "Warning", item->err.text);
	else if (item->has_failed)
		image_view_end(view, APPLY_FAILED, "Error", item->err.text);
	else
		image_view_end(view, APPLY_DONE, set->is_push ? "Pushed" : "Pulled", NULL);
}

/* --- what is moved ---------------------------------------------------------------------------- */

static bool is_same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static void add(struct pull_set *set, const struct service *service, const char *image,
		const char *platform)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->items[i].reference, image) == 0 &&
		    is_same(set->items[i].platform, platform))
			return;
	set->items = arena_grow(set->arena, set->items, set->count, sizeof(*set->items));
	set->items[set->count++] = (struct transfer_item){
		.reference = image, .platform = platform, .owner = (void *)service};
}

static void pretend(struct pull_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		begun(set->items + i, set);
		finished(set->items + i, set);
	}
}

static int transfer_all(struct pull_set *set, struct error *err)
{
	auto_free char *executable = NULL;
	struct transfer transfer = {
		.apply = set->apply,
		.is_push = set->is_push,
		.items = set->items,
		.count = set->count,
		.begun = begun,
		.step = moved,
		.finished = finished,
		.data = set,
	};

	if (set->apply->dry_run) {
		pretend(set);
		return 0;
	}
	executable = engine_helper_path("transport", err);
	if (!executable)
		return -1;
	transfer.executable = executable;
	return transfer_run(&transfer, err);
}

static int move(struct pull_set *set, struct error *err)
{
	int result;

	set->views = arena_array(set->arena, set->count + 1, sizeof(*set->views));
	for (size_t i = 0; i < set->count; i++) {
		struct image_view *view = set->views + i;

		image_view_init(view, set->apply, set->items[i].reference);
		view->is_push = set->is_push;
		view->is_quiet = set->is_quiet;
		view->is_silent = set->is_silent;
		image_view_wait(view, i < TRANSFER_MOST_AT_ONCE);
	}
	result = set->count ? transfer_all(set, err) : 0;
	if (result < 0)
		image_view_interrupt(set->views, set->count, err);
	for (size_t i = 0; i < set->count; i++)
		image_view_release(set->views + i);
	return result;
}

static int first_failure(const struct pull_set *set, struct error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct service *service = set->items[i].owner;

		if (!set->items[i].has_failed || is_excused(set, &set->items[i]))
			continue;
		error_pass(err, &set->items[i].err);
		return error_wrap(err, "service \"%s\"", service->name);
	}
	return 0;
}

/* --- before containers are made --------------------------------------------------------------- */

static void look(struct local_image *local, const struct pull_set *set, const char *reference,
		 const char *platform)
{
	local_image_look(local, &set->apply->engine->layout, reference, platform);
}

/* 1: pull it. */
static int decide(const struct pull_set *set, const struct service *service, const char *image,
		  const char *override, struct error *err)
{
	const char *platform = service_platform(set->apply->project, service);
	struct pull_policy policy;
	struct local_image local;

	if (set->is_for_running && platform_can_run(platform, err) < 0)
		return -1;
	if (pull_policy_parse(&policy, override ? override : service->pull_policy, err) < 0)
		return -1;
	if (policy.when == PULL_POLICY_BUILD && service->build)
		return 0;
	look(&local, set, image, platform);
	if (policy.when == PULL_POLICY_BUILD && !local.is_here)
		return error_set(err, ERROR_INVALID,
				 "its pull_policy is 'build', but it has no 'build'");
	if (local.is_by_id && local.is_here)
		return 0;
	if (policy.when == PULL_POLICY_NEVER && !local.is_here &&
	    !(set->builds && can_build(set, image)))
		return error_set(err, ERROR_NOT_FOUND,
				 "image '%.300s' is not here%s%s, and its pull policy is 'never': "
				 "pull it with 'coracle pull' or load it with 'coracle load'",
				 image, platform ? " for " : "", platform ? platform : "");
	return pull_policy_asks(&policy, local.is_here, local.age_s);
}

/* One that a service needs beside its own: no policy speaks of it. */
static void add_missing(struct pull_set *set, const struct service *service, const char *image,
			const char *override)
{
	struct local_image local;

	look(&local, set, image, NULL);
	if (!local.is_here && !is_same(override, "never"))
		add(set, service, image, NULL);
}

static int add_needed(struct pull_set *set, const struct service *service, const char *override,
		      struct error *err)
{
	int result;

	for (size_t i = 0; i < service->volumes.count; i++) {
		const struct service_volume *volume = &service->volumes.items[i];

		if (is_same(volume->type, "image") && volume->source &&
		    !project_find_service(set->apply->project, volume->source))
			add_missing(set, service, volume->source, override);
	}
	for (size_t i = 0; i < service->pre_start.count; i++) {
		const char *image = service->pre_start.items[i].image;

		if (image && !is_same(image, service->image))
			add_missing(set, service, image, override);
	}
	if (!service->image)
		return 0;
	result = decide(set, service, service->image, override, err);
	if (result < 0)
		return error_wrap(err, "service \"%s\"", service->name);
	if (result > 0)
		add(set, service, service->image, service_platform(set->apply->project, service));
	return 0;
}

int apply_pull_needed(const struct convergence *convergence, struct error *err)
{
	const struct apply_up *options = convergence->options;
	const struct plan_selection *selected = &convergence->selected;
	struct pull_set set = {.apply = convergence->apply,
			       .is_quiet = options->quiet_pull,
			       .is_for_running = !options->no_start,
			       .builds = !options->no_build,
			       .arena = convergence->arena};

	for (size_t i = 0; i < selected->count; i++)
		if (selected->services[i].replicas > 0 &&
		    add_needed(&set, selected->services[i].service,
			       options->builds && selected->services[i].service->build
				       ? "build"
				       : options->pull,
			       err) < 0)
			return -1;
	return move(&set, err) < 0 ? -1 : first_failure(&set, err);
}

/* --- the commands ----------------------------------------------------------------------------- */

static int select_services(const struct apply *apply, bool include_deps,
			   struct plan_selection *selection, struct arena *arena, struct error *err)
{
	bool are_named = apply->services && apply->services[0];

	return plan_select(selection, apply->project, apply->services, are_named && !include_deps,
			   arena, err);
}

static void skip(struct pull_set *set, const char *name, const char *why)
{
	if (!set->is_silent)
		apply_report(set->apply, APPLY_DONE, arena_format(set->arena, "Image %s", name),
			     "Skipped", why);
}

/* As Docker Compose: "missing" asks for what is called latest all the same. */
static bool is_settled(const struct pull_set *set, const char *image, const char *platform)
{
	auto_free char *full = reference_normalize(image, NULL);
	size_t length = full ? strlen(full) : 0;
	struct local_image local;

	look(&local, set, image, platform);
	return local.is_here &&
	       (length < 7 || strcmp(full + length - 7, ":latest") != 0 || local.is_by_id);
}

static int add_for_pull(struct pull_set *set, const struct service *service,
			const struct apply_pull *options, struct error *err)
{
	const char *text = options->policy ? options->policy : service->pull_policy;
	struct pull_policy policy;

	if (!service->image) {
		skip(set, service->name, "No image to be pulled");
		return 0;
	}
	if (pull_policy_parse(&policy, text && *text ? text : "always", err) < 0)
		return error_wrap(err, "service \"%s\"", service->name);
	if (options->ignore_buildable && service->build)
		skip(set, service->image, "Image can be built");
	else if (policy.when == PULL_POLICY_NEVER || policy.when == PULL_POLICY_BUILD)
		skip(set, service->image, "its pull_policy says so");
	else if (policy.when == PULL_POLICY_MISSING &&
		 is_settled(set, service->image, service_platform(set->apply->project, service)))
		skip(set, service->image, "Image is already present locally");
	else
		add(set, service, service->image, service_platform(set->apply->project, service));
	return 0;
}

/* What could not be pulled, but comes with a recipe. */
static void hint_at_building(const struct pull_set *set)
{
	auto_strbuf struct strbuf names = {0};

	for (size_t i = 0; i < set->count; i++) {
		const struct service *service = set->items[i].owner;

		if (set->items[i].has_failed && service->build)
			strbuf_printf(&names, " %s", service->name);
	}
	if (names.length)
		log_warning("Some service image(s) must be built from source by running:\n"
			    "    coracle build%s",
			    names.text);
}

int apply_pull(const struct apply *apply, const struct apply_pull *options, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct pull_set set = {.apply = apply, .is_silent = options->quiet, .arena = &arena};
	struct plan_selection selection;

	if (select_services(apply, options->include_deps, &selection, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < selection.count; i++)
		if (add_for_pull(&set, selection.services[i].service, options, err) < 0)
			return -1;
	if (move(&set, err) < 0)
		return -1;
	hint_at_building(&set);
	return options->ignore_failures ? 0 : first_failure(&set, err);
}

int apply_push(const struct apply *apply, const struct apply_push *options, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct pull_set set = {
		.apply = apply, .is_push = true, .is_silent = options->quiet, .arena = &arena};
	struct plan_selection selection;

	if (select_services(apply, options->include_deps, &selection, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < selection.count; i++) {
		const struct service *service = selection.services[i].service;

		if (service->image && service->build)
			add(&set, service, service->image, NULL);
		else
			skip(&set, service->image ? service->image : service->name,
			     service->build ? "it has no image: to give it a name"
					    : "it is not built (it has no build:)");
	}
	if (move(&set, err) < 0)
		return -1;
	return options->ignore_failures ? 0 : first_failure(&set, err);
}
