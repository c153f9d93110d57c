/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/seccomp_profile.h - a profile in memory, from wherever it came; private to seccomp*.c.
 */
#pragma once

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct strvec;

/* When the rules of seccomp_default.h change, so must this: it is part of what names the compiled
 * programs in the cache. */
#define SECCOMP_DEFAULT_VERSION "default 1"

#define SECCOMP_MOST_ARCHES    8
#define SECCOMP_MOST_ARGUMENTS 6

struct seccomp_rule {
	char **names; /* NULL-terminated */
	uint32_t action;
	struct scmp_arg_cmp arguments[SECCOMP_MOST_ARGUMENTS];
	unsigned argument_count;
};

struct seccomp_profile {
	uint32_t default_action;
	unsigned flags;			      /* SECCOMP_FILTER_FLAG_… */
	bool notifies;			      /* has SCMP_ACT_NOTIFY: an agent is to be told */
	uint32_t arches[SECCOMP_MOST_ARCHES]; /* SCMP_ARCH_…, beside the native one */
	size_t arch_count;
	struct seccomp_rule *rules;
	size_t rule_count;
};

/* Both evaluate conditions (capabilities, architecture, kernel) and yield what is left. */
void seccomp_profile_default(struct seccomp_profile *profile, struct arena *arena,
			     uint64_t capabilities);
int seccomp_profile_parse(struct seccomp_profile *profile, struct arena *arena, const char *text,
			  uint64_t capabilities, struct error *err);
enum seccomp_words { SECCOMP_ACTIONS, SECCOMP_OPERATORS, SECCOMP_ARCHES, SECCOMP_FLAGS };
/* Appends the words that a profile may have and that have an effect. */
void seccomp_profile_words(struct strvec *out, enum seccomp_words which);
/* The next free rule. */
struct seccomp_rule *seccomp_profile_add_rule(struct seccomp_profile *profile, struct arena *arena);
/* Docker's name of this machine's architecture: "amd64", "arm64", … */
const char *seccomp_profile_native_name(void);
