/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/watch/trees.h - what changes in trees of the host, by inotify.
 *
 * A root is a directory, a file, or what is not there yet: then the nearest directory above it is
 * watched for its coming. Every directory below a root is watched, links are not followed. The
 * names that are known tell what has vanished when the kernel could not keep up with its events.
 */
#pragma once

#include <stdbool.h>

struct error;
struct trees;

struct trees_client {
	/* Something at @path has changed, come or gone. */
	void (*changed)(const char *path, void *data);
	/* Is anything below this directory wanted? */
	bool (*enters)(const char *path, void *data);
	void *data;
};

/* @roots: absolute, cleaned, NULL-terminated. From then on nothing is missed. ENOSPC, EMFILE: a
 * limit of the kernel, which the text names. */
int trees_open(struct trees **trees, char *const *roots, const struct trees_client *client,
	       struct error *err);
void trees_close(struct trees *trees);
/* Readable when something has happened: then trees_read. */
int trees_fd(const struct trees *trees);
/* Tells of what has happened; of so much of it that it always returns. */
int trees_read(struct trees *trees, struct error *err);
/* Tells of everything that is below @root now, a directory before what is in it. */
void trees_list(const struct trees *trees, const char *root);
