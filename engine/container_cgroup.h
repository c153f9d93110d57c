/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_cgroup.h - which cgroup is a container's.
 */
#pragma once

struct arena;
struct container;
struct error;

/* Is it below the root? A container must not choose its way into the host's cgroups. */
int container_cgroup_check_parent(const char *parent, struct error *err);
/* That of @id below @parent (NULL: ours). In @arena. */
const char *container_cgroup_join(const char *parent, const char *id, struct arena *arena);
/* In @arena. */
const char *container_cgroup_path(const struct container *container, struct arena *arena);
