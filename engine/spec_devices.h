/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/spec_devices.h - devices and resource limits of a container's spec.
 */
#pragma once

struct arena;
struct container_config;
struct error;
struct spec;

/* Adds `devices`, `device_cgroup_rules` and the limits; for a privileged container every device of
 * the host. */
int spec_devices_add(struct spec *spec, const struct container_config *config, struct arena *arena,
		     struct error *err);
