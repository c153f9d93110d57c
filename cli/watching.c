/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/watching.h"

#include "cli/invocation.h"
#include "compose/watch/watch.h"

#include <errno.h>
#include <sys/epoll.h>

static void say(const struct watching *watching, const char *line)
{
	watching->reader->say(line, watching->reader->data);
}

/* ---- in the child ------------------------------------------------------------------------------
 */

static int lock(void *data, struct error *err)
{
	return invocation_lock(data, err);
}

static int do_work(struct apply *apply, void *data, struct error *err)
{
	const struct watching *watching = data;
	const struct watch_work work = {
		.apply = apply,
		.prunes = watching->prunes,
		.lock = lock,
		.lock_data = watching->invocation,
		.say = background_say,
		.say_data = apply->data,
	};

	return watch_do(watching->watch, &work, err);
}

/* ------------------------------------------------------------------------------------------------
 */

static void close_watch(struct watching *watching)
{
	loop_remove(&watching->changes);
	watch_close(watching->watch);
	watching->watch = NULL;
	watching->acts = false;
}

static void fail(struct watching *watching, const struct error *err)
{
	close_watch(watching);
	watching->failed(err, watching->data);
}

static void handle_work(struct loop_source *source, uint32_t events);

static int start_work(struct watching *watching, struct error *err)
{
	struct apply apply = invocation_apply(watching->invocation);

	if (watching->is_quiet)
		apply.builds = NULL;
	if (background_begin(&watching->worker, &apply, do_work, watching, err) < 0)
		return -1;
	watch_forget(watching->watch);
	watching->working = (struct loop_source){.handler = handle_work, .data = watching};
	return loop_add(watching->loop, &watching->working, watching->worker.fd, EPOLLIN, err);
}

static void begin_work(struct watching *watching)
{
	struct error err = {0};

	if (start_work(watching, &err) < 0)
		fail(watching, &err);
}

static void work_if_due(struct watching *watching)
{
	if (watching->acts && !watching_is_busy(watching) && watch_is_complete(watching->watch))
		begin_work(watching);
}

/* The first sync has been done, or there was none. */
static void end_first(struct watching *watching, const struct background *worker)
{
	watching->is_first = false;
	if (worker && worker->result < 0 && worker->err.code != ECANCELED)
		fail(watching, &worker->err);
	else if (watching->watch)
		say(watching, "Watch enabled");
}

static void handle_work(struct loop_source *source, uint32_t events)
{
	struct watching *watching = source->data;
	struct background *worker = &watching->worker;

	(void)events;
	if (background_read(worker, watching->reader))
		return;
	loop_remove(&watching->working);
	background_end(worker);
	if (watching->begins_later)
		watching_begin(watching);
	else if (watching->is_first)
		end_first(watching, worker);
	else if (worker->result < 0 && worker->err.code != ECANCELED)
		invocation_error(watching->invocation, &worker->err);
	work_if_due(watching);
}

static void handle_changes(struct loop_source *source, uint32_t events)
{
	struct watching *watching = source->data;
	struct error err = {0};

	(void)events;
	if (watch_read(watching->watch, &err) < 0)
		fail(watching, &err);
	else
		work_if_due(watching);
}

int watching_open(struct watching *watching, struct error *err)
{
	struct apply apply = invocation_apply(watching->invocation);

	if (watch_open(&watching->watch, &apply, watching->no_build, err) < 0)
		return -1;
	watching->changes = (struct loop_source){.handler = handle_changes, .data = watching};
	return loop_add(watching->loop, &watching->changes, watch_fd(watching->watch), EPOLLIN,
			err);
}

void watching_begin(struct watching *watching)
{
	watching->begins_later = watching_is_busy(watching);
	if (watching->begins_later)
		return;
	watching->acts = true;
	watching->is_first = true;
	if (watch_take_initial(watching->watch))
		begin_work(watching);
	else
		end_first(watching, NULL);
	work_if_due(watching);
}

void watching_end(struct watching *watching)
{
	if (!watching->watch)
		return;
	close_watch(watching);
	watching->begins_later = watching->is_first = false;
	background_cancel(&watching->worker);
	say(watching, "Watch disabled");
}

bool watching_is_busy(const struct watching *watching)
{
	return watching->worker.pid > 0;
}

void watching_release(struct watching *watching)
{
	if (watching->watch)
		close_watch(watching);
	if (!watching_is_busy(watching))
		return;
	loop_remove(&watching->working);
	background_end(&watching->worker);
}
