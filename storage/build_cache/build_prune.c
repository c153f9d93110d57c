/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_prune.c - build_cache_prune and build_cache_keep of
 * storage/build_cache/build_cache.h.
 *
 * Records are unlinked, mounts renamed into staging; then the collection of garbage takes the
 * layers. A kill in between leaves layers that the next collection finds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/event.h"
#include "base/log.h"
#include "base/units.h"
#include "storage/build_cache/build_limit.h"
#include "storage/build_cache/build_list.h"
#include "storage/build_cache/build_record.h"
#include "storage/build_cache/build_stamp.h"
#include "storage/image/gc.h"
#include "storage/staging.h"

#define OLD_SIZE_S 600 /* a cache mount's size is good for so long, at the end of builds */
#define OLDEST_S   (60 * 86400)

struct pruning {
	const struct build_cache_prune *requests; /* one after the other */
	size_t request_count;
	struct build_list list;
	struct staging staging;
	int64_t bytes; /* of mounts */
};

static bool is_mount(const struct build_record *record)
{
	return strcmp(record->kind, BUILD_KIND_MOUNT) == 0;
}

static bool remove_one(struct pruning *pruning, const struct build_record *record)
{
	char name[128];

	snprintf(name, sizeof(name), is_mount(record) ? "mounts/%s" : "records/%s.json",
		 record->key);
	if (!build_list_remove(&pruning->staging, name))
		return false;
	build_ledger_drop(&pruning->list.ledger, record);
	if (is_mount(record)) {
		pruning->list.mount_bytes -= record->size;
		pruning->bytes += record->size;
	}
	return true;
}

static bool may_go(const struct build_cache_prune *request, const struct build_record *record,
		   time_t now)
{
	if (record->is_in_use || (record->is_shared && !request->all) ||
	    (request->unused_for_s && record->used_s > now - request->unused_for_s))
		return false;
	return !request->wants || request->wants(record, request->data);
}

static int64_t total(const struct build_list *list)
{
	return list->ledger.bytes + list->mount_bytes;
}

static int64_t free_bytes(const struct layout *layout)
{
	struct statvfs about;

	return fstatvfs(layout->root_fd, &about) < 0 ? INT64_MAX
						     : (int64_t)(about.f_bavail * about.f_frsize);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How much may stay; -1: nothing was said. */
static int64_t find_bound(const struct build_list *list, const struct build_cache_prune *request)
{
	int64_t bound = request->max_used_bytes ? request->max_used_bytes : INT64_MAX;

	if (!request->max_used_bytes && !request->min_free_bytes)
		return request->reserved_bytes ? request->reserved_bytes : -1;
	if (request->min_free_bytes > 0) {
		int64_t missing = request->min_free_bytes - free_bytes(list->layout);

		if (missing > 0)
			bound = least(bound, total(list) - missing);
	}
	return bound > request->reserved_bytes ? bound : request->reserved_bytes;
}

static void remove_if_it_may(struct pruning *pruning, const struct build_cache_prune *request,
			     struct build_record *record)
{
	if (!may_go(request, record, time(NULL)))
		return;
	if (remove_one(pruning, record) && request->removed)
		request->removed(record, request->data);
	record->is_in_use = true; /* by nobody any more: it is not looked at again */
}

/* The one used longest ago on which nothing is built: what is built on others would only lie there
 * when these are gone. */
static struct build_record *find_oldest(struct pruning *pruning,
					const struct build_cache_prune *request)
{
	struct build_list *list = &pruning->list;
	time_t now = time(NULL);

	for (size_t i = list->count; i-- > 0;)
		if (may_go(request, list->records + i, now) &&
		    build_ledger_is_leaf(&list->ledger, list->records + i))
			return list->records + i;
	return NULL;
}

static void remove_some(struct pruning *pruning, const struct build_cache_prune *request)
{
	int64_t bound = find_bound(&pruning->list, request);
	struct build_record *record;

	for (size_t i = pruning->list.count; bound < 0 && i-- > 0;)
		remove_if_it_may(pruning, request, pruning->list.records + i);
	while (bound >= 0 && total(&pruning->list) > bound &&
	       (record = find_oldest(pruning, request)))
		remove_if_it_may(pruning, request, record);
}

/* Layers that nothing else needs. @is_hasty: others may bring in an image right now; then they are
 * left for another time. */
static int collect(struct pruning *pruning, bool is_hasty, int64_t *bytes, struct error *err)
{
	const struct gc_request request = {.is_hasty = is_hasty};
	struct gc_garbage garbage = {0};
	struct error problem = {0};

	if (gc_collect(pruning->list.layout, &request, &garbage, pruning->list.arena, &problem) <
	    0) {
		if (problem.code != ERROR_BUSY)
			return error_pass(err, &problem);
		if (!is_hasty)
			log_warning("another command is bringing in an image or creating a "
				    "container: the space comes back with the next prune");
	}
	*bytes = garbage.blobs.bytes + garbage.layers.bytes;
	return 0;
}

static int prune(struct pruning *pruning, bool is_hasty, int64_t *reclaimed, struct error *err)
{
	if (staging_open(&pruning->staging, pruning->list.layout, err) < 0)
		return -1;
	for (size_t i = 0; i < pruning->list.damaged_count; i++)
		build_list_remove(&pruning->staging, pruning->list.damaged[i]);
	for (size_t i = 0; i < pruning->request_count; i++)
		remove_some(pruning, pruning->requests + i);
	if (collect(pruning, is_hasty, reclaimed, err) < 0)
		return -1;
	*reclaimed += pruning->bytes;
	return 0;
}

static void release(struct pruning *pruning)
{
	build_list_close(&pruning->list);
	staging_close(&pruning->staging);
}

int build_cache_prune(const struct layout *layout, const struct build_cache_prune *request,
		      int64_t *reclaimed, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct pruning pruning __attribute__((cleanup(release))) = {
		.requests = request,
		.request_count = 1,
		.list = BUILD_LIST_EMPTY,
		.staging = STAGING_CLOSED,
	};

	*reclaimed = 0;
	if (build_list_open(&pruning.list, layout, &arena, err) < 0 ||
	    prune(&pruning, false, reclaimed, err) < 0)
		return -1;
	event_pruned(EVENT_BUILDER, *reclaimed);
	return 0;
}

/* ---- at the end of builds ----------------------------------------------------------------------
 */

static bool is_over(const struct build_list *list, const struct build_cache_prune *request)
{
	if (request->max_used_bytes)
		return total(list) > request->max_used_bytes;
	return list->count &&
	       list->records[list->count - 1].used_s <= time(NULL) - request->unused_for_s;
}

static int keep(const struct layout *layout, int64_t limit, const struct timespec *now,
		struct error *err)
{
	auto_arena struct arena arena = {0};
	struct build_cache_prune bounds[] = {
		{.unused_for_s = OLDEST_S},
		{.max_used_bytes = limit},
	};
	struct pruning pruning __attribute__((cleanup(release))) = {
		.requests = bounds,
		.request_count = limit ? 2 : 1,
		.list = {.locks_fd = -1, .oldest_size_s = OLD_SIZE_S},
		.staging = STAGING_CLOSED,
	};
	int64_t reclaimed;

	if (build_list_open(&pruning.list, layout, &arena, err) < 0)
		return -1;
	if ((pruning.list.damaged_count || is_over(&pruning.list, bounds) ||
	     (limit && is_over(&pruning.list, bounds + 1))) &&
	    prune(&pruning, true, &reclaimed, err) < 0)
		return -1;
	build_stamp_set(layout, total(&pruning.list), now);
	return 0;
}

void build_cache_keep(const struct layout *layout)
{
	struct timespec now = units_now();
	int64_t limit = build_limit(layout);
	struct error problem = {0};

	if (!build_stamp_is_fresh(layout, limit, &now) && keep(layout, limit, &now, &problem) < 0)
		log_warning("the build cache may be larger than it should: %s", problem.text);
}
