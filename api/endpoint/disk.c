/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much room everything takes, and what can be given back.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/prune.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strvec.h"
#include "base/units.h"
#include "describe/catalog.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "describe/pruning.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/volume_use.h"
#include "storage/build_cache/build_cache.h"
#include "storage/image/usage.h"
#include "storage/volume/volume.h"

#include <string.h>

struct usage {
	struct request *request;
	struct container *containers;
	size_t count;
	json *answer;
};

/* Without types all of them. */
static bool wants(const struct usage *usage, const char *type)
{
	auto_strvec struct strvec types = {0};

	request_query_all(usage->request, "type", &types);
	return types.count == 0 || strvec_contains(&types, type);
}

static int64_t count_users(const struct usage *usage, const char *image_id)
{
	int64_t count = 0;

	for (size_t i = 0; i < usage->count; i++)
		count += strcmp(usage->containers[i].image_id, image_id) == 0;
	return count;
}

static int add_images(struct usage *usage, struct error *err)
{
	struct usage_images images;
	json *list;

	if (usage_images(&usage->request->engine->layout, &images, &usage->request->arena, err) < 0)
		return -1;
	list = json_new_array();
	for (size_t i = 0; i < images.count; i++) {
		const struct usage_image *image = &images.items[i];
		json *item = describe_image_item(&image->image);

		json_set_int(item, "SharedSize", image->shared);
		json_set_int(item, "VirtualSize", image->image.size);
		json_set_int(item, "Containers", count_users(usage, image->image.id));
		json_add(list, item);
	}
	json_set_int(usage->answer, "LayersSize", images.bytes);
	json_set(usage->answer, "Images", list);
	return 0;
}

static int add_containers(struct usage *usage, struct error *err)
{
	auto_catalog struct catalog catalog = {
		.engine = usage->request->engine, .is_full = true, .with_sizes = true};
	json *list = json_new_array();

	(void)err;
	for (size_t i = usage->count; i-- > 0;)
		json_add(list, describe_container_item(&usage->containers[i], &catalog));
	json_set(usage->answer, "Containers", list);
	return 0;
}

static int64_t count_mounts(const struct usage *usage, const char *volume)
{
	int64_t count = 0;

	for (size_t i = 0; i < usage->count; i++)
		count += volume_use_mounts(&usage->containers[i], volume);
	return count;
}

static int add_volumes(struct usage *usage, struct error *err)
{
	const struct layout *layout = &usage->request->engine->layout;
	struct volume *volumes;
	json *list;
	size_t count;

	if (volume_list(layout, &volumes, &count, &usage->request->arena, err) < 0)
		return -1;
	list = json_new_array();
	for (size_t i = 0; i < count; i++) {
		json *item = describe_volume(&volumes[i]), *data = json_new_object();
		int64_t bytes = -1;

		volume_size(layout, &volumes[i], &bytes, NULL);
		json_set_int(data, "Size", bytes);
		json_set_int(data, "RefCount", count_mounts(usage, volumes[i].name));
		json_set(item, "UsageData", data);
		json_add(list, item);
	}
	json_set(usage->answer, "Volumes", list);
	return 0;
}

static int add_builds(struct usage *usage, struct error *err)
{
	struct build_record *records;
	json *list;
	size_t count;

	if (build_cache_list(&usage->request->engine->layout, &records, &count,
			     &usage->request->arena, err) < 0)
		return -1;
	list = json_new_array();
	for (size_t i = 0; i < count; i++)
		json_add(list, describe_build_record_item(&records[i]));
	json_set(usage->answer, "BuildCache", list);
	return 0;
}

static int fill(struct usage *usage, struct error *err)
{
	static const struct {
		const char *type;
		int (*add)(struct usage *usage, struct error *err);
	} parts[] = {
		{"image", add_images},
		{"container", add_containers},
		{"volume", add_volumes},
		{"build-cache", add_builds},
	};

	if (container_list(usage->request->engine, NULL, &usage->containers, &usage->count,
			   &usage->request->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < array_length(parts); i++)
		if (wants(usage, parts[i].type) && parts[i].add(usage, err) < 0)
			return -1;
	return 0;
}

int endpoint_disk_usage(struct request *request, struct error *err)
{
	static const char unset[] = "{\"LayersSize\":0,\"Images\":null,\"Containers\":null,"
				    "\"Volumes\":null,\"BuildCache\":null,\"BuilderSize\":0}";
	auto_json json *answer = json_parse(unset, sizeof(unset) - 1, "df", NULL);
	struct usage usage = {.request = request, .answer = answer};

	if (fill(&usage, err) < 0)
		return -1;
	answer_json(request, 200, take_ptr(answer));
	return 0;
}

int endpoint_container_prune(struct request *request, struct error *err)
{
	auto_strvec struct strvec filters = {0};
	auto_pruning struct pruning pruning = {.engine = request->engine, .filters = &filters};

	if (request_filters(request, prune_filters, &filters, err) < 0 ||
	    pruning_containers(&pruning, err) < 0)
		return -1;
	prune_answer(request, "ContainersDeleted", &pruning);
	return 0;
}

static int read_limits(const struct request *request, struct build_cache_prune *wanted,
		       struct error *err)
{
	if (request_number(request, "keep-storage", &wanted->reserved_bytes, err) < 0 ||
	    request_number(request, "reserved-space", &wanted->reserved_bytes, err) < 0 ||
	    request_number(request, "max-used-space", &wanted->max_used_bytes, err) < 0)
		return -1;
	return request_number(request, "min-free-space", &wanted->min_free_bytes, err);
}

int endpoint_build_prune(struct request *request, struct error *err)
{
	auto_strvec struct strvec filters = {0};
	auto_pruning struct pruning pruning = {.engine = request->engine, .filters = &filters};
	struct build_cache_prune wanted = {.all = request_flag(request, "all")};

	if (request_filters(request, build_filters, &filters, err) < 0 ||
	    read_limits(request, &wanted, err) < 0 || pruning_builds(&pruning, &wanted, err) < 0)
		return -1;
	prune_answer(request, "CachesDeleted", &pruning);
	return 0;
}
