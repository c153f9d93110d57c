/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/mount_filesystem.h - new file systems, detached: in the child, in its namespaces.
 */
#pragma once

struct error;
struct mount_options;
struct spec_mount;
struct strvec;

/* @filesystem as the kernel calls it; @data: its options; @attributes: MOUNT_ATTR_… */
int mount_filesystem(const char *filesystem, const char *source, struct strvec *data,
		     unsigned attributes, struct error *err);
/* An option, "NAME" or "NAME=VALUE", for fsconfig(2); -1 with errno. */
int mount_filesystem_configure(int fs_fd, const char *option);
/* What a specification asks for. Of what a container may not mount (control groups without a
 * hierarchy, sysfs of somebody else's network) it gets the next best: none, or the host's. */
int mount_filesystem_of(const struct spec_mount *mount, const char *filesystem,
			struct mount_options *options, struct error *err);
