/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rolling updates: deploy.update_config and rollback_config. Running replicas of a service are
 * replaced in batches; each batch must be ready before the next one begins.
 *
 * A replica and its successor are two sides that trade names: who is to run has the proper name,
 * the other one that of recreation_name. A command that is killed in between leaves what
 * recreation_finish (recreation.c) knows how to finish. Where it may have to go back, what was
 * replaced is kept, stopped, until all is done.
 */
#include "compose/apply/roll.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/containers.h"
#include "compose/apply/recreation.h"
#include "compose/apply/start_set.h"
#include "compose/apply/starter.h"
#include "compose/apply/wait.h"

#include <poll.h>
#include <string.h>

#define LOOK_MS		  100
#define PART_LOOK_MS	  20
#define LONGEST_PART_WAIT (61 * SECOND)

enum action { ACTION_PAUSE, ACTION_CONTINUE, ACTION_ROLLBACK };

struct policy {
	size_t parallelism;
	int64_t delay_ns, monitor_ns;
	double ratio;
	bool starts_first;
	enum action action;
};

static void read_policy(struct policy *policy, const struct deploy_update *config, size_t count)
{
	static const struct deploy_update none = {
		.parallelism = 1, .delay = MODEL_UNSET, .monitor = MODEL_UNSET};

	config = config ? config : &none;
	*policy = (struct policy){
		.parallelism = (size_t)model_number(config->parallelism, 1),
		.delay_ns = model_number(config->delay, 0),
		.monitor_ns = model_number(config->monitor, 0),
		.ratio = config->max_failure_ratio > 0 ? config->max_failure_ratio : 0,
		.starts_first = config->order && strcmp(config->order, "start-first") == 0,
	};
	if (!policy->parallelism)
		policy->parallelism = count;
	if (config->failure_action && strcmp(config->failure_action, "continue") == 0)
		policy->action = ACTION_CONTINUE;
	else if (config->failure_action && strcmp(config->failure_action, "rollback") == 0)
		policy->action = ACTION_ROLLBACK;
}

/* One batch on its way to @side: 1 forward, 0 back. */
struct batch {
	struct apply_roll *roll;
	const struct policy *policy;
	int side;
	struct apply_roll_pair *pairs;
	size_t count;
	size_t failures;
	struct error first; /* why the first one failed */
};

static void fail(struct batch *batch, struct apply_roll_pair *pair, const struct error *why)
{
	if (!batch->failures++)
		batch->first = *why;
	pair->has_failed = true;
	log_warning("update of service \"%s\": %s: %s", batch->roll->service->name, pair->name,
		    why->text);
}

/* Who has to leave that someone else may run under its name. */
static int trade_names(const struct batch *batch, struct apply_roll_pair *pair, int side,
		       struct error *err)
{
	struct engine *engine = batch->roll->apply->engine;
	struct container *to = pair->sides[side], *from = pair->sides[!side];

	if (from &&
	    container_rename(engine, from->id,
			     recreation_name(to->id, pair->name, batch->roll->arena), err) < 0)
		return -1;
	if (container_rename(engine, to->id, pair->name, err) < 0)
		return -1;
	to->name = pair->name;
	return 0;
}

/* The sides of all pairs that have failed, or have not. */
static size_t collect(const struct batch *batch, int side, bool failed, struct container **out)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		if (batch->pairs[i].sides[side] && batch->pairs[i].has_failed == failed)
			out[count++] = batch->pairs[i].sides[side];
	return count;
}

static int stop_side(const struct batch *batch, int side, bool failed, struct error *err)
{
	struct apply_roll *roll = batch->roll;
	struct stop_options options = {.timeout_ms = roll->timeout_ms};
	struct container **list = arena_array(roll->arena, batch->count + 1, sizeof(*list));
	size_t count = collect(batch, side, failed, list);

	for (size_t i = 0; i < count; i++)
		container_refresh(roll->apply->engine, list[i], roll->arena, NULL);
	return apply_stop_containers(roll->apply, list, count, &options, roll->arena, err);
}

/* A set of its own for what starts now; pre_start hooks run before the first of all. */
static void make_set(const struct batch *batch, struct start_set *set)
{
	struct apply_roll *roll = batch->roll;
	struct plan_service *service = arena_alloc(roll->arena, sizeof(*service));
	size_t present = 0;

	service->service = roll->service;
	*set = (struct start_set){
		.apply = roll->apply,
		.items = arena_array(roll->arena, batch->count + 1, sizeof(*set->items)),
		.services = service,
		.service_count = 1,
		.present = arena_array(roll->arena, roll->count + 1, sizeof(*set->present)),
		.no_deps = true,
		.arena = roll->arena,
	};
	for (size_t i = 0; i < roll->count; i++)
		if (roll->pairs[i].is_updated)
			set->present[present++] = roll->pairs[i].sides[1];
}

static void start_all(struct batch *batch)
{
	struct start_set set;
	struct error reason = {0};
	int result;

	make_set(batch, &set);
	for (size_t i = 0; i < batch->count; i++)
		if (batch->pairs[i].sides[batch->side] && !batch->pairs[i].has_failed)
			set.items[set.count++] = (struct executor_item){
				.owner = batch->roll->service,
				.container = batch->pairs[i].sides[batch->side],
			};
	result = apply_start_set(&set, &reason);
	for (size_t i = 0; result < 0 && i < batch->count; i++) {
		struct apply_roll_pair *pair = &batch->pairs[i];

		for (size_t j = 0; j < set.count; j++)
			if (set.items[j].container == pair->sides[batch->side] &&
			    set.items[j].state != EXECUTOR_DONE)
				fail(batch, pair, &reason);
	}
}

static bool still_runs(struct engine *engine, const struct container *container)
{
	auto_arena struct arena arena = {0};
	struct container now = *container;

	return container_refresh(engine, &now, &arena, NULL) == 0 &&
	       now.state.status == CONTAINER_RUNNING;
}

/* Who publishes a port is not ready before it has its part in it; a monitor waits a minute for a
 * process that does not listen. */
static void wait_for_part(const struct apply_roll *roll, const struct container *container)
{
	struct engine *engine = roll->apply->engine;
	int64_t end_ns = units_monotonic_ns() + LONGEST_PART_WAIT;

	/* A health check says more, and is not waited for here: an update may be what mends it. */
	if (container->healthcheck.test || !container->config.port_share)
		return;
	while (ports_are_waiting(&engine->net, container->id) && units_monotonic_ns() < end_ns &&
	       still_runs(engine, container) && apply_check_cancelled(roll->apply, NULL) == 0)
		poll(NULL, 0, PART_LOOK_MS);
}

static void wait_for(struct batch *batch, struct apply_roll_pair *pair)
{
	struct start_set set;
	struct executor_item item = {.owner = batch->roll->service,
				     .container = pair->sides[batch->side]};
	struct error reason = {0};

	make_set(batch, &set);
	set.present = NULL;
	set.items = &item;
	set.count = 1;
	if (apply_wait_ready(&set, &reason) < 0)
		fail(batch, pair, &reason);
	else
		wait_for_part(batch->roll, item.container);
}

/* What was ready and ends, restarts or falls ill within the time of `monitor` has failed. */
static int watch_pair(struct batch *batch, struct apply_roll_pair *pair, struct error *err)
{
	struct container *container = pair->sides[batch->side];
	struct error reason = {0};

	if (container_refresh(batch->roll->apply->engine, container, batch->roll->arena, err) < 0)
		return -1;
	if (container->state.status != CONTAINER_RUNNING || container->state.restart_count > 0)
		error_set(&reason, ERROR_CONFLICT, "container %s did not keep running (exit %d)",
			  pair->name, container->state.exit_code);
	else if (container->state.health == HEALTH_UNHEALTHY)
		error_set(&reason, ERROR_CONFLICT, "container %s became unhealthy", pair->name);
	else
		return 0;
	fail(batch, pair, &reason);
	return 0;
}

static int pass_time(const struct batch *batch, int64_t end_ns, struct error *err)
{
	int64_t left = (end_ns - units_monotonic_ns()) / MILLISECOND;

	if (left > 0)
		apply_poll(batch->roll->apply, NULL, 0, left < LOOK_MS ? (int)left : LOOK_MS);
	return apply_check_cancelled(batch->roll->apply, err);
}

static int keep_watching(struct batch *batch, struct error *err)
{
	int64_t end_ns = units_monotonic_ns() + batch->policy->monitor_ns;

	while (units_monotonic_ns() < end_ns) {
		for (size_t i = 0; i < batch->count; i++)
			if (batch->pairs[i].sides[batch->side] && !batch->pairs[i].has_failed &&
			    watch_pair(batch, &batch->pairs[i], err) < 0)
				return -1;
		if (pass_time(batch, end_ns, err) < 0)
			return -1;
	}
	return 0;
}

/* start-first: the old ones of what failed have never stopped, and go on. */
static int take_back(struct batch *batch, struct error *err)
{
	if (stop_side(batch, batch->side, true, err) < 0)
		return -1;
	for (size_t i = 0; i < batch->count; i++) {
		struct apply_roll_pair *pair = &batch->pairs[i];

		if (pair->has_failed && pair->sides[!batch->side] &&
		    trade_names(batch, pair, !batch->side, err) < 0)
			return -1;
	}
	return 0;
}

static int run_batch(struct batch *batch, struct error *err)
{
	bool first = batch->policy->starts_first;

	for (size_t i = 0; i < batch->count; i++)
		batch->pairs[i].has_failed = false;
	if (!first && stop_side(batch, !batch->side, false, err) < 0)
		return -1;
	for (size_t i = 0; i < batch->count; i++)
		if (batch->pairs[i].sides[batch->side] &&
		    trade_names(batch, &batch->pairs[i], batch->side, err) < 0)
			return -1;
	start_all(batch);
	for (size_t i = 0; i < batch->count; i++)
		if (batch->pairs[i].sides[batch->side] && !batch->pairs[i].has_failed)
			wait_for(batch, &batch->pairs[i]);
	if (keep_watching(batch, err) < 0 ||
	    (first &&
	     (stop_side(batch, !batch->side, false, err) < 0 || take_back(batch, err) < 0)))
		return -1;
	for (size_t i = 0; i < batch->count; i++) {
		struct apply_roll_pair *pair = &batch->pairs[i];

		/* Without an old one that goes on, a failed one is what there is. */
		if (!pair->has_failed || !first || !pair->sides[!batch->side])
			pair->is_updated = batch->side == 1;
		if (!pair->has_failed)
			apply_report_container(batch->roll->apply, APPLY_DONE, pair->name,
					       batch->side ? "Recreated" : "Restored", NULL);
	}
	return 0;
}

/* Who goes on alone when the first batch has left may have been started just now. */
static void wait_for_others(const struct apply_roll *roll, size_t leaving, int side)
{
	for (size_t i = leaving; i < roll->count; i++)
		if (roll->pairs[i].sides[!side])
			wait_for_part(roll, roll->pairs[i].sides[!side]);
}

/* 0 when all batches are through, 1 when too many failed (@why says it), -1. */
static int run_batches(struct apply_roll *roll, const struct policy *policy, int side,
		       struct error *why, struct error *err)
{
	size_t failures = 0, step;

	if (!policy->starts_first)
		wait_for_others(roll, policy->parallelism, side);
	for (size_t i = 0; i < roll->count; i += step) {
		struct batch batch = {.roll = roll,
				      .policy = policy,
				      .side = side,
				      .pairs = roll->pairs + i,
				      .count = roll->count - i};
		int64_t end_ns = units_monotonic_ns() + (i ? policy->delay_ns : 0);

		if (batch.count > policy->parallelism)
			batch.count = policy->parallelism;
		step = batch.count;
		while (units_monotonic_ns() < end_ns)
			if (pass_time(&batch, end_ns, err) < 0)
				return -1;
		if (apply_check_cancelled(roll->apply, err) < 0 || run_batch(&batch, err) < 0)
			return -1;
		failures += batch.failures;
		if (policy->action != ACTION_CONTINUE &&
		    (double)failures / (double)roll->count > policy->ratio) {
			*why = batch.first;
			return 1;
		}
	}
	return 0;
}

/* Of each pair one stays. */
static int clean_up(struct apply_roll *roll, struct error *err)
{
	struct container **gone = arena_array(roll->arena, roll->count + 1, sizeof(*gone));
	struct stop_options options = {.timeout_ms = roll->timeout_ms, .is_for_removal = true};
	size_t count = 0;

	for (size_t i = 0; i < roll->count; i++) {
		struct container *other = roll->pairs[i].sides[!roll->pairs[i].is_updated];

		if (other && container_refresh(roll->apply->engine, other, roll->arena, err) < 0)
			return -1;
		if (other)
			gone[count++] = other;
	}
	if (apply_stop_containers(roll->apply, gone, count, &options, roll->arena, err) < 0)
		return -1;
	return apply_remove_containers(roll->apply, gone, count, 0, err);
}

static void report_end(const struct apply_roll *roll, const char *action, const struct error *why)
{
	apply_report(roll->apply, APPLY_FAILED,
		     arena_format(roll->arena, "Service %s", roll->service->name), action,
		     why->text);
}

/* Pairs that were touched go back; the others never left. */
static int go_back(struct apply_roll *roll, const struct error *why, struct error *err)
{
	struct apply_roll back = *roll;
	struct policy policy;
	struct error reason;
	size_t count = 0;
	int result;

	back.pairs = arena_array(roll->arena, roll->count + 1, sizeof(*back.pairs));
	for (size_t i = 0; i < roll->count; i++)
		if (roll->pairs[i].is_updated)
			back.pairs[count++] = roll->pairs[i];
	back.count = count;
	read_policy(&policy, roll->service->deploy->rollback_config, count);
	if (policy.action == ACTION_ROLLBACK)
		policy.action = ACTION_PAUSE;
	policy.starts_first = policy.starts_first && roll->may_start_first;
	result = run_batches(&back, &policy, 0, &reason, err);
	for (size_t i = 0; i < roll->count; i++)
		for (size_t j = 0; j < count; j++)
			if (back.pairs[j].name == roll->pairs[i].name)
				roll->pairs[i].is_updated = back.pairs[j].is_updated;
	if (result < 0 || clean_up(roll, err) < 0)
		return -1;
	report_end(roll, result > 0 ? "Paused" : "Rolled back", result > 0 ? &reason : why);
	if (result > 0)
		return error_set(err, reason.code,
				 "update of service \"%s\" failed (%s), and so did going back: %s",
				 roll->service->name, why->text, reason.text);
	return error_set(err, why->code, "update of service \"%s\" failed and was rolled back: %s",
			 roll->service->name, why->text);
}

int apply_roll(struct apply_roll *roll, struct error *err)
{
	struct policy policy;
	struct error why = {0};
	size_t updated = 0;
	int result;

	read_policy(&policy, roll->service->deploy->update_config, roll->count);
	if (policy.starts_first && !roll->may_start_first) {
		log_warning("services.%s.deploy.update_config.order: 'start-first' has no effect: "
			    "a fixed address or an anonymous volume belongs to one container at a "
			    "time",
			    roll->service->name);
		policy.starts_first = false;
	}
	result = run_batches(roll, &policy, 1, &why, err);
	if (result < 0)
		return -1;
	if (result > 0 && policy.action == ACTION_ROLLBACK)
		return go_back(roll, &why, err);
	if (clean_up(roll, err) < 0)
		return -1;
	for (size_t i = 0; i < roll->count; i++)
		updated += roll->pairs[i].is_updated;
	if (result > 0)
		report_end(roll, "Paused", &why);
	if (result > 0)
		return error_set(err, why.code,
				 "update of service \"%s\" paused after %zu of %zu containers: %s "
				 "('coracle up' goes on with it)",
				 roll->service->name, updated, roll->count, why.text);
	return 0;
}
