/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/volume/volume.h - door: named and anonymous volumes,
 * ROOT/volumes/NAME/{_data,volume.json}.
 */
#pragma once

#include "base/pair.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct layout;

struct volume {
	const char *name;     /* NULL when created: an anonymous one gets 64 hexadecimal digits */
	const char *driver;   /* "local" */
	struct pair *options; /* type, o, device */
	size_t option_count;
	struct pair *labels;
	size_t label_count;
	const char *created, *mountpoint; /* mountpoint: the path of _data */
	bool is_anonymous;
};

/* Creates; an existing one of the same driver and options is loaded into @volume (its labels win),
 * one with others is ERROR_CONFLICT. Unknown drivers and options: ERROR_UNSUPPORTED. */
int volume_create(const struct layout *layout, struct volume *volume, struct arena *arena,
		  struct error *err);
int volume_load(const struct layout *layout, const char *name, struct volume *volume,
		struct arena *arena, struct error *err);
int volume_list(const struct layout *layout, struct volume **volumes, size_t *count,
		struct arena *arena, struct error *err);
/* The value of a label; NULL: it has none of this name. */
const char *volume_label(const struct volume *volume, const char *name);
bool volume_has_same_options(const struct volume *a, const struct volume *b);
/* A missing one is ERROR_NOT_FOUND. The caller has checked that no container uses it. */
int volume_remove(const struct layout *layout, const char *name, struct error *err);
/* Whoever makes a container holds volumes shared (@exclusive false) until the container is on disk;
 * whoever removes volumes that no container uses holds them exclusively from looking at the
 * containers until they are gone. Waits; returns a descriptor to close. */
int volume_hold(const struct layout *layout, bool exclusive, struct error *err);
/* What its data occupy on this host's disk; 0 for one that is mounted from elsewhere. */
int volume_size(const struct layout *layout, const struct volume *volume, int64_t *bytes,
		struct error *err);
/* A descriptor of the volume's content to mount from: _data, or a detached mount of what its
 * options describe (bind device, tmpfs, nfs, cifs, block device, file with a file system). */
int volume_open(const struct layout *layout, const char *name, struct error *err);
/* On first use copies what the image has at @path below @rootfs_fd (owner, mode, xattrs, links)
 * into a volume that is empty and was never seeded; exactly once, under the volume's lock, and
 * again from the start if it was interrupted. Also takes over owner and mode of the directory
 * itself. */
int volume_seed(const struct layout *layout, const char *name, int rootfs_fd, const char *path,
		struct error *err);
