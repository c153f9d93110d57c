/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/caps.h - door: the capability sets of a process about to become a container's.
 *
 * Sets are masks: bit n is capability n. The calls are raw: libcap would keep a second notion of
 * the same state.
 */
#pragma once

#include <stdint.h>

struct error;
struct spec_capabilities;

/* All capabilities that the running kernel knows. */
uint64_t caps_all(void);
/* Those that this process may give away: its permitted set. */
uint64_t caps_available(void);
/* Drops from the bounding set what is not in @bounding. Needs CAP_SETPCAP: do it first. */
int caps_bound(uint64_t bounding, struct error *err);
/* Sets effective, permitted, inheritable and ambient; @extra is added to effective and permitted
 * and goes away with execve (CAP_SYS_ADMIN, to load a seccomp filter without no_new_privs). */
int caps_set(const struct spec_capabilities *caps, uint64_t extra, struct error *err);
