/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_cgroup.h - which cgroup is a container's, if it can have one.
 */
#pragma once

struct arena;
struct container;
struct engine;
struct error;
struct spec_resources;

/* Is it below the root? A container must not choose its way into the host's cgroups. */
int container_cgroup_check_parent(const char *parent, struct error *err);
/* That of @id below @parent (NULL: ours). In @arena. */
const char *container_cgroup_join(const char *parent, const char *id, struct arena *arena);
/* Makes one with limits; @fd is a descriptor of it. -1 where none can be made (a CI job's
 * container, in which they are read-only): the processes stay in the caller's, and a warning says
 * what follows from that, once for as long as RUN lives. */
int container_cgroup_create(const struct engine *engine, const char *path,
			    const struct spec_resources *resources, int *fd, struct error *err);
/* In @arena. */
const char *container_cgroup_path(const struct container *container, struct arena *arena);
