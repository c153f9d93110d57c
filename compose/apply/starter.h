/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/starter.h - starts containers in the order that depends_on asks for, each as soon
 * as its conditions hold.
 */
#pragma once

struct error;
struct start_set;

int apply_start_set(struct start_set *set, struct error *err);
