/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/restart.h"

#include "base/units.h"

static const bool restarts[][3] = {
	[RESTART_NO] = {false},
	[RESTART_ALWAYS] = {[RESTART_EVENT_SUCCESS] = true, [RESTART_EVENT_FAILURE] = true},
	[RESTART_UNLESS_STOPPED] = {[RESTART_EVENT_SUCCESS] = true, [RESTART_EVENT_FAILURE] = true},
	[RESTART_ON_FAILURE] = {[RESTART_EVENT_FAILURE] = true},
};

static int64_t next_backoff(int64_t last)
{
	if (!last)
		return 100 * MILLISECOND;
	return last * 2 > MINUTE ? MINUTE : last * 2;
}

struct restart_decision restart_decide(const struct container_restart_policy *policy,
				       struct restart_history *history, enum restart_event event,
				       int64_t ran_ns)
{
	int64_t window = policy->window_ns ? policy->window_ns : 10 * SECOND;

	if (ran_ns >= window)
		*history = (struct restart_history){0};
	if (!restarts[policy->condition][event])
		return (struct restart_decision){0};
	if (policy->max_attempts && history->attempts >= policy->max_attempts)
		return (struct restart_decision){0};
	history->attempts++;
	history->backoff_ns =
		policy->delay_ns ? policy->delay_ns : next_backoff(history->backoff_ns);
	return (struct restart_decision){.restarts = true, .delay_ns = history->backoff_ns};
}
