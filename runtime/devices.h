/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/devices.h - device nodes, and the program that decides which devices may be opened.
 */
#pragma once

#include <linux/bpf.h>
#include <stddef.h>

struct error;
struct mounts;
struct spec;
struct spec_resources;

/* The nodes and links that every container has, in its own /dev. */
int devices_make_default(int dev_fd, struct error *err);
/* spec->devices, below the root. */
int devices_make(struct mounts *mounts, const struct spec *spec, struct error *err);

/* A cgroup v2 device program for the rules: the last rule that matches decides, and what no rule
 * matches is refused. malloc'ed. */
struct bpf_insn *devices_build_program(const struct spec_resources *resources, size_t *count);
/* Loads it and attaches it to the cgroup, in place of the one attached before, if any. */
int devices_attach_program(int cgroup_fd, const struct spec_resources *resources,
			   struct error *err);
