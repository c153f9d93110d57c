/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/step.h - one step: its key, what the cache has for it, and its work, which is done in a
 * process of its own.
 */
#pragma once

#include "builder/plan.h"
#include "builder/worker.h"

struct build;
struct error;

/* What it is built on and takes from is done. 1: step->key is known. 0: it would have to be looked
 * into other layers, or asked in the network, which only happens with @may_look. */
int step_find_key(const struct build *build, struct step *step, bool may_look, struct error *err);
/* 1: the cache has it; step->result is filled. With @may_fetch other places are asked, too. */
int step_find_result(const struct build *build, struct step *step, bool may_fetch,
		     struct error *err);

/* The data of a worker_work. */
struct step_task {
	const struct build *build;
	struct step *step;
};
/* Makes it, or finds that somebody else has made it meanwhile. */
int step_work(int fd, void *data, struct error *err);
/* What the worker's WORKER_RESULT says, for the step as the parent has it. */
int step_take_result(const struct build *build, struct step *step, const struct worker_frame *frame,
		     struct error *err);
