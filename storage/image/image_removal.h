/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_removal.h - taking images away: what image_remove and image_prune share.
 *
 * Begin takes the store's lock, index.json's, and notes which images containers use. The caller
 * takes entries out of the index; commit saves it and takes away what nothing refers to any more.
 * A kill after the saving leaves garbage that the next collection finds. Close releases the locks
 * and then deletes.
 */
#pragma once

#include "base/arena.h"
#include "storage/image/gc.h"
#include "storage/image/image_index.h"
#include "storage/staging.h"

#include <stdbool.h>

struct image;
struct strbuf;

struct image_removed {
	const char *action, *id, *name;
};

struct image_removal {
	const struct layout *layout;
	struct image_index index;
	struct gc_marks marks; /* of containers, until the commit */
	struct arena arena;
	struct strbuf *report;
	bool is_prune;	   /* docker writes its report with small letters */
	int64_t reclaimed; /* bytes */
	/* private */
	struct image_removed *removed; /* to be told when it is on disk */
	size_t removed_count;
	struct map configs; /* manifest -> config (hex), as far as they have been read */
	struct staging staging;
	int lock_fd; /* -1: others hold the store's lock, so that data must stay */
};

#define auto_image_removal __attribute__((cleanup(image_removal_close)))
int image_removal_begin(struct image_removal *removal, const struct layout *layout,
			struct strbuf *report, struct error *err);
int image_removal_commit(struct image_removal *removal, struct error *err);
void image_removal_close(struct image_removal *removal);

/* A container that is made from the image or mounts it, or NULL. */
const char *image_removal_user(const struct image_removal *removal, const struct image *image);
/* Takes a name away from this image, not from those for other platforms, and says so. */
void image_removal_untag(struct image_removal *removal, const struct image *image, const char *full,
			 bool keep_unnamed);
/* All manifests with the config of @image leave the index. */
void image_removal_forget(struct image_removal *removal, const struct image *image);
/* Takes the compressed layers of images away whose layers are all unpacked. After the commit. */
int image_removal_drop_blobs(struct image_removal *removal, struct error *err);
