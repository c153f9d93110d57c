/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_commit.h - door: a new image from what a container has written, or from an
 * archive of a whole file system.
 *
 * Nothing is visible before all of it is complete and on disk.
 */
#pragma once

#include "base/json.h"
#include "storage/layout.h"

#include <stdbool.h>
#include <sys/stat.h>

struct error;

struct image_commit {
	const char *image_id; /* of the container's image */
	int upper_fd;	      /* the container's writable layer; -1: it has none */
	/* As in storage/archive/layer_diff.h: what the engine has put there itself. */
	bool (*skips)(void *data, const char *path, int fd, const struct stat *status);
	void *data;
	const char *name; /* a reference; NULL: none */
	const char *author, *message, *created_by;
	/* Turns the image's "config" into the new one's. */
	int (*configure)(void *data, json *config, struct error *err);
	/* Called when the writable layer has been read: what was paused may go on. */
	void (*finished_reading)(void *data);
};

/* @id gets "sha256:HEX". A container that has written nothing gives an image without a new layer.
 */
int image_commit(const struct layout *layout, const struct image_commit *request, char id[80],
		 struct error *err);

struct image_import {
	int fd;		    /* a tar archive (plain, gzip, zstd); a pipe is fine */
	const char *source; /* what it is called, for messages and the history */
	const char *name;   /* a reference; NULL: none */
	const char *message;
	const char *platform;	      /* "os[/architecture[/variant]]"; NULL: this host's */
	char *const *changes;	      /* instructions as in a Dockerfile; NULL: none */
	void (*progress)(void *data); /* more of it has been read or written; NULL */
	void *data;
};

int image_import(const struct layout *layout, const struct image_import *request, char id[80],
		 struct error *err);
