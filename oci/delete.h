/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/delete.h - door: takes a container away.
 */
#pragma once

#include "oci/container.h"

#include <stdbool.h>

/* One that runs is ERROR_CONFLICT, unless @force has it killed; then one that is not there is fine.
 */
int oci_delete(const char *root, const char *id, bool force, struct error *err);
/* What is left of one whose lock is held and whose process has ended: its cgroup, if that was made
 * for it, and its directory. Runs the hooks of its end. */
int oci_delete_locked(struct oci_container *container, struct error *err);
