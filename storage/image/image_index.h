/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_index.h - ROOT/images/index.json: which manifests there are and what they are
 * called. One descriptor for each name, or for each platform of a name; an unnamed image has one
 * without.
 *
 * Readers need no lock, since the file is replaced whole. Writers hold one from reading to saving.
 */
#pragma once

#include "base/json.h"
#include "storage/image/manifest.h"
#include "storage/layout.h"

struct error;
struct strvec;

struct image_index {
	const struct layout *layout;
	json *document;
	int lock_fd; /* -1: for reading only */
};

#define auto_image_index __attribute__((cleanup(image_index_close)))
/* @for_writing waits for the lock. */
int image_index_open(struct image_index *index, const struct layout *layout, bool for_writing,
		     struct error *err);
int image_index_save(struct image_index *index, struct error *err);
void image_index_close(struct image_index *index);

size_t image_index_count(const struct image_index *index);
json *image_index_at(const struct image_index *index, size_t i);
/* What is wrong with an entry; those that are damaged stay until they are repaired, and
 * image_index_open warns of them. */
int image_index_check(const json *entry, struct error *err);
/* The full reference of an entry, NULL if it has none (or nonsense, by another tool). */
const char *image_index_name(const json *entry);
/* The manifest's digest of an entry; false when it is not one. */
bool image_index_digest(const json *entry, char hex[DIGEST_HEX_SIZE]);
/* How well an entry suits a platform: as manifest_rate_platform; 1 when it does not say. */
int image_index_rate(const json *entry, const struct platform *wanted);
/* The one of this name for the platform; when there is none, the first of another. */
json *image_index_find_for(const struct image_index *index, const char *full_name,
			   const struct platform *wanted);
/* The same for this host's. */
json *image_index_find_name(const struct image_index *index, const char *full_name);
bool image_index_has_digest(const struct image_index *index, const char *hex);

struct image_index_entry {
	const char *hex; /* of the manifest */
	int64_t size;
	const char *name; /* NULL: none */
	const char *os, *architecture, *variant;
	const struct image_origin *origin; /* NULL: not from a registry */
	bool is_beside;			   /* the same name's images for other platforms stay */
};
/* Adds, and takes the name away from whoever had it: an image without any other name stays as an
 * unnamed one. */
void image_index_add(struct image_index *index, const struct image_index_entry *entry);
/* Takes its name away from one entry. If it was the manifest's last and @keep_unnamed, an unnamed
 * entry stays. */
void image_index_untag(struct image_index *index, json *entry, bool keep_unnamed);
/* Removes this entry, whatever it is. */
void image_index_remove(struct image_index *index, const json *entry);

/* What the registry of a name said about it, the last time that it was asked: annotations of the
 * entry. */
struct image_origin {
	char hex[DIGEST_HEX_SIZE]; /* what the name led to: an index, or the manifest itself */
	int64_t checked;	   /* seconds since 1970 */
};
bool image_index_origin(const json *entry, struct image_origin *origin);
void image_index_set_origin(json *entry, const struct image_origin *origin);
