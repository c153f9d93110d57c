/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/pull.h - images that are asked for before containers are made of them.
 */
#pragma once

struct convergence;
struct error;

/* Pulls what the policies of the selected services ask for. */
int apply_pull_needed(const struct convergence *convergence, struct error *err);
