/* SPDX-License-Identifier: Apache-2.0 */
/* `system df`: room that images, containers, volumes and the build cache take. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/catalog.h"
#include "describe/objects.h"
#include "engine/bundle_use.h"
#include "engine/engine.h"
#include "storage/build_cache/build_cache.h"
#include "storage/bundle/bundle.h"
#include "storage/cover.h"
#include "storage/image/usage.h"
#include "storage/volume/volume.h"

#include <stdio.h>
#include <string.h>

struct df_options {
	bool verbose;
	const char *format;
};

static const struct option_spec df_options[] = {
	OPTION(STRING, "format", 0, df_options, format,
	       "Print a table, JSON, or what a template says", .value = "FORMAT",
	       .fallback = "table"),
	OPTION(BOOL, "verbose", 'v', df_options, verbose,
	       "Show each image, container, volume and record of the build cache"),
	{0},
};

static const struct format_column columns[] = {
	{"Type", "TYPE", false}, {"TotalCount", "TOTAL", false},	{"Active", "ACTIVE", false},
	{"Size", "SIZE", false}, {"Reclaimable", "RECLAIMABLE", false}, {0},
};

static const struct format_column image_columns[] = {
	{"Repository", "REPOSITORY", false},
	{"Tag", "TAG", false},
	{"ID", "IMAGE ID", false},
	{"CreatedSince", "CREATED", false},
	{"Size", "SIZE", false},
	{"SharedSize", "SHARED SIZE", false},
	{"UniqueSize", "UNIQUE SIZE", false},
	{"Containers", "CONTAINERS", false},
	{0},
};

static const struct format_column container_columns[] = {
	{"ID", "CONTAINER ID", false},
	{"Image", "IMAGE", false},
	{"Command", "COMMAND", false},
	{"LocalVolumes", "LOCAL VOLUMES", false},
	{"Size", "SIZE", false},
	{"RunningFor", "CREATED", false},
	{"Status", "STATUS", false},
	{"Names", "NAMES", false},
	{0},
};

static const struct format_column volume_columns[] = {
	{"Name", "VOLUME NAME", false},
	{"Links", "LINKS", false},
	{"Size", "SIZE", false},
	{0},
};

static const struct format_column build_columns[] = {
	{"ID", "CACHE ID", false},
	{"CacheType", "CACHE TYPE", false},
	{"Size", "SIZE", false},
	{"CreatedSince", "CREATED", false},
	{"LastUsedSince", "LAST USED", false},
	{"UsageCount", "USAGE", false},
	{"Shared", "SHARED", false},
	{0},
};

static const struct format_column bundle_columns[] = {
	{"Project", "PROJECT", false},
	{"Path", "PATH", false},
	{"Containers", "CONTAINERS", false},
	{"Size", "SIZE", false},
	{0},
};

struct df {
	struct invocation *invocation;
	struct container_list list;
	struct map links; /* volume -> how many containers mount it */
	json *images, *containers, *volumes, *builds, *bundles, *totals;
};

/* The rows of the totals are Docker's, in its order. */
#define TOTAL_OF_BUILDS 3

struct total {
	const char *type;
	size_t count, active;
	int64_t bytes, reclaimable;
};

static void set_size(json *row, const char *name, int64_t bytes)
{
	char size[32];

	json_set_string(row, name, units_format_size(size, sizeof(size), bytes));
}

static void set_count(json *row, const char *name, size_t count)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", count);
	json_set_string(row, name, text);
}

static void add_total(struct df *df, const struct total *total)
{
	json *row = json_new_object();
	char size[32], text[64];

	json_set_string(row, "Type", total->type);
	set_count(row, "TotalCount", total->count);
	set_count(row, "Active", total->active);
	set_size(row, "Size", total->bytes);
	units_format_size(size, sizeof(size), total->reclaimable);
	if (total->bytes > 0)
		snprintf(text, sizeof(text), "%s (%d%%)", size,
			 (int)(100.0 * (double)total->reclaimable / (double)total->bytes));
	else
		snprintf(text, sizeof(text), "%s", size);
	json_set_string(row, "Reclaimable", text);
	json_add(df->totals, row);
}

static size_t count_users(const struct df *df, const char *image_id)
{
	size_t count = 0;

	for (size_t i = 0; i < df->list.count; i++)
		count += strcmp(df->list.items[i].image_id, image_id) == 0;
	return count;
}

static int add_images(struct df *df, struct error *err)
{
	struct total total = {.type = "Images"};
	struct usage_images usage;

	if (usage_images(&df->invocation->engine->layout, &usage, df->invocation->arena, err) < 0)
		return -1;
	total.count = usage.count;
	total.bytes = usage.bytes;
	total.reclaimable = usage.reclaimable;
	for (size_t i = 0; i < usage.count; i++) {
		const struct usage_image *item = usage.items + i;
		size_t users = count_users(df, item->image.id);
		json *row = describe_image_row(&item->image, item->image.names[0], false);

		total.active += users > 0;
		set_size(row, "SharedSize", item->shared);
		set_size(row, "UniqueSize", item->unique);
		set_count(row, "Containers", users);
		json_add(df->images, row);
	}
	add_total(df, &total);
	return 0;
}

static void count_links(struct df *df, const struct container *container)
{
	for (size_t i = 0; i < container->mount_count; i++) {
		const struct container_mount *mount = &container->mounts[i];
		void **slot;

		if (mount->type != CONTAINER_MOUNT_VOLUME || !mount->source)
			continue;
		slot = map_slot(&df->links, mount->source);
		*slot = (char *)*slot + 1;
	}
}

static void add_containers(struct df *df)
{
	struct total total = {.type = "Containers", .count = df->list.count};
	auto_catalog struct catalog catalog = {.engine = df->invocation->engine};

	for (size_t i = 0; i < df->list.count; i++) {
		const struct container *container = &df->list.items[i];
		json *row = describe_container_row(container, &catalog);
		struct describe_sizes sizes;

		describe_sizes_read(&sizes, container, df->invocation->engine);
		count_links(df, container);
		total.bytes += sizes.written;
		if (container_is_live(container))
			total.active++;
		else
			total.reclaimable += sizes.written;
		set_size(row, "Size", sizes.written);
		json_add(df->containers, row);
	}
	add_total(df, &total);
}

static int add_volumes(struct df *df, struct error *err)
{
	const struct layout *layout = &df->invocation->engine->layout;
	struct total total = {.type = "Local Volumes"};
	struct volume *volumes;

	if (volume_list(layout, &volumes, &total.count, df->invocation->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < total.count; i++) {
		size_t links = (size_t)(uintptr_t)map_get(&df->links, volumes[i].name);
		json *row = json_new_object();
		int64_t bytes = 0;

		volume_size(layout, &volumes[i], &bytes, NULL);
		total.bytes += bytes;
		if (links > 0)
			total.active++;
		else
			total.reclaimable += bytes;
		json_set_string(row, "Name", volumes[i].name);
		set_count(row, "Links", links);
		set_size(row, "Size", bytes);
		json_add(df->volumes, row);
	}
	add_total(df, &total);
	return 0;
}

/* What images have too, counts there. */
static int add_builds(struct df *df, struct error *err)
{
	const struct layout *layout = &df->invocation->engine->layout;
	struct total total = {.type = "Build Cache"};
	struct build_record *records;

	if (build_cache_list(layout, &records, &total.count, df->invocation->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < total.count; i++) {
		int64_t bytes = records[i].is_shared ? 0 : records[i].size;

		total.active += records[i].is_in_use;
		total.bytes += bytes;
		total.reclaimable += records[i].is_in_use ? 0 : bytes;
		json_add(df->builds, describe_build_record_row(records + i));
	}
	add_total(df, &total);
	return 0;
}

/* Files that `up -f app.tar` has unpacked: a row where there are some. */
static int add_bundles(struct df *df, struct error *err)
{
	struct total total = {.type = "Bundles"};
	struct bundle_places places;

	if (bundle_place_list(&df->invocation->engine->layout, &places, df->invocation->arena,
			      err) < 0)
		return -1;
	total.count = places.count;
	for (size_t i = 0; i < places.count; i++) {
		const struct bundle_place *place = &places.items[i];
		size_t users = bundle_use_count(df->list.items, df->list.count, place->path);
		json *row = json_new_object();

		total.active += users > 0;
		total.bytes += place->bytes;
		total.reclaimable += users > 0 ? 0 : place->bytes;
		json_set_string(row, "Project", place->project);
		json_set_string(row, "Path", place->path);
		set_count(row, "Containers", users);
		set_size(row, "Size", place->bytes);
		json_add(df->bundles, row);
	}
	if (places.count > 0)
		add_total(df, &total);
	return 0;
}

static int print_part(const char *heading, const struct format_column *part_columns,
		      const json *rows, struct error *err)
{
	struct format_request request = {NULL, part_columns, FORMAT_JSON_LINES, NULL};

	output_printf("%s space usage:\n\n", heading);
	if (format_print(&request, rows, err) < 0)
		return -1;
	output_text("\n", 1);
	return 0;
}

static const char *build_size(const struct df *df)
{
	return json_string(json_at(df->totals, TOTAL_OF_BUILDS), "Size", "0B");
}

static int print_verbose(const struct df *df, const char *format, struct error *err)
{
	if (format) {
		auto_json json *documents = json_new_array();
		json *document = json_new_object();

		json_set(document, "Images", json_object_get(df->images));
		json_set(document, "Containers", json_object_get(df->containers));
		json_set(document, "Volumes", json_object_get(df->volumes));
		json_set(document, "BuildCache", json_object_get(df->builds));
		if (json_length(df->bundles) > 0)
			json_set(document, "Bundles", json_object_get(df->bundles));
		json_add(documents, document);
		return format_documents(format, documents, err);
	}
	if (print_part("Images", image_columns, df->images, err) < 0 ||
	    print_part("Containers", container_columns, df->containers, err) < 0 ||
	    print_part("Local Volumes", volume_columns, df->volumes, err) < 0)
		return -1;
	output_printf("Build cache usage: %s\n\n", build_size(df));
	if (format_print(&(struct format_request){NULL, build_columns, FORMAT_JSON_LINES, NULL},
			 df->builds, err) < 0)
		return -1;
	if (json_length(df->bundles) == 0)
		return 0;
	output_text("\n", 1);
	return print_part("Bundles", bundle_columns, df->bundles, err);
}

static int fill(struct df *df, struct error *err)
{
	struct invocation *invocation = df->invocation;

	if (container_list(invocation->engine, NULL, &df->list.items, &df->list.count,
			   invocation->arena, err) < 0 ||
	    add_images(df, err) < 0)
		return -1;
	add_containers(df);
	if (add_volumes(df, err) < 0)
		return -1;
	if (add_builds(df, err) < 0)
		return -1;
	return add_bundles(df, err);
}

/* It takes memory, and has less room than a disk. */
static void warn_of_cover(const struct layout *layout)
{
	auto_strbuf struct strbuf text = {0};

	if (cover_describe(layout, &text))
		log_warning("%s", strbuf_text(&text));
}

static int df_run(struct invocation *invocation, struct error *err)
{
	const struct df_options *options = invocation->options;
	struct format_request request = {options->format, columns, FORMAT_JSON_LINES, NULL};
	auto_json json *images = json_new_array();
	auto_json json *containers = json_new_array();
	auto_json json *volumes = json_new_array();
	auto_json json *builds = json_new_array();
	auto_json json *bundles = json_new_array();
	auto_json json *totals = json_new_array();
	struct df df = {
		.invocation = invocation,
		.images = images,
		.containers = containers,
		.volumes = volumes,
		.builds = builds,
		.bundles = bundles,
		.totals = totals,
	};
	int result;

	if (format_check(options->format, err) < 0)
		return -1;
	result = fill(&df, err);
	map_release(&df.links);
	if (result < 0)
		return -1;
	warn_of_cover(&invocation->engine->layout);
	return options->verbose ? print_verbose(&df, options->format, err)
				: format_print(&request, totals, err);
}

const struct command cmd_system_df =
	COMMAND("df", "", "Show how much room images, containers and volumes take",
		EXAMPLE("-v", "Show it for each image, container and volume"),
		.needs = FOR_CONTAINERS | CHANGES_NOTHING, COMMAND_OPTIONS(df_options, df_options),
		.run = df_run);
