/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One look at the containers that are followed: their output is handed over, their starts and ends
 * are told, new ones are watched from then on.
 */
#include "engine/log_follow_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "engine/engine.h"

#include <sys/epoll.h>

static bool is_waiting(const struct log_follow *follow)
{
	return follow->follower.is_waiting && follow->follower.is_waiting(follow->follower.data);
}

static void fail(struct log_follow *follow)
{
	follow->has_failed = true;
	loop_stop(&follow->loop);
}

void log_follow_stop_unless(struct log_follow *follow, bool go_on)
{
	if (go_on)
		return;
	follow->is_cut_short = true;
	loop_stop(&follow->loop);
}

void log_follow_flush(struct log_follow *follow)
{
	log_follow_stop_unless(follow, follow->view->sink.flush(follow->view->sink.data));
}

/* @more: what a piece of the output left. */
static void go_on(struct log_follow *follow, int more)
{
	if (more < 0)
		fail(follow);
	else if (more > 0)
		loop_timer_set(&follow->more_timer, 1, 0);
}

static int drain(struct log_follow *follow, struct log_feed *feed)
{
	struct log_merge *merge = &follow->view->merge;

	return is_waiting(follow) ? log_merge_run(merge, LOG_VIEW_BATCH, follow->err)
				  : log_merge_drain(merge, feed, LOG_VIEW_BATCH, follow->err);
}

static void handle_log(struct loop_source *source, uint32_t events)
{
	struct log_view_entry *entry = source->data;
	struct log_follow *follow = entry->view->follow;

	(void)events;
	go_on(follow, drain(follow, &entry->feed));
	log_follow_flush(follow);
}

static bool is_any_live(const struct log_view *view)
{
	for (size_t i = 0; i < view->count; i++) {
		const struct log_view_entry *entry = view->entries[i];

		if ((entry->was_live || entry->is_coming) && entry->is_awaited)
			return true;
	}
	return false;
}

static void tell_end(struct log_follow *follow, struct log_view_entry *entry)
{
	const struct log_follower *follower = &follow->follower;

	if (follower->is_expected && follower->is_expected(&entry->container, follower->data))
		return;
	log_view_end(entry, LOG_VIEW_EXITED);
	log_follow_flush(follow);
	if (follower->exited)
		log_follow_stop_unless(follow,
				       follower->exited(follow, &entry->container, follower->data));
}

/* The descriptor is there before the first look, so that nothing falls between. */
static int watch_log(struct log_view_entry *entry, struct error *err)
{
	int fd;

	if (!entry->feed.reader || entry->readable.loop)
		return 0;
	fd = log_reader_fd(entry->feed.reader, err);
	if (fd < 0)
		return -1;
	entry->readable = (struct loop_source){.handler = handle_log, .data = entry};
	/* It starts readable: what is there already comes with the rest. */
	return loop_add(&entry->view->follow->loop, &entry->readable, fd, EPOLLIN, err);
}

/* It may have been made under a name that was not its own yet. One that is removed already has
 * nothing to show. */
static int begin(struct log_view_entry *entry, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container container;

	if (container_find(entry->view->engine, entry->container.id, &container, &arena, err) < 0) {
		if (err->code != ERROR_NOT_FOUND)
			return -1;
		*err = (struct error){0};
		return 0;
	}
	entry->container.name = arena_string(&entry->arena, container.name);
	return log_view_begin(entry, err) < 0 ? -1 : watch_log(entry, err);
}

static int look_at(struct log_follow *follow, struct log_view_entry *entry)
{
	int news = log_lives_look(entry, follow->err);

	if (news == LOG_LIVES_STARTED) {
		if (begin(entry, follow->err) < 0)
			return -1;
		news = log_lives_look(entry, follow->err);
	}
	if (news == LOG_LIVES_BUSY)
		loop_timer_set(&follow->more_timer, 1, 0);
	if (news == LOG_LIVES_RESTARTED)
		log_view_end(entry, LOG_VIEW_RESTARTING);
	if (news == LOG_LIVES_ENDED)
		tell_end(follow, entry);
	return news;
}

/* A container that has not run since the boot has nothing to watch yet; when it starts, its
 * directory appears and the look that follows comes here again. */
static void watch_state(struct log_follow *follow, struct log_view_entry *entry)
{
	struct error err;

	if (entry->is_watched)
		return;
	entry->is_watched = container_watch_add(follow->view->engine, follow->state_fd,
						entry->container.id, &err) == 0;
	if (!entry->is_watched)
		log_debug("%s", err.text);
}

int log_follow_watch_entries(struct log_follow *follow)
{
	for (size_t i = 0; i < follow->view->count; i++) {
		watch_state(follow, follow->view->entries[i]);
		if (watch_log(follow->view->entries[i], follow->err) < 0)
			return -1;
	}
	return 0;
}

int log_follow_find_new(struct log_follow *follow)
{
	const struct log_follower *follower = &follow->follower;

	if (follower->look && follower->look(follow->view, follower->data, follow->err) < 0)
		return -1;
	return log_follow_watch_entries(follow);
}

/* When nothing is live any more, a successor may be there whose coming has not been told yet. */
static void stop_when_over(struct log_follow *follow)
{
	if (follow->has_failed || is_any_live(follow->view) || is_waiting(follow))
		return;
	if (log_follow_find_new(follow) < 0)
		fail(follow);
	else if (!is_any_live(follow->view))
		loop_stop(&follow->loop);
}

void log_follow_look_at_all(struct log_follow *follow)
{
	if (is_waiting(follow))
		go_on(follow, log_merge_run(&follow->view->merge, LOG_VIEW_BATCH, follow->err));
	for (size_t i = 0; i < follow->view->count && !follow->has_failed; i++)
		if (look_at(follow, follow->view->entries[i]) < 0)
			fail(follow);
	log_follow_flush(follow);
	stop_when_over(follow);
}

void log_follow_look(struct log_follow *follow)
{
	if (log_follow_find_new(follow) < 0)
		fail(follow);
	log_follow_look_at_all(follow);
}
