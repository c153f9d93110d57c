/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/check/check_objects.c - what lies beside images and containers: volumes, networks,
 * interrupted downloads, temporary files.
 */
#include "storage/check/check_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/strvec.h"
#include "storage/archive/tree.h"
#include "storage/bundle/bundle.h"
#include "storage/image/blob.h"
#include "storage/image/partial.h"
#include "storage/reference.h"
#include "storage/secret/secret_store.h"
#include "storage/volume/volume.h"

static bool is_id(const char *name)
{
	return reference_is_hex(name, 64) && !name[64];
}

/* Whoever makes or removes it holds a lock on its directory. */
static bool is_volume_locked(struct check_walk *walk, const char *name)
{
	auto_close int fd = openat(walk->layout->volumes_fd, name,
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0;
}

static bool has_data(struct check_walk *walk, const char *name)
{
	char path[300];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "%.255s/_data", name);
	fd = openat(walk->layout->volumes_fd, path,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && file_is_empty_directory(fd, NULL) == 0;
}

static void repair_volume(struct check_walk *walk, const char *name, bool is_damaged,
			  struct check_finding *finding)
{
	struct volume volume = {.name = name, .driver = "local"};
	struct error problem = {0};
	char path[300], aside[300];

	snprintf(path, sizeof(path), "%.255s/volume.json", name);
	snprintf(aside, sizeof(aside), "%.255s/volume.json.damaged", name);
	if (is_damaged)
		renameat(walk->layout->volumes_fd, path, walk->layout->volumes_fd, aside);
	if (volume_create(walk->layout, &volume, walk->arena, &problem) < 0)
		finding->action = arena_string(walk->arena, problem.text);
	else
		check_repaired(finding, "described anew, with its data; labels and options are "
					"lost");
}

static void check_volume(struct check_walk *walk, const char *name)
{
	struct error problem = {0};
	struct check_finding *finding;
	auto_close int hold = -1;
	struct volume volume;
	bool is_damaged, is_litter;

	if (volume_load(walk->layout, name, &volume, walk->arena, &problem) == 0 ||
	    is_volume_locked(walk, name))
		return;
	is_damaged = problem.code != ERROR_NOT_FOUND;
	is_litter = !is_damaged && !has_data(walk, name);
	finding =
		check_find(walk, is_litter ? CHECK_LITTER : CHECK_DAMAGE, "volume", name,
			   is_damaged ? arena_format(walk->arena, "its description is damaged (%s)",
						     problem.text)
			   : is_litter ? "it has no description: its creation or removal was killed"
				       : "it has data but no description");
	if (!check_may(walk, finding))
		return;
	hold = volume_hold(walk->layout, true, NULL);
	if (!is_litter)
		repair_volume(walk, name, is_damaged, finding);
	else if (volume_load(walk->layout, name, &volume, walk->arena, NULL) == 0)
		check_repaired(finding, "another command has created it now");
	else if (volume_remove(walk->layout, name, &problem) == 0 ||
		 problem.code == ERROR_NOT_FOUND)
		check_repaired(finding, "removed");
	else
		finding->action = arena_string(walk->arena, problem.text);
}

int check_volumes(struct check_walk *walk, struct error *err)
{
	auto_strvec struct strvec names = {0};

	if (check_list(walk, walk->layout->volumes_fd, ".", &names, err) < 0)
		return -1;
	strvec_each (name, &names) {
		struct stat status;

		if (!path_is_name(*name) ||
		    fstatat(walk->layout->volumes_fd, *name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISDIR(status.st_mode))
			continue;
		walk->check->volumes++;
		check_volume(walk, *name);
	}
	return 0;
}

/* Descriptions NAME.json that others than the store read. */
static int check_described(struct check_walk *walk, int dirfd, const char *kind, struct error *err)
{
	const struct check *check = walk->check;
	auto_strvec struct strvec names = {0};

	if (!check->look_at)
		return 0;
	if (check_list(walk, dirfd, ".", &names, err) < 0)
		return -1;
	strvec_each (name, &names) {
		size_t length = strlen(*name);
		const char *problem;

		if (**name == '.' || length < 6 || strcmp(*name + length - 5, ".json") != 0)
			continue;
		(*name)[length - 5] = '\0';
		problem = check->look_at(kind, *name, check->data, walk->arena);
		if (problem)
			check_find(walk, CHECK_DAMAGE, kind, *name, "its description is damaged")
				->action = problem;
	}
	return 0;
}

int check_networks(struct check_walk *walk, struct error *err)
{
	return check_described(walk, walk->layout->networks_fd, "network", err);
}

int check_stacks(struct check_walk *walk, struct error *err)
{
	return check_described(walk, walk->layout->stacks_fd, "stack", err);
}

static int check_secrets_of(struct check_walk *walk, enum secret_kind kind, struct error *err)
{
	int dirfd =
		kind == SECRET_STORE_SECRET ? walk->layout->secrets_fd : walk->layout->configs_fd;
	auto_strvec struct strvec names = {0};

	if (check_list(walk, dirfd, ".", &names, err) < 0)
		return -1;
	strvec_each (name, &names) {
		size_t length = strlen(*name);
		struct secret_object object;
		struct error problem = {0};

		if (length < 6 || strcmp(*name + length - 5, ".json") != 0)
			continue;
		(*name)[length - 5] = '\0';
		if (secret_store_find(walk->layout, kind, *name, &object, walk->arena, &problem) <
			    0 &&
		    problem.code != ERROR_NOT_FOUND)
			check_find(walk, CHECK_DAMAGE, secret_store_kind(kind), *name,
				   "it cannot be read")
				->action = arena_string(walk->arena, problem.text);
	}
	return 0;
}

int check_secrets(struct check_walk *walk, struct error *err)
{
	if (check_secrets_of(walk, SECRET_STORE_SECRET, err) < 0)
		return -1;
	return check_secrets_of(walk, SECRET_STORE_CONFIG, err);
}

/* What containers have changed or made there is theirs, and no damage. */
int check_bundles(struct check_walk *walk, struct error *err)
{
	struct bundle_places places;

	if (bundle_place_list(walk->layout, &places, walk->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < places.count; i++) {
		const struct bundle_place *place = &places.items[i];

		if (place->problem)
			check_find(walk, CHECK_DAMAGE, "bundle", place->project, place->problem)
				->action = arena_format(walk->arena,
							"remove '%s', then 'up -f' with the bundle",
							place->path);
	}
	return 0;
}

/* NAME.PID.tmp (base/file.h) of a process that has gone. */
static bool is_stale(const char *name)
{
	size_t length = strlen(name), at = length - 4;
	int64_t pid;

	if (length < 7 || strcmp(name + at, ".tmp") != 0)
		return false;
	while (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9')
		at--;
	pid = strtol(name + at, NULL, 10);
	return at > 1 && name[at - 1] == '.' && pid > 0 && pid <= INT32_MAX &&
	       kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static void check_temporary_in(struct check_walk *walk, int dirfd, const char *path)
{
	auto_strvec struct strvec names = {0};
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || check_list(walk, fd, ".", &names, NULL) < 0)
		return;
	strvec_each (name, &names) {
		struct check_finding *finding;

		if (!is_stale(*name))
			continue;
		finding = check_find(walk, CHECK_LITTER, "file",
				     arena_format(walk->arena, "%s/%s", path, *name),
				     "its writer was killed");
		if (!check_may(walk, finding))
			continue;
		file_remove_stale(fd, *name);
		check_repaired(finding, "removed");
	}
}

static void check_temporary_below(struct check_walk *walk, const char *path)
{
	auto_strvec struct strvec names = {0};

	check_list(walk, walk->layout->root_fd, path, &names, NULL);
	strvec_each (name, &names) {
		auto_free char *inner = path_join(path, *name);

		check_temporary_in(walk, walk->layout->root_fd, inner);
	}
}

int check_temporary(struct check_walk *walk, struct error *err)
{
	static const char *const flat[] = {
		".",	   "images",   "networks", "cache/seccomp", "secrets",
		"configs", "projects", "stacks",   "build/records"};

	(void)err;
	for (size_t i = 0; i < array_length(flat); i++)
		check_temporary_in(walk, walk->layout->root_fd, flat[i]);
	check_temporary_below(walk, "containers");
	check_temporary_below(walk, "volumes");
	return 0;
}

/* Downloads that nobody went on with, and those of blobs that have come by another way. */
int check_partial(struct check_walk *walk, struct error *err)
{
	auto_strvec struct strvec names = {0};
	int64_t before = time(NULL) - PARTIAL_LONGEST_S;

	if (check_list(walk, walk->layout->partial_fd, ".", &names, err) < 0)
		return -1;
	strvec_each (name, &names) {
		auto_close int fd = openat(walk->layout->partial_fd, *name,
					   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		struct check_finding *finding;
		struct stat status;
		bool is_there = is_id(*name) && blob_exists(walk->layout, *name) &&
				!map_has(&walk->bad_blobs, *name);

		if (fd < 0 || fstat(fd, &status) < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 ||
		    (is_id(*name) && !is_there && status.st_mtim.tv_sec > before))
			continue;
		finding = check_find(walk, CHECK_LITTER, "download", *name,
				     !is_id(*name) ? "not the name of a blob"
				     : is_there	   ? "the blob is in the store"
						   : "nobody has gone on with it for a week");
		if (check_may(walk, finding) && unlinkat(walk->layout->partial_fd, *name, 0) == 0)
			check_repaired(finding, "removed");
	}
	return 0;
}
