/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/loop.h - one epoll set with descriptors, signals and timers.
 *
 * Handlers run one at a time in loop_run. A source belongs to its owner's struct and must outlive
 * its place in the loop; removing any source from inside any handler is safe. Nothing here wakes up
 * by itself: a loop without due timers sleeps for ever.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct loop;
struct loop_source;

typedef void loop_handler(struct loop_source *source, uint32_t events);

struct loop_source {
	loop_handler *handler;
	void *data;
	int fd;		 /* not owned, except by timers and signals */
	uint32_t events; /* what is waited for */
	struct loop *loop;
	struct loop_source *next_resting; /* see loop_accept */
	int64_t rests_until_ns;		  /* 0: it does not rest */
};

struct loop {
	int epoll_fd;
	bool stopping;
	struct loop_source *resting;
	struct loop_source *ready[32]; /* the batch being handled; removal clears entries */
	int ready_count;
};

int loop_init(struct loop *loop, struct error *err);
void loop_release(struct loop *loop);

/* @events as for epoll_ctl: EPOLLIN, EPOLLOUT, … The handler and data of @source are set first. */
int loop_add(struct loop *loop, struct loop_source *source, int fd, uint32_t events,
	     struct error *err);
int loop_modify(struct loop_source *source, uint32_t events, struct error *err);
/* Adds, modifies or, without @events, removes: even a closed peer is not reported then. */
int loop_watch(struct loop *loop, struct loop_source *source, int fd, uint32_t events,
	       struct error *err);
/* Removes; a source that was never added (zeroed) is fine. Does not close fd. */
void loop_remove(struct loop_source *source);

/* accept4 of a listening source that is watched: a descriptor (close on exec, not blocking), or -1.
 * Whoever waits stays in the queue when there is no descriptor or memory for it, and would wake the
 * loop for ever: so then the source rests for a tenth of a second. That takes no timer, for which
 * there is no descriptor either. */
int loop_accept(struct loop_source *source);

/* A timer: create once, then set and clear. Nanoseconds from now (CLOCK_BOOTTIME), 0 clears; with
 * @interval_ns it repeats. What was set or cleared does not go off for what it was before, not even
 * in the same batch. The handler must call loop_timer_read. */
int loop_timer_create(struct loop *loop, struct loop_source *source, struct error *err);
void loop_timer_set(struct loop_source *source, int64_t delay_ns, int64_t interval_ns);
void loop_timer_read(struct loop_source *source);
void loop_timer_release(struct loop_source *source);

/* Blocks the signals and delivers them here; the handler reads with loop_signal_read (0: none).
 * @sender may be NULL. */
int loop_signals_create(struct loop *loop, struct loop_source *source, const sigset_t *signals,
			struct error *err);
int loop_signal_read(struct loop_source *source, pid_t *sender);

/* Handles events until loop_stop. */
int loop_run(struct loop *loop, struct error *err);
/* Waits at most @timeout_ms (-1: for ever) and handles one batch; returns how many came. */
int loop_step(struct loop *loop, int timeout_ms, struct error *err);
void loop_stop(struct loop *loop);
