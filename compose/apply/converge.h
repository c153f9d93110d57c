/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/converge.h - carries the steps of a plan out, up to the start.
 */
#pragma once

struct convergence;
struct error;

/* New containers are made under their names, replacements under temporary ones; what is replaced or
 * surplus is stopped and removed; replacements take their names. */
int apply_converge(struct convergence *convergence, struct error *err);
/* Since a reboot, containers that are kept may be without the content of their secrets. */
int apply_renew_files(struct convergence *convergence, struct error *err);
