/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_root.h - a container's root directory by descriptor, running or not.
 *
 * While it is open, a stopped container is neither started nor removed.
 */
#pragma once

#include "engine/container.h"
#include "runtime/view.h"

#include <sys/stat.h>

struct container_root {
	struct container *container; /* as it was when the root was opened */
	struct view view;
	struct spec spec; /* holds what is mounted in a stopped one */
	int lock_fd, mount_fd;
	int fd; /* the root; borrowed */
};

#define CONTAINER_ROOT_CLOSED                                                                      \
	{                                                                                          \
		.view = VIEW_CLOSED, .lock_fd = -1, .mount_fd = -1, .fd = -1                       \
	}

enum container_root_kind {
	CONTAINER_ROOT_BARE,	/* without what is mounted in it; for reading */
	CONTAINER_ROOT_MOUNTED, /* as the container sees it (or would, when it is stopped) */
	CONTAINER_ROOT_NONE,	/* only the lock, whatever it does, and the state */
};

#define auto_container_root __attribute__((cleanup(container_root_close)))
int container_root_open(struct container_root *root, struct engine *engine, const char *id,
			enum container_root_kind kind, struct arena *arena, struct error *err);
void container_root_close(struct container_root *root);
/* The writable layer, -1 without @err when the container has written nothing yet. */
int container_root_open_upper(struct engine *engine, const char *id);
/* An overlay of the image alone. */
int container_root_open_image(struct engine *engine, const struct container *container,
			      struct error *err);
/* Is this entry of a writable layer only there because we mount something over it? @image_fd: a
 * directory that holds nothing else, and is as in the image, counts too; -1: it does not. */
bool container_root_is_placeholder(int image_fd, const char *path, int fd,
				   const struct stat *status);
