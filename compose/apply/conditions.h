/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/conditions.h - do the conditions of depends_on hold?
 */
#pragma once

#include "compose/model/model.h"
#include "engine/container.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct apply;
struct arena;
struct error;
struct service;
struct start_set;

/* Before the first call of what follows: nothing has been reported of @set. */
void conditions_begin(struct start_set *set);
/* Of all that @service depends on, over the items and present containers of @set. 1: they hold, 0:
 * not yet (set->awaited says whose), -1: one of them never will. */
int conditions_hold(struct start_set *set, const struct service *service, struct error *err);
/* ": its last check gave 7: connection refused", or nothing. */
const char *conditions_last_probe(const struct container *container, struct arena *arena);

/* What has been reported of containers that others wait for. */
struct conditions_told {
	const struct apply *apply;
	struct arena *arena;
	struct conditions_told_row {
		const struct container *container;
		bool is_waited_for, is_over; /* each has been said */
	} * items;
	size_t count;
};
/* Once for each container: "Waiting", and then once, when the condition @holds, "Healthy" or
 * "Exited"; nothing of a start. */
void conditions_report(struct conditions_told *told, const struct container *container,
		       enum service_condition condition, bool holds);
/* Once for each container, too: "Error", and why. */
void conditions_report_error(struct conditions_told *told, const struct container *container,
			     const char *why);
/* How long the container has to run on before its start is @settle_ms old. */
int64_t conditions_settle_ms(const struct container *container, int64_t settle_ms);
