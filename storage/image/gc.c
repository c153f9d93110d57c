/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/gc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "storage/image/image_index.h"
#include "storage/image/layer_record.h"
#include "storage/image/layer_store.h"
#include "storage/reference.h"
#include "storage/staging.h"
#include "storage/store_lock.h"

static bool is_digest(const char *name)
{
	return reference_is_hex(name, 64) && !name[64];
}

static void add(struct gc_list *list, const char *hex, int64_t size, struct arena *arena)
{
	struct gc_item *item;

	list->items = arena_grow(arena, list->items, list->count, sizeof(*list->items));
	item = list->items + list->count++;
	*item = (struct gc_item){.size = size};
	snprintf(item->hex, sizeof(item->hex), "%.64s", hex);
	list->bytes += size;
}

static int find_blobs(const struct layout *layout, const struct gc_marks *marks,
		      struct gc_list *list, struct arena *arena, struct error *err)
{
	int fd = openat(layout->images_fd, "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list '%s/images/blobs'", layout->root);
	while ((entry = readdir(dir))) {
		struct stat status;

		if (!is_digest(entry->d_name) || (marks && marks->has_lost_image) ||
		    (marks && map_has(&marks->blobs, entry->d_name)) ||
		    fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		add(list, entry->d_name, status.st_size, arena);
	}
	return 0;
}

static bool needs_layer(const struct layout *layout, const struct gc_marks *marks,
			const char *chain_id)
{
	auto_arena struct arena arena = {0};
	struct layer_record record;
	struct error problem = {0};

	if (marks->has_lost_container || marks->has_lost_image || map_has(&marks->layers, chain_id))
		return true;
	if (!marks->lost_layers.count)
		return false;
	/* Nobody knows what of a damaged one. */
	if (!layer_record_load(layout, chain_id, &record, &arena, &problem))
		return problem.code != ENOENT;
	return record.blob && map_has(&marks->lost_layers, record.blob);
}

static int find_layers(const struct layout *layout, const struct gc_marks *marks,
		       struct gc_list *list, struct arena *arena, struct error *err)
{
	int fd = openat(layout->layers_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list '%s/layers'", layout->root);
	while ((entry = readdir(dir)))
		if (is_digest(entry->d_name) &&
		    (!marks || !needs_layer(layout, marks, entry->d_name)))
			add(list, entry->d_name, layer_store_size(layout, entry->d_name), arena);
	return 0;
}

int gc_find(const struct layout *layout, const struct gc_marks *marks, struct gc_garbage *found,
	    struct arena *arena, struct error *err)
{
	*found = (struct gc_garbage){0};
	if (find_blobs(layout, marks, &found->blobs, arena, err) < 0)
		return -1;
	return find_layers(layout, marks, &found->layers, arena, err);
}

int gc_take_away(const struct staging *staging, const struct gc_garbage *garbage, struct error *err)
{
	const struct layout *layout = staging->layout;

	for (size_t i = 0; i < garbage->layers.count; i++)
		if (layer_store_remove(staging, garbage->layers.items[i].hex, err) < 0)
			return -1;
	for (size_t i = 0; i < garbage->blobs.count; i++) {
		const char *hex = garbage->blobs.items[i].hex;
		char path[96], name[96];

		snprintf(path, sizeof(path), "blobs/sha256/%s", hex);
		snprintf(name, sizeof(name), "garbage-%s", hex);
		if (renameat(layout->images_fd, path, staging->fd, name) < 0 && errno != ENOENT)
			return error_errno(err, "cannot remove blob sha256:%.12s", hex);
	}
	return 0;
}

static int collect(const struct staging *staging, const struct gc_request *request,
		   struct gc_garbage *garbage, struct arena *arena, struct error *err)
{
	const struct layout *layout = staging->layout;
	auto_close int lock = store_lock_exclude(layout, !request->is_hasty, err);
	auto_image_index struct image_index index = {.lock_fd = -1};
	auto_gc_marks struct gc_marks marks = {0};

	if (lock < 0 || image_index_open(&index, layout, true, err) < 0 ||
	    gc_mark_all(&marks, &index, err) < 0 ||
	    gc_find(layout, &marks, garbage, arena, err) < 0)
		return -1;
	return request->is_dry ? 0 : gc_take_away(staging, garbage, err);
}

int gc_collect(const struct layout *layout, const struct gc_request *request,
	       struct gc_garbage *garbage, struct arena *arena, struct error *err)
{
	auto_staging struct staging staging = {.layout = layout, .fd = -1};

	*garbage = (struct gc_garbage){0};
	if (!request->is_dry && staging_open(&staging, layout, err) < 0)
		return -1;
	return collect(&staging, request, garbage, arena, err);
}
