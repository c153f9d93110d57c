/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/executor.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/units.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/interruption.h"
#include "engine/labels.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
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

static void try_begin(struct run *run, struct executor_item *item)
{
	struct executor *executor = run->executor;
	int ready = executor->ready ? executor->ready(executor, item, &item->err) : 1;

	if (ready == 0)
		return;
	run->pending--;
	if (ready < 0 || executor->begin(executor, item, &item->err) < 0) {
		conclude(run, item, true, NULL);
		return;
	}
	item->state = EXECUTOR_RUNNING;
	run->running++;
}

static bool is_cancelled(const struct run *run)
{
	struct pollfd poll_fd = {.fd = run->executor->apply->cancel_fd, .events = POLLIN};

	return poll_fd.fd > 0 && poll(&poll_fd, 1, 0) > 0;
}

/* How many tasks that is. */
static size_t leave_tasks(struct run *run)
{
	size_t left = run->running;

	for (size_t i = 0; i < run->executor->count; i++)
		if (run->executor->items[i].state == EXECUTOR_RUNNING)
			container_task_leave(&run->executor->items[i].task);
	run->running = 0;
	return left;
}

/* Nothing more is begun then, what has begun is finished or left to itself. */
static bool is_over(struct run *run)
{
	bool is_late = run->pending && left_ms(run) == 0;
	size_t left = 0;

	if (run->is_over || (!is_late && !is_cancelled(run)))
		return run->is_over;
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

static void finish(struct run *run, struct executor_item *item)
{
	struct executor *executor = run->executor;
	int result;

	log_set_subject(labels_service(item->container));
	result = container_task_finish(executor->apply->engine, &item->task, &item->err);
	log_set_subject(NULL);
	run->running--;
	/* Watch first, then look: nothing happens unseen in between. */
	if (run->watch_fd >= 0)
		container_watch_add(executor->apply->engine, run->watch_fd, item->container->id,
				    NULL);
	container_refresh(executor->apply->engine, item->container, executor->arena, NULL);
	conclude(run, item, result < 0, executor->what_failed);
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
		if (executor->items[i].state != EXECUTOR_RUNNING)
			continue;
		if (executor->items[i].task.fd < 0) { /* nothing to wait for */
			finish(run, &executor->items[i]);
			return 0;
		}
		owners[used] = i;
		fds[used++] = (struct pollfd){.fd = executor->items[i].task.fd, .events = POLLIN};
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
