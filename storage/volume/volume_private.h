/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/volume/volume_private.h - what the files behind storage/volume/volume.h share.
 *
 * A volume exists when its volume.json does. The lock is a flock on its directory, which goes away
 * with it: who gets the lock of a removed one starts again.
 */
#pragma once

#include "base/json.h"
#include "storage/volume/volume.h"

#include <stdbool.h>

#define VOLUME_FILE "volume.json"

/* Opens the volume's directory and takes its lock. With @create the directory is made, else a
 * missing one is ERROR_NOT_FOUND. */
int volume_store_lock(const struct layout *layout, const char *name, bool create,
		      struct error *err);
/* ERROR_INVALID for what cannot name a volume. */
int volume_store_check_name(const char *name, struct error *err);
/* Refuses options that no mount could be made of. */
int volume_mount_check(const struct volume *volume, struct error *err);
/* The detached mount that the options describe. */
int volume_mount_open(const struct layout *layout, const struct volume *volume, struct error *err);
/* Gives up what volume_mount_open keeps mounted (a tmpfs). */
int volume_mount_release(const struct layout *layout, const char *name, struct error *err);
