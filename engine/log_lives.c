/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts, restarts and ends of containers, told from their states by looking again and again.
 */
#include "engine/log_view_private.h"

#include "base/error.h"
#include "base/units.h"
#include "engine/engine.h"

#include <errno.h>

struct timespec log_lives_end(const struct container *container)
{
	struct timespec end = {0};

	if (container->state.finished_at)
		units_parse_time(&end, container->state.finished_at, NULL);
	return end;
}

/* Reads the state anew; a container that has been removed counts as ended. */
static int refresh(struct log_view_entry *entry, struct error *err)
{
	struct arena fresh = {0};
	struct container container = entry->container;

	container.id = arena_string(&fresh, entry->container.id);
	container.name = arena_string(&fresh, entry->container.name);
	if (container_refresh(entry->view->engine, &container, &fresh, err) < 0) {
		if (err->code != ERROR_NOT_FOUND && err->code != ENOENT) {
			arena_release(&fresh);
			return -1;
		}
		*err = (struct error){0};
		container.state = (struct container_state){
			.status = CONTAINER_DEAD,
			.exit_code = entry->container.state.exit_code,
		};
	}
	arena_release(&entry->arena);
	entry->arena = fresh;
	entry->container = container;
	return 0;
}

/* From the state before; a run that came and went between two looks shows in the time of its end.
 * One that could not be started is created still. */
static enum log_lives_news compare(const struct log_view_entry *entry, bool is_live,
				   const struct timespec *end)
{
	bool is_new_end = units_is_earlier(&entry->ended, end);

	if (is_live)
		return entry->was_live && is_new_end ? LOG_LIVES_RESTARTED : LOG_LIVES_NOTHING;
	if (entry->container.state.status == CONTAINER_CREATED)
		return LOG_LIVES_NOTHING;
	return entry->was_live || is_new_end ? LOG_LIVES_ENDED : LOG_LIVES_NOTHING;
}

int log_lives_look(struct log_view_entry *entry, struct error *err)
{
	enum log_lives_news news;
	bool is_live;
	struct timespec end;
	int more;

	if (refresh(entry, err) < 0)
		return -1;
	is_live = container_is_live(&entry->container);
	if (entry->is_coming && entry->container.state.status != CONTAINER_CREATED) {
		entry->is_coming = false;
		return LOG_LIVES_STARTED;
	}
	more = log_merge_drain(&entry->view->merge, &entry->feed, LOG_VIEW_BATCH, err);
	if (more) { /* its end is told after all of its output */
		entry->was_live |= is_live;
		return more < 0 ? -1 : LOG_LIVES_BUSY;
	}
	end = log_lives_end(&entry->container);
	news = compare(entry, is_live, &end);
	entry->was_live = is_live;
	entry->ended = end;
	return (int)news;
}
