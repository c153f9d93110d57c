/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/gc.h - what nothing refers to, found by marking.
 *
 * Roots are index.json, every container.json, and the records of the build cache; nothing is
 * counted on disk, so nothing can be counted wrong. Marking and renaming away happen under the
 * store's exclusive lock and index.json's (storage/store_lock.h); the deleting itself, which may
 * take long, after both. What is being made (ROOT/staging) or has come of a pull is not the
 * collection's business.
 *
 * An image that cannot be read keeps what is known of it and blocks nobody. A container that cannot
 * be read might need any layer: then no layer goes.
 */
#pragma once

#include "base/digest.h"
#include "base/map.h"
#include "storage/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct image_index;
struct staging;
struct strbuf;

struct gc_marks {
	struct map blobs, layers; /* hex -> not NULL */
	/* image id (hex of its config) -> name of a container made from it; the names are owned */
	struct map users;
	struct map mounted;	 /* top layer of an image that a container mounts -> the same */
	struct map lost_layers;	 /* layer blobs of images whose config cannot be read */
	bool has_lost_container; /* one that cannot be read */
	bool has_lost_image;	 /* an entry of index.json that does not say which */
};

#define auto_gc_marks __attribute__((cleanup(gc_marks_release)))
void gc_marks_release(struct gc_marks *marks);
/* A manifest (or an index of them) with all that it leads to. False when it cannot be read in full;
 * what could be read is marked. */
bool gc_mark_manifest(struct gc_marks *marks, const struct layout *layout, const char *hex);
void gc_mark_index(struct gc_marks *marks, const struct image_index *index);
int gc_mark_containers(struct gc_marks *marks, const struct layout *layout, struct error *err);
/* What the build cache has, and what running builds hold. */
int gc_mark_builds(struct gc_marks *marks, const struct layout *layout, struct error *err);
/* The three of them. */
int gc_mark_all(struct gc_marks *marks, const struct image_index *index, struct error *err);

struct gc_item {
	char hex[DIGEST_HEX_SIZE];
	int64_t size; /* bytes; of a layer: of its files */
};

struct gc_list {
	struct gc_item *items;
	size_t count;
	int64_t bytes;
};

struct gc_garbage {
	struct gc_list blobs, layers;
};

/* What is in the store without a mark; with @marks NULL all that is there. */
int gc_find(const struct layout *layout, const struct gc_marks *marks, struct gc_garbage *found,
	    struct arena *arena, struct error *err);
/* Renames it into @staging. The caller holds both locks, and closes @staging after them. */
int gc_take_away(const struct staging *staging, const struct gc_garbage *garbage,
		 struct error *err);
struct gc_request {
	bool is_dry;   /* nothing is removed */
	bool is_hasty; /* waits for nobody */
};
/* All at once. ERROR_BUSY: see store_lock_exclude. */
int gc_collect(const struct layout *layout, const struct gc_request *request,
	       struct gc_garbage *garbage, struct arena *arena, struct error *err);
