/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_cache.h - door: what builds have made and may use again.
 *
 * ROOT/build/records/KEY.json says which layers came of the step with this key; the layers
 * themselves are among those of images (ROOT/layers), and the collection of garbage takes records
 * for roots. ROOT/build/mounts/HEX are the directories of cache mounts. Only builds write records:
 * an image that was pulled is never taken for one. A record whose layers are gone is none.
 */
#pragma once

#include "base/digest.h"
#include "storage/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct strbuf;

struct build_record {
	const char *key;  /* 64 hexadecimal digits */
	char **chain_ids; /* the whole stack, bottom first; NULL-terminated */
	char **diff_ids;  /* beside them, "sha256:…" */
	size_t layer_count;
	const char *value;	 /* of what has no layers: a digest of files; NULL */
	const char *description; /* "[build 3/5] RUN make" */
	const char
		*kind; /* "regular", "source.local", "source.git", "exec.cachemount", "internal" */
	int64_t size;  /* bytes of the last layer, or of the mount's files */
	int64_t created_s, used_s; /* since the epoch */
	int64_t uses;
	bool is_in_use; /* list: locked by a build right now */
	bool is_shared; /* list: an image has its layers, too */
};

/* 1: found, and its layers are there; 0: not. Notes that it was used now. */
int build_cache_find(const struct layout *layout, const char *key, struct build_record *record,
		     struct arena *arena, struct error *err);
/* The layers are in place; the caller holds the store's lock (storage/store_lock.h) since then. */
int build_cache_put(const struct layout *layout, const struct build_record *record,
		    struct error *err);
/* Who is about to make what a key stands for: a second one waits until @cancel_fd (-1: none) is
 * readable. Returns a descriptor to close. */
int build_cache_lock(const struct layout *layout, const char *key, int cancel_fd,
		     struct error *err);

/* The directory of a cache mount; its id may be anything. @record->key is made of it. Returns its
 * descriptor; the lock is shared or (of "locked") exclusive and held by *@lock_fd; of "private" the
 * first directory that nobody holds. @is_new: it was made by this call and is empty. */
struct build_cache_mount {
	const char *id;
	enum { BUILD_CACHE_SHARED, BUILD_CACHE_PRIVATE, BUILD_CACHE_LOCKED } sharing;
	unsigned mode; /* of a new one */
	unsigned uid, gid;
	int cancel_fd;
};
int build_cache_open_mount(const struct layout *layout, const struct build_cache_mount *mount,
			   int *lock_fd, bool *is_new, struct error *err);

/* Records and cache mounts, those used last first. */
int build_cache_list(const struct layout *layout, struct build_record **records, size_t *count,
		     struct arena *arena, struct error *err);
struct build_cache_prune {
	bool all;	      /* those that images need, too; else what nothing else keeps */
	int64_t unused_for_s; /* only those not used for so long; 0 */
	int64_t keep_bytes;   /* those used last stay up to this sum; 0: none */
	bool (*wants)(const struct build_record *record, void *data); /* NULL: all that may go */
	void *data;
	void (*removed)(const struct build_record *record, void *data); /* NULL */
};
/* What a build uses right now stays. @reclaimed: bytes. */
int build_cache_prune(const struct layout *layout, const struct build_cache_prune *request,
		      int64_t *reclaimed, struct error *err);
/* For the collection of garbage: each layer of each record that can be read. */
int build_cache_each_layer(const struct layout *layout,
			   void (*call)(const char *chain_id, void *data), void *data,
			   struct error *err);
