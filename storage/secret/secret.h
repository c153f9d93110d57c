/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/secret/secret.h - door: the files of a container's secrets and configs.
 *
 * They live on a tmpfs of the container's own, mounted at RUN/containers/ID/secrets (0700, size
 * limited, no swap where the kernel offers it), never on a disk. It stays until the container is
 * removed, so that stop and start keep secrets that came from the environment.
 */
#pragma once

#include "storage/layout.h"

#include <stddef.h>
#include <sys/types.h>

struct error;

struct secret_file {
	const char *name; /* file name within the tmpfs, unique in the container */
	const void *content;
	size_t length;
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* Mounts (when not there yet) and writes the files, replacing those of the same name. */
int secret_install(const struct layout *layout, const char *container_id,
		   const struct secret_file *files, size_t count, struct error *err);
/* malloc'ed host path of an installed file: the source of a bind mount. */
char *secret_path(const struct layout *layout, const char *container_id, const char *name);
/* Unmounts and removes; missing is fine. */
int secret_remove(const struct layout *layout, const char *container_id, struct error *err);
