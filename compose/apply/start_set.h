/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/start_set.h - containers to start, and those beside them that count.
 */
#pragma once

#include "compose/apply/apply.h"
#include "compose/apply/conditions.h"
#include "compose/apply/executor.h"
#include "compose/apply/plan.h"

struct start_set {
	const struct apply *apply;
	struct executor_item *items; /* owner: struct service */
	size_t count;
	const struct plan_service *services; /* those that count as present */
	size_t service_count;
	struct container **present; /* running ones that are not items; NULL-terminated */
	struct conditions_told told;
	const char *awaited; /* the service for which the one that was asked for last waits */
	bool no_deps;
	bool settles;		 /* what runs is ready only after it has run for a moment */
	int64_t wait_timeout_ns; /* as the user gave it, and */
	int64_t deadline_ns;	 /* units_monotonic_ns() when it is over; 0: never */
	struct arena *arena;
};
