/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_store.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strvec.h"
#include "engine/container_json.h"
#include "engine/labels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void container_dirs_close(struct container_dirs *dirs)
{
	if (dirs->root_fd >= 0)
		close(dirs->root_fd);
	if (dirs->run_fd >= 0)
		close(dirs->run_fd);
	dirs->root_fd = dirs->run_fd = -1;
}

static int open_directory(int parent, const char *id, struct error *err)
{
	int fd = openat(parent, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open the directory of container %.12s", id);
	return fd;
}

int container_dirs_open(struct engine *engine, const char *id, struct container_dirs *dirs,
			struct error *err)
{
	*dirs = (struct container_dirs){-1, -1};
	dirs->root_fd = open_directory(engine->layout.containers_fd, id, err);
	if (dirs->root_fd < 0)
		return -1;
	dirs->run_fd = open_directory(engine->layout.run_containers_fd, id, err);
	if (dirs->run_fd < 0) {
		container_dirs_close(dirs);
		return -1;
	}
	return 0;
}

int container_dirs_create(struct engine *engine, const char *id, struct container_dirs *dirs,
			  struct error *err)
{
	if (mkdirat(engine->layout.containers_fd, id, 0700) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the directory of container %.12s", id);
	if (mkdirat(engine->layout.run_containers_fd, id, 0700) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the directory of container %.12s", id);
	return container_dirs_open(engine, id, dirs, err);
}

int container_missing(const char *name, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "no such container: %s", name);
	return error_state(err, FACT_NO_CONTAINER, name, NULL);
}

int container_lock(struct engine *engine, const char *id, bool wait, struct error *err)
{
	char path[100];
	auto_close int fd = -1;

	mkdirat(engine->layout.run_containers_fd, id, 0700); /* gone after a reboot */
	snprintf(path, sizeof(path), "%.64s/lock", id);
	fd = file_lock(engine->layout.run_containers_fd, path, true, wait, err);
	if (faccessat(engine->layout.containers_fd, id, F_OK, 0) == 0)
		return take_fd(&fd);
	/* Removed while we waited: what we made must not be the litter of a dead container. */
	file_remove_tree(engine->layout.run_containers_fd, id, NULL);
	return container_missing(id, err);
}

static int open_monitor_lock(struct engine *engine, const char *id, int flags, struct error *err)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%.64s/monitor.lock", id);
	fd = openat(engine->layout.run_containers_fd, path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags,
		    0600);
	return fd < 0 ? error_errno(err, "cannot open the lock '%s'", path) : fd;
}

int container_monitor_lock(struct engine *engine, const char *id, struct error *err)
{
	auto_close int fd = open_monitor_lock(engine, id, O_CREAT, err);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return take_fd(&fd);
	if (errno == EAGAIN || errno == EACCES)
		return error_set(err, ERROR_BUSY, "container %.12s has a monitor", id);
	return error_errno(err, "cannot lock the monitor of container %.12s", id);
}

/* An OFD lock can be tested without being taken: who only looks never keeps a start out, and makes
 * nothing where somebody is removing. */
bool container_has_monitor(struct engine *engine, const char *id)
{
	auto_close int fd = open_monitor_lock(engine, id, 0, NULL);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool container_exists(struct engine *engine, const char *id)
{
	char path[100];

	snprintf(path, sizeof(path), "%.64s/container.json", id);
	return faccessat(engine->layout.containers_fd, path, F_OK, 0) == 0;
}

static int list_directory(int parent, struct strvec *ids, struct error *err)
{
	int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list the containers");
	while ((entry = readdir(dir)))
		if (container_is_id(entry->d_name))
			strvec_add(ids, entry->d_name);
	return 0;
}

int container_ids_list(struct engine *engine, struct strvec *ids, struct error *err)
{
	return list_directory(engine->layout.containers_fd, ids, err);
}

int container_run_ids_list(struct engine *engine, struct strvec *ids, struct error *err)
{
	return list_directory(engine->layout.run_containers_fd, ids, err);
}

/* Which few labels of a container its state repeats. */
void container_sign_state(struct container *container, struct arena *arena)
{
	static const char *const kept[] = {
		LABEL_PROJECT,
		LABEL_SERVICE,
		LABEL_NUMBER,
		LABEL_ONEOFF,
	};
	struct container_state *state = &container->state;

	state->name = container->name;
	state->labels = arena_array(arena, array_length(kept), sizeof(*state->labels));
	state->label_count = 0;
	for (size_t i = 0; i < array_length(kept); i++) {
		const char *value = container_label(container, kept[i]);

		if (value)
			state->labels[state->label_count++] = (struct pair){kept[i], value};
	}
}

int container_load(struct engine *engine, const char *id, struct container *container,
		   struct arena *arena, struct error *err)
{
	if (container_json_load(engine, id, container, arena, err) < 0)
		return -1;
	if (container_state_load(engine, id, &container->state, arena, err) < 0)
		return -1;
	container_sign_state(container, arena);
	return 0;
}
