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
#include "base/record.h"
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

static const struct field fields[] = {
	FIELD_FORM_NEEDED(struct volume, FIELD_STRING, name, "name", path_is_name),
	FIELD_NEEDED(struct volume, FIELD_STRING, driver, "driver"),
	FIELD_TEXTS(struct volume, options, option_count, "options"),
	FIELD_TEXTS(struct volume, labels, label_count, "labels"),
	FIELD_FORM_NEEDED(struct volume, FIELD_STRING, created, "created", units_is_time),
	FIELD(struct volume, FIELD_BOOL, is_anonymous, "anonymous"),
	{0},
};

/* ENOENT in @err when it is not there. */
static int read_record(const struct layout *layout, int fd, const char *name, struct volume *volume,
		       struct arena *arena, struct error *err)
{
	struct error problem = {0};

	if (record_load(fields, volume, fd, VOLUME_FILE, arena, &problem) == 0 &&
	    strcmp(volume->name, name) != 0)
		error_set(&problem, ERROR_INVALID,
			  "'" VOLUME_FILE "' is damaged: it says it is of '%s'", volume->name);
	if (problem.code == ERROR_INVALID)
		return error_set(err, ERROR_INVALID,
				 "volume '%s': %s: put the file back, or 'coracle system check "
				 "--repair' describes the volume anew, without labels and options",
				 name, problem.text);
	if (problem.code)
		return error_set(err, problem.code, "volume '%s': %s", name, problem.text);
	volume->mountpoint = arena_format(arena, "%s/volumes/%s/_data", layout->root, name);
	return 0;
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

static int take_existing(struct volume *volume, const struct volume *existing, struct error *err)
{
	if (strcmp(existing->driver, volume->driver) != 0 ||
	    !volume_has_same_options(existing, volume))
		return error_set(err, ERROR_CONFLICT,
				 "volume '%s' exists with other options: remove it first, or use "
				 "another name",
				 volume->name);
	*volume = *existing;
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
	struct error problem = {0};
	struct volume existing;
	struct timespec now = units_now();
	char created[UNITS_TIME_SIZE];

	if (check_request(volume, arena, err) < 0)
		return -1;
	fd = volume_store_lock(layout, volume->name, true, err);
	if (fd < 0)
		return -1;
	if (read_record(layout, fd, volume->name, &existing, arena, &problem) == 0)
		return take_existing(volume, &existing, err);
	if (problem.code != ENOENT)
		return error_pass(err, &problem);
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
	auto_close int fd = -1;
	struct error problem = {0};

	if (volume_store_check_name(name, err) < 0)
		return -1;
	fd = openat(layout->volumes_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return no_such_volume(name, err);
	if (read_record(layout, fd, name, volume, arena, &problem) == 0)
		return 0;
	return problem.code == ENOENT ? no_such_volume(name, err) : error_pass(err, &problem);
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
