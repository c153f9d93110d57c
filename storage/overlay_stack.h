/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/overlay_stack.h - mounting directories over each other, by descriptors.
 *
 * Below storage/overlay.h, which knows layers by chain id; unpacking uses it for layers that have
 * no place yet.
 */
#pragma once

#include "storage/layout.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

struct overlay_stack {
	int *fds; /* bottom first; owned */
	size_t count;
	int upper_fd, work_fd; /* -1: read-only; owned */
	bool is_volatile;
};

#define OVERLAY_STACK_EMPTY                                                                        \
	{                                                                                          \
		.upper_fd = -1, .work_fd = -1                                                      \
	}
void overlay_stack_release(struct overlay_stack *stack);
/* Puts a directory on top and takes its descriptor; an opaque one hides all below it. */
void overlay_stack_add(struct overlay_stack *stack, int fd);
/* Returns a detached mount. */
int overlay_stack_mount(const struct layout *layout, struct overlay_stack *stack,
			struct error *err);
/* The way for kernels before 6.8; apart so that it can be tested on newer ones. */
int overlay_stack_mount_by_string(const struct layout *layout, const struct overlay_stack *stack,
				  struct error *err);
/* The diff directory of an unpacked layer. ERROR_NOT_FOUND. */
int overlay_stack_open_layer(const struct layout *layout, const char *chain_id, struct error *err);
