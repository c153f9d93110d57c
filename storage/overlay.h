/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/overlay.h - door: a stack of layers as one file system, never visible on the host.
 */
#pragma once

#include "storage/layout.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

struct overlay_request {
	char *const *chain_ids; /* bottom first */
	size_t layer_count;
	int base_fd;	   /* a directory instead of layers; 0: none */
	int container_fd;  /* holds (or gets) upper/ and work/; -1: read-only stack */
	bool is_volatile;  /* no syncs: build steps and containers that are removed on exit */
	bool is_read_only; /* upper/ is only looked at; no other mount may use it meanwhile */
};

/* Returns a detached mount (as from fsmount) to hand to runtime's spawn or to read from. Uses
 * lowerdir+ where the kernel has it (6.8), a short-linked option string otherwise. */
int overlay_mount(const struct layout *layout, const struct overlay_request *request,
		  struct error *err);
/* Makes upper/ and work/ below @container_fd with the owner and mode of the image's root. */
int overlay_prepare(const struct layout *layout, const struct overlay_request *request,
		    struct error *err);
