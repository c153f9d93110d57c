/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/update.h - door: other limits for a container that is there.
 */
#pragma once

#include "base/json.h"

struct error;

/* What "linux.resources" (@resources) says replaces what is said of the same now, all or nothing;
 * the rest stays. */
int oci_update(const char *root, const char *id, const json *resources, struct error *err);
/* Members of @changes in place of those of @object, which takes over what is new. Pure. */
void oci_update_merge(json *object, const json *changes);
