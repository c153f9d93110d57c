/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/step/run_private.h - what the files of RUN share.
 */
#pragma once

#include "base/arena.h"
#include "base/loop.h"
#include "base/strvec.h"
#include "builder/step/run.h"

struct step_run {
	const struct run_request *request;
	struct arena arena;
	struct loop loop;
	int directory_fd; /* of the step, below staging */
	int input_fd;
	struct strvec env; /* with what mounts add */
	struct spec_mount *mounts;
	size_t mount_count;
};

/* From the instruction's mounts to the runtime's, in the order in which they lie over each other.
 */
int run_mounts_prepare(struct step_run *run, struct error *err);
void run_mounts_release(struct step_run *run);
