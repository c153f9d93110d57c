/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/external.h - networks and volumes that the project uses and others make.
 */
#pragma once

struct convergence;
struct error;

/* Are all there that the selected services use? ERROR_NOT_FOUND names each that is not, a line for
 * each, and the command that makes it. */
int apply_require_external(const struct convergence *convergence, struct error *err);
