/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image_commit.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/archive/layer_diff.h"
#include "storage/archive/tar_writer.h"
#include "storage/image/image.h"
#include "storage/image/image_event.h"
#include "storage/image/image_make.h"
#include "storage/image/manifest.h"
#include "storage/overlay_stack.h"

/* Is the root directory itself another one than the image's? Only then it is part of the layer. */
static bool has_own_root(struct image_make *make, int upper_fd)
{
	char **diff_ids, **chain_ids;
	struct stat upper, lower;
	auto_close int fd = -1;
	size_t count;

	if (manifest_parse_rootfs(make->document, &diff_ids, &chain_ids, &count, make->arena,
				  NULL) < 0 ||
	    count == 0)
		return true;
	fd = overlay_stack_open_layer(make->layout, chain_ids[count - 1], NULL);
	return fd < 0 || fstat(fd, &lower) < 0 || fstat(upper_fd, &upper) < 0 ||
	       lower.st_mode != upper.st_mode || lower.st_uid != upper.st_uid ||
	       lower.st_gid != upper.st_gid;
}

static int write_layer(struct image_make_writer *writer, struct layer_diff *diff, struct error *err)
{
	auto_tar_writer struct tar_writer tar;

	tar_writer_init(&tar, image_make_write, writer);
	if (layer_diff_write(diff, &tar, err) < 0)
		return -1;
	if (diff->entries == 0)
		return 0;
	if (tar_writer_finish(&tar, err) < 0)
		return -1;
	return image_make_close_layer(writer, err);
}

/* 1: there is a new layer. */
static int add_layer(struct image_make *make, const struct image_commit *request, struct error *err)
{
	struct image_make_writer writer;
	struct layer_diff diff = {
		.fd = request->upper_fd,
		.is_upper = true,
		.skips = request->skips,
		.data = request->data,
	};
	int result;

	if (request->upper_fd < 0)
		return 0;
	diff.has_root = has_own_root(make, request->upper_fd);
	if (image_make_open_layer(make, &writer, err) < 0)
		return -1;
	result = write_layer(&writer, &diff, err);
	image_make_drop_layer(&writer);
	return result < 0 ? -1 : diff.entries > 0;
}

/* What older docker versions wrote about the container that an image was made from. */
static void drop_legacy(json *document)
{
	static const char *const members[] = {"container", "container_config", "id", "parent",
					      "docker_version"};

	for (size_t i = 0; i < array_length(members); i++)
		json_object_object_del(document, members[i]);
}

static int configure(struct image_make *make, const struct image_commit *request, struct error *err)
{
	json *config = json_get(make->document, "config");

	drop_legacy(make->document);
	if (!json_is_object(config)) {
		config = json_new_object();
		json_set(make->document, "config", config);
	}
	return request->configure ? request->configure(request->data, config, err) : 0;
}

static int make_image(struct image_make *make, const struct image_commit *request, char id[80],
		      struct error *err)
{
	struct image_make_note note = {
		.created_by = request->created_by,
		.author = request->author,
		.comment = request->message,
	};
	int added;

	if (image_make_take_parent(make, request->image_id, err) < 0 ||
	    configure(make, request, err) < 0)
		return -1;
	added = add_layer(make, request, err);
	if (request->finished_reading)
		request->finished_reading(request->data);
	if (added < 0)
		return -1;
	note.has_no_layer = !added;
	image_make_add_history(make, &note);
	return image_make_finish(make, id, err);
}

int image_commit(const struct layout *layout, const struct image_commit *request, char id[80],
		 struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_image_make struct image_make make = {0};

	if (image_make_begin(&make, layout, request->name, &arena, err) < 0 ||
	    make_image(&make, request, id, err) < 0)
		return -1;
	image_event(layout, "create", id, NULL);
	image_event_named(layout, id, make.name);
	return 0;
}
