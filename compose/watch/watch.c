/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/watch/watch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "compose/apply/apply.h"
#include "compose/apply/plan.h"
#include "compose/watch/watch_private.h"

#include <stdlib.h>
#include <sys/epoll.h>

int watch_build(const struct apply *apply, struct error *err)
{
	const struct apply_build options = {0};
	auto_arena struct arena arena = {0};
	struct apply developed = *apply;
	struct plan_selection selected;
	size_t count = 0;

	if (plan_select(&selected, apply->project, apply->services, false, &arena, err) < 0)
		return -1;
	developed.services = arena_array(&arena, selected.count + 1, sizeof(char *));
	for (size_t i = 0; i < selected.count; i++) {
		const struct service *service = selected.services[i].service;

		if (service->build && service->develop)
			developed.services[count++] = service->name;
	}
	return count > 0 ? apply_build(&developed, &options, err) : 0;
}

/* ---- gathering ---------------------------------------------------------------------------------
 */

static bool takes(const struct watch *watch, const char *path)
{
	for (size_t i = 0; i < watch->rules.count; i++)
		if (watch_rule_takes(&watch->rules.items[i], path))
			return true;
	return false;
}

/* What is there and what changes are kept apart: not all rules ask for the first. */
static struct batch *current_batch(struct watch *watch)
{
	return watch->is_initial ? &watch->initial : &watch->batch;
}

static void note(const char *path, void *data)
{
	struct watch *watch = data;

	if (takes(watch, path))
		batch_add(current_batch(watch), path, units_monotonic_ns());
}

static bool enters(const char *path, void *data)
{
	const struct watch *watch = data;

	for (size_t i = 0; i < watch->rules.count; i++)
		if (watch_rule_enters(&watch->rules.items[i], path))
			return true;
	return false;
}

static void set_quiet_timer(struct watch *watch)
{
	int64_t wait_ns = batch_wait_ns(&watch->batch, units_monotonic_ns());

	loop_timer_set(&watch->quiet, wait_ns > 0 ? wait_ns : 0, 0);
}

static void handle_changes(struct loop_source *source, uint32_t events)
{
	struct watch *watch = source->data;

	(void)events;
	watch->has_failed = trees_read(watch->trees, &watch->err) < 0;
	set_quiet_timer(watch);
}

static void handle_quiet(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_timer_read(source);
}

int watch_read(struct watch *watch, struct error *err)
{
	if (loop_step(&watch->loop, 0, err) < 0)
		return -1;
	return watch->has_failed ? error_pass(err, &watch->err) : 0;
}

bool watch_is_complete(const struct watch *watch)
{
	return batch_wait_ns(&watch->batch, units_monotonic_ns()) == 0;
}

bool watch_take_initial(struct watch *watch)
{
	watch->is_initial = true;
	for (size_t i = 0; i < watch->rules.count; i++)
		if (watch->rules.items[i].is_initial)
			trees_list(watch->trees, watch->rules.items[i].config->path);
	watch->is_initial = watch->initial.paths.count > 0;
	return watch->is_initial;
}

void watch_forget(struct watch *watch)
{
	batch_release(current_batch(watch));
	watch->is_initial = false;
}

/* ---- opening -----------------------------------------------------------------------------------
 */

static int load_rules(struct watch *watch, const struct apply *apply, bool no_build,
		      struct error *err)
{
	struct plan_selection selected;
	const struct service **services;

	if (plan_select(&selected, apply->project, apply->services, false, &watch->arena, err) < 0)
		return -1;
	services = arena_array(&watch->arena, selected.count + 1, sizeof(*services));
	for (size_t i = 0; i < selected.count; i++)
		services[i] = selected.services[i].service;
	return watch_rules_load(&watch->rules, services, no_build, &watch->arena, err);
}

static int open_trees(struct watch *watch, struct error *err)
{
	const struct trees_client client = {note, enters, watch};
	auto_strvec struct strvec roots = {0};

	for (size_t i = 0; i < watch->rules.count; i++) {
		const char *path = watch->rules.items[i].config->path;

		if (!strvec_contains(&roots, path))
			strvec_add(&roots, path);
	}
	return trees_open(&watch->trees, roots.items, &client, err);
}

static int open_loop(struct watch *watch, struct error *err)
{
	watch->changes = (struct loop_source){.handler = handle_changes, .data = watch};
	watch->quiet = (struct loop_source){.handler = handle_quiet, .data = watch};
	if (loop_init(&watch->loop, err) < 0)
		return -1;
	if (loop_timer_create(&watch->loop, &watch->quiet, err) < 0)
		return -1;
	return loop_add(&watch->loop, &watch->changes, trees_fd(watch->trees), EPOLLIN, err);
}

int watch_open(struct watch **opened, const struct apply *apply, bool no_build, struct error *err)
{
	struct watch *watch = alloc_zeroed(1, sizeof(*watch));

	watch->loop.epoll_fd = -1;
	if (load_rules(watch, apply, no_build, err) < 0 || open_trees(watch, err) < 0 ||
	    open_loop(watch, err) < 0) {
		watch_close(watch);
		return -1;
	}
	*opened = watch;
	return 0;
}

void watch_close(struct watch *watch)
{
	if (!watch)
		return;
	loop_remove(&watch->changes);
	if (watch->quiet.loop)
		loop_timer_release(&watch->quiet);
	if (watch->loop.epoll_fd >= 0)
		loop_release(&watch->loop);
	trees_close(watch->trees);
	batch_release(&watch->batch);
	batch_release(&watch->initial);
	arena_release(&watch->arena);
	free(watch);
}

int watch_fd(const struct watch *watch)
{
	return watch->loop.epoll_fd;
}
