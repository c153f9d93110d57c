/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_settle.h - layers that got their place before they were on disk.
 *
 * A build makes many layers that no image will name, and does not wait for the disk for each. Until
 * its files are synced, a layer's directory has a file "unsynced" with the id of this boot in it.
 * After a crash of the machine nobody knows what has arrived of it: with the id of another boot the
 * layer counts as missing. Whoever makes an image of layers settles them first.
 */
#pragma once

#include "storage/layout.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Puts the mark into a layer's directory, which has no place yet. */
int layer_settle_mark(int layer_fd, struct error *err);
/* Is the layer marked by another boot? */
bool layer_settle_is_lost(const struct layout *layout, const char *chain_id);
/* Syncs the file system when one of the layers is marked, and takes the marks off. 1 when it has
 * synced (all of ROOT's file system), else 0. */
int layer_settle(const struct layout *layout, char *const *chain_ids, size_t count,
		 struct error *err);
