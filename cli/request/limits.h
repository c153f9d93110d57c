/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/request/limits.h - the options of docker that limit what a container may use, as run, create
 * and update take them.
 */
#pragma once

#include "cli/options.h"

#include <stdint.h>

struct spec_resources;

struct limit_options {
	const char *memory, *memory_swap, *memory_reservation;
	const char *cpus, *cpu_shares, *cpu_period, *cpu_quota, *cpuset_cpus, *cpuset_mems;
	const char *blkio_weight, *pids_limit, *kernel_memory;
};

/* Rows for a command whose options are a struct @tag with a member @of of that type; in two parts,
 * since rows are sorted and others stand between them. */
#define LIMIT_ROWS_CPU(tag, of)                                                                    \
	OPTION(STRING, "blkio-weight", 0, tag, of.blkio_weight,                                    \
	       "Share of block I/O, from 10 to 1000", .value = "N"),                               \
		OPTION(STRING, "cpu-period", 0, tag, of.cpu_period,                                \
		       "Length of a period for --cpu-quota, in microseconds, often 100000",        \
		       .value = "N"),                                                              \
		OPTION(STRING, "cpu-quota", 0, tag, of.cpu_quota,                                  \
		       "Limit CPU time in each period, in microseconds", .value = "N"),            \
		OPTION(STRING, "cpu-shares", 'c', tag, of.cpu_shares,                              \
		       "Share of CPU time beside other containers, which often have 1024",         \
		       .value = "N"),                                                              \
		OPTION(STRING, "cpus", 0, tag, of.cpus, "Limit the number of CPUs, as in 1.5",     \
		       .value = "N"),                                                              \
		OPTION(STRING, "cpuset-cpus", 0, tag, of.cpuset_cpus,                              \
		       "Run only on these CPUs, as in 0-2,4", .value = "CPUS"),                    \
		OPTION(STRING, "cpuset-mems", 0, tag, of.cpuset_mems,                              \
		       "Use only memory of these nodes", .value = "NODES"),                        \
		OPTION_REFUSED("cpu-rt-period", 0,                                                 \
			       "cgroup v2 has no real-time scheduling of groups", .value = "N"),   \
		OPTION_REFUSED("cpu-rt-runtime", 0,                                                \
			       "cgroup v2 has no real-time scheduling of groups", .value = "N")
#define LIMIT_ROWS_MEMORY(tag, of)                                                                 \
	OPTION(STRING, "kernel-memory", 0, tag, of.kernel_memory,                                  \
	       "The kernel has no such limit any more", .value = "SIZE", .is_hidden = true),       \
		OPTION(STRING, "memory", 'm', tag, of.memory, "Limit memory, as in 512m",          \
		       .value = "SIZE"),                                                           \
		OPTION(STRING, "memory-reservation", 0, tag, of.memory_reservation,                \
		       "Leave the container so much when memory is short", .value = "SIZE"),       \
		OPTION(STRING, "memory-swap", 0, tag, of.memory_swap,                              \
		       "Limit memory and swap together, -1 for any amount of swap",                \
		       .value = "SIZE"),                                                           \
		OPTION(STRING, "pids-limit", 0, tag, of.pids_limit,                                \
		       "Limit the number of processes, -1 for no limit", .value = "N")

/* Of what has no effect any more. */
void limits_warn(const struct limit_options *options);
/* What is not given stays unset (0, NULL). Values that Docker refuses are refused with its words.
 * Strings point into @options. */
int limits_fill(struct spec_resources *resources, const struct limit_options *options,
		struct error *err);

/* What one option says; NULL leaves what is there. ERROR_INVALID, which names the option. */
int limits_parse_bytes(int64_t *bytes, const char *option, const char *text, struct error *err);
int limits_parse_number(int64_t *number, const char *option, const char *text, struct error *err);
