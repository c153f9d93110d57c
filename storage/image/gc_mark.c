/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/gc_mark.c - the first half of storage/image/gc.h: what is referred to.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "storage/build_use.h"
#include "storage/container_use.h"
#include "storage/image/blob.h"
#include "storage/image/gc.h"
#include "storage/image/image_index.h"
#include "storage/image/layer_snapshot.h"
#include "storage/reference.h"

#define DEEPEST_INDEX 4

static char here[] = "";

void gc_marks_release(struct gc_marks *marks)
{
	map_each (entry, &marks->users)
		free(entry->value);
	map_each (entry, &marks->mounted)
		free(entry->value);
	map_release(&marks->users);
	map_release(&marks->mounted);
	map_release(&marks->blobs);
	map_release(&marks->layers);
	map_release(&marks->lost_layers);
}

static json *read_blob(const struct layout *layout, const char *hex)
{
	auto_strbuf struct strbuf text = {0};

	if (blob_read(layout, hex, &text, NULL) < 0)
		return NULL;
	return json_parse(strbuf_text(&text), text.length, "blob", NULL);
}

static bool mark_config(struct gc_marks *marks, const struct layout *layout,
			const struct manifest *manifest, struct arena *arena)
{
	auto_json json *config = read_blob(layout, manifest->config.hex);
	char **diff_ids, **chain_ids;
	size_t count;

	if (!config ||
	    manifest_parse_rootfs(config, &diff_ids, &chain_ids, &count, arena, NULL) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct layer_snapshot_blob other;

		map_set(&marks->layers, chain_ids[i], here);
		if (i < manifest->layer_count &&
		    layer_snapshot_has_other(layout, chain_ids[i], manifest->layers[i].hex, &other))
			map_set(&marks->blobs, other.hex, here);
	}
	return true;
}

static bool mark_document(struct gc_marks *marks, const struct layout *layout, const char *hex,
			  int depth)
{
	auto_arena struct arena arena = {0};
	auto_json json *document = NULL;
	json *list;
	struct manifest manifest;
	bool is_whole = true;

	map_set(&marks->blobs, hex, here);
	document = read_blob(layout, hex);
	list = json_get(document, "manifests");
	if (!document || depth > DEEPEST_INDEX)
		return false;
	for (size_t i = 0; i < json_length(list); i++) { /* by another tool: we write none */
		char other[DIGEST_HEX_SIZE];

		if (image_index_digest(json_at(list, i), other) && blob_exists(layout, other))
			is_whole &= mark_document(marks, layout, other, depth + 1);
	}
	if (list)
		return is_whole;
	if (manifest_parse(document, &manifest, &arena, NULL) < 0)
		return false;
	map_set(&marks->blobs, manifest.config.hex, here);
	for (size_t i = 0; i < manifest.layer_count; i++)
		map_set(&marks->blobs, manifest.layers[i].hex, here);
	if (mark_config(marks, layout, &manifest, &arena))
		return true;
	for (size_t i = 0; i < manifest.layer_count; i++)
		map_set(&marks->lost_layers, manifest.layers[i].hex, here);
	return false;
}

bool gc_mark_manifest(struct gc_marks *marks, const struct layout *layout, const char *hex)
{
	return mark_document(marks, layout, hex, 0);
}

void gc_mark_index(struct gc_marks *marks, const struct image_index *index)
{
	for (size_t i = 0; i < image_index_count(index); i++) {
		char hex[DIGEST_HEX_SIZE];

		if (image_index_digest(image_index_at(index, i), hex))
			gc_mark_manifest(marks, index->layout, hex);
		else
			marks->has_lost_image = true;
	}
}

static void note_user(struct map *users, const char *hex, const char *name)
{
	if (!map_has(users, hex))
		map_set(users, hex, alloc_string(name));
}

static void mark_container(struct gc_marks *marks, const struct container_use *use)
{
	char hex[DIGEST_HEX_SIZE];

	for (size_t i = 0; i < use->stack_count; i++) {
		const struct container_stack *stack = &use->stacks[i];

		for (size_t j = 0; j < stack->count; j++)
			map_set(&marks->layers, stack->chain_ids[j], here);
		if (i > 0 && stack->count)
			note_user(&marks->mounted, stack->chain_ids[stack->count - 1], use->name);
	}
	if (reference_parse_digest(hex, use->image_id, "image id", NULL) == 0)
		note_user(&marks->users, hex, use->name);
}

static void read_container(struct gc_marks *marks, const struct layout *layout, const char *id)
{
	auto_arena struct arena arena = {0};
	struct container_use use;
	enum container_use_state state = container_use_read(&use, layout, id, &arena);

	if (state == CONTAINER_USE_READ) {
		mark_container(marks, &use);
	} else if (state == CONTAINER_USE_DAMAGED) {
		marks->has_lost_container = true;
		log_warning_once("container %.12s is damaged: until it is removed, no unpacked "
				 "layer is given up",
				 id);
	}
}

int gc_mark_containers(struct gc_marks *marks, const struct layout *layout, struct error *err)
{
	int fd = openat(layout->containers_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list '%s/containers'", layout->root);
	while ((entry = readdir(dir)))
		if (reference_is_hex(entry->d_name, 64) && !entry->d_name[64])
			read_container(marks, layout, entry->d_name);
	return 0;
}

static void mark_layer(const char *chain_id, void *data)
{
	struct gc_marks *marks = data;

	map_set(&marks->layers, chain_id, here);
}

int gc_mark_builds(struct gc_marks *marks, const struct layout *layout, struct error *err)
{
	return build_use_each_layer(layout, mark_layer, marks, err);
}

int gc_mark_all(struct gc_marks *marks, const struct image_index *index, struct error *err)
{
	gc_mark_index(marks, index);
	if (gc_mark_builds(marks, index->layout, err) < 0)
		return -1;
	return gc_mark_containers(marks, index->layout, err);
}
