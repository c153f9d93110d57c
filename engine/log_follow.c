/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: logs grow, states change, containers come, signals arrive, and a look at the
 * containers (log_follow_look.c) answers. Every descriptor is watched before the first look at what
 * it watches, so that nothing falls between.
 */
#include "engine/log_follow.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "engine/engine.h"
#include "engine/log_follow_private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

/* New containers appear in several steps; one look after them is enough. */
#define LOOK_DELAY_NS (50 * MILLISECOND)

struct log_follow *log_follow_new(struct log_view *view, const struct log_follower *follower)
{
	struct log_follow *follow = alloc_zeroed(1, sizeof(*follow));

	follow->view = view;
	follow->follower = *follower;
	follow->state_fd = follow->directory_fd = follow->extra_fd = -1;
	return follow;
}

void log_follow_free(struct log_follow *follow)
{
	free(follow);
}

/* inotify descriptors are level-triggered: whoever watches must read. */
static void discard_events(int fd)
{
	char bytes[4096];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

static void handle_more(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_timer_read(source);
	log_follow_look_at_all(source->data);
}

static void handle_state(struct loop_source *source, uint32_t events)
{
	struct log_follow *follow = source->data;

	(void)events;
	container_watch_drain(follow->state_fd);
	log_follow_look_at_all(follow);
}

static void handle_directory(struct loop_source *source, uint32_t events)
{
	struct log_follow *follow = source->data;

	(void)events;
	discard_events(follow->directory_fd);
	loop_timer_set(&follow->look_timer, LOOK_DELAY_NS, 0);
}

static void handle_look(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_timer_read(source);
	log_follow_look(source->data);
}

static void handle_until(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_timer_read(source);
	loop_stop(source->loop);
}

static void handle_signal(struct loop_source *source, uint32_t events)
{
	struct log_follow *follow = source->data;
	const struct log_follower *follower = &follow->follower;
	int signal = loop_signal_read(source, NULL);

	(void)events;
	if (signal > 0)
		log_follow_stop_unless(follow,
				       follower->interrupted(follow, signal, follower->data));
}

static void handle_extra(struct loop_source *source, uint32_t events)
{
	struct log_follow *follow = source->data;

	(void)events;
	if (follow->follower.readable(follow, follow->follower.data))
		log_follow_look_at_all(follow);
	else
		log_follow_stop_unless(follow, false);
}

static int add_extra(struct log_follow *follow, struct error *err)
{
	if (follow->extra_fd < 0)
		return 0;
	follow->extra_source = (struct loop_source){.handler = handle_extra, .data = follow};
	return loop_add(&follow->loop, &follow->extra_source, follow->extra_fd, EPOLLIN, err);
}

int log_follow_watch(struct log_follow *follow, int fd, struct error *err)
{
	if (follow->is_looping)
		loop_remove(&follow->extra_source);
	follow->extra_fd = fd;
	return follow->is_looping ? add_extra(follow, err) : 0;
}

static int start_timer(struct log_follow *follow, struct loop_source *timer, loop_handler *handler,
		       struct error *err)
{
	*timer = (struct loop_source){.handler = handler, .data = follow};
	return loop_timer_create(&follow->loop, timer, err);
}

/* Everything that changes when a container is made, started or removed. */
static int watch_directories(struct log_follow *follow, struct error *err)
{
	const uint32_t events = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM;
	const struct layout *layout = &follow->view->engine->layout;
	auto_free char *root = alloc_format("%s/containers", layout->root);
	auto_free char *names = alloc_format("%s/containers/by-name", layout->root);
	auto_free char *run = alloc_format("%s/containers", layout->run);
	const char *paths[] = {root, names, run};

	follow->directory_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (follow->directory_fd < 0)
		return error_errno(err, "cannot watch for new containers");
	for (size_t i = 0; i < array_length(paths); i++)
		if (inotify_add_watch(follow->directory_fd, paths[i], events) < 0 &&
		    errno != ENOENT)
			return error_errno(err, "cannot watch '%s'", paths[i]);
	follow->directory_source =
		(struct loop_source){.handler = handle_directory, .data = follow};
	if (start_timer(follow, &follow->look_timer, handle_look, err) < 0)
		return -1;
	return loop_add(&follow->loop, &follow->directory_source, follow->directory_fd, EPOLLIN,
			err);
}

static int start_until(struct log_follow *follow, struct error *err)
{
	const struct timespec now = units_now(), *until = &follow->view->options.until;
	int64_t left_ns = (until->tv_sec - now.tv_sec) * SECOND + until->tv_nsec - now.tv_nsec;

	if (until->tv_sec <= 0)
		return 0;
	if (start_timer(follow, &follow->until_timer, handle_until, err) < 0)
		return -1;
	loop_timer_set(&follow->until_timer, left_ns > 0 ? left_ns : 1, 0);
	return 0;
}

static void fill_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
}

static int start_signals(struct log_follow *follow, struct error *err)
{
	sigset_t signals;

	fill_signals(&signals);
	follow->signal_source = (struct loop_source){.handler = handle_signal, .data = follow};
	return loop_signals_create(&follow->loop, &follow->signal_source, &signals, err);
}

/* Whoever interrupts from here on ends the process again. */
static void end_signals(struct log_follow *follow)
{
	sigset_t signals;

	if (!follow->signal_source.loop)
		return;
	loop_timer_release(&follow->signal_source);
	fill_signals(&signals);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

static int start_loop(struct log_follow *follow, struct error *err)
{
	follow->state_fd = container_watch_new(err);
	if (follow->state_fd < 0)
		return -1;
	follow->state_source = (struct loop_source){.handler = handle_state, .data = follow};
	if (loop_add(&follow->loop, &follow->state_source, follow->state_fd, EPOLLIN, err) < 0 ||
	    start_timer(follow, &follow->more_timer, handle_more, err) < 0 ||
	    start_until(follow, err) < 0 || add_extra(follow, err) < 0)
		return -1;
	if (follow->follower.look && watch_directories(follow, err) < 0)
		return -1;
	if (follow->follower.interrupted && start_signals(follow, err) < 0)
		return -1;
	follow->is_looping = true;
	/* Before the first look for new ones: what changed since the list was made. */
	if (log_follow_watch_entries(follow) < 0)
		return -1;
	follow->view->holds_created = follow->follower.holds_created;
	return log_follow_find_new(follow);
}

static void end_timer(struct loop_source *timer)
{
	if (timer->loop)
		loop_timer_release(timer);
}

static void end_loop(struct log_follow *follow)
{
	for (size_t i = 0; i < follow->view->count; i++)
		loop_remove(&follow->view->entries[i]->readable);
	loop_remove(&follow->state_source);
	loop_remove(&follow->directory_source);
	loop_remove(&follow->extra_source);
	end_timer(&follow->more_timer);
	end_timer(&follow->look_timer);
	end_timer(&follow->until_timer);
	end_signals(follow);
	cleanup_close(&follow->directory_fd);
	cleanup_close(&follow->state_fd);
	follow->is_looping = false;
	loop_release(&follow->loop);
}

static int run(struct log_follow *follow, struct error *err)
{
	if (start_loop(follow, err) < 0)
		return -1;
	log_follow_look_at_all(follow);
	if (!follow->loop.stopping && !follow->has_failed && loop_run(&follow->loop, err) < 0)
		return -1;
	if (follow->has_failed)
		return -1;
	return log_merge_run(&follow->view->merge, follow->is_cut_short ? LOG_VIEW_BATCH : 0, err) <
			       0
		       ? -1
		       : 0;
}

int log_follow_run(struct log_follow *follow, struct error *err)
{
	int result;

	follow->view->follow = follow;
	follow->err = err;
	if (loop_init(&follow->loop, err) < 0)
		return -1;
	result = run(follow, err);
	log_follow_flush(follow);
	end_loop(follow);
	return result;
}
