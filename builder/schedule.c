/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "builder/build_private.h"
#include "builder/step.h"
#include "builder/tell.h"

#define MOST_AT_ONCE 64

struct running {
	struct schedule *schedule;
	struct step *step; /* NULL: this place is free */
	struct step_task data;
	struct worker worker;
	int64_t begun_ns;
	bool is_done, has_failed;
	struct error err;
};

struct schedule {
	struct build *build;
	struct step **steps; /* in the order of the plan */
	size_t count;
	struct running running[MOST_AT_ONCE];
	size_t limit, active;
	int cancel_write_fd; /* -1: nothing is cancelled yet */
	bool has_failed;
	struct error err;
};

/* --- telling ---------------------------------------------------------------------------------- */

static void say(const struct schedule *schedule, const struct step *step,
		enum build_event_kind kind, const char *text)
{
	tell_event(schedule->build,
		   &(struct build_event){
			   .kind = kind, .step = step->number, .name = step->name, .text = text});
}

static void say_end(const struct running *running, enum build_event_kind kind, const char *text)
{
	tell_event(running->schedule->build,
		   &(struct build_event){.kind = kind,
					 .step = running->step->number,
					 .name = running->step->name,
					 .text = text,
					 .duration_ns = units_monotonic_ns() - running->begun_ns});
}

/* --- the end of it all ------------------------------------------------------------------------ */

/* A RUN ends its container by itself; everything else leaves nothing that a kill could harm. */
static void cancel(struct schedule *schedule)
{
	if (schedule->cancel_write_fd < 0)
		return;
	/* Nobody reads it, so it stays readable for all. */
	if (write(schedule->cancel_write_fd, "", 1) != 1)
		log_warning("cannot cancel the other steps of the build");
	close(take_fd(&schedule->cancel_write_fd));
	for (size_t i = 0; i < schedule->limit; i++)
		if (schedule->running[i].step && schedule->running[i].step->kind != STEP_RUN)
			worker_kill(&schedule->running[i].worker);
}

/* Only the first failure is told: others come of its being one. */
static void fail(struct schedule *schedule, const struct step *step, const struct error *err)
{
	const struct instruction *where = step ? &step->line->instruction : NULL;

	if (schedule->has_failed)
		return;
	schedule->has_failed = true;
	schedule->err = *err;
	if (where && err->code != ECANCELED)
		dockerfile_complain(&schedule->build->dockerfile, where->line, where->end_line,
				    &schedule->err);
	cancel(schedule);
}

/* --- beginning -------------------------------------------------------------------------------- */

static bool is_ready(const struct step *step)
{
	const struct line *line = step->line;

	if (step->state != STEP_WAITING)
		return false;
	if (step->below ? step->below->state != STEP_DONE
			: step->stage->base && !plan_is_done(step->stage->base))
		return false;
	for (size_t i = 0; i < line->source_count; i++)
		if (line->sources[i] && !plan_is_done(line->sources[i]))
			return false;
	return true;
}

static void finish(struct schedule *schedule, struct step *step)
{
	struct build_result *result = schedule->build->result;

	step->state = STEP_DONE;
	if (step->is_cached)
		result->cached++;
	else
		result->run++;
}

/* 1: the cache had it. */
static int look_up(struct schedule *schedule, struct step *step, struct error *err)
{
	int found = step_find_key(schedule->build, step, false, err);

	step->was_missed = true;
	if (found > 0 && !step->stage->is_uncached)
		found = step_find_result(schedule->build, step, false, err);
	else if (found > 0)
		found = 0;
	if (found > 0) {
		step->is_cached = true;
		finish(schedule, step);
		say(schedule, step, BUILD_STEP_CACHED, NULL);
	}
	return found;
}

static struct running *find_free(struct schedule *schedule)
{
	for (size_t i = 0; i < schedule->limit; i++)
		if (!schedule->running[i].step)
			return &schedule->running[i];
	return NULL;
}

static int start(struct schedule *schedule, struct running *running, struct step *step,
		 struct error *err)
{
	*running = (struct running){
		.schedule = schedule,
		.step = step,
		.data = {schedule->build, step},
		.worker = {.fd = -1},
		.begun_ns = units_monotonic_ns(),
	};
	say(schedule, step, BUILD_STEP_BEGUN, NULL);
	if (worker_start(&running->worker, step_work, &running->data, err) < 0) {
		running->step = NULL;
		return -1;
	}
	step->state = STEP_RUNNING;
	schedule->active++;
	return 0;
}

/* True when something became done, so that others may be ready. */
static bool advance(struct schedule *schedule, struct step *step)
{
	struct error problem = {0};
	struct running *place;
	int found = 0;

	if (schedule->has_failed || !is_ready(step))
		return false;
	if (!step->was_missed)
		found = look_up(schedule, step, &problem);
	place = found == 0 ? find_free(schedule) : NULL;
	if (found < 0 || (place && start(schedule, place, step, &problem) < 0))
		fail(schedule, step, &problem);
	return found > 0;
}

static void advance_all(struct schedule *schedule)
{
	bool is_changed = true;

	while (is_changed) {
		is_changed = false;
		for (size_t i = 0; i < schedule->count; i++)
			is_changed |= advance(schedule, schedule->steps[i]);
	}
}

/* --- what workers say ----------------------------------------------------------------------------
 */

static void pass_output(const struct running *running, const struct worker_frame *frame)
{
	tell_event(running->schedule->build,
		   &(struct build_event){.kind = BUILD_STEP_OUTPUT,
					 .step = running->step->number,
					 .name = running->step->name,
					 .bytes = frame->bytes,
					 .length = frame->length,
					 .stream = frame->kind == WORKER_OUTPUT ? 1 : 2});
}

static void take_frame(const struct worker_frame *frame, void *data)
{
	struct running *running = data;

	switch (frame->kind) {
	case WORKER_OUTPUT:
	case WORKER_ERROR_OUTPUT:
		pass_output(running, frame);
		break;
	case WORKER_WARNING:
		tell_event(running->schedule->build,
			   &(struct build_event){.kind = BUILD_WARNING, .text = frame->bytes});
		break;
	case WORKER_RESULT:
		running->is_done = step_take_result(running->schedule->build, running->step, frame,
						    &running->err) == 0;
		running->has_failed = !running->is_done;
		break;
	case WORKER_FAILED:
		running->has_failed = true;
		if (frame->length == sizeof(running->err))
			memcpy(&running->err, frame->bytes, sizeof(running->err));
		break;
	case WORKER_PROGRESS:
	case WORKER_NOTE:
		break;
	}
}

static void end(struct schedule *schedule, struct running *running)
{
	struct step *step = running->step;

	schedule->active--;
	if (running->is_done) {
		finish(schedule, step);
		say_end(running, step->is_cached ? BUILD_STEP_CACHED : BUILD_STEP_DONE, NULL);
	} else if (schedule->has_failed) {
		say_end(running, BUILD_STEP_CANCELED, NULL);
	} else {
		if (!running->has_failed)
			error_set(&running->err, EIO, "the process of the step was killed");
		say_end(running, BUILD_STEP_FAILED, running->err.text);
		fail(schedule, step, &running->err);
	}
	running->step = NULL;
}

/* --- waiting ---------------------------------------------------------------------------------- */

static void wait_for_some(struct schedule *schedule)
{
	struct pollfd fds[MOST_AT_ONCE + 1];
	const struct build *build = schedule->build;
	struct error cancelled = {.code = ECANCELED, .text = "the build was cancelled"};
	int caller_fd = schedule->has_failed ? -1 : build->caller_fd;

	for (size_t i = 0; i < schedule->limit; i++) {
		const struct running *running = &schedule->running[i];

		fds[i] = (struct pollfd){.fd = running->step ? running->worker.fd : -1,
					 .events = POLLIN};
	}
	fds[schedule->limit] = (struct pollfd){.fd = caller_fd, .events = POLLIN};
	if (poll(fds, schedule->limit + 1, -1) < 0)
		return;
	if (fds[schedule->limit].revents)
		fail(schedule, NULL, &cancelled);
	for (size_t i = 0; i < schedule->limit; i++) {
		struct running *running = &schedule->running[i];

		if (fds[i].revents && worker_read(&running->worker, take_frame, running))
			end(schedule, running);
	}
}

static void collect(struct schedule *schedule)
{
	struct build *build = schedule->build;

	for (size_t i = 0; i < build->plan.count; i++) {
		const struct stage *stage = build->plan.stages[i];

		for (size_t k = 0; k < stage->step_count; k++) {
			schedule->steps = arena_grow(build->arena, schedule->steps, schedule->count,
						     sizeof(*schedule->steps));
			schedule->steps[schedule->count++] = stage->steps[k];
		}
	}
}

static size_t choose_limit(const struct build *build)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t limit = build->request->limit;

	if (limit == 0)
		limit = processors > 0 ? (size_t)processors : 1;
	return limit < MOST_AT_ONCE ? limit : MOST_AT_ONCE;
}

int schedule_run(struct build *build, struct error *err)
{
	struct schedule *schedule = arena_alloc(build->arena, sizeof(*schedule));
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	build->cancel_fd = ends[0];
	schedule->build = build;
	schedule->cancel_write_fd = ends[1];
	schedule->limit = choose_limit(build);
	collect(schedule);
	for (;;) {
		advance_all(schedule);
		if (schedule->active == 0)
			break;
		wait_for_some(schedule);
	}
	if (schedule->cancel_write_fd >= 0)
		close(schedule->cancel_write_fd);
	close(take_fd(&build->cancel_fd));
	return schedule->has_failed ? error_pass(err, &schedule->err) : 0;
}
