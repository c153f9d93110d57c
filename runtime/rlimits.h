/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/rlimits.h - resource limits of the process that calls.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct error;
struct spec_rlimit;

/* Sets them all. Raising a hard limit without CAP_SYS_RESOURCE is a warning, and the limit becomes
 * the highest possible one, as a host that forbids it cannot be changed from here. */
int rlimits_set(pid_t pid, const struct spec_rlimit *limits, size_t count, struct error *err);
