/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/convergence.h - what one way from the model to reality carries along.
 */
#pragma once

#include "compose/apply/apply.h"
#include "compose/apply/plan.h"

struct convergence {
	const struct apply *apply;
	const struct apply_up *options;
	struct plan_selection selected;
	struct actual actual;
	struct plan plan;
	struct arena *arena;
};
