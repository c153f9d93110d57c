/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/mounts.h - everything below a container's root: file systems, binds, masks.
 *
 * Sources are built detached (open_tree, fsmount) and attached by descriptor to a target that was
 * found with openat2 below the root, so no link in the image can redirect them. Only
 * mounts_open_source and mounts_open_root run in the parent; the rest runs in the child, in its own
 * mount namespace, before pivot_root.
 */
#pragma once

#include "runtime/mount_source.h"

#include <stdbool.h>

struct error;
struct spec_mount;

struct mounts {
	int root_fd; /* the container's root, attached */
	int null_fd; /* a null device, what masks files: the container's own if it has a /dev */
	int mask_fd; /* an attached empty read-only directory, what masks directories */
	int proc_fd; /* the container's procfs, -1 while there is none */
	int pts_fd;  /* its devpts */
	int dev_fd;  /* its /dev, when that is a tmpfs of our own */
	struct mount_files files;
	const char *label; /* SELinux's, of the file systems that are made; NULL: none */
};

/* An open null device that no path leads to, for a container that has none at /dev/null. @label:
 * SELinux's, or NULL. */
int mounts_open_private_null(const char *label, struct error *err);
/* Opens the source of a bind as a detached tree, in the caller's mount namespace: what is shared
 * there stays so. */
int mounts_open_source(const struct spec_mount *mount, struct error *err);
/* Gives what is detached and was never attached the ids of a user namespace. */
int mounts_map_ids(int tree_fd, int userns_fd, bool is_recursive, struct error *err);
/* A detached recursive bind of @path. */
int mounts_open_root(const char *path, struct error *err);
/* A detached read-only bind of one file: who executes it cannot write to it through /proc. */
int mounts_open_readonly_file(const char *path, struct error *err);

void mounts_init(struct mounts *mounts);
/* Attaches the detached root at @place in this mount namespace and enters it; pivot_root(".", ".")
 * is then the caller's. */
int mounts_attach_root(struct mounts *mounts, int tree_fd, const char *place, bool is_slave,
		       struct error *err);
/* Shall it go on receiving the mounts of where it lies? Then it is attached as a slave. */
bool mounts_root_is_slave(const char *propagation);
/* @tree_fd: from mounts_open_source, for binds and for a file system that is there already; else
 * -1. */
int mounts_attach(struct mounts *mounts, const struct spec_mount *mount, int tree_fd,
		  struct error *err);
/* Covers files with /dev/null and directories with an empty one; a missing one is fine. */
int mounts_mask(struct mounts *mounts, char *const *paths, struct error *err);
int mounts_make_readonly(struct mounts *mounts, char *const *paths, struct error *err);
/* The root's own last settings. Its propagation only after pivot_root, which refuses shared mounts.
 */
int mounts_set_root_readonly(struct mounts *mounts, struct error *err);
int mounts_set_root_propagation(struct mounts *mounts, const char *propagation, struct error *err);
/* Puts a clone of what @fd stands for (a device node, a tty) onto @target_fd. A read-only one can
 * be written to as a device, but its mode and owner cannot be changed. */
int mounts_bind_fd(int fd, int target_fd, bool readonly, struct error *err);
/* Takes the null device in @dev_fd for masks, instead of the host's. */
int mounts_use_null(struct mounts *mounts, int dev_fd, struct error *err);
/* A procfs of this pid namespace that no path leads to. */
int mounts_open_private_proc(struct error *err);
