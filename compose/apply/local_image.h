/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/local_image.h - what is known here of an image that a service names.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct layout;

struct local_image {
	bool is_here;  /* and for the platform */
	bool is_by_id; /* what the service names is no name */
	int64_t age_s; /* since its registry was asked; -1: it never was */
};

/* @platform NULL: this host's. */
void local_image_look(struct local_image *local, const struct layout *layout, const char *reference,
		      const char *platform);
