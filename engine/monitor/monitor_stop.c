/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a user ends a run, or sends a signal to it, or freezes it. What follows an end is
 * monitor.c's.
 */
#include "engine/monitor/monitor.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "base/units.h"
#include "engine/container_cgroup.h"
#include "engine/container_event.h"
#include "engine/start.h"
#include "runtime/cgroup.h"

#include <errno.h>
#include <signal.h>

/* So long after a signal an end is its effect: a handler that only ends takes a moment. */
#define SETTLE_NS (150 * MILLISECOND)
/* Before a replica's stop signal, once new connections go to the others: most servers end at once,
 * with those that they had not answered yet. (Docker's services wait for 2 s.) */
#define DRAIN_NS (500 * MILLISECOND)

static int freeze(struct monitor *monitor, bool frozen, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct error reason = {0};
	auto_close int cgroup_fd =
		cgroup_open(container_cgroup_path(&monitor->container, &arena), &reason);

	if (cgroup_fd >= 0)
		return cgroup_freeze(cgroup_fd, frozen, err);
	if (reason.code != ENOENT && reason.code != ERROR_UNSUPPORTED)
		return error_pass(err, &reason);
	return error_set(err, ERROR_UNSUPPORTED,
			 "container %s has no cgroup of its own, which could be frozen: none could "
			 "be made when it was started",
			 monitor->container.name);
}

static void thaw(struct monitor *monitor)
{
	if (monitor->container.state.status != CONTAINER_PAUSED)
		return;
	freeze(monitor, false, NULL);
	monitor->container.state.status = CONTAINER_RUNNING;
	monitor_save(monitor, false, NULL);
}

/* The signal is the first thing that a frozen one finds. */
static void give_stop_signal(struct monitor *monitor)
{
	int64_t grace_ns = monitor->stop_grace_ms * MILLISECOND;

	if (process_signal(monitor->pidfd, monitor->stop_signal, NULL) == 0) {
		monitor_event_signal(monitor, monitor->stop_signal);
		/* Nothing is stronger than that one. */
		if (monitor->stop_signal != SIGKILL)
			loop_timer_set(&monitor->stop_timer, grace_ns > 0 ? grace_ns : 1, 0);
	}
	monitor->stop_signal = 0;
	thaw(monitor);
}

static void on_stop_timer(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;

	(void)events;
	loop_timer_read(source);
	if (monitor->pidfd >= 0 && monitor->stop_signal) {
		give_stop_signal(monitor);
		return;
	}
	if (monitor->pidfd >= 0 && process_signal(monitor->pidfd, SIGKILL, NULL) == 0)
		monitor_event_signal(monitor, SIGKILL);
	freeze(monitor, false, NULL);
}

static void on_settle_timer(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_timer_read(source);
	monitor_io_settle(source->data);
}

int monitor_stop_open(struct monitor *monitor, struct error *err)
{
	monitor->stop_timer = (struct loop_source){.handler = on_stop_timer, .data = monitor};
	monitor->settle_timer = (struct loop_source){.handler = on_settle_timer, .data = monitor};
	if (loop_timer_create(&monitor->loop, &monitor->stop_timer, err) < 0)
		return -1;
	return loop_timer_create(&monitor->loop, &monitor->settle_timer, err);
}

/* Should we be killed before the process has ended: no policy revives it. */
static void note_stop(struct monitor *monitor)
{
	struct container_state *state = &monitor->container.state;

	monitor->is_stopping = true;
	state->stopped_by_user = !monitor->restarts_after_stop && !monitor->ends_with_host;
	if (state->stopped_by_user)
		monitor_save(monitor, false, NULL);
}

bool monitor_stop(struct monitor *monitor, int signal, int64_t grace_ms)
{
	struct container_state *state = &monitor->container.state;

	state->is_stopping = !monitor->restarts_after_stop;
	note_stop(monitor);
	if (!monitor->restarts_after_stop)
		monitor_network_leave_watch(monitor);
	health_end(monitor);
	listening_end(monitor);
	if (monitor->waits_for_attach || monitor->pidfd < 0)
		return false;
	monitor->stop_signal = signal;
	monitor->stop_grace_ms = grace_ms;
	if (state->port_count && !monitor->leaves_network &&
	    ports_drain(&monitor->engine->net, monitor->container.id, NULL) > 0 && grace_ms > 0)
		loop_timer_set(&monitor->stop_timer, DRAIN_NS, 0);
	else
		give_stop_signal(monitor);
	return true;
}

int monitor_kill(struct monitor *monitor, int signal, struct error *err)
{
	int stop_signal = spec_signal(monitor->container.stop_signal);
	bool is_stop = signal == SIGKILL || signal == stop_signal;
	bool runs = monitor->pidfd >= 0;
	struct error reason = {0};

	if (is_stop)
		monitor->restarts_after_stop = false;
	if (is_stop && (signal == SIGKILL || !runs))
		return monitor_stop(monitor, SIGKILL, 0) ? 0 : 1;
	/* Between two runs there is nobody who could take it. */
	if (runs && process_signal(monitor->pidfd, signal, &reason) < 0 && reason.code != ESRCH)
		return error_pass(err, &reason);
	if (runs)
		monitor_event_signal(monitor, signal);
	if (is_stop) { /* no restart policy revives what the user killed */
		note_stop(monitor);
		thaw(monitor);
	}
	loop_timer_set(&monitor->settle_timer, SETTLE_NS, 0);
	return 0;
}

static int refuse(const struct monitor *monitor, enum fact fact, const char *is, struct error *err)
{
	error_set(err, ERROR_CONFLICT, "container %s is %s", monitor->container.name, is);
	return error_state(err, fact, monitor->container.id, NULL);
}

int monitor_pause(struct monitor *monitor, bool freezes, struct error *err)
{
	struct container_state *state = &monitor->container.state;

	if (freezes && state->status == CONTAINER_PAUSED)
		return refuse(monitor, FACT_ALREADY_PAUSED, "already paused", err);
	if (!freezes && state->status != CONTAINER_PAUSED)
		return refuse(monitor, FACT_NOT_PAUSED, "not paused", err);
	if (freezes && state->status != CONTAINER_RUNNING)
		return refuse(monitor, FACT_NOT_RUNNING, "not running", err);
	if (freeze(monitor, freezes, err) < 0)
		return -1;
	state->status = freezes ? CONTAINER_PAUSED : CONTAINER_RUNNING;
	monitor_save(monitor, false, NULL);
	container_event(&monitor->container, freezes ? "pause" : "unpause", NULL, 0);
	return 0;
}
