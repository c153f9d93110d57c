/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/restart.h"

#include "tests/harness/harness.h"

#define MS INT64_C(1000000)

static struct restart_decision once(enum container_restart condition, enum restart_event event)
{
	struct container_restart_policy policy = {.condition = condition};
	struct restart_history history = {0};

	return restart_decide(&policy, &history, event, 0);
}

TEST(policies_answer_success_failure_and_a_manual_stop)
{
	CHECK(!once(RESTART_NO, RESTART_EVENT_FAILURE).restarts);
	CHECK(once(RESTART_ALWAYS, RESTART_EVENT_SUCCESS).restarts);
	CHECK(once(RESTART_ALWAYS, RESTART_EVENT_FAILURE).restarts);
	CHECK(!once(RESTART_ALWAYS, RESTART_EVENT_STOPPED).restarts);
	CHECK(once(RESTART_UNLESS_STOPPED, RESTART_EVENT_SUCCESS).restarts);
	CHECK(!once(RESTART_UNLESS_STOPPED, RESTART_EVENT_STOPPED).restarts);
	CHECK(!once(RESTART_ON_FAILURE, RESTART_EVENT_SUCCESS).restarts);
	CHECK(once(RESTART_ON_FAILURE, RESTART_EVENT_FAILURE).restarts);
	CHECK(!once(RESTART_ON_FAILURE, RESTART_EVENT_STOPPED).restarts);
}

TEST(delay_doubles_up_to_a_minute_and_starts_again_after_a_long_run)
{
	struct container_restart_policy policy = {.condition = RESTART_ALWAYS};
	struct restart_history history = {0};
	int64_t last = 0;

	CHECK_INT(restart_decide(&policy, &history, RESTART_EVENT_FAILURE, 0).delay_ns, 100 * MS);
	CHECK_INT(restart_decide(&policy, &history, RESTART_EVENT_FAILURE, 0).delay_ns, 200 * MS);
	for (int i = 0; i < 20; i++)
		last = restart_decide(&policy, &history, RESTART_EVENT_FAILURE, 0).delay_ns;
	CHECK_INT(last, 60000 * MS);
	CHECK_INT(restart_decide(&policy, &history, RESTART_EVENT_FAILURE, 10000 * MS).delay_ns,
		  100 * MS);
}

TEST(on_failure_gives_up_after_its_attempts)
{
	struct container_restart_policy policy = {.condition = RESTART_ON_FAILURE,
						  .max_attempts = 2};
	struct restart_history history = {0};

	CHECK(restart_decide(&policy, &history, RESTART_EVENT_FAILURE, 0).restarts);
	CHECK(restart_decide(&policy, &history, RESTART_EVENT_FAILURE, 0).restarts);
	CHECK(!restart_decide(&policy, &history, RESTART_EVENT_FAILURE, 0).restarts);
}

TEST(a_delay_of_ones_own_is_constant_and_the_window_counts)
{
	struct container_restart_policy policy = {.condition = RESTART_ON_FAILURE,
						  .max_attempts = 1,
						  .delay_ns = 5 * MS,
						  .window_ns = 50 * MS};
	struct restart_history history = {0};

	CHECK_INT(restart_decide(&policy, &history, RESTART_EVENT_FAILURE, 0).delay_ns, 5 * MS);
	CHECK_INT(restart_decide(&policy, &history, RESTART_EVENT_FAILURE, 60 * MS).delay_ns,
		  5 * MS);
	CHECK(!restart_decide(&policy, &history, RESTART_EVENT_FAILURE, 0).restarts);
}
