/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/container_use.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "storage/layout.h"
#include "storage/reference.h"

/* False: it is no list of layers, some of which would seem to be nobody's. */
static bool read_stack(struct container_stack *stack, const json *list, struct arena *arena)
{
	*stack = (struct container_stack){
		.chain_ids = arena_array(arena, json_length(list) + 1, sizeof(char *)),
	};
	for (size_t i = 0; i < json_length(list); i++) {
		const char *chain_id = json_string_at(list, i);

		if (!chain_id || !reference_is_hex(chain_id, 64) || chain_id[64])
			return false;
		stack->chain_ids[stack->count++] = arena_string(arena, chain_id);
	}
	return json_is_array(list);
}

static bool read_document(struct container_use *use, const json *document, const char *id,
			  struct arena *arena)
{
	const char *image = json_string(json_get(document, "config"), "image", "");
	json *mounts = json_get(document, "mounts");
	size_t count = json_length(mounts);

	*use = (struct container_use){
		.name = arena_string(arena, json_string(document, "name", id)),
		.image = arena_string(arena, image),
		.image_id = arena_string(arena, json_string(document, "image_id", "")),
		.stacks = arena_array(arena, count + 1, sizeof(*use->stacks)),
	};
	if ((mounts && !json_is_array(mounts)) ||
	    !read_stack(&use->stacks[use->stack_count++], json_get(document, "layers"), arena))
		return false;
	for (size_t i = 0; i < count; i++) {
		json *layers = json_get(json_at(mounts, i), "layers");

		if (!json_is_object(json_at(mounts, i)) ||
		    (layers && !read_stack(&use->stacks[use->stack_count++], layers, arena)))
			return false;
	}
	return true;
}

enum container_use_state container_use_read(struct container_use *use, const struct layout *layout,
					    const char *id, struct arena *arena)
{
	auto_json json *document = NULL;
	struct error reason = {0};
	struct stat status;
	char path[100];

	*use = (struct container_use){.name = id, .image = "", .image_id = ""};
	snprintf(path, sizeof(path), "%.64s/container.json", id);
	if (fstatat(layout->containers_fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return CONTAINER_USE_MISSING;
	if (status.st_size == 0)
		return CONTAINER_USE_EMPTY;
	document = json_load(layout->containers_fd, path, &reason);
	if (!document && reason.code == ENOENT)
		return CONTAINER_USE_MISSING;
	if (document && strcmp(json_string(document, "id", ""), id) == 0 && /* else another's */
	    read_document(use, document, id, arena))
		return CONTAINER_USE_READ;
	*use = (struct container_use){.name = id, .image = "", .image_id = ""};
	return CONTAINER_USE_DAMAGED;
}
