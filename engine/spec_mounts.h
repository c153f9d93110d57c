/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/spec_mounts.h - the mounts of a container's spec: volumes, binds, tmpfs, images, secrets,
 * and the three network files.
 */
#pragma once

struct arena;
struct error;
struct spec;
struct spec_input;

/* Only what the user asked for: volumes, binds, tmpfs, images. */
int spec_mounts_add_user(struct spec *spec, const struct spec_input *input, struct arena *arena,
			 struct error *err);
int spec_mounts_add(struct spec *spec, const struct spec_input *input, struct arena *arena,
		    struct error *err);
