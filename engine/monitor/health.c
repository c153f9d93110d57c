/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/health.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "base/units.h"
#include "engine/container_event.h"
#include "engine/monitor/monitor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#define FIRST_DELAY    (200 * MILLISECOND)
#define STRAY_INTERVAL (100 * MILLISECOND)
#define ROUND_INTERVAL (20 * MILLISECOND)
#define MOST_ROUNDS    100

static const struct image_healthcheck *check_of(const struct monitor *monitor)
{
	return &monitor->container.healthcheck;
}

static bool is_in_start_period(const struct monitor *monitor)
{
	return units_monotonic_ns() - monitor->health.begun_ns < check_of(monitor)->start_period_ns;
}

/* Before the first regular probe would have come, a failure says nothing yet. */
static bool is_early(const struct monitor *monitor)
{
	return monitor->container.state.health == HEALTH_STARTING &&
	       units_monotonic_ns() - monitor->health.begun_ns < check_of(monitor)->interval_ns;
}

static void schedule(struct monitor *monitor)
{
	struct health *health = &monitor->health;
	int64_t delay = check_of(monitor)->interval_ns;

	if (monitor->container.state.health == HEALTH_STARTING && is_in_start_period(monitor))
		delay = check_of(monitor)->start_interval_ns;
	if (monitor->container.state.health == HEALTH_STARTING && health->next_delay_ns < delay) {
		delay = health->next_delay_ns;
		health->next_delay_ns *= 2;
	}
	loop_timer_set(&health->timer, delay > MILLISECOND ? delay : MILLISECOND, 0);
}

static void keep_record(struct health *health, int exit_code)
{
	struct health_record *record;
	struct timespec now = units_now();

	if (health->record_count == HEALTH_PROBES_KEPT) {
		free(health->records[0].output);
		memmove(health->records, health->records + 1,
			(HEALTH_PROBES_KEPT - 1) * sizeof(*health->records));
		health->record_count--;
	}
	record = &health->records[health->record_count++];
	*record = (struct health_record){.exit_code = exit_code};
	memcpy(record->start, health->start, sizeof(record->start));
	units_format_time(record->end, &now);
	record->output = alloc_bytes(health->used + 1);
	record->output_length = health->used;
	if (health->used > 0)
		memcpy(record->output, health->buffer, health->used);
}

static void apply_result(struct monitor *monitor, bool passed)
{
	struct container_state *state = &monitor->container.state;

	if (passed) {
		state->failing_streak = 0;
		if (state->health != HEALTH_HEALTHY)
			monitor_ports_set_ready(monitor, true);
		state->health = HEALTH_HEALTHY;
		return;
	}
	if (state->health == HEALTH_STARTING && (is_early(monitor) || is_in_start_period(monitor)))
		return;
	if (++state->failing_streak < check_of(monitor)->retries)
		return;
	if (state->health != HEALTH_UNHEALTHY)
		monitor_ports_set_ready(monitor, false);
	state->health = HEALTH_UNHEALTHY;
}

static void read_output(struct health *health)
{
	char rest[512];
	ssize_t n = -1;

	while (health->probe.output_fd >= 0) {
		bool has_room = health->used < HEALTH_OUTPUT_SIZE;

		n = has_room ? read(health->probe.output_fd, health->buffer + health->used,
				    HEALTH_OUTPUT_SIZE - health->used)
			     : read(health->probe.output_fd, rest, sizeof(rest));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (has_room)
			health->used += (size_t)n;
	}
	if (n == 0)
		loop_remove(&health->output);
}

static void release_probe(struct health *health)
{
	loop_remove(&health->output);
	loop_remove(&health->process);
	loop_remove(&health->told);
	probe_release(&health->probe);
	free(health->buffer);
	health->buffer = NULL;
	health->used = 0;
	loop_timer_set(&health->timeout, 0, 0);
}

static void finish_probe(struct monitor *monitor, int exit_code)
{
	enum container_health before = monitor->container.state.health;

	keep_record(&monitor->health, exit_code);
	release_probe(&monitor->health);
	apply_result(monitor, exit_code == 0);
	monitor_save(monitor, false, NULL);
	if (monitor->container.state.health != before)
		monitor_event_health(monitor);
	schedule(monitor);
}

static void tell_begin(struct monitor *monitor)
{
	const struct container *container = &monitor->container;
	char *args[PROBE_ARGS];

	units_random_hex(monitor->health.exec_id, 32);
	probe_command(args, array_length(args), container->healthcheck.test);
	container_event_exec(container, "exec_create", args, monitor->health.exec_id);
	container_event_exec(container, "exec_start", args, monitor->health.exec_id);
}

/* A probe that a tracer in the container has got hold of cannot be reaped before that lets go, and
 * unreaped it keeps the container's pid namespace from ending. */
static int reap_probe(struct monitor *monitor)
{
	struct health *health = &monitor->health;
	int code = process_reap(health->probe.pid);

	container_event_exec_end(&monitor->container, health->exec_id, code);

	if (kill(health->probe.pid, 0) == 0 && health->stray_count < HEALTH_MOST_STRAYS) {
		health->strays[health->stray_count++] = health->probe.pid;
		loop_timer_set(&health->stray_timer, STRAY_INTERVAL, STRAY_INTERVAL);
	}
	return code;
}

static void on_stray_timer(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	struct health *health = &monitor->health;
	size_t kept = 0;

	(void)events;
	loop_timer_read(source);
	for (size_t i = 0; i < health->stray_count; i++)
		if (waitpid(health->strays[i], NULL, WNOHANG) == 0)
			health->strays[kept++] = health->strays[i];
	health->stray_count = kept;
	if (kept == 0)
		loop_timer_set(source, 0, 0);
}

static void on_output(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;

	(void)events;
	read_output(&monitor->health);
}

static void on_exit_of_probe(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	struct health *health = &monitor->health;
	int code;

	(void)events;
	read_output(health);
	code = reap_probe(monitor);
	if (health->has_timed_out) {
		char text[80], limit[32];

		units_format_duration(limit, sizeof(limit), check_of(monitor)->timeout_ns);
		snprintf(text, sizeof(text), "Health check exceeded timeout (%s)", limit);
		health->used = (size_t)snprintf(health->buffer, HEALTH_OUTPUT_SIZE, "%s", text);
		code = -1;
	}
	finish_probe(monitor, code);
}

/* What is left of it is killed, until nothing is: then the reaper ends by itself. */
static void end_probe(struct health *health)
{
	probe_end(&health->probe, ++health->rounds > MOST_ROUNDS);
	loop_timer_set(&health->timeout, ROUND_INTERVAL, 0);
}

static void on_told(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;

	(void)events;
	loop_remove(source);
	end_probe(&monitor->health);
}

static void on_timeout(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	struct health *health = &monitor->health;

	(void)events;
	loop_timer_read(source);
	if (!health->probe.pid)
		return;
	if (health->rounds == 0)
		health->has_timed_out = true;
	end_probe(health);
}

static int watch_probe(struct monitor *monitor, struct error *err)
{
	struct health *health = &monitor->health;
	const struct probe *probe = &health->probe;

	health->has_timed_out = false;
	health->rounds = 0;
	health->process = (struct loop_source){.handler = on_exit_of_probe, .data = monitor};
	health->output = (struct loop_source){.handler = on_output, .data = monitor};
	health->told = (struct loop_source){.handler = on_told, .data = monitor};
	loop_timer_set(&health->timeout, check_of(monitor)->timeout_ns, 0);
	if (loop_add(&monitor->loop, &health->output, probe->output_fd, EPOLLIN, err) < 0 ||
	    loop_add(&monitor->loop, &health->process, probe->pidfd, EPOLLIN, err) < 0)
		return -1;
	return probe->told_fd < 0
		       ? 0
		       : loop_add(&monitor->loop, &health->told, probe->told_fd, EPOLLIN, err);
}

static void probe(struct monitor *monitor)
{
	struct health *health = &monitor->health;
	struct timespec now = units_now();
	struct error err = {0};

	units_format_time(health->start, &now);
	health->buffer = alloc_bytes(HEALTH_OUTPUT_SIZE);
	health->used = 0;
	tell_begin(monitor);
	if (health->stray_count == HEALTH_MOST_STRAYS)
		error_set(&err, ERROR_BUSY, "the probes before are held by a tracer");
	else if (probe_start(&health->probe, monitor, &err) == 0 && watch_probe(monitor, &err) == 0)
		return;
	if (health->probe.pid) {
		probe_end(&health->probe, true);
		reap_probe(monitor);
	}
	health->used = (size_t)snprintf(health->buffer, HEALTH_OUTPUT_SIZE, "%s", err.text);
	finish_probe(monitor, -1);
}

static void on_timer(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;

	(void)events;
	loop_timer_read(source);
	if (monitor->container.state.status == CONTAINER_PAUSED)
		schedule(monitor);
	else if (!monitor->health.probe.pid && monitor->container.state.status == CONTAINER_RUNNING)
		probe(monitor);
}

int health_begin(struct monitor *monitor, struct error *err)
{
	struct health *health = &monitor->health;

	if (!check_of(monitor)->test)
		return 0;
	if (!health->timer.loop) {
		health->timer = (struct loop_source){.handler = on_timer, .data = monitor};
		health->timeout = (struct loop_source){.handler = on_timeout, .data = monitor};
		probe_init(&health->probe);
		health->stray_timer =
			(struct loop_source){.handler = on_stray_timer, .data = monitor};
		if (loop_timer_create(&monitor->loop, &health->timer, err) < 0 ||
		    loop_timer_create(&monitor->loop, &health->timeout, err) < 0 ||
		    loop_timer_create(&monitor->loop, &health->stray_timer, err) < 0)
			return -1;
	}
	probe_sweep(monitor);
	health->begun_ns = units_monotonic_ns();
	health->next_delay_ns = FIRST_DELAY;
	schedule(monitor);
	return 0;
}

void health_end(struct monitor *monitor)
{
	struct health *health = &monitor->health;

	if (!health->timer.loop)
		return;
	loop_timer_set(&health->timer, 0, 0);
	if (!health->probe.pid)
		return;
	probe_end(&health->probe, true);
	reap_probe(monitor);
	release_probe(health);
}
