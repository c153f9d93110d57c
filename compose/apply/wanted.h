/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/wanted.h - what is known of the selected services before anything is changed.
 */
#pragma once

struct convergence;
struct error;

/* Replicas, hashes and images of the selected services; missing images are pulled. */
int apply_describe_services(struct convergence *convergence, struct error *err);
