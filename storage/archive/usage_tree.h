/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/usage_tree.h - door: how much room files take. Apart from storage/image/usage.h,
 * which knows images, so that a monitor need not.
 */
#pragma once

#include <stdint.h>

/* Bytes of the files below @path: hard links count once, holes not at all. What cannot be read, and
 * other file systems, count nothing. */
int64_t usage_tree(int dirfd, const char *path);
