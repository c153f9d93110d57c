/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/executor.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/units.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/hooks.h"
#include "compose/apply/interruption.h"
#include "engine/labels.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define GLANCE_MS 1000

struct run {
	struct executor *executor;
	int watch_fd;
	size_t pending, running;
	bool is_over; /* cancelled or late */
	struct error first;
};

/* Until somebody has to look again. */
static int left_ms(const struct run *run)
{
	int64_t deadline_ns = run->executor->deadline_ns;
	int64_t left = deadline_ns ? (deadline_ns - units_monotonic_ns()) / MILLISECOND : GLANCE_MS;

	return left < 0 ? 0 : left < GLANCE_MS ? (int)left : GLANCE_MS;
}

static void conclude(struct run *run, struct executor_item *item, bool failed, const char *what)
{
	item->state = failed ? EXECUTOR_FAILED : EXECUTOR_DONE;
	if (run->executor->finished)
		run->executor->finished(run->executor, item);
	if (item->state == EXECUTOR_FAILED && item->err.code == ECANCELED) {
		run->pending = 0;
		run->is_over = true;
	} else if (failed && what) {
		error_wrap(&item->err, "service \"%s\": %s %s", labels_service(item->container),
			   what, item->container->name);
	}
	if (item->state == EXECUTOR_FAILED && !run->first.code && !run->first.text[0])
		run->first = item->err;
}

static bool has_step(const struct run *run, const struct executor_item *item,
		     enum executor_step step)
{
	const struct executor *executor = run->executor;

	if (step == EXECUTOR_TASK)
		return true;
	if (step == EXECUTOR_PRE_STOP && item->container->state.status != CONTAINER_RUNNING)
		return false;
	return (executor->hooks & step) && !item->hook &&
	       apply_has_hooks(executor->apply, item->container, step == EXECUTOR_POST_START);
}

/* In a child: one container's hooks hold up no other's. It ends with us, as when it was done here.
 */
static int run_hooks(struct apply *apply, void *data, struct error *err)
{
	const struct executor_item *item = data;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return apply_run_hooks(apply, item->container, item->step == EXECUTOR_POST_START, err);
}

static int begin_step(struct run *run, struct executor_item *item)
{
	struct executor *executor = run->executor;

	if (run->is_over)
		return error_set(&item->err, ECANCELED, INTERRUPTED);
	if (item->step == EXECUTOR_TASK)
		return executor->begin(executor, item, &item->err);
	return background_begin(&item->hooks, executor->apply, run_hooks, item, &item->err);
}

/* From @step on. Concluded when there is none, or when it cannot begin. */
static void begin_next(struct run *run, struct executor_item *item, unsigned step)
{
	while (step <= EXECUTOR_POST_START && !has_step(run, item, step))
		step *= 2;
	if (step > EXECUTOR_POST_START) {
		conclude(run, item, false, NULL);
		return;
	}
	item->step = step;
	if (begin_step(run, item) < 0) {
		conclude(run, item, true, NULL);
		return;
	}
	item->state = EXECUTOR_RUNNING;
	run->running++;
}

static void try_begin(struct run *run, struct executor_item *item)
{
	struct executor *executor = run->executor;
	int ready = executor->ready ? executor->ready(executor, item, &item->err) : 1;

	if (ready == 0)
		return;
	run->pending--;
	if (ready < 0) {
		conclude(run, item, true, NULL);
		return;
	}
	if (executor->announce)
		executor->announce(executor, item);
	begin_next(run, item, EXECUTOR_PRE_STOP);
}

static bool is_cancelled(const struct run *run)
{
	struct pollfd poll_fd = {.fd = run->executor->apply->cancel_fd, .events = POLLIN};

	return poll_fd.fd > 0 && poll(&poll_fd, 1, 0) > 0;
}

/* How many tasks that is. */
static size_t leave_tasks(struct run *run)
{
	size_t left = 0;

	for (size_t i = 0; i < run->executor->count; i++) {
		struct executor_item *item = &run->executor->items[i];

		if (item->state != EXECUTOR_RUNNING || item->step != EXECUTOR_TASK)
			continue;
		container_task_leave(&item->task);
		item->state = EXECUTOR_LEFT;
		left++;
	}
	run->running -= left;
	return left;
}

/* One that does not heed it is left at the second signal, which ends this process and theirs. */
static void interrupt_hooks(struct run *run)
{
	for (size_t i = 0; i < run->executor->count; i++) {
		struct executor_item *item = &run->executor->items[i];

		if (item->state == EXECUTOR_RUNNING && item->step != EXECUTOR_TASK)
			background_cancel(&item->hooks);
	}
}

/* Nothing more is begun then, what has begun is finished or left to itself. */
static bool is_over(struct run *run)
{
	bool is_late = run->pending && left_ms(run) == 0;
	size_t left = 0;

	if (run->is_over || (!is_late && !is_cancelled(run)))
		return run->is_over;
	if (!is_late)
		interrupt_hooks(run);
	if (!is_late && run->executor->goes_on)
		left = leave_tasks(run);
	if (run->pending + left > 0 && !run->first.code)
		error_set(&run->first, is_late ? ERROR_TIMEOUT : ECANCELED,
			  is_late ? "timeout" : INTERRUPTED);
	run->pending = 0;
	run->is_over = true;
	return true;
}

/* Concluding one may free another: go round until nothing moves. */
static void begin_what_may(struct run *run)
{
	struct executor *executor = run->executor;
	size_t limit = executor->limit ? executor->limit : 16;
	size_t before;

	if (is_over(run))
		return;
	do {
		before = run->pending;
		for (size_t i = 0; i < executor->count && run->running < limit && !run->is_over;
		     i++)
			if (executor->items[i].state == EXECUTOR_PENDING)
				try_begin(run, &executor->items[i]);
	} while (run->pending != before && run->running < limit && !run->is_over);
}

static int finish_task(struct run *run, struct executor_item *item)
{
	struct executor *executor = run->executor;
	int result = container_task_finish(executor->apply->engine, &item->task, &item->err);

	/* Watch first, then look: nothing happens unseen in between. */
	if (run->watch_fd >= 0)
		container_watch_add(executor->apply->engine, run->watch_fd, item->container->id,
				    NULL);
	container_refresh(executor->apply->engine, item->container, executor->arena, NULL);
	return result;
}

/* What they have said since the last time is passed on. 1: they go on. */
static int finish_hooks(struct run *run, struct executor_item *item)
{
	const struct apply *apply = run->executor->apply;
	const struct background_reader reader = {
		.progress = apply->progress, .output = apply->output, .data = apply->data};

	if (background_read(&item->hooks, &reader))
		return 1;
	background_end(&item->hooks);
	if (item->hooks.result < 0)
		item->err = item->hooks.err;
	return item->hooks.result;
}

/* A step, or a part of what hooks have to say. */
static void finish(struct run *run, struct executor_item *item)
{
	bool is_task = item->step == EXECUTOR_TASK;
	int result;

	log_set_subject(labels_service(item->container));
	result = is_task ? finish_task(run, item) : finish_hooks(run, item);
	log_set_subject(NULL);
	if (result > 0)
		return;
	run->running--;
	if (result < 0)
		conclude(run, item, true, is_task ? run->executor->what_failed : NULL);
	else
		begin_next(run, item, item->step * 2);
}

static void refresh_all(struct run *run)
{
	struct executor *executor = run->executor;

	container_watch_drain(run->watch_fd);
	for (size_t i = 0; i < executor->count; i++)
		if (executor->items[i].state == EXECUTOR_DONE)
			container_refresh(executor->apply->engine, executor->items[i].container,
					  executor->arena, NULL);
	for (struct container **other = executor->watched; other && *other; other++)
		container_refresh(executor->apply->engine, *other, executor->arena, NULL);
}

/* Only when somebody has to wait for a state: an inotify descriptor costs 15 ms to close. Returns
 * true when it has just begun, and so what is ready has to be asked anew. */
static int begin_watching(struct run *run, struct error *err)
{
	struct executor *executor = run->executor;

	if (!executor->watches || !run->pending || run->watch_fd >= 0)
		return 0;
	run->watch_fd = container_watch_new(err);
	if (run->watch_fd < 0)
		return -1;
	for (size_t i = 0; i < executor->count; i++)
		if (executor->items[i].state == EXECUTOR_DONE)
			container_watch_add(executor->apply->engine, run->watch_fd,
					    executor->items[i].container->id, NULL);
	for (struct container **other = executor->watched; other && *other; other++)
		container_watch_add(executor->apply->engine, run->watch_fd, (*other)->id, NULL);
	refresh_all(run);
	return 1;
}

/* A monitor that was killed changes no state: what waits for its container's would wait for ever.
 */
static void look_for_abandoned(struct run *run)
{
	struct executor *executor = run->executor;

	for (size_t i = 0; i < executor->count; i++)
		if (executor->items[i].state == EXECUTOR_DONE)
			container_heal(executor->apply->engine, executor->items[i].container->id);
	for (struct container **other = executor->watched; other && *other; other++)
		container_heal(executor->apply->engine, (*other)->id);
	refresh_all(run);
}

static int wait_for_something(struct run *run, struct error *err)
{
	struct executor *executor = run->executor;
	auto_free struct pollfd *fds = alloc_zeroed(executor->count + 2, sizeof(*fds));
	auto_free size_t *owners = alloc_zeroed(executor->count + 2, sizeof(*owners));
	size_t used = 2;
	int ready;
	int begun = begin_watching(run, err);

	if (begun)
		return begun < 0 ? -1 : 0;
	fds[0] = (struct pollfd){.fd = run->watch_fd, .events = POLLIN};
	fds[1].fd = executor->apply->cancel_fd && !run->is_over ? executor->apply->cancel_fd : -1;
	fds[1].events = POLLIN;
	for (size_t i = 0; i < executor->count; i++) {
		struct executor_item *item = &executor->items[i];
		int fd = item->step == EXECUTOR_TASK ? item->task.fd : item->hooks.fd;

		if (item->state != EXECUTOR_RUNNING)
			continue;
		if (fd < 0) { /* nothing to wait for */
			finish(run, item);
			return 0;
		}
		owners[used] = i;
		fds[used++] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	ready = apply_poll(executor->apply, fds, used, run->pending ? left_ms(run) : -1);
	if (ready < 0)
		return errno == EINTR ? 0 : error_errno(err, "cannot wait");
	if (ready == 0)
		look_for_abandoned(run);
	for (size_t i = 2; i < used; i++)
		if (fds[i].revents)
			finish(run, &executor->items[owners[i]]);
	if (fds[0].revents)
		refresh_all(run);
	return 0;
}

static int run_all(struct run *run, struct error *err)
{
	for (;;) {
		begin_what_may(run);
		if (!run->pending && !run->running)
			return 0;
		if (wait_for_something(run, err) < 0)
			return -1;
	}
}

int executor_run(struct executor *executor, struct error *err)
{
	struct run run = {.executor = executor, .pending = executor->count, .watch_fd = -1};
	int result = run_all(&run, err);

	if (run.watch_fd >= 0)
		close(run.watch_fd);
	if (result < 0)
		return -1;
	if (!run.first.code && !run.first.text[0])
		return 0;
	return error_pass(err, &run.first);
}
