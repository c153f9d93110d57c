/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/mount_private.h - what is looked at before the values of variables are known.
 */
#pragma once

struct error;

/* Where it mounts from takes no variables. */
int mount_check_early(const char *text, struct error *err);
