/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/cgroup_delegation.h - door: a container's cgroup as its own to divide: cgroups(7).
 */
#pragma once

struct error;
struct spec;

/* As the OCI specification has it ("cgroup ownership"): where the container has its cgroup as its
 * own root, and that is mounted to be written, the user of its process may make cgroups below it
 * and move processes between them; its limits stay root's. Anywhere else, and without a cgroup
 * (-1), nothing happens. */
int cgroup_delegation_apply(int cgroup_fd, const struct spec *spec, struct error *err);
