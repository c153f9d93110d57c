/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/view.h - door: a container's file system as the container sees it, with what is mounted
 * in it, for a process of the host to walk by descriptors. Nothing of the container runs, and
 * nothing appears in the mount namespace of the host.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;
struct spec_mount;

struct view {
	int root_fd;   /* O_PATH */
	int holder_fd; /* private */
	pid_t holder;
};

#define VIEW_CLOSED                                                                                \
	{                                                                                          \
		.root_fd = -1, .holder_fd = -1                                                     \
	}

struct view_request {
	int init_pidfd; /* of a running container: its mount namespace is looked into; else -1 */
	bool is_bare;	/* only the mount at its root, without what is mounted below */
	/* Otherwise the view is made: a detached mount and binds on it, in a namespace of its own.
	 */
	int root_fd;
	const struct spec_mount *mounts;
	size_t mount_count;
	bool is_read_only; /* what is at its root */
};

/* ESRCH in @err: the process has gone. */
int view_open(struct view *view, const struct view_request *request, struct error *err);
void view_close(struct view *view);
#define auto_view __attribute__((cleanup(view_close)))
