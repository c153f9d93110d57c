/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/features.h - door: what this runtime can do, as runtime-spec's features.json has it.
 */
#pragma once

#include "base/json.h"

struct error;

/* The caller's. */
json *oci_features(void);
/* Writes a config.json to begin with: a shell at a terminal, in "rootfs". ERROR_CONFLICT: there is
 * one already. */
int oci_features_write_example(int dirfd, struct error *err);
