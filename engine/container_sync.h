/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_sync.h - door: single files of the host into a container, as they are now.
 *
 * What is there on the host is copied; what is not is removed in the container, with all that is
 * below it. Nothing of the container is run. Links on the way in it are followed within its root.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct engine;
struct error;

struct container_sync_file {
	const char *base; /* a directory on the host */
	const char *name; /* below it; no link on the way is followed */
	const char *path; /* in the container, absolute */
	/* A directory may make room for what is none, and the other way round. */
	bool replaces;
};

struct container_sync {
	const struct container_sync_file *files; /* a directory before what is in it */
	size_t count;
};

/* As Docker Compose has it, files belong to the user that the container runs as, if it or its image
 * names one, or else to the same ids as on the host. A directory comes without what is in it. */
int container_sync(struct engine *engine, const char *id, const struct container_sync *sync,
		   struct error *err);
