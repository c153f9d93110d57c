/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/check/check_layers.c - records of unpacked layers; garbage; unpacking damaged ones anew.
 */
#include "storage/check/check_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "storage/image/blob.h"
#include "storage/image/image_private.h"
#include "storage/image/layer_record.h"
#include "storage/image/layer_settle.h"
#include "storage/image/layer_store.h"
#include "storage/image/manifest.h"
#include "storage/reference.h"
#include "storage/store_lock.h"

/* The name of a layer follows from its record. */
static bool is_own_name(const char *name, const char *diff_id, const char *parent)
{
	char chain[DIGEST_HEX_SIZE];

	if (!parent)
		return strcmp(name, diff_id) == 0;
	manifest_chain(chain, parent, diff_id);
	return strcmp(name, chain) == 0;
}

static const char *check_layer(struct check_walk *walk, const char *name)
{
	struct layer_record record;
	struct error problem = {0};
	struct stat status;
	char path[96];

	snprintf(path, sizeof(path), "%.64s/diff", name);
	if (fstatat(walk->layout->layers_fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(status.st_mode))
		return "its directory diff is missing";
	if (layer_settle_is_lost(walk->layout, name))
		return "a build had not brought it to the disk when the machine went down";
	if (!layer_record_load(walk->layout, name, &record, walk->arena, &problem))
		return problem.code == ENOENT ? "its layer.json is missing"
					      : "its layer.json is damaged";
	if (!is_own_name(name, record.diff_id, record.parent))
		return "its layer.json describes another layer";
	return NULL;
}

int check_layers(struct check_walk *walk, struct error *err)
{
	auto_strvec struct strvec names = {0};

	if (check_list(walk, walk->layout->layers_fd, ".", &names, err) < 0)
		return -1;
	strvec_each (name, &names) {
		const char *problem;

		if (strcmp(*name, "empty") == 0)
			continue;
		if (!reference_is_hex(*name, 64) || (*name)[64]) {
			check_find(walk, CHECK_DAMAGE, "layer", *name, "not the name of a layer")
				->action = "it is not coracle's: remove it from layers";
			continue;
		}
		walk->check->layers++;
		problem = check_layer(walk, *name);
		if (problem)
			map_set(&walk->bad_layers, *name,
				check_find(walk, CHECK_DAMAGE, "layer", check_digest(walk, *name),
					   problem));
	}
	return 0;
}

static void size_text(struct check_walk *walk, const struct gc_item *item, const char **problem)
{
	char size[32];

	units_format_size(size, sizeof(size), item->size);
	*problem = arena_format(walk->arena, "nothing refers to it (%s)", size);
}

/* A finding about its damage is done with as well when the thing is gone. */
static void add_garbage(struct check_walk *walk, const char *kind, const struct gc_item *item,
			const struct map *bad)
{
	struct check_finding *finding = map_get(bad, item->hex);
	const char *problem;

	size_text(walk, item, &problem);
	if (!finding)
		finding = check_find(walk, CHECK_LITTER, kind, check_digest(walk, item->hex),
				     problem);
	finding->weight = CHECK_LITTER;
	if (check_may(walk, finding))
		check_repaired(finding, "removed");
}

/* A damaged blob that something needs: then that is broken, and was told of. */
static int drop_bad_blobs(struct check_walk *walk, struct error *err)
{
	struct gc_garbage bad = {0};

	map_each (entry, &walk->bad_blobs) {
		struct check_finding *finding = entry->value;
		struct gc_item *item;

		if (finding->is_repaired || !check_may(walk, finding))
			continue;
		bad.blobs.items = arena_grow(walk->arena, bad.blobs.items, bad.blobs.count,
					     sizeof(*bad.blobs.items));
		item = bad.blobs.items + bad.blobs.count++;
		memcpy(item->hex, entry->key, DIGEST_HEX_SIZE);
		check_repaired(finding, "removed: what is unpacked goes on working, but to save "
					"or push it, load it again, or remove it and pull it");
	}
	return bad.blobs.count ? gc_take_away(&walk->staging, &bad, err) : 0;
}

int check_garbage(struct check_walk *walk, struct error *err)
{
	struct gc_garbage garbage;

	if (!walk->index.document)
		return 0; /* then nothing can be said about what is needed */
	if (gc_mark_all(&walk->marks, &walk->index, err) < 0 ||
	    gc_find(walk->layout, &walk->marks, &garbage, walk->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < garbage.blobs.count; i++)
		add_garbage(walk, "blob", garbage.blobs.items + i, &walk->bad_blobs);
	for (size_t i = 0; i < garbage.layers.count; i++)
		add_garbage(walk, "layer", garbage.layers.items + i, &walk->bad_layers);
	if (!walk->check->is_dry && gc_take_away(&walk->staging, &garbage, err) < 0)
		return -1;
	return drop_bad_blobs(walk, err);
}

/* A damaged layer gives up its place, unless a running container has it mounted. */
static bool make_room(struct check_walk *walk)
{
	struct gc_garbage away = {0};

	map_each (entry, &walk->rebuild) {
		struct check_finding *finding = entry->value;
		struct gc_item *item;

		if (!check_may(walk, finding))
			return false;
		if (map_has(&walk->check->busy, entry->key)) {
			finding->action = "a running container uses it: stop that and check again";
			return false;
		}
		away.layers.items = arena_grow(walk->arena, away.layers.items, away.layers.count,
					       sizeof(*away.layers.items));
		item = away.layers.items + away.layers.count++;
		memcpy(item->hex, entry->key, DIGEST_HEX_SIZE);
	}
	return gc_take_away(&walk->staging, &away, NULL) == 0;
}

static int unpack_image(struct check_walk *walk, const char *hex, const struct image *image,
			struct error *err)
{
	struct layer_job *jobs = arena_array(walk->arena, image->layer_count, sizeof(*jobs));
	struct layer_progress progress = {0};
	auto_strbuf struct strbuf text = {0};
	auto_strbuf struct strbuf config_text = {0};
	auto_json json *document = NULL;
	auto_json json *config = NULL;
	struct manifest manifest;
	char **diff_ids, **chain_ids;
	size_t count;

	if (blob_read(walk->layout, hex, &text, err) < 0)
		return -1;
	document = json_parse(strbuf_text(&text), text.length, "manifest", err);
	if (!document || manifest_parse(document, &manifest, walk->arena, err) < 0 ||
	    blob_read(walk->layout, manifest.config.hex, &config_text, err) < 0)
		return -1;
	config = json_parse(strbuf_text(&config_text), config_text.length, "config", err);
	if (!config ||
	    manifest_parse_rootfs(config, &diff_ids, &chain_ids, &count, walk->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count && i < manifest.layer_count; i++) {
		struct blob_file *file = arena_alloc(walk->arena, sizeof(*file));

		jobs[i] = (struct layer_job){
			.chain_id = chain_ids[i],
			.diff_id = diff_ids[i],
			.blob_hex = manifest.layers[i].hex,
			.blob_size = manifest.layers[i].size,
		};
		if (blob_stage_existing(&walk->staging, manifest.layers[i].hex, file))
			jobs[i].blob_name = file->name;
		else if (!layer_store_has(walk->layout, chain_ids[i]))
			return error_set(err, ERROR_NOT_FOUND, "its blob has gone");
	}
	return layer_store_unpack(&walk->staging, jobs, count, &progress, err);
}

/* Outside of the exclusive lock, since it takes its time. */
int check_rebuild(struct check_walk *walk, struct error *err)
{
	auto_close int lock = -1;

	if (walk->rebuild.count == 0)
		return 0;
	lock = store_lock_exclude(walk->layout, true, err);
	if (lock < 0)
		return -1;
	if (!make_room(walk))
		return 0;
	close(take_fd(&lock)); /* from now on index.json is enough to keep them */
	map_each (entry, &walk->images) {
		struct error problem = {0};

		if (unpack_image(walk, entry->key, entry->value, &problem) < 0)
			check_find(walk, CHECK_DAMAGE, "image", check_digest(walk, entry->key),
				   arena_string(walk->arena, problem.text))
				->action = "pull or load it again";
	}
	map_each (entry, &walk->rebuild)
		if (layer_store_has(walk->layout, entry->key))
			check_repaired(entry->value, "unpacked anew from its blob");
	return 0;
}
