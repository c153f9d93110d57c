/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/bundle/bundle_place.c - what storage/bundle/bundle.h says of what was unpacked.
 *
 * Containers may have written below what they bind. So a place goes as a whole or not at all: only
 * while all in it is what its bundle.json says. Whoever is about to use one holds a shared lock on
 * its folder.
 */
#include "storage/bundle/bundle_private.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "storage/reference.h"
#include "storage/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_DEPTH  ((unsigned)200)
#define BUFFER_SIZE ((size_t)64 << 10)

/* ------------------------------------------------------------------ hold */

/* With @how of flock(2); -1 where it has gone or is locked otherwise. */
static int lock_place(const struct layout *layout, const char *place, int how)
{
	auto_close int fd =
		openat(layout->root_fd, place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat held, there;

	if (fd < 0 || flock(fd, how) < 0 || fstat(fd, &held) < 0 ||
	    fstatat(layout->root_fd, place, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
	    held.st_ino != there.st_ino)
		return -1;
	return take_fd(&fd);
}

int bundle_hold(const struct bundle *bundle, const struct layout *layout)
{
	auto_free char *place = bundle_place_path(bundle->project, bundle->files_hex);

	return lock_place(layout, place, LOCK_SH);
}

/* Out of sight in one step, then away. */
static int take_away(const struct layout *layout, const char *place, struct error *err)
{
	auto_staging struct staging staging = STAGING_CLOSED;
	auto_free char *parent = path_directory(place);

	if (staging_open(&staging, layout, err) < 0)
		return -1;
	if (renameat(layout->root_fd, place, staging.fd, "bundle") < 0)
		return error_errno(err, "cannot take '%s' away", place);
	unlinkat(layout->root_fd, parent, AT_REMOVEDIR);
	return file_remove_tree(staging.fd, "bundle", err);
}

void bundle_forget(const struct bundle *bundle, const struct layout *layout)
{
	auto_free char *place = bundle_place_path(bundle->project, bundle->files_hex);
	auto_close int fd = lock_place(layout, place, LOCK_EX | LOCK_NB);

	if (fd >= 0)
		take_away(layout, place, NULL);
}

/* ------------------------------------------------------------------ what is in it */

static int list_names(int dirfd, const char *path, struct strvec *names, struct error *err)
{
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_closedir DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!folder)
		return error_errno(err, "cannot list '%s'", path);
	take_fd(&fd);
	while ((entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strvec_add(names, entry->d_name);
	strvec_sort(names);
	return 0;
}

struct looking {
	struct bundle_place *place;
	struct map files; /* path -> struct bundle_file */
	struct arena *arena;
	bool is_deep;
	size_t found; /* files that the bundle has */
};

static bool is_as_bundled(int dirfd, const char *name, const struct bundle_file *file)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char buffer[BUFFER_SIZE], hex[DIGEST_HEX_SIZE];
	struct digest hash;
	ssize_t n;

	if (fd < 0)
		return false;
	digest_init(&hash);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		digest_add(&hash, buffer, (size_t)n);
	digest_finish(&hash, hex);
	return n == 0 && strcmp(hex, file->hex) == 0;
}

static void note_changed(struct looking *looking, const char *path)
{
	if (!looking->place->changed)
		looking->place->changed = arena_string(looking->arena, path);
}

static void look_at_file(struct looking *looking, int dirfd, const char *path,
			 const struct stat *status)
{
	const char *slash = strrchr(path, '/');
	const struct bundle_file *file = map_get(&looking->files, path);

	looking->place->bytes += status->st_size;
	if (strcmp(path, BUNDLE_KEPT) == 0)
		return;
	looking->found += file != NULL;
	if (looking->is_deep && !looking->place->changed &&
	    (!file || !S_ISREG(status->st_mode) || status->st_size != file->size ||
	     !is_as_bundled(dirfd, slash ? slash + 1 : path, file)))
		note_changed(looking, path);
}

static int look_into(struct looking *looking, int dirfd, const char *path, unsigned depth,
		     struct error *err)
{
	auto_strvec struct strvec names = {0};

	if (depth > MOST_DEPTH) {
		note_changed(looking, path);
		return 0;
	}
	if (list_names(dirfd, ".", &names, err) < 0)
		return -1;
	strvec_each (name, &names) {
		auto_free char *below =
			*path ? alloc_format("%s/%s", path, *name) : alloc_string(*name);
		auto_close int fd = -1;
		struct stat status;

		if (fstatat(dirfd, *name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (!S_ISDIR(status.st_mode)) {
			look_at_file(looking, dirfd, below, &status);
			continue;
		}
		fd = openat(dirfd, *name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return error_errno(err, "cannot open '%s'", below);
		if (look_into(looking, fd, below, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

static int look(struct looking *looking, int fd, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct bundle_place *place = looking->place;
	struct bundle bundle = {0};
	struct error problem = {0};
	size_t files = 0;

	place->bytes = 0;
	place->changed = place->problem = NULL;
	if (file_read(fd, BUNDLE_KEPT, BUNDLE_MOST_JSON, &text, &problem) < 0 ||
	    bundle_parse(&bundle, &text, looking->arena, &problem) < 0)
		place->problem =
			arena_format(looking->arena, "it has no description (%s)", problem.text);
	for (size_t i = 0; !place->problem && i < bundle.count; i++) {
		if (!bundle.files[i].is_folder)
			files++;
		map_set(&looking->files, bundle.files[i].path, &bundle.files[i]);
	}
	if (look_into(looking, fd, "", 0, err) < 0)
		return -1;
	if (!place->problem && looking->found < files)
		place->problem = arena_format(looking->arena, "%zu of its %zu files are missing",
					      files - looking->found, files);
	return 0;
}

static int look_at_place(const struct layout *layout, struct bundle_place *place, bool is_deep,
			 struct arena *arena, struct error *err)
{
	auto_free char *way = bundle_place_path(place->project, place->hex);
	auto_close int fd =
		openat(layout->root_fd, way, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct looking looking = {.place = place, .arena = arena, .is_deep = is_deep};
	struct stat status;
	int result;

	if (fd < 0 || fstat(fd, &status) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot open '%s'", way);
	place->modified_s = status.st_mtime;
	result = look(&looking, fd, err);
	map_release(&looking.files);
	return result < 0 ? error_wrap(err, "'%s'", place->path) : 1;
}

/* ------------------------------------------------------------------ all of them */

static int list_project(const struct layout *layout, const char *project,
			struct bundle_places *list, struct arena *arena, struct error *err)
{
	auto_free char *folder = alloc_format("bundles/%s", project);
	auto_strvec struct strvec names = {0};

	if (list_names(layout->root_fd, folder, &names, err) < 0)
		return -1;
	strvec_each (name, &names) {
		struct bundle_place place = {
			.project = arena_string(arena, project),
			.hex = arena_string(arena, *name),
			.path = arena_format(arena, "%s/%s/%s", layout->root, folder, *name),
		};
		int result;

		if (strlen(*name) != 64 || !reference_is_hex(*name, 64))
			continue;
		result = look_at_place(layout, &place, false, arena, err);
		if (result < 0)
			return -1;
		if (result == 0)
			continue;
		list->items = arena_grow(arena, list->items, list->count, sizeof(*list->items));
		list->items[list->count++] = place;
	}
	return 0;
}

int bundle_place_list(const struct layout *layout, struct bundle_places *list, struct arena *arena,
		      struct error *err)
{
	auto_strvec struct strvec projects = {0};

	*list = (struct bundle_places){0};
	if (faccessat(layout->root_fd, "bundles", F_OK, 0) < 0)
		return 0;
	if (list_names(layout->root_fd, "bundles", &projects, err) < 0)
		return -1;
	strvec_each (project, &projects)
		if (path_is_name(*project) && list_project(layout, *project, list, arena, err) < 0)
			return -1;
	return 0;
}

int bundle_place_remove(const struct layout *layout, struct bundle_place *place,
			struct arena *arena, struct error *err)
{
	auto_free char *way = bundle_place_path(place->project, place->hex);
	auto_close int fd = lock_place(layout, way, LOCK_EX | LOCK_NB);

	if (fd < 0)
		return 0;
	if (look_at_place(layout, place, true, arena, err) < 0)
		return -1;
	if (place->changed)
		return 0;
	return take_away(layout, way, err) < 0 ? -1 : 1;
}
