/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/health.h - the health check of one container, run by its monitor.
 *
 * At most one probe runs at a time; it and all that it has started end with it, at the timeout at
 * the latest. While a container is starting, probes come early (after 200 ms, then at doubling
 * distances up to the interval) and only their success counts before the first regular interval has
 * passed: a service is known to be healthy when it is, not half a minute later.
 */
#pragma once

#include "base/loop.h"
#include "engine/monitor/probe.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct monitor;

#define HEALTH_PROBES_KEPT 5
#define HEALTH_OUTPUT_SIZE 4096
#define HEALTH_MOST_STRAYS 8

struct health_record {
	char start[40], end[40];
	char *output; /* malloc'ed */
	size_t output_length;
	int exit_code;
};

struct health {
	struct loop_source timer;   /* when to probe next */
	struct loop_source timeout; /* of the running probe */
	struct loop_source process; /* its pidfd */
	struct loop_source output;
	struct loop_source stray_timer;
	pid_t strays[HEALTH_MOST_STRAYS]; /* ended, but not to be reaped yet */
	size_t stray_count;
	struct probe probe;
	struct loop_source told; /* the command has ended */
	int rounds;		 /* how often what is left of it was killed */
	char exec_id[65];	 /* of the running probe, in its events */
	char *buffer;		 /* of the running probe */
	size_t used;
	bool has_timed_out;
	int64_t begun_ns; /* the container's start */
	int64_t next_delay_ns;
	struct health_record records[HEALTH_PROBES_KEPT]; /* oldest first */
	size_t record_count;
	char start[40];
};

/* Begins probing if the container has a check. */
int health_begin(struct monitor *monitor, struct error *err);
/* Ends probing and kills a running probe. */
void health_end(struct monitor *monitor);
