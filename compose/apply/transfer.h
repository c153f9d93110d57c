/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/transfer.h - many images from or to registries at once, each by a process of its
 * own.
 *
 * A process per image, because locks of layers that two of them share keep processes apart, not
 * callers in one. What a child has to say (steps, warnings, its result) comes as one record each
 * over a socket. Children die with this process.
 */
#pragma once

#include "base/error.h"
#include "compose/apply/apply.h"
#include "storage/image/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TRANSFER_MOST_AT_ONCE 4

struct transfer_item {
	const char *reference;
	const char *platform; /* pull; NULL: this host's */
	bool blobs;	      /* pull: as in struct image_pull */
	void *owner;	      /* the caller's */
	/* afterwards */
	bool has_failed;
	struct error err;
	char name[400];
	char digest[72];
	bool is_new;  /* pull */
	int64_t size; /* push: of the manifest */
	/* private */
	pid_t pid;
	int socket_fd;
};

struct transfer {
	const struct apply *apply; /* whose store, cancel_fd and tick */
	const char *executable;	   /* of the transport */
	bool is_push;
	struct transfer_item *items;
	size_t count;
	void (*begun)(const struct transfer_item *item, void *data);
	void (*step)(const struct transfer_item *item, const struct image_step *step, void *data);
	void (*finished)(const struct transfer_item *item, void *data);
	void *data;
};

/* -1 only when not every item came to an end of its own. */
int transfer_run(struct transfer *transfer, struct error *err);
