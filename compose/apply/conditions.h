/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/conditions.h - do the conditions of depends_on hold?
 */
#pragma once

struct arena;
struct container;
struct error;
struct service;
struct start_set;

/* Of all that @service depends on, over the items and present containers of @set. 1: they hold, 0:
 * not yet, -1: one of them never will. */
int conditions_hold(struct start_set *set, const struct service *service, struct error *err);
/* ": its last check gave 7: connection refused", or nothing. */
const char *conditions_last_probe(const struct container *container, struct arena *arena);
