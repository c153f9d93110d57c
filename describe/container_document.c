/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as `inspect` shows it, shaped as Docker's: what it is, what it does now, and the
 * parts that have files of their own.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "storage/image/image.h"

#define NEVER "0001-01-01T00:00:00Z"

static json *health(const struct container_state *state)
{
	json *value = json_new_object();
	json *log = json_new_array();

	json_set_string(value, "Status", container_healths[state->health]);
	json_set_int(value, "FailingStreak", state->failing_streak);
	for (size_t i = 0; i < state->probe_count; i++) {
		json *item = json_new_object();

		json_set_string(item, "Start", state->probes[i].start);
		json_set_string(item, "End", state->probes[i].end);
		json_set_int(item, "ExitCode", state->probes[i].exit_code);
		json_set_bytes(item, "Output", state->probes[i].output.bytes,
			       state->probes[i].output.length);
		json_add(log, item);
	}
	json_set(value, "Log", log);
	return value;
}

/* What waits to be restarted counts as running, and so does what is paused: Docker's words. */
static json *describe_state(const struct container_state *state)
{
	json *value = json_new_object();
	bool paused = state->status == CONTAINER_PAUSED;
	bool restarting = state->status == CONTAINER_RESTARTING;

	json_set_string(value, "Status", container_statuses[state->status]);
	json_set_bool(value, "Running", state->status == CONTAINER_RUNNING || paused || restarting);
	json_set_bool(value, "Paused", paused);
	json_set_bool(value, "Restarting", restarting);
	json_set_bool(value, "OOMKilled", state->oom_killed);
	json_set_bool(value, "Dead", state->status == CONTAINER_DEAD);
	json_set_int(value, "Pid", state->pid);
	json_set_int(value, "ExitCode", state->exit_code);
	json_set_string(value, "Error", describe_text_or(state->error, ""));
	json_set_string(value, "StartedAt", describe_text_or(state->started_at, NEVER));
	json_set_string(value, "FinishedAt", describe_text_or(state->finished_at, NEVER));
	if (state->health != HEALTH_NONE)
		json_set(value, "Health", health(state));
	return value;
}

/* What the start writes and binds into the container. */
static void set_paths(json *value, const struct container *container, const struct engine *engine)
{
	static const struct {
		const char *member, *file;
	} paths[] = {
		{"ResolvConfPath", "resolv.conf"},
		{"HostnamePath", "hostname"},
		{"HostsPath", "hosts"},
	};
	auto_free char *log = alloc_format("%s/containers/%s/%s-json.log", engine->layout.root,
					   container->id, container->id);

	for (size_t i = 0; i < array_length(paths); i++) {
		auto_free char *path = alloc_format("%s/containers/%s/%s", engine->layout.root,
						    container->id, paths[i].file);

		json_set_string(value, paths[i].member, path);
	}
	json_set_string(value, "LogPath", log);
}

/* The uppermost layer comes first. */
static void set_lower(json *data, const struct container *container, const struct engine *engine)
{
	auto_strbuf struct strbuf text = {0};

	for (size_t i = container->layer_count; i-- > 0;)
		strbuf_printf(&text, "%s%s/layers/%s/diff", text.length ? ":" : "",
			      engine->layout.root, container->chain_ids[i]);
	json_set_string(data, "LowerDir", strbuf_text(&text));
}

/* The whole is mounted nowhere but in the container: while that runs, this is the way to it. */
static json *describe_driver(const struct container *container, const struct engine *engine)
{
	json *value = json_new_object(), *data = json_new_object();
	auto_free char *directory =
		alloc_format("%s/containers/%s", engine->layout.root, container->id);
	auto_free char *merged = container->state.pid > 0
					 ? alloc_format("/proc/%d/root", (int)container->state.pid)
					 : alloc_format("%s/merged", directory);
	auto_free char *upper = alloc_format("%s/upper", directory);
	auto_free char *work = alloc_format("%s/work", directory);

	json_set_string(data, "ID", container->id);
	set_lower(data, container, engine);
	json_set_string(data, "MergedDir", merged);
	json_set_string(data, "UpperDir", upper);
	json_set_string(data, "WorkDir", work);
	json_set(value, "Data", data);
	json_set_string(value, "Name", "overlay2");
	return value;
}

/* Of which of the images of its name the container is; NULL: that has been removed. */
static json *describe_manifest(const struct image *image)
{
	json *value, *platform;

	if (!image)
		return NULL;
	value = json_new_object();
	platform = json_new_object();
	json_set_string(platform, "architecture", image->architecture);
	json_set_string(platform, "os", image->os);
	if (image->variant && *image->variant)
		json_set_string(platform, "variant", image->variant);
	json_set_string(value, "digest", image->digest);
	json_set(value, "platform", platform);
	return value;
}

static void set_identity(json *value, const struct container *container)
{
	char *const *args = container->args;
	bool has_path = args && args[0];

	json_set_string(value, "Id", container->id);
	json_set_string(value, "Created", describe_text_or(container->created, NEVER));
	json_set_string(value, "Path", has_path ? args[0] : "");
	json_set(value, "Args", json_from_strings(has_path ? args + 1 : NULL));
	json_set(value, "State", describe_state(&container->state));
	json_set_string(value, "Image", describe_text_or(container->image_id, ""));
}

static void set_kind(json *value, const struct container *container)
{
	auto_free char *name = alloc_format("/%s", describe_text_or(container->name, ""));

	json_set_string(value, "Name", name);
	json_set_int(value, "RestartCount", container->state.restart_count);
	json_set_string(value, "Driver", "overlay2");
	json_set_string(value, "Platform", "linux");
	json_set_string(value, "MountLabel", "");
	json_set_string(value, "ProcessLabel", "");
	json_set_string(value, "AppArmorProfile", describe_text_or(container->config.apparmor, ""));
	json_set(value, "ExecIDs", NULL);
}

static void set_sizes(json *value, const struct container *container, const struct engine *engine)
{
	struct describe_sizes sizes;

	describe_sizes_read(&sizes, container, engine);
	json_set_int(value, "SizeRw", sizes.written);
	json_set_int(value, "SizeRootFs", sizes.whole);
}

static const struct image *find_image(const struct container *container,
				      const struct engine *engine, struct image *image,
				      struct arena *arena)
{
	struct error reason = {0};

	if (!container->image_id || !*container->image_id ||
	    image_find(&engine->layout, container->image_id, image, arena, &reason) < 0)
		return NULL;
	return image;
}

json *describe_container(const struct container *container, const struct engine *engine,
			 bool with_sizes)
{
	auto_arena struct arena arena = {0};
	struct image found;
	const struct image *image = find_image(container, engine, &found, &arena);
	json *value = json_new_object(), *manifest = describe_manifest(image);

	set_identity(value, container);
	set_paths(value, container, engine);
	set_kind(value, container);
	json_set(value, "HostConfig", describe_host_config(container));
	json_set(value, "GraphDriver", describe_driver(container, engine));
	if (with_sizes)
		set_sizes(value, container, engine);
	json_set(value, "Mounts", describe_container_mounts(container, engine));
	json_set(value, "Config", describe_container_config(container, image));
	json_set(value, "NetworkSettings", describe_container_networks(container, engine));
	if (manifest)
		json_set(value, "ImageManifestDescriptor", manifest);
	return value;
}
