/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/schedule.h - the steps of a plan: what the cache has is taken, the rest runs, as much
 * side by side as there are processors, each in a process of its own.
 */
#pragma once

struct build;
struct error;

/* The first step that fails ends the others. ECANCELED: the caller wanted it. */
int schedule_run(struct build *build, struct error *err);
