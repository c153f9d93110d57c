/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/manifest_config.c - the config document of storage/image/manifest.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/path.h"
#include "storage/image/image.h"
#include "storage/image/manifest.h"

/* A list of strings; NULL when it is absent or empty of strings. */
static char **parse_strings(const json *list, struct arena *arena)
{
	size_t length = json_length(list);
	size_t count = 0;
	char **items;

	if (!json_is_array(list))
		return NULL;
	items = arena_array(arena, length + 1, sizeof(*items));
	for (size_t i = 0; i < length; i++)
		if (json_string_at(list, i))
			items[count++] = arena_string(arena, json_string_at(list, i));
	return items;
}

/* Docker keeps only NAME=VALUE; anything else must never be completed from our environment. */
static char **parse_env(const json *list, struct arena *arena)
{
	char **items = parse_strings(list, arena);
	size_t count = 0;

	for (char **item = items; item && *item; item++) {
		const char *equals = strchr(*item, '=');

		if (!equals || equals == *item)
			log_warning_once("the image's environment entry '%.80s' is not NAME=VALUE; "
					 "left out",
					 *item);
		else
			items[count++] = *item;
	}
	if (items)
		items[count] = NULL;
	return items;
}

static char **parse_ports(json *object, struct arena *arena)
{
	char **items = NULL;
	size_t count = 0;

	if (!json_is_object(object))
		return NULL;
	json_each (name, value, object) {
		(void)value;
		items = arena_grow(arena, items, count + 1, sizeof(*items));
		items[count++] = arena_format(arena, "%s%s", name, strchr(name, '/') ? "" : "/tcp");
		items[count] = NULL;
	}
	return items;
}

static char **parse_volumes(json *object, struct arena *arena)
{
	char **items = NULL;
	size_t count = 0;

	if (!json_is_object(object))
		return NULL;
	json_each (name, value, object) {
		auto_free char *clean = path_join("/", name);

		(void)value;
		if (strcmp(clean, "/") == 0)
			continue;
		items = arena_grow(arena, items, count + 1, sizeof(*items));
		items[count++] = arena_string(arena, clean);
		items[count] = NULL;
	}
	return items;
}

static void parse_healthcheck(const json *value, struct image_healthcheck *check,
			      struct arena *arena)
{
	if (!json_is_object(value))
		return;
	*check = (struct image_healthcheck){
		.test = parse_strings(json_get(value, "Test"), arena),
		.interval_ns = json_int(value, "Interval", 0),
		.timeout_ns = json_int(value, "Timeout", 0),
		.start_period_ns = json_int(value, "StartPeriod", 0),
		.start_interval_ns = json_int(value, "StartInterval", 0),
		.retries = (int)json_int(value, "Retries", 0),
	};
	if (check->test && !check->test[0])
		check->test = NULL;
}

static const char *optional(const json *object, const char *name, struct arena *arena)
{
	const char *text = json_string(object, name, NULL);

	return text && *text ? arena_string(arena, text) : NULL;
}

int manifest_parse_config(const json *config, struct image *image, struct arena *arena,
			  struct error *err)
{
	json *run = json_get(config, "config");
	struct platform platform;
	char **diff_ids;

	if (!json_is_object(config))
		return error_set(err, ERROR_INVALID, "the image config is not a JSON object");
	if (manifest_parse_rootfs(config, &diff_ids, &image->chain_ids, &image->layer_count, arena,
				  err) < 0)
		return -1;
	manifest_parse_platform(config, &platform, arena);
	image->os = *platform.os ? platform.os : "linux";
	image->architecture = platform.architecture;
	image->variant = *platform.variant ? platform.variant : NULL;
	image->created = optional(config, "created", arena);
	image->author = optional(config, "author", arena);
	image->env = parse_env(json_get(run, "Env"), arena);
	image->cmd = parse_strings(json_get(run, "Cmd"), arena);
	image->entrypoint = parse_strings(json_get(run, "Entrypoint"), arena);
	image->shell = parse_strings(json_get(run, "Shell"), arena);
	image->user = optional(run, "User", arena);
	image->working_dir = optional(run, "WorkingDir", arena);
	image->stop_signal = optional(run, "StopSignal", arena);
	image->exposed_ports = parse_ports(json_get(run, "ExposedPorts"), arena);
	image->volumes = parse_volumes(json_get(run, "Volumes"), arena);
	image->labels = pair_from_json(json_get(run, "Labels"), &image->label_count, arena);
	parse_healthcheck(json_get(run, "Healthcheck"), &image->healthcheck, arena);
	return 0;
}
