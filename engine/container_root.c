/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_root.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/process.h"
#include "engine/container_spec.h"
#include "engine/container_store.h"
#include "engine/spec_mounts.h"
#include "storage/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 10000
#define GLANCE_MS   20
#define MOST_ROUNDS 5

static int open_directory(struct engine *engine, const char *id, struct error *err)
{
	int fd = openat(engine->layout.containers_fd, id,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? error_errno(err, "cannot open the directory of container %.12s", id) : fd;
}

static struct overlay_request overlay_of(const struct container *container, int directory_fd)
{
	return (struct overlay_request){
		.chain_ids = container->chain_ids,
		.layer_count = container->layer_count,
		.container_fd = directory_fd,
	};
}

static int view_live(struct container_root *root, enum container_root_kind kind, struct error *err)
{
	const struct container *container = root->container;
	struct process_id process = {container->state.pid, container->state.start_time};
	auto_close int pidfd = process_open(&process, err);
	struct view_request request = {
		.init_pidfd = pidfd,
		.is_bare = kind == CONTAINER_ROOT_BARE,
		.root_fd = -1,
	};

	if (pidfd < 0 || view_open(&root->view, &request, err) < 0)
		return error_wrap(err, "cannot look into container %s", container->name);
	root->fd = root->view.root_fd;
	/* The mounts stay as long as they are open, and a stream may take its time. */
	cleanup_close(&root->lock_fd);
	root->lock_fd = -1;
	return 0;
}

/* Volumes and the like of a container that does not run; what is in memory is not there. */
static int view_stopped(struct container_root *root, struct engine *engine, struct arena *arena,
			struct error *err)
{
	struct container *container = root->container;
	struct spec_input input = {.engine = engine, .container = container};
	struct view_request request = {
		.init_pidfd = -1,
		.root_fd = root->mount_fd,
		.is_read_only = container->config.read_only,
	};
	struct spec_mount *binds;

	if (spec_mounts_add_user(&root->spec, &input, arena, err) < 0)
		return -1;
	binds = arena_array(arena, root->spec.mount_count + 1, sizeof(*binds));
	for (size_t i = 0; i < root->spec.mount_count; i++)
		if (strcmp(root->spec.mounts[i].type, "bind") == 0)
			binds[request.mount_count++] = root->spec.mounts[i];
	request.mounts = binds;
	if (view_open(&root->view, &request, err) < 0)
		return -1;
	root->fd = root->view.root_fd;
	return 0;
}

static int open_stopped(struct container_root *root, struct engine *engine,
			enum container_root_kind kind, struct arena *arena, struct error *err)
{
	auto_close int directory = open_directory(engine, root->container->id, err);
	struct overlay_request overlay = overlay_of(root->container, directory);

	if (directory < 0)
		return -1;
	overlay.is_read_only = kind == CONTAINER_ROOT_BARE;
	root->mount_fd = overlay_mount(&engine->layout, &overlay, err);
	root->fd = root->mount_fd;
	if (root->mount_fd < 0)
		return -1;
	return kind == CONTAINER_ROOT_BARE ? 0 : view_stopped(root, engine, arena, err);
}

/* Settled: it runs, or it does not and no monitor is about to change that. */
static bool is_settled(struct engine *engine, const struct container *container)
{
	if (container->state.status == CONTAINER_RUNNING ||
	    container->state.status == CONTAINER_PAUSED)
		return container->state.pid > 0;
	return container->state.status != CONTAINER_RESTARTING &&
	       !container_has_monitor(engine, container->id);
}

/* Takes the lock; what the container does is known then. One that is just ending or restarting is
 * waited for a while, without the lock. */
static int settle(struct container_root *root, struct engine *engine, const char *id,
		  struct arena *arena, struct error *err)
{
	for (int waited = 0;; waited += GLANCE_MS) {
		auto_close int lock = container_lock(engine, id, true, err);

		if (lock < 0 || container_load(engine, id, root->container, arena, err) < 0)
			return -1;
		if (is_settled(engine, root->container)) {
			root->lock_fd = take_fd(&lock);
			return 0;
		}
		close(take_fd(&lock));
		if (waited >= PATIENCE_MS)
			return error_set(err, ERROR_BUSY, "container %s is restarting: try again",
					 root->container->name);
		poll(NULL, 0, GLANCE_MS);
	}
}

static int open_settled(struct container_root *root, struct engine *engine,
			enum container_root_kind kind, struct arena *arena, struct error *err)
{
	if (kind == CONTAINER_ROOT_NONE)
		return 0;
	if (container_is_live(root->container))
		return view_live(root, kind, err);
	if (open_stopped(root, engine, kind, arena, err) < 0)
		return error_wrap(err, "cannot open the files of container %s",
				  root->container->name);
	return 0;
}

int container_root_open(struct container_root *root, struct engine *engine, const char *id,
			enum container_root_kind kind, struct arena *arena, struct error *err)
{
	struct error problem = {0};
	int result = -1;

	for (int round = 0; result < 0 && round < MOST_ROUNDS; round++) {
		*root = (struct container_root)CONTAINER_ROOT_CLOSED;
		root->container = arena_alloc(arena, sizeof(*root->container));
		if (settle(root, engine, id, arena, err) < 0)
			return -1;
		result = open_settled(root, engine, kind, arena, &problem);
		if (result < 0)
			container_root_close(root);
		if (result < 0 && problem.code != ESRCH) /* it ended just now */
			break;
	}
	return result < 0 ? error_pass(err, &problem) : 0;
}

void container_root_close(struct container_root *root)
{
	view_close(&root->view);
	container_spec_release(&root->spec);
	cleanup_close(&root->mount_fd);
	cleanup_close(&root->lock_fd);
	*root = (struct container_root)CONTAINER_ROOT_CLOSED;
}

int container_root_open_upper(struct engine *engine, const char *id)
{
	char path[100];

	snprintf(path, sizeof(path), "%.64s/upper", id);
	return openat(engine->layout.containers_fd, path,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int container_root_open_image(struct engine *engine, const struct container *container,
			      struct error *err)
{
	struct overlay_request overlay = overlay_of(container, -1);

	return overlay_mount(&engine->layout, &overlay, err);
}

static bool is_one_of(const char *path, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(path, names[i]) == 0)
			return true;
	return false;
}

/* Calls for each entry until one gives false. */
static bool all_entries(int fd, bool (*fits)(int fd, const char *name))
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    !fits(copy, entry->d_name))
			return false;
	return dir != NULL;
}

static bool fits_nothing(int fd, const char *name)
{
	(void)fd;
	(void)name;
	return false;
}

static bool is_empty_file(const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_size == 0;
}

static bool is_network_file(int fd, const char *name)
{
	static const char *const names[] = {"hostname", "hosts", "resolv.conf"};
	struct stat status;

	return is_one_of(name, names, array_length(names)) &&
	       fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && is_empty_file(&status);
}

static bool is_as_in_image(int image_fd, const char *path, const struct stat *status)
{
	auto_close int fd = path_open(image_fd, path, PATH_NO_LINKS, O_PATH | O_DIRECTORY, NULL);
	struct stat below;

	return fd >= 0 && fstat(fd, &below) == 0 && below.st_mode == status->st_mode &&
	       below.st_uid == status->st_uid && below.st_gid == status->st_gid;
}

/* What is covered as long as the container runs, it cannot have made itself. */
bool container_root_is_placeholder(int image_fd, const char *path, int fd,
				   const struct stat *status)
{
	static const char *const files[] = {"etc/hostname", "etc/hosts", "etc/resolv.conf"};
	static const char *const directories[] = {"dev", "proc", "sys"};

	if (is_empty_file(status))
		return is_one_of(path, files, array_length(files));
	if (!S_ISDIR(status->st_mode))
		return false;
	if (is_one_of(path, directories, array_length(directories)))
		return all_entries(fd, fits_nothing);
	return image_fd >= 0 && strcmp(path, "etc") == 0 && all_entries(fd, is_network_file) &&
	       is_as_in_image(image_fd, path, status);
}
