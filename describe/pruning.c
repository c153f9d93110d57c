/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/pruning.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "describe/filters.h"
#include "engine/bundle_use.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/unused.h"
#include "engine/volume_use.h"
#include "storage/build_cache/build_cache.h"
#include "storage/bundle/bundle.h"
#include "storage/image/image.h"
#include "storage/volume/volume.h"

#include <string.h>

void pruning_release(struct pruning *pruning)
{
	strvec_release(&pruning->removed);
}

static bool fits(const char *created, const struct pair *labels, size_t count, void *data)
{
	const struct pruning *pruning = data;
	const struct prune_filters_subject subject = {created, labels, count};

	return filters_fit(prune_filters, pruning->filters, &subject);
}

static void take(const char *name, int64_t bytes, void *data)
{
	struct pruning *pruning = data;

	pruning->bytes += bytes;
	strvec_add(&pruning->removed, name);
}

static struct unused_request unused(struct pruning *pruning)
{
	return (struct unused_request){
		.spares_projects = pruning->spares_projects,
		.fits = fits,
		.removed = take,
		.data = pruning,
	};
}

int pruning_containers(struct pruning *pruning, struct error *err)
{
	const struct unused_request request = unused(pruning);

	return unused_remove_containers(pruning->engine, &request, err);
}

int pruning_networks(struct pruning *pruning, struct error *err)
{
	const struct unused_request request = unused(pruning);

	return unused_remove_networks(pruning->engine, &request, err);
}

static bool image_fits(const struct image *image, void *data)
{
	return fits(image->created, image->labels, image->label_count, data);
}

int pruning_images(struct pruning *pruning, struct error *err)
{
	struct image_prune request = {
		.all = pruning->all,
		.blobs = pruning->blobs,
		.wants = image_fits,
		.data = pruning,
	};
	auto_strbuf struct strbuf report = {0};
	char *rest, *line;

	if (image_prune(&pruning->engine->layout, &request, &report, &pruning->bytes, err) < 0)
		return -1;
	rest = report.text;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			strvec_add(&pruning->removed, line);
	return 0;
}

/* Its callbacks must not change what they are given. */
struct volumes {
	struct pruning *pruning;
};

static bool volume_fits(const struct volume *volume, const void *data)
{
	const struct volumes *volumes = data;

	return fits(volume->created, volume->labels, volume->label_count, volumes->pruning);
}

static void take_volume(const char *name, int64_t bytes, const void *data)
{
	const struct volumes *volumes = data;

	take(name, bytes, volumes->pruning);
}

int pruning_volumes(struct pruning *pruning, struct error *err)
{
	const struct volumes volumes = {pruning};
	const struct volume_prune request = {
		.all = pruning->all,
		.fits = volume_fits,
		.removed = take_volume,
		.data = &volumes,
	};
	int64_t bytes; /* the sum of what take_volume is told */

	return volume_use_prune(pruning->engine, &request, &bytes, err);
}

static int prune_bundle(struct pruning *pruning, struct bundle_place *place, struct arena *arena,
			struct error *err)
{
	const struct timespec made = {.tv_sec = place->modified_s};
	int64_t bytes = place->bytes;
	char created[UNITS_TIME_SIZE];
	int result;

	units_format_time(created, &made);
	if (!fits(created, NULL, 0, pruning))
		return 0;
	result = bundle_place_remove(&pruning->engine->layout, place, arena, err);
	if (result > 0)
		take(arena_format(arena, "%s/%.12s", place->project, place->hex), bytes, pruning);
	else if (result == 0 && place->changed)
		log_warning("the files of the bundle '%s' are kept: '%s' in %s is not as it was "
			    "unpacked; remove that folder when nobody needs it",
			    place->project, place->changed, place->path);
	return result < 0 ? -1 : 0;
}

int pruning_bundles(struct pruning *pruning, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct bundle_places places;
	struct container *containers;
	size_t count;

	if (bundle_place_list(&pruning->engine->layout, &places, &arena, err) < 0 ||
	    container_list(pruning->engine, NULL, &containers, &count, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < places.count; i++)
		if (bundle_use_count(containers, count, places.items[i].path) == 0 &&
		    prune_bundle(pruning, &places.items[i], &arena, err) < 0)
			return -1;
	return 0;
}

static bool build_fits(const struct build_record *record, void *data)
{
	const struct pruning *pruning = data;

	return filters_fit(build_filters, pruning->filters, record);
}

static void take_build(const struct build_record *record, void *data)
{
	struct pruning *pruning = data;

	strvec_addf(&pruning->removed, "%.25s", record->key);
}

int pruning_builds(struct pruning *pruning, struct build_cache_prune *request, struct error *err)
{
	request->wants = build_fits;
	request->removed = take_build;
	request->data = pruning;
	return build_cache_prune(&pruning->engine->layout, request, &pruning->bytes, err);
}
