/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_list.c - build_cache_list of storage/build_cache/build_cache.h.
 */
#include "storage/build_cache/build_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "storage/archive/usage_tree.h"
#include "storage/build_cache/build_cache_private.h"
#include "storage/build_cache/build_record.h"
#include "storage/staging.h"

#define SUFFIX	   ".json"
#define KEY_LENGTH 64

static struct build_record *grow(struct build_list *list, const char *key)
{
	struct build_record *record;

	list->records = arena_grow(list->arena, list->records, list->count, sizeof(*list->records));
	record = list->records + list->count++;
	*record = (struct build_record){0};
	record->key = arena_string_n(list->arena, key, KEY_LENGTH);
	return record;
}

static void note_damaged(struct build_list *list, const char *name)
{
	list->damaged =
		arena_grow(list->arena, list->damaged, list->damaged_count, sizeof(*list->damaged));
	list->damaged[list->damaged_count++] = arena_string(list->arena, name);
}

/* "KEY.json" */
static void add_record(struct build_list *list, int dirfd, const char *name)
{
	struct build_record record;
	char key[KEY_LENGTH + 1];

	file_remove_stale(dirfd, name);
	snprintf(key, sizeof(key), "%.64s", name);
	if (!build_record_is_key(key) || strcmp(name + KEY_LENGTH, SUFFIX) != 0)
		return;
	if (!build_record_load(dirfd, name, &record, list->arena) ||
	    !build_record_is_whole(list->layout, &record)) {
		note_damaged(list, arena_format(list->arena, "records/%s", name));
		return;
	}
	record.is_in_use = build_cache_is_locked(list->locks_fd, key) ||
			   build_ledger_is_held(&list->ledger, &record);
	record.is_shared = build_ledger_is_shared(&list->ledger, &record);
	build_ledger_add(&list->ledger, &record);
	*grow(list, key) = record;
	list->records[list->count - 1].key = arena_string(list->arena, key);
}

/* What it was when it was last measured, if that is not too long ago. */
static int64_t known_size(const struct build_list *list, int fd)
{
	auto_strbuf struct strbuf text = {0};
	struct stat status;
	uint64_t size;

	if (!list->oldest_size_s || fstatat(fd, "size", &status, 0) < 0 ||
	    status.st_mtim.tv_sec < time(NULL) - list->oldest_size_s ||
	    file_read(fd, "size", 32, &text, NULL) < 0 ||
	    units_parse_u64(&size, strbuf_text(&text), NULL) < 0)
		return -1;
	return (int64_t)size;
}

static int64_t measure(const struct build_list *list, int fd)
{
	int64_t size = known_size(list, fd);
	char text[32];

	if (size >= 0)
		return size;
	size = usage_tree(fd, "data");
	snprintf(text, sizeof(text), "%jd", (intmax_t)size);
	file_replace_volatile(fd, "size", text, strlen(text), 0600, NULL);
	return size;
}

static void add_mount(struct build_list *list, int dirfd, const char *name)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct build_record record;
	bool is_free;

	if (fd < 0 || !build_record_is_key(name))
		return;
	is_free = flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (!build_record_load(fd, BUILD_MOUNT_RECORD, &record, list->arena)) {
		if (is_free)
			note_damaged(list, arena_format(list->arena, "mounts/%s", name));
		return;
	}
	record.is_in_use = !is_free;
	record.size = measure(list, fd);
	list->mount_bytes += record.size;
	*grow(list, name) = record;
	list->records[list->count - 1].key = arena_string(list->arena, name);
}

static int each_name(struct build_list *list, const char *directory,
		     void (*add)(struct build_list *list, int dirfd, const char *name),
		     struct error *err)
{
	int fd = openat(list->layout->root_fd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0
				       : error_errno(err, "cannot list '%s/%s'", list->layout->root,
						     directory);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			add(list, fd, entry->d_name);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct build_record *left = a, *right = b;

	if (left->used_ns != right->used_ns)
		return left->used_ns > right->used_ns ? -1 : 1;
	return strcmp(left->key, right->key);
}

/* Several records may end with the same layer: from the oldest on, the first step has its size. */
static void share_out(struct build_list *list)
{
	auto_map struct map owned = {0};

	for (size_t i = list->count; i-- > 0;) {
		struct build_record *record = list->records + i;
		const char *top =
			record->layer_count ? record->chain_ids[record->layer_count - 1] : NULL;

		if (top && (strcmp(record->kind, "internal") == 0 || map_set(&owned, top, list)))
			record->size = 0;
	}
}

int build_list_open(struct build_list *list, const struct layout *layout, struct arena *arena,
		    struct error *err)
{
	list->layout = layout;
	list->arena = arena;
	list->locks_fd = openat(layout->root_fd, BUILD_LOCKS, O_RDWR | O_CLOEXEC);
	if (build_ledger_open(&list->ledger, layout, arena, err) < 0 ||
	    each_name(list, BUILD_RECORDS, add_record, err) < 0 ||
	    each_name(list, BUILD_MOUNTS, add_mount, err) < 0)
		return -1;
	if (list->count)
		qsort(list->records, list->count, sizeof(*list->records), compare);
	share_out(list);
	return 0;
}

void build_list_close(struct build_list *list)
{
	build_ledger_close(&list->ledger);
	cleanup_close(&list->locks_fd);
	list->locks_fd = -1;
}

int build_cache_list(const struct layout *layout, struct build_record **records, size_t *count,
		     struct arena *arena, struct error *err)
{
	auto_build_list struct build_list list = BUILD_LIST_EMPTY;

	*records = NULL;
	*count = 0;
	if (build_list_open(&list, layout, arena, err) < 0)
		return -1;
	*records = list.records;
	*count = list.count;
	return 0;
}

bool build_list_remove(const struct staging *staging, const char *name)
{
	static unsigned count;
	char path[128], away[32];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "build/%.100s", name);
	fd = openat(staging->layout->root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return false;
	snprintf(away, sizeof(away), "build-%u", ++count);
	return renameat(staging->layout->root_fd, path, staging->fd, away) == 0;
}
