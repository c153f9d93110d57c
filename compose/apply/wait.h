/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/wait.h - waits until containers are what was asked for.
 */
#pragma once

#include <stdint.h>

struct error;
struct service;
struct start_set;

/* Waits until every container of @set is running, or healthy where it has a check. */
int apply_wait_ready(struct start_set *set, int64_t timeout_ns, struct error *err);
/* Waits until what @service depends on is in the condition that it asks for; set->present holds the
 * containers to look at. */
int apply_wait_conditions(struct start_set *set, const struct service *service, struct error *err);
