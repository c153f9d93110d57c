/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/restart.h - does an exited container start again, and when. Pure.
 */
#pragma once

#include "engine/container.h"

enum restart_event { RESTART_EVENT_SUCCESS, RESTART_EVENT_FAILURE, RESTART_EVENT_STOPPED };

struct restart_history {
	int attempts; /* restarts in a row that did not run long enough to count as a success */
	int64_t backoff_ns; /* the delay used last */
};

struct restart_decision {
	bool restarts;
	int64_t delay_ns;
};

/* @ran_ns: how long the run lasted. Updates @history. Docker's rules: 100 ms doubling up to a
 * minute, from the start again after a run of 10 s; on-failure gives up after max_attempts. */
struct restart_decision restart_decide(const struct container_restart_policy *policy,
				       struct restart_history *history, enum restart_event event,
				       int64_t ran_ns);
