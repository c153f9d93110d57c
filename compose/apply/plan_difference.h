/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/plan_difference.h - what of a container is not as the model says. Pure.
 */
#pragma once

#include "compose/apply/plan.h"

/* NULL: all of @container, which is one of @service, is as it should be. */
const char *plan_difference(const struct plan_input *input, const struct plan_service *service,
			    const struct container *container, struct arena *arena);
