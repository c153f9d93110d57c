/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/build_cache/build_hold.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "storage/image/layer_store.h"
#include "storage/store_lock.h"

#define DIRECTORY "build/holds"

static int open_directory(const struct layout *layout)
{
	return openat(layout->root_fd, DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Calls for each that nobody has locked, while it is locked here. */
static void each_dead(const struct layout *layout,
		      void (*call)(int dirfd, const char *name, void *data), void *data)
{
	int dirfd = open_directory(layout);
	auto_closedir DIR *dir = dirfd < 0 ? NULL : fdopendir(dirfd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		auto_close int fd = -1;

		if (entry->d_name[0] == '.')
			continue;
		fd = openat(dirfd, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			call(dirfd, entry->d_name, data);
	}
}

static void note(int dirfd, const char *name, void *data)
{
	(void)dirfd;
	strvec_add(data, name);
}

void build_hold_list_dead(const struct layout *layout, struct strvec *names)
{
	each_dead(layout, note, names);
}

static void remove_one(int dirfd, const char *name, void *data)
{
	(void)data;
	unlinkat(dirfd, name, 0);
}

void build_hold_sweep(const struct layout *layout)
{
	each_dead(layout, remove_one, NULL);
}

/* Somebody may take the new file for one of a killed build, in the moment before it is locked. */
static int make(const struct layout *layout, const char *path, struct error *err)
{
	for (;;) {
		auto_close int fd = openat(layout->root_fd, path,
					   O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
		struct stat status;

		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &status) < 0)
			return error_errno(err, "cannot create '%s/%s'", layout->root, path);
		if (status.st_nlink > 0)
			return take_fd(&fd);
	}
}

int build_hold_open(struct build_hold *hold, const struct layout *layout, struct error *err)
{
	char path[64];

	*hold = (struct build_hold){.layout = layout, .fd = -1};
	if (file_make_directories(layout->root_fd, DIRECTORY, 0700, err) < 0)
		return -1;
	build_hold_sweep(layout);
	units_random_hex(hold->name, 16);
	snprintf(path, sizeof(path), DIRECTORY "/%s", hold->name);
	hold->fd = make(layout, path, err);
	return hold->fd < 0 ? -1 : 0;
}

void build_hold_close(struct build_hold *hold)
{
	char path[64];

	if (hold->fd < 0)
		return;
	snprintf(path, sizeof(path), DIRECTORY "/%s", hold->name);
	unlinkat(hold->layout->root_fd, path, 0);
	close(take_fd(&hold->fd));
}

int build_hold_add(struct build_hold *hold, char *const *chain_ids, size_t count, struct error *err)
{
	auto_strbuf struct strbuf lines = {0};
	auto_close int lock = store_lock_share(hold->layout, err);

	if (lock < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!layer_store_has(hold->layout, chain_ids[i]))
			return 0;
		strbuf_printf(&lines, "%s\n", chain_ids[i]);
	}
	if (lines.length && file_write_all(hold->fd, lines.text, lines.length, err) < 0)
		return error_wrap(err, "cannot note what the build needs");
	return 1;
}
