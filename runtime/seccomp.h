/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/seccomp.h - the system call filter of a container.
 *
 * A profile (our own default, or JSON in OCI's or Docker's form) becomes a BPF program by
 * libseccomp. That takes some milliseconds, so programs are kept in a directory under the hash of
 * all that went into them.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct seccomp_filter {
	struct sock_filter *code; /* malloc'ed; NULL: no filter */
	size_t length;		  /* in instructions */
	unsigned flags;		  /* SECCOMP_FILTER_FLAG_… */
};

#define auto_seccomp_filter __attribute__((cleanup(seccomp_filter_release)))

void seccomp_filter_release(struct seccomp_filter *filter);
/* @profile as in struct spec (not NULL); @capabilities is the bounding set, which decides about
 * conditional rules; @cache_dir may be NULL. ERROR_INVALID: the profile is wrong. */
int seccomp_prepare(struct seccomp_filter *filter, const char *profile, uint64_t capabilities,
		    const char *cache_dir, struct error *err);
/* Without a cache. */
int seccomp_compile(struct seccomp_filter *filter, const char *profile, uint64_t capabilities,
		    struct error *err);
/* Does it have an agent that is to be given a descriptor? */
bool seccomp_has_listener(const struct seccomp_filter *filter);
/* Loads it into this process. Needs no_new_privs or CAP_SYS_ADMIN. @listener_fd is -1 without an
 * agent. */
int seccomp_install(const struct seccomp_filter *filter, int *listener_fd, struct error *err);
/* What the filter returns (SECCOMP_RET_…) for a system call of the native architecture. */
uint32_t seccomp_evaluate(const struct seccomp_filter *filter, uint32_t number,
			  const uint64_t arguments[6]);
