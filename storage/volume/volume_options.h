/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/volume/volume_options.h - the local driver's options (type, o, device) as what a mount
 * needs.
 *
 * Reading them is pure. What mount(8) and its helpers would do in user space - names to addresses,
 * a credentials file - is a step of its own, done right before mounting.
 */
#pragma once

#include "base/strvec.h"
#include "storage/volume/volume.h"

struct volume_mount {
	char *type, *device;
	uint64_t attributes; /* MOUNT_ATTR_… */
	bool is_bind, is_recursive;
	bool wants_loop; /* the device must be a file */
	uint64_t loop_offset, loop_size;
	struct strvec options; /* the file system's own, "name=value" or "name" */
};

#define auto_volume_mount __attribute__((cleanup(volume_options_release)))

/* ERROR_INVALID, ERROR_UNSUPPORTED: no mount can be made of them. */
int volume_options_parse(struct volume_mount *mount, const struct volume *volume,
			 struct error *err);
void volume_options_release(struct volume_mount *mount);
/* nfs: addr as an address, from the device when it is not given. cifs: ip, and the content of a
 * credentials file. ERROR_NOT_FOUND: a name does not resolve. */
int volume_options_resolve(struct volume_mount *mount, struct error *err);
