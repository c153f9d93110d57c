/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/cover.h - door: a file system in memory over a ROOT that cannot hold writable layers.
 *
 * In a container without a volume, ROOT lies on the container's own overlay: the kernel makes no
 * whiteouts there and takes it for no upper directory. All of it is gone with the container anyway,
 * so the first command mounts a tmpfs over it, for itself and all that follow in its mount
 * namespace.
 */
#pragma once

#include <stdbool.h>

struct error;
struct layout;
struct strbuf;

/* Replaces @root_fd, ROOT as it was opened, by what lies over it; warns when it was this call that
 * mounted it. Where nothing is in the way, or nothing can be mounted, @root_fd stays. */
int cover_root(const char *root, int *root_fd, struct error *err);
/* Can containers write on what this directory is on? A whiteout is tried. */
bool cover_is_needless(int dirfd);
/* Is there one? Says what it is and what would be better. */
bool cover_describe(const struct layout *layout, struct strbuf *text);
