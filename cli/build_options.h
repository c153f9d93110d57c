/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/build_options.h - the options of `image build`, and the request that they ask for.
 */
#pragma once

#include "builder/build.h"
#include "cli/options.h"

struct arena;
struct error;

struct build_options {
	struct strvec tags, args, contexts, labels, secrets, ssh, no_cache_filter, cache_from;
	struct strvec cache_to, outputs, hosts, ulimits, allow, platforms, annotations, attest;
	const char *file, *target, *iidfile, *metadata_file, *network, *progress, *call, *print;
	const char *shm_size, *memory, *memory_swap, *cpuset_cpus, *cpuset_mems, *cgroup_parent;
	const char *builder, *provenance, *sbom, *isolation;
	int cpu_shares, cpu_period, cpu_quota;
	bool no_cache, pull, load, push, quiet, check, compress, force_rm;
	int rm;
};

extern const struct option_spec build_options[];

/* Options that exclude each other, and what cannot be done. */
int build_options_check(const struct build_options *options, struct error *err);
/* Is it only to be checked? */
bool build_options_only_checks(const struct build_options *options);
struct build_plan {
	struct build_request request; /* for the first platform */
	char **platforms;	      /* NULL-terminated; empty: this host's */
	bool pushes;		      /* what is named goes to its registry */
};
int build_options_fill(struct build_plan *plan, const struct build_options *options,
		       struct arena *arena, struct error *err);
