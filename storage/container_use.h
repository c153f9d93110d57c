/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/container_use.h - what a container needs of the image store: the few members of its
 * container.json that storage knows. Who writes it, and all else in it, is engine's.
 */
#pragma once

#include <stddef.h>

struct arena;
struct layout;

struct container_stack {
	char **chain_ids; /* bottom first; only what is one */
	size_t count;
};

struct container_use {
	const char *name;		/* its id, when it has none */
	const char *image, *image_id;	/* as asked for; "sha256:…"; "" when not there */
	struct container_stack *stacks; /* its image's, then those of images that it mounts */
	size_t stack_count;
};

enum container_use_state {
	CONTAINER_USE_READ,
	CONTAINER_USE_MISSING,
	CONTAINER_USE_EMPTY,   /* after a power cut: it belongs to nobody */
	CONTAINER_USE_DAMAGED, /* it may need anything */
};
enum container_use_state container_use_read(struct container_use *use, const struct layout *layout,
					    const char *id, struct arena *arena);
