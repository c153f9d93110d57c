/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: logs grow, states change, containers come, signals arrive. Every descriptor is watched
 * before the first look at what it watches, so that nothing falls between.
 */
#include "cli/log_view_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "engine/engine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

/* New containers appear in several steps; one look after them is enough. */
#define LOOK_DELAY_NS (50 * MILLISECOND)
/* Records in one go. */
#define DRAIN_LIMIT 1000

/* Prints what there is of one container, but no more than leaves time for signals. Returns 1 when
 * there is more. */
static int drain(struct view_entry *entry, struct error *err)
{
	struct log_printer *printer = &entry->view->printer;
	struct log_record record;
	int more = 0;

	if (entry->has_next)
		log_printer_record(printer, &entry->source, &entry->next);
	entry->has_next = false;
	for (size_t n = 0; entry->reader && n < DRAIN_LIMIT; n++) {
		more = log_reader_next(entry->reader, &record, err);
		if (more <= 0)
			return more;
		log_printer_record(printer, &entry->source, &record);
	}
	if (more > 0)
		loop_timer_set(&entry->view->more_timer, 1, 0);
	return more;
}

static bool is_waiting(const struct log_view *view)
{
	return view->follower->is_waiting && view->follower->is_waiting(view->follower->data);
}

static int drain_merged(struct log_view *view)
{
	int more = log_view_merge(view, DRAIN_LIMIT, view->err);

	if (more > 0)
		loop_timer_set(&view->more_timer, 1, 0);
	return more;
}

static void fail(struct log_view *view)
{
	view->has_failed = true;
	loop_stop(&view->loop);
}

static void stop_unless(struct log_view *view, bool go_on)
{
	if (go_on)
		return;
	view->is_cut_short = true;
	loop_stop(&view->loop);
}

/* inotify descriptors are level-triggered: whoever watches must read. */
static void discard_events(int fd)
{
	char bytes[4096];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

static void handle_log(struct loop_source *source, uint32_t events)
{
	struct view_entry *entry = source->data;
	struct log_view *view = entry->view;

	(void)events;
	if ((is_waiting(view) ? drain_merged(view) : drain(entry, view->err)) < 0)
		fail(view);
	log_printer_flush(&view->printer);
}

static bool is_any_live(const struct log_view *view)
{
	for (size_t i = 0; i < view->count; i++)
		if (view->entries[i]->was_live && view->entries[i]->is_awaited)
			return true;
	return false;
}

/* Reads the state anew; a container that has been removed counts as ended. */
static int refresh(struct view_entry *entry, struct error *err)
{
	const char *id = entry->container.id, *name = entry->container.name;
	struct arena fresh = {0};
	struct container container = entry->container;

	container.id = arena_string(&fresh, id);
	container.name = arena_string(&fresh, name);
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

static void note_exit(struct view_entry *entry, const char *suffix)
{
	struct log_view *view = entry->view;
	char text[64];

	log_printer_end(&view->printer, &entry->source);
	if (view->options.report_exits && entry->reader) {
		snprintf(text, sizeof(text), "exited with code %d%s",
			 entry->container.state.exit_code, suffix);
		log_printer_note(&view->printer, &entry->source, text);
	}
	log_printer_flush(&view->printer);
}

static bool is_expected(const struct view_entry *entry)
{
	const struct log_view_follower *follower = entry->view->follower;

	return follower->is_expected && follower->is_expected(&entry->container, follower->data);
}

/* Tells exits and restarts from the state before; one that came and went between two looks by the
 * time of its end. */
static int look_at(struct view_entry *entry, struct error *err)
{
	struct log_view *view = entry->view;
	bool is_live, has_ended;
	struct timespec end;
	int more;

	if (refresh(entry, err) < 0)
		return -1;
	is_live = container_is_live(&entry->container);
	more = drain(entry, err);
	if (more) { /* its end is told after all of its output */
		entry->was_live |= is_live;
		return more < 0 ? -1 : 0;
	}
	end = log_view_end_of(&entry->container);
	if (is_live && entry->was_live && log_view_is_earlier(&entry->ended, &end))
		note_exit(entry, " (restarting)");
	/* One that could not be started is created still. */
	has_ended = !is_live && entry->container.state.status != CONTAINER_CREATED &&
		    (entry->was_live || log_view_is_earlier(&entry->ended, &end));
	entry->was_live = is_live;
	entry->ended = end;
	if (has_ended && !is_expected(entry)) {
		note_exit(entry, "");
		if (view->follower->exited)
			stop_unless(view, view->follower->exited(view, &entry->container,
								 view->follower->data));
	}
	return 0;
}

static void look_at_all(struct log_view *view)
{
	if (is_waiting(view) && drain_merged(view) < 0)
		fail(view);
	for (size_t i = 0; i < view->count && !view->has_failed; i++)
		if (look_at(view->entries[i], view->err) < 0)
			fail(view);
	log_printer_flush(&view->printer);
	if (!is_any_live(view) && !is_waiting(view))
		loop_stop(&view->loop);
}

static void handle_more(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_timer_read(source);
	look_at_all(source->data);
}

static void handle_state(struct loop_source *source, uint32_t events)
{
	struct log_view *view = source->data;

	(void)events;
	container_watch_drain(view->state_fd);
	look_at_all(view);
}

static void handle_directory(struct loop_source *source, uint32_t events)
{
	struct log_view *view = source->data;

	(void)events;
	discard_events(view->directory_fd);
	loop_timer_set(&view->look_timer, LOOK_DELAY_NS, 0);
}

/* A container that has not run since the boot has nothing to watch yet; when it starts, its
 * directory appears and the look that follows comes here again. */
static void watch_state(struct view_entry *entry)
{
	struct log_view *view = entry->view;
	struct error err;

	if (entry->is_watched)
		return;
	entry->is_watched =
		container_watch_add(view->engine, view->state_fd, entry->container.id, &err) == 0;
	if (!entry->is_watched)
		log_debug("%s", err.text);
}

void log_view_look(struct log_view *view)
{
	if (view->follower->look(view, view->follower->data, view->err) < 0)
		fail(view);
	for (size_t i = 0; i < view->count; i++)
		watch_state(view->entries[i]);
	look_at_all(view);
}

static void handle_look(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_timer_read(source);
	log_view_look(source->data);
}

static void handle_until(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_timer_read(source);
	loop_stop(source->loop);
}

static void handle_signal(struct loop_source *source, uint32_t events)
{
	struct log_view *view = source->data;
	int signal = loop_signal_read(source);

	(void)events;
	if (signal > 0)
		stop_unless(view, view->follower->interrupted(view, signal, view->follower->data));
}

/* The descriptor is there before the first look, so that nothing falls between. */
int log_view_follow_entry(struct view_entry *entry, struct error *err)
{
	struct log_view *view = entry->view;
	int fd;

	watch_state(entry);
	if (!entry->reader)
		return 0;
	fd = log_reader_fd(entry->reader, err);
	if (fd < 0)
		return -1;
	entry->readable.handler = handle_log;
	entry->readable.data = entry;
	/* It starts readable: what is there already comes with the rest. */
	return loop_add(&view->loop, &entry->readable, fd, EPOLLIN, err);
}

/* Everything that changes when a container is made or started. */
static int watch_directories(struct log_view *view, struct error *err)
{
	const struct layout *layout = &view->engine->layout;
	auto_free char *root = alloc_format("%s/containers", layout->root);
	auto_free char *names = alloc_format("%s/containers/by-name", layout->root);
	auto_free char *run = alloc_format("%s/containers", layout->run);
	const char *paths[] = {root, names, run};

	view->directory_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (view->directory_fd < 0)
		return error_errno(err, "cannot watch for new containers");
	for (size_t i = 0; i < array_length(paths); i++)
		if (inotify_add_watch(view->directory_fd, paths[i], IN_CREATE | IN_MOVED_TO) < 0 &&
		    errno != ENOENT)
			return error_errno(err, "cannot watch '%s'", paths[i]);
	view->directory_source = (struct loop_source){.handler = handle_directory, .data = view};
	view->look_timer = (struct loop_source){.handler = handle_look, .data = view};
	if (loop_timer_create(&view->loop, &view->look_timer, err) < 0)
		return -1;
	return loop_add(&view->loop, &view->directory_source, view->directory_fd, EPOLLIN, err);
}

static int start_until(struct log_view *view, struct error *err)
{
	struct timespec now = units_now();
	int64_t left_ns = (view->options.until.tv_sec - now.tv_sec) * SECOND +
			  view->options.until.tv_nsec - now.tv_nsec;

	view->until_timer = (struct loop_source){.handler = handle_until, .data = view};
	if (loop_timer_create(&view->loop, &view->until_timer, err) < 0)
		return -1;
	loop_timer_set(&view->until_timer, left_ns > 0 ? left_ns : 1, 0);
	return 0;
}

static int start_signals(struct log_view *view, struct error *err)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	view->signal_source = (struct loop_source){.handler = handle_signal, .data = view};
	return loop_signals_create(&view->loop, &view->signal_source, &signals, err);
}

static void handle_extra(struct loop_source *source, uint32_t events)
{
	struct log_view *view = source->data;

	(void)events;
	if (view->follower->readable(view, view->follower->data))
		look_at_all(view);
	else
		stop_unless(view, false);
}

static int add_extra(struct log_view *view, struct error *err)
{
	if (view->extra_fd < 0)
		return 0;
	view->extra_source = (struct loop_source){.handler = handle_extra, .data = view};
	return loop_add(&view->loop, &view->extra_source, view->extra_fd, EPOLLIN, err);
}

int log_view_watch(struct log_view *view, int fd, struct error *err)
{
	if (view->is_looping)
		loop_remove(&view->extra_source);
	view->extra_fd = fd;
	return view->is_looping ? add_extra(view, err) : 0;
}

/* Whoever interrupts from here on ends the process again. */
static void end_signals(struct log_view *view)
{
	sigset_t signals;

	if (!view->signal_source.loop)
		return;
	loop_timer_release(&view->signal_source);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

static int start_loop(struct log_view *view, struct error *err)
{
	if (view->state_fd < 0)
		view->state_fd = container_watch_new(err);
	if (view->state_fd < 0)
		return -1;
	view->state_source = (struct loop_source){.handler = handle_state, .data = view};
	if (loop_add(&view->loop, &view->state_source, view->state_fd, EPOLLIN, err) < 0)
		return -1;
	if (view->follower->look && watch_directories(view, err) < 0)
		return -1;
	if (view->options.until.tv_sec > 0 && start_until(view, err) < 0)
		return -1;
	if (view->follower->interrupted && start_signals(view, err) < 0)
		return -1;
	view->more_timer = (struct loop_source){.handler = handle_more, .data = view};
	if (loop_timer_create(&view->loop, &view->more_timer, err) < 0 || add_extra(view, err) < 0)
		return -1;
	view->is_looping = true;
	for (size_t i = 0; i < view->count; i++)
		if (log_view_follow_entry(view->entries[i], err) < 0)
			return -1;
	if (view->follower->look && view->follower->look(view, view->follower->data, err) < 0)
		return -1;
	log_printer_flush(&view->printer);
	return 0;
}

static void end_loop(struct log_view *view)
{
	for (size_t i = 0; i < view->count; i++)
		loop_remove(&view->entries[i]->readable);
	loop_remove(&view->state_source);
	loop_remove(&view->directory_source);
	loop_remove(&view->extra_source);
	if (view->more_timer.loop)
		loop_timer_release(&view->more_timer);
	if (view->look_timer.loop)
		loop_timer_release(&view->look_timer);
	if (view->until_timer.loop)
		loop_timer_release(&view->until_timer);
	end_signals(view);
	if (view->directory_fd >= 0)
		close(view->directory_fd);
	view->directory_fd = -1;
	view->is_looping = false;
	loop_release(&view->loop);
}

int log_view_follow(struct log_view *view, const struct log_view_follower *follower,
		    struct error *err)
{
	int result;

	view->follower = follower;
	view->err = err;
	view->has_failed = false;
	if (loop_init(&view->loop, err) < 0)
		return -1;
	result = start_loop(view, err);
	if (result == 0) {
		/* What changed between the list and the watch. */
		look_at_all(view);
		if (!view->loop.stopping && !view->has_failed)
			result = loop_run(&view->loop, err);
	}
	if (result == 0 && !view->has_failed &&
	    log_view_merge(view, view->is_cut_short ? DRAIN_LIMIT : 0, err) < 0)
		result = -1;
	log_printer_flush(&view->printer);
	end_loop(view);
	return view->has_failed ? -1 : result;
}
