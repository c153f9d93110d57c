/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_cache.h - door: what builds have made and may use again.
 *
 * ROOT/build/records/KEY.json says which layers came of the step with this key; the layers
 * themselves are among those of images (ROOT/layers), and the collection of garbage takes records
 * for roots (storage/build_use.h). ROOT/build/mounts/HEX are the directories of cache mounts. Only
 * builds write records: an image that was pulled is never taken for one. A record whose layers are
 * gone, or that is damaged, is none.
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
	int64_t size;  /* bytes of the last layer, or of the mount's files; list: of several steps
			* with the same layer the oldest has it, so that sizes may be added */
	int64_t created_s, used_s; /* since the epoch */
	int64_t used_ns;	   /* the same, exactly: which was used before which */
	int64_t uses;
	bool is_in_use; /* list: locked by a build right now */
	bool is_shared; /* list: an image has its layers, too */
};

/* 1: found, and its layers are there; 0: not. Notes that it was used now. Whoever builds on them
 * gives them to build_hold_add (build_hold.h) before anything else. */
int build_cache_find(const struct layout *layout, const char *key, struct build_record *record,
		     struct arena *arena, struct error *err);
/* The layers are in place; the caller holds the store's lock (storage/store_lock.h) since then.
 * @record->key, times and counts of uses but for created_s (0: now) need not be filled in. */
int build_cache_put(const struct layout *layout, const struct build_record *record,
		    struct error *err);
/* Who is about to make what a key stands for: a second one waits until the first has closed it, or
 * @cancel_fd (-1: none) is readable: ECANCELED. Returns a descriptor to close. */
int build_cache_lock(const struct layout *layout, const char *key, int cancel_fd,
		     struct error *err);

/* The directory of a cache mount; its id may be anything. Returns its descriptor; the lock is
 * shared or (of "locked") exclusive and held by *@lock_fd; of "private" it is the first directory
 * that nobody holds. */
enum build_cache_sharing { BUILD_CACHE_SHARED, BUILD_CACHE_PRIVATE, BUILD_CACHE_LOCKED };
struct build_cache_mount {
	const char *id;
	enum build_cache_sharing sharing;
	unsigned mode; /* of a new one */
	unsigned uid, gid;
	int cancel_fd;		 /* -1: none; else ECANCELED */
	const char *description; /* "cached mount /root/.cache of RUN pip install" */
	/* Puts into a new one what it begins with, before anybody else sees it; NULL: nothing. */
	int (*fill)(int fd, void *data, struct error *err);
	void *data;
};
int build_cache_open_mount(const struct layout *layout, const struct build_cache_mount *mount,
			   int *lock_fd, struct error *err);

/* Records and cache mounts, those used last first. */
int build_cache_list(const struct layout *layout, struct build_record **records, size_t *count,
		     struct arena *arena, struct error *err);
struct build_cache_prune {
	bool all;	      /* those that images need, too; else what nothing else keeps */
	int64_t unused_for_s; /* only those not used for so long; 0 */
	/* Those used last stay. With one of the first two only as much goes as brings the sum of
	 * sizes below @max_used_bytes and gives the disk @min_free_bytes, never below
	 * @reserved_bytes; with this alone all goes but for as much. 0: not said. */
	int64_t max_used_bytes, min_free_bytes, reserved_bytes;
	bool (*wants)(const struct build_record *record, void *data); /* NULL: all that may go */
	void *data;
	void (*removed)(const struct build_record *record, void *data); /* NULL */
};
/* What a build uses right now stays. @reclaimed: bytes. */
int build_cache_prune(const struct layout *layout, const struct build_cache_prune *request,
		      int64_t *reclaimed, struct error *err);
/* At the end of a build, however it went, when its holds are closed: what was used longest ago goes
 * until the cache is within its bound (docs/state-layout.md). Next to nothing when nothing was
 * added since the last time. What fails is only warned of. */
void build_cache_keep(const struct layout *layout);
