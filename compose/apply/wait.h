/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/wait.h - waits until containers are what was asked for.
 */
#pragma once

#include <stdint.h>

struct error;
struct service;
struct start_set;

/* From now on @set has @timeout_ns (0: any time) to be ready. */
void apply_wait_limit(struct start_set *set, int64_t timeout_ns);
/* Waits until every container of @set is running, or healthy where it has a check. Ends with the
 * first one that has failed; all that have are reported. */
int apply_wait_ready(struct start_set *set, struct error *err);
/* ERROR_TIMEOUT that says who is not ready yet. */
int apply_wait_timed_out(const struct start_set *set, struct error *err);
/* Waits until what @service depends on is in the condition that it asks for; set->present holds the
 * containers to look at. */
int apply_wait_conditions(struct start_set *set, const struct service *service, struct error *err);
