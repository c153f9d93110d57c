/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/pre_start.h - containers of pre_start hooks among those that start.
 */
#pragma once

struct error;
struct executor_item;
struct start_set;

/* Adds the containers of hooks that are due as items before the replicas. */
int apply_pre_start_add(struct start_set *set, struct error *err);
/* 1 when the hooks that come before @item have succeeded, 0 not yet, -1 when one has failed. */
int apply_pre_start_ready(struct start_set *set, const struct executor_item *item,
			  struct error *err);
/* Removes the hooks' containers, except those that failed. */
int apply_pre_start_finish(const struct start_set *set, struct error *err);
