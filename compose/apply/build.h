/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/build.h - images that are built before containers are made of them.
 */
#pragma once

struct convergence;
struct error;

/* Builds what the policies of the selected services ask for, and what is missing. */
int apply_build_needed(const struct convergence *convergence, struct error *err);
