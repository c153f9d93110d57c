/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/spec_devices.h - door: devices and resource limits of a container's spec.
 */
#pragma once

#include <stdint.h>

struct arena;
struct container_config;
struct error;
struct spec;
struct spec_throttle;

/* Adds `devices`, `device_cgroup_rules` and the limits; for a privileged container every device of
 * the host. */
int spec_devices_add(struct spec *spec, const struct container_config *config, struct arena *arena,
		     struct error *err);
/* What is limited for a block device of the host, and how far. */
int spec_devices_find_block(struct spec_throttle *out, const char *path, int64_t rate,
			    struct error *err);
