/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The project's volumes: made when services use them, made anew when they are described differently
 * and the user agrees to lose their data, removed by `down -v`.
 */
#include "compose/apply/volumes.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "compose/apply/actual.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/containers.h"
#include "compose/apply/convergence.h"
#include "engine/labels.h"
#include "engine/volume_use.h"

#include <string.h>
#include <unistd.h>

static bool names_volume(const struct service_volume *volume, const char *key)
{
	return strcmp(volume->type, "volume") == 0 && volume->source &&
	       strcmp(volume->source, key) == 0;
}

/* Labels that mounts of this volume ask for. */
static void add_mount_labels(struct volume *volume, const struct project *project, const char *key,
			     struct arena *arena)
{
	for (size_t i = 0; i < project->services.count; i++)
		for (size_t j = 0; j < project->services.items[i].volumes.count; j++) {
			const struct service_volume *mount =
				&project->services.items[i].volumes.items[j];

			if (names_volume(mount, key) && mount->volume)
				pair_set_entries(&volume->labels, &volume->label_count,
						 mount->volume->labels, arena);
		}
}

static const char *hash_of(const struct volume *volume, struct arena *arena)
{
	auto_strvec struct strvec lines = {0};
	auto_strbuf struct strbuf text = {0};
	char hex[65];

	for (size_t i = 0; i < volume->option_count; i++)
		strvec_addf(&lines, "%s=%s", volume->options[i].name, volume->options[i].value);
	strvec_sort(&lines);
	strbuf_printf(&text, "%s %s\n", volume->name, volume->driver);
	strvec_each (line, &lines)
		strbuf_printf(&text, "%s\n", *line);
	digest_hex(hex, strbuf_text(&text), text.length);
	return arena_string(arena, hex);
}

static void describe(struct volume *volume, const struct apply *apply,
		     const struct project_volume *wanted, struct arena *arena)
{
	*volume = (struct volume){.name = wanted->name,
				  .driver = wanted->driver ? wanted->driver : "local"};
	pair_set_entries(&volume->options, &volume->option_count, wanted->driver_opts, arena);
	add_mount_labels(volume, apply->project, wanted->key, arena);
	pair_set_entries(&volume->labels, &volume->label_count, wanted->labels, arena);
	for (size_t i = 0; i < 4; i++) {
		const struct pair own[] = {
			{LABEL_PROJECT, apply_name(apply)},
			{LABEL_VOLUME, wanted->key},
			{LABEL_VERSION, CORACLE_VERSION},
			{LABEL_CONFIG_HASH, hash_of(volume, arena)},
		};

		pair_set(&volume->labels, &volume->label_count, own[i], arena);
	}
}

/* The project's containers that mount it go first; `up` makes them anew. */
static int remove_users(const struct apply *apply, const char *volume, struct arena *arena,
			struct error *err)
{
	struct stop_options options = {.timeout_ms = -1, .is_for_removal = true};
	struct container **users;
	struct actual actual;
	size_t count = 0;

	if (actual_load(&actual, apply->engine, apply_name(apply), arena, err) < 0)
		return -1;
	users = arena_array(arena, actual.count + 1, sizeof(*users));
	for (size_t i = 0; i < actual.count; i++)
		if (volume_use_mounts(&actual.containers[i], volume))
			users[count++] = &actual.containers[i];
	if (apply_stop_containers(apply, users, count, &options, arena, err) < 0)
		return -1;
	return apply_remove_containers(apply, users, count, 0, err);
}

/* Before anything is stopped: what others use cannot be made anew. */
static int check_others(const struct apply *apply, const char *volume, struct arena *arena,
			struct error *err)
{
	struct container *containers;
	size_t count;

	if (container_list(apply->engine, NULL, &containers, &count, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *project = labels_project(&containers[i]);

		if (volume_use_mounts(&containers[i], volume) &&
		    (!project || strcmp(project, apply_name(apply)) != 0))
			return error_set(err, ERROR_CONFLICT,
					 "volume '%s' cannot be made anew: container %s, which is "
					 "not of this project, uses it",
					 volume, containers[i].name);
	}
	return 0;
}

static int create(const struct apply *apply, struct volume *volume, const char *object,
		  struct arena *arena, struct error *err)
{
	apply_report(apply, APPLY_WORKING, object, "Creating", NULL);
	if (!apply->dry_run && volume_create(&apply->engine->layout, volume, arena, err) < 0) {
		apply_report(apply, APPLY_FAILED, object, "Error", err->text);
		return -1;
	}
	apply_report(apply, APPLY_DONE, object, "Created", NULL);
	return 0;
}

static int recreate(const struct apply *apply, struct volume *volume, const char *object,
		    struct arena *arena, struct error *err)
{
	apply_report(apply, APPLY_WORKING, object, "Recreating", "its configuration has changed");
	if (!apply->dry_run && (check_others(apply, volume->name, arena, err) < 0 ||
				remove_users(apply, volume->name, arena, err) < 0 ||
				volume_use_remove(apply->engine, volume->name, err) < 0 ||
				volume_create(&apply->engine->layout, volume, arena, err) < 0)) {
		apply_report(apply, APPLY_FAILED, object, "Error", err->text);
		return -1;
	}
	apply_report(apply, APPLY_DONE, object, "Recreated", NULL);
	return 0;
}

/* A volume's data is never lost unasked. */
static int check_existing(const struct convergence *convergence, struct volume *wanted,
			  const struct volume *existing, struct error *err)
{
	const struct apply *apply = convergence->apply;
	const struct apply_up *options = convergence->options;
	const char *question;

	if (!labels_are_of_project(existing->labels, existing->label_count, apply_name(apply))) {
		log_warning("volume \"%s\" already exists but was not created for project \"%s\". "
			    "Use `external: true` to use an existing volume",
			    wanted->name, apply_name(apply));
		return 0;
	}
	if (strcmp(existing->driver, wanted->driver) == 0 &&
	    volume_has_same_options(existing, wanted) &&
	    labels_are_equal(existing->labels, existing->label_count, wanted->labels,
			     wanted->label_count))
		return 0;
	question = arena_format(convergence->arena,
				"Volume \"%s\" exists but doesn't match configuration in compose "
				"file. Recreate (data will be lost)?",
				wanted->name);
	if (options->confirm && options->confirm(question, options->confirm_data))
		return recreate(apply, wanted,
				arena_format(convergence->arena, "Volume %s", wanted->name),
				convergence->arena, err);
	log_warning("volume \"%s\" exists with another configuration than in the compose file, and "
		    "is used as it is: 'up -y' makes it anew, which loses its data",
		    wanted->name);
	return 0;
}

static int ensure_volume(const struct convergence *convergence, const struct project_volume *wanted,
			 struct error *err)
{
	const struct apply *apply = convergence->apply;
	struct arena *arena = convergence->arena;
	struct error reason = {0};
	struct volume volume, existing;
	bool exists =
		volume_load(&apply->engine->layout, wanted->name, &existing, arena, &reason) == 0;

	if (!exists && reason.code != ERROR_NOT_FOUND)
		return error_pass(err, &reason);
	if (wanted->external == TRISTATE_TRUE)
		return exists ? 0
			      : error_set(err, ERROR_NOT_FOUND,
					  "external volume \"%s\" has been removed meanwhile",
					  wanted->name);
	describe(&volume, apply, wanted, arena);
	if (exists)
		return check_existing(convergence, &volume, &existing, err);
	return create(apply, &volume, arena_format(arena, "Volume %s", wanted->name), arena, err);
}

bool apply_uses_volume(const struct convergence *convergence, const char *key)
{
	for (size_t i = 0; i < convergence->selected.count; i++) {
		const struct service *service = convergence->selected.services[i].service;

		for (size_t j = 0; j < service->volumes.count; j++)
			if (names_volume(&service->volumes.items[j], key))
				return true;
	}
	return convergence->options->all_resources;
}

int apply_ensure_volumes(const struct convergence *convergence, struct error *err)
{
	const struct project *project = convergence->apply->project;

	for (size_t i = 0; i < project->volumes.count; i++)
		if (apply_uses_volume(convergence, project->volumes.items[i].key) &&
		    ensure_volume(convergence, &project->volumes.items[i], err) < 0)
			return -1;
	return 0;
}

static bool are_there(const struct convergence *convergence)
{
	const struct project *project = convergence->apply->project;
	auto_arena struct arena arena = {0};

	for (size_t i = 0; i < project->volumes.count; i++) {
		const struct project_volume *wanted = &project->volumes.items[i];
		struct error reason = {0};
		struct volume volume;

		if (apply_uses_volume(convergence, wanted->key) &&
		    volume_load(&convergence->apply->engine->layout, wanted->name, &volume, &arena,
				&reason) < 0 &&
		    reason.code == ERROR_NOT_FOUND)
			return false;
	}
	return true;
}

int apply_hold_volumes(const struct convergence *convergence, struct error *err)
{
	const struct apply *apply = convergence->apply;

	/* A prune may have come between: it is made up for. */
	for (int attempt = 0; attempt < 100; attempt++) {
		auto_close int hold = volume_hold(&apply->engine->layout, false, err);

		if (hold < 0)
			return -1;
		if (apply->dry_run || are_there(convergence))
			return take_fd(&hold);
		close(take_fd(&hold)); /* making one anew takes it exclusively */
		if (apply_ensure_volumes(convergence, err) < 0)
			return -1;
	}
	return error_set(err, ERROR_BUSY, "volumes of '%s' are removed as fast as they are made",
			 apply_name(apply));
}

/* Its own by the label, unless the compose file has declared it external since. */
static bool is_ours(const struct apply *apply, const struct volume *volume)
{
	if (!labels_are_of_project(volume->labels, volume->label_count, apply_name(apply)))
		return false;
	for (size_t i = 0; apply->project && i < apply->project->volumes.count; i++) {
		const struct project_volume *wanted = &apply->project->volumes.items[i];

		if (wanted->external == TRISTATE_TRUE && wanted->name &&
		    strcmp(wanted->name, volume->name) == 0)
			return false;
	}
	return true;
}

int apply_remove_volumes(const struct apply *apply, struct arena *arena, struct error *err)
{
	struct volume *volumes;
	size_t count;

	if (volume_list(&apply->engine->layout, &volumes, &count, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *object = arena_format(arena, "Volume %s", volumes[i].name);
		struct error reason = {0};

		if (!is_ours(apply, &volumes[i]))
			continue;
		apply_report(apply, APPLY_WORKING, object, "Removing", NULL);
		if (!apply->dry_run &&
		    volume_use_remove(apply->engine, volumes[i].name, &reason) < 0) {
			if (reason.code == ERROR_CONFLICT) {
				apply_report(apply, APPLY_SKIPPED, object,
					     "Resource is still in use", NULL);
				continue;
			}
			if (reason.code != ERROR_NOT_FOUND)
				return error_pass(err, &reason);
		}
		apply_report(apply, APPLY_DONE, object, "Removed", NULL);
	}
	return 0;
}

void apply_tell_left_volumes(const struct apply *apply, struct container **containers, size_t count)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < containers[i]->mount_count; j++)
			left += container_mount_is_anonymous(&containers[i]->mounts[j]);
	if (left && !apply->dry_run)
		log_warning("%zu anonymous volume%s of removed containers %s kept: 'coracle volume "
			    "prune' removes "
			    "those that no container uses",
			    left, left == 1 ? "" : "s", left == 1 ? "is" : "are");
}
