/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/hooks.h - a container's hooks at the moments when the specification wants them.
 */
#pragma once

#include "oci/container.h"
#include "runtime/spec.h"

/* Those that run outside before the root is changed; then a file with what the hooks inside are to
 * read is returned, the caller's. */
int oci_hooks_created(const struct oci_container *container, const struct spec *spec,
		      struct error *err);
/* Inside, as the container's user, while its process waits for the word to go. */
int oci_hooks_start(const struct oci_container *container, const struct spec *spec,
		    struct error *err);
/* What fails from here on is a warning. */
void oci_hooks_started(const struct oci_container *container, const struct spec *spec);
void oci_hooks_stopped(const struct oci_container *container, const struct spec *spec);
