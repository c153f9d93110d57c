/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/old_root.h - what lies below a container's root where pivot_root is not allowed.
 */
#pragma once

/* Unmounts all of the caller's root, which must be below the new one, but for the root itself. */
void old_root_empty(void);
