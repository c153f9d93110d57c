/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_spec.h - from a container's configuration to the runtime's spec.
 */
#pragma once

#include "engine/container.h"
#include "runtime/identity.h"

struct spec_input {
	struct engine *engine;
	const struct container *container;
	const struct identity *identity;
	const char *files_id; /* whose RUN directory has hosts, resolv.conf and hostname */
};

/* Fills @spec; opens volumes and shared directories into mounts' source_fd, which
 * container_spec_release closes. */
int container_spec_build(struct spec *spec, const struct spec_input *input, struct arena *arena,
			 struct error *err);
void container_spec_release(struct spec *spec);
/* Does @donor, whose namespace is to be shared, run? */
int container_spec_check_donor(const struct container *donor, const char *what, struct error *err);
