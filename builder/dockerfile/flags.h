/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/flags.h - which flags each instruction has. Pure.
 */
#pragma once

#include "builder/dockerfile/dockerfile.h"

/* Unknown ones (with a suggestion), those that stand twice, values that cannot be. */
int flags_check(const struct instruction *instruction, struct error *err);
