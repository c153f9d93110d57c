/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/limit_check.h - door: are these limits that a container can have? Pure. The words are
 * Docker's.
 */
#pragma once

#include <stdint.h>

struct error;
struct spec_resources;

/* ERROR_INVALID. What was asked for, before anything is filled in. */
int limit_check(const struct spec_resources *resources, struct error *err);
/* Microseconds; 0: not set. */
int limit_check_quota(int64_t period_us, int64_t quota_us, struct error *err);
/* Of a new container, whose /dev/shm has @shm_size bytes: then Docker's swap, as much as its
 * memory, is filled in. */
int limit_settle(struct spec_resources *resources, int64_t shm_size, struct error *err);
/* Docker's swap (memory and swap together) where none was asked for: twice the memory; -1, no
 * limit, where that is more than can be counted. */
int64_t limit_default_swap(int64_t memory_limit);
int limit_check_oom_score(int64_t score, struct error *err);
