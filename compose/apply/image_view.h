/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/image_view.h - what is told of an image on its way from or to its registry: each
 * layer as a part of it, and of the image itself how much of all of them has been moved.
 */
#pragma once

#include "base/map.h"
#include "compose/apply/apply.h"
#include "storage/image/image.h"

struct image_view {
	const struct apply *apply;
	char *object; /* "Image redis:7" */
	bool is_push;
	bool is_quiet;	/* nothing about layers, nor how much has come */
	bool is_silent; /* nothing at all */
	bool has_begun, has_ended, is_done;
	struct map parts;
	int64_t done, total; /* bytes, of all layers that have to be moved */
};

#define auto_image_view __attribute__((cleanup(image_view_release)))
void image_view_init(struct image_view *view, const struct apply *apply, const char *image);
void image_view_release(struct image_view *view);
/* Its turn comes later, or next. */
void image_view_wait(const struct image_view *view, bool is_next);
void image_view_begin(struct image_view *view);
void image_view_step(struct image_view *view, const struct image_step *step);
/* The last word: "Pulled", "Error", … */
void image_view_end(struct image_view *view, enum apply_event_kind kind, const char *action,
		    const char *detail);
/* Ends those that were under way, and counts in the text of @err, if that is ECANCELED. Returns -1.
 */
int image_view_interrupt(struct image_view *views, size_t count, struct error *err);
