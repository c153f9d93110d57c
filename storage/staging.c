/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strvec.h"
#include "base/units.h"

#define MOST_DEAD 64

static const char chain_prefix[] = ".chain-";

/* Directories whose owner has gone: their locks are ours now, so that nobody else removes them. */
struct dead {
	struct strvec names;
	int fds[MOST_DEAD];
};

static void find_dead(const struct layout *layout, struct dead *dead)
{
	int fd = openat(layout->staging_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && dead->names.count < MOST_DEAD && (entry = readdir(dir))) {
		auto_close int owner = -1;

		if (entry->d_name[0] == '.' &&
		    strncmp(entry->d_name, chain_prefix, strlen(chain_prefix)) != 0)
			continue;
		owner = openat(layout->staging_fd, entry->d_name,
			       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (owner < 0 || flock(owner, LOCK_EX | LOCK_NB) < 0)
			continue;
		dead->fds[dead->names.count] = take_fd(&owner);
		strvec_add(&dead->names, entry->d_name);
	}
}

static void remove_dead(const struct layout *layout, struct dead *dead)
{
	for (size_t i = 0; i < dead->names.count; i++) {
		struct error problem = {0};

		if (file_remove_tree(layout->staging_fd, dead->names.items[i], &problem) < 0)
			log_debug("%s", problem.text);
		close(dead->fds[i]);
	}
	strvec_release(&dead->names);
}

void staging_list_dead(const struct layout *layout, struct strvec *names)
{
	auto_close int lock = file_lock(layout->staging_fd, ".lock", true, true, NULL);
	struct dead dead = {0};

	if (lock < 0)
		return;
	find_dead(layout, &dead);
	for (size_t i = 0; i < dead.names.count; i++) {
		strvec_add(names, dead.names.items[i]);
		close(dead.fds[i]);
	}
	strvec_release(&dead.names);
}

static int make_own(struct staging *staging, struct error *err)
{
	auto_close int fd = -1;

	units_random_hex(staging->name, 16);
	if (mkdirat(staging->layout->staging_fd, staging->name, 0700) < 0)
		return error_errno(err, "cannot create a directory in '%s/staging'",
				   staging->layout->root);
	fd = openat(staging->layout->staging_fd, staging->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return error_errno(err, "cannot lock '%s/staging/%s'", staging->layout->root,
				   staging->name);
	staging->fd = take_fd(&fd);
	return 0;
}

int staging_open(struct staging *staging, const struct layout *layout, struct error *err)
{
	struct dead dead = {0};
	auto_close int lock = file_lock(layout->staging_fd, ".lock", true, true, err);
	int result;

	*staging = (struct staging){.layout = layout, .fd = -1};
	if (lock < 0)
		return -1;
	/* The lock closes the gap between a new directory and its flock; removing needs none. */
	find_dead(layout, &dead);
	result = make_own(staging, err);
	close(take_fd(&lock));
	remove_dead(layout, &dead);
	return result;
}

void staging_close(struct staging *staging)
{
	struct error problem = {0};

	if (staging->fd < 0)
		return;
	if (file_remove_tree(staging->layout->staging_fd, staging->name, &problem) < 0)
		log_debug("%s", problem.text);
	close(take_fd(&staging->fd));
}

static int lock_chain(const struct layout *layout, const char *chain_id, bool wait,
		      struct error *err)
{
	char name[96];

	snprintf(name, sizeof(name), "%s%.64s", chain_prefix, chain_id);
	for (;;) {
		auto_close int fd = file_lock(layout->staging_fd, name, true, wait, err);
		struct stat status;

		if (fd < 0)
			return -1;
		/* The one before us removed the file while we waited: it locks nobody out now. */
		if (fstat(fd, &status) == 0 && status.st_nlink > 0)
			return take_fd(&fd);
	}
}

int staging_lock_chain(const struct layout *layout, const char *chain_id, struct error *err)
{
	return lock_chain(layout, chain_id, true, err);
}

int staging_try_chain(const struct layout *layout, const char *chain_id, struct error *err)
{
	return lock_chain(layout, chain_id, false, err);
}

void staging_unlock_chain(const struct layout *layout, const char *chain_id, int fd)
{
	char name[96];

	snprintf(name, sizeof(name), "%s%.64s", chain_prefix, chain_id);
	unlinkat(layout->staging_fd, name, 0);
	close(fd);
}
