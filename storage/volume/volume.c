/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/volume/volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/event.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strvec.h"
#include "base/units.h"
#include "storage/archive/usage_tree.h"
#include "storage/staging.h"
#include "storage/volume/volume_private.h"

static int no_such_volume(const char *name, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "there is no volume '%s'", name);
	return error_state(err, FACT_NO_VOLUME, name, NULL);
}

int volume_store_check_name(const char *name, struct error *err)
{
	if (name && path_is_name(name))
		return 0;
	return error_set(err, ERROR_INVALID,
			 "'%.80s' cannot name a volume: use letters, digits, and . _ - after the "
			 "first one",
			 name ? name : "");
}

int volume_store_lock(const struct layout *layout, const char *name, bool create, struct error *err)
{
	for (;;) {
		auto_close int fd = -1;
		struct stat own, named;

		if (create && mkdirat(layout->volumes_fd, name, 0700) < 0 && errno != EEXIST)
			return error_errno(err, "cannot create the volume '%s'", name);
		fd = openat(layout->volumes_fd, name,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT && create)
			continue;
		if (fd < 0 && errno == ENOENT)
			return no_such_volume(name, err);
		if (fd < 0)
			return error_errno(err, "cannot open the volume '%s'", name);
		while (flock(fd, LOCK_EX) < 0)
			if (errno != EINTR)
				return error_errno(err, "cannot lock the volume '%s'", name);
		if (fstat(fd, &own) == 0 &&
		    fstatat(layout->volumes_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		    own.st_ino == named.st_ino && own.st_dev == named.st_dev)
			return take_fd(&fd);
	}
}

static json *read_store(const struct layout *layout, const char *name, struct error *err)
{
	auto_close int fd = -1;
	struct error problem = {0};
	json *document;

	if (volume_store_check_name(name, err) < 0)
		return NULL;
	fd = openat(layout->volumes_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		no_such_volume(name, err);
		return NULL;
	}
	document = json_load(fd, VOLUME_FILE, &problem);
	if (!document && problem.code == ENOENT)
		no_such_volume(name, err);
	else if (!document)
		error_set(err, problem.code, "volume '%s': %s", name, problem.text);
	return document;
}

static void parse(const struct layout *layout, const char *name, const json *document,
		  struct volume *volume, struct arena *arena)
{
	*volume = (struct volume){
		.name = arena_string(arena, name),
		.driver = arena_string(arena, json_string(document, "driver", "local")),
		.created = arena_string(arena, json_string(document, "created", "")),
		.mountpoint = arena_format(arena, "%s/volumes/%s/_data", layout->root, name),
		.is_anonymous = json_flag(document, "anonymous", false),
	};
	volume->options =
		pair_from_json(json_get(document, "options"), &volume->option_count, arena);
	volume->labels = pair_from_json(json_get(document, "labels"), &volume->label_count, arena);
}

static int save(int fd, const struct volume *volume, struct error *err)
{
	auto_json json *document = json_new_object();

	json_set_string(document, "name", volume->name);
	json_set_string(document, "driver", volume->driver);
	json_set(document, "options", pair_to_json(volume->options, volume->option_count));
	json_set(document, "labels", pair_to_json(volume->labels, volume->label_count));
	json_set_string(document, "created", volume->created);
	json_set_bool(document, "anonymous", volume->is_anonymous);
	if (mkdirat(fd, "_data", 0755) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create its data directory");
	return json_save(fd, VOLUME_FILE, document, 0600, err);
}

const char *volume_label(const struct volume *volume, const char *name)
{
	return pair_find(volume->labels, volume->label_count, name);
}

bool volume_has_same_options(const struct volume *a, const struct volume *b)
{
	if (a->option_count != b->option_count)
		return false;
	for (size_t i = 0; i < a->option_count; i++) {
		const char *value = a->options[i].value ? a->options[i].value : "";
		const char *other = pair_find(b->options, b->option_count, a->options[i].name);

		if (!other || strcmp(value, other) != 0)
			return false;
	}
	return true;
}

static int take_existing(const struct layout *layout, struct volume *volume, const json *document,
			 struct arena *arena, struct error *err)
{
	struct volume existing;

	parse(layout, volume->name, document, &existing, arena);
	if (strcmp(existing.driver, volume->driver) != 0 ||
	    !volume_has_same_options(&existing, volume))
		return error_set(err, ERROR_CONFLICT,
				 "volume '%s' exists with other options: remove it first, or use "
				 "another name",
				 volume->name);
	*volume = existing;
	return 0;
}

static int check_request(struct volume *volume, struct arena *arena, struct error *err)
{
	if (!volume->name || !*volume->name) {
		char name[65];

		units_random_hex(name, 32);
		volume->name = arena_string(arena, name);
		volume->is_anonymous = true;
	}
	if (!volume->driver || !*volume->driver)
		volume->driver = "local";
	if (strcmp(volume->driver, "local") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "volume '%s': the driver '%s' is not known; there is 'local', "
				 "which mounts what --opt type=…, device=… and o=… say",
				 volume->name, volume->driver);
	if (volume_store_check_name(volume->name, err) < 0)
		return -1;
	return volume_mount_check(volume, err);
}

static void tell(const struct volume *volume, const char *action)
{
	event_emit(EVENT_VOLUME, action, volume->name, &(struct pair){"driver", volume->driver}, 1);
}

int volume_create(const struct layout *layout, struct volume *volume, struct arena *arena,
		  struct error *err)
{
	auto_close int fd = -1;
	auto_json json *document = NULL;
	struct error problem = {0};
	struct timespec now = units_now();
	char created[UNITS_TIME_SIZE];

	if (check_request(volume, arena, err) < 0)
		return -1;
	fd = volume_store_lock(layout, volume->name, true, err);
	if (fd < 0)
		return -1;
	document = json_load(fd, VOLUME_FILE, &problem);
	if (document)
		return take_existing(layout, volume, document, arena, err);
	if (problem.code != ENOENT)
		return error_set(err, problem.code, "volume '%s': %s", volume->name, problem.text);
	volume->created = arena_string(arena, units_format_time(created, &now));
	volume->mountpoint = arena_format(arena, "%s/volumes/%s/_data", layout->root, volume->name);
	if (save(fd, volume, err) < 0)
		return error_wrap(err, "cannot create the volume '%s'", volume->name);
	tell(volume, "create");
	return 0;
}

int volume_load(const struct layout *layout, const char *name, struct volume *volume,
		struct arena *arena, struct error *err)
{
	auto_json json *document = read_store(layout, name, err);

	if (!document)
		return -1;
	parse(layout, name, document, volume, arena);
	return 0;
}

int volume_list(const struct layout *layout, struct volume **volumes, size_t *count,
		struct arena *arena, struct error *err)
{
	int fd = openat(layout->volumes_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	auto_strvec struct strvec names = {0};
	struct dirent *entry;

	*volumes = NULL;
	*count = 0;
	if (!dir)
		return error_errno(err, "cannot list the volumes of '%s'", layout->root);
	while ((entry = readdir(dir)))
		if (path_is_name(entry->d_name))
			strvec_add(&names, entry->d_name);
	strvec_sort(&names);
	strvec_each (name, &names) {
		struct error problem = {0};
		struct volume volume;

		if (volume_load(layout, *name, &volume, arena, &problem) < 0) {
			if (problem.code != ERROR_NOT_FOUND)
				log_warning("%s", problem.text);
			continue;
		}
		*volumes = arena_grow(arena, *volumes, *count, sizeof(**volumes));
		(*volumes)[(*count)++] = volume;
	}
	return 0;
}

int volume_remove(const struct layout *layout, const char *name, struct error *err)
{
	auto_staging struct staging staging = STAGING_CLOSED;
	auto_close int fd = -1;

	if (volume_store_check_name(name, err) < 0)
		return -1;
	fd = volume_store_lock(layout, name, false, err);
	if (fd < 0)
		return -1;
	if (staging_open(&staging, layout, err) < 0 || volume_mount_release(layout, name, err) < 0)
		return -1;
	/* With the rename it has gone; the content follows as the staging directory is closed. */
	if (renameat(layout->volumes_fd, name, staging.fd, "volume") < 0)
		return error_errno(err, "cannot remove the volume '%s'", name);
	tell(&(struct volume){.name = name, .driver = "local"}, "destroy");
	return 0;
}

int volume_size(const struct layout *layout, const struct volume *volume, int64_t *bytes,
		struct error *err)
{
	char path[NAME_MAX + sizeof("/_data")];

	*bytes = 0;
	if (volume_store_check_name(volume->name, err) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/_data", volume->name);
	*bytes = usage_tree(layout->volumes_fd, path);
	return 0;
}

int volume_hold(const struct layout *layout, bool exclusive, struct error *err)
{
	/* Of its own: the layout's descriptor is shared with other processes. */
	auto_close int fd = openat(layout->volumes_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open '%s/volumes'", layout->root);
	while (flock(fd, exclusive ? LOCK_EX : LOCK_SH) < 0)
		if (errno != EINTR)
			return error_errno(err, "cannot lock '%s/volumes'", layout->root);
	return take_fd(&fd);
}

int volume_open(const struct layout *layout, const char *name, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct volume volume;
	int fd;

	if (volume_load(layout, name, &volume, &arena, err) < 0)
		return -1;
	if (volume.option_count > 0)
		return volume_mount_open(layout, &volume, err);
	fd = open(volume.mountpoint, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open the data of volume '%s'", name) : fd;
}
