/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/roll_plan.h - which steps of a plan are rolling updates.
 */
#pragma once

#include <stdint.h>

struct error;
struct plan;
struct project;
struct start_set;

/* Marks the steps that are rolled (plan_step.rolls) instead of replaced at once. */
void apply_roll_choose(struct plan *plan, const struct project *project);
/* Rolls them, when all others have started. */
int apply_roll_services(struct plan *plan, struct start_set *set, int64_t timeout_ns,
			struct error *err);
