/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/lookup.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strvec.h"
#include "engine/adopt.h"
#include "engine/container_json.h"
#include "engine/labels.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ID_LENGTH 64

static bool is_id(const char *text)
{
	return strlen(text) == ID_LENGTH && strspn(text, "0123456789abcdef") == ID_LENGTH;
}

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
	return error_set(err, ERROR_NOT_FOUND, "no such container: %.12s", id);
}

static int open_monitor_lock(struct engine *engine, const char *id, struct error *err)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%.64s/monitor.lock", id);
	fd = openat(engine->layout.run_containers_fd, path,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? error_errno(err, "cannot open the lock '%s'", path) : fd;
}

int container_monitor_lock(struct engine *engine, const char *id, struct error *err)
{
	auto_close int fd = open_monitor_lock(engine, id, err);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return take_fd(&fd);
	if (errno == EAGAIN || errno == EACCES)
		return error_set(err, ERROR_BUSY, "container %.12s has a monitor", id);
	return error_errno(err, "cannot lock the monitor of container %.12s", id);
}

/* An OFD lock can be tested without being taken: who only looks never keeps a start out. */
bool container_has_monitor(struct engine *engine, const char *id)
{
	auto_close int fd = open_monitor_lock(engine, id, NULL);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* Reads by-name/NAME; false when it is not there. */
static bool read_name(struct engine *engine, const char *name, char id[ID_LENGTH + 1])
{
	char path[300], target[128];
	ssize_t n;

	snprintf(path, sizeof(path), "by-name/%.255s", name);
	n = readlinkat(engine->layout.containers_fd, path, target, sizeof(target) - 1);
	if (n != ID_LENGTH + 3)
		return false;
	target[n] = '\0';
	memcpy(id, target + 3, ID_LENGTH + 1); /* "../ID" */
	return is_id(id);
}

static bool exists(struct engine *engine, const char *id)
{
	char path[100];

	snprintf(path, sizeof(path), "%.64s/container.json", id);
	return faccessat(engine->layout.containers_fd, path, F_OK, 0) == 0;
}

int container_name_claim(struct engine *engine, const char *name, const char *id, struct error *err)
{
	char path[300], target[100], holder[ID_LENGTH + 1];

	snprintf(path, sizeof(path), "by-name/%.255s", name);
	snprintf(target, sizeof(target), "../%.64s", id);
	for (int attempt = 0; attempt < 3; attempt++) {
		if (symlinkat(target, engine->layout.containers_fd, path) == 0)
			return 0;
		if (errno != EEXIST)
			return error_errno(err, "cannot claim the container name '%s'", name);
		if (!read_name(engine, name, holder))
			continue;
		if (strcmp(holder, id) == 0) /* by a rename that was killed */
			return 0;
		if (exists(engine, holder))
			break;
		/* Of a create or remove that was killed, unless somebody is at it right now. */
		container_remove_litter(engine, holder);
		if (faccessat(engine->layout.containers_fd, holder, F_OK, 0) < 0)
			container_name_drop(engine, name, holder);
	}
	return error_set(err, ERROR_CONFLICT,
			 "container name \"%s\" is already in use by container %.12s", name,
			 holder);
}

void container_name_drop(struct engine *engine, const char *name, const char *id)
{
	char path[300], holder[ID_LENGTH + 1];

	if (!read_name(engine, name, holder) || strcmp(holder, id) != 0)
		return;
	snprintf(path, sizeof(path), "by-name/%.255s", name);
	unlinkat(engine->layout.containers_fd, path, 0);
}

int container_names_list(struct engine *engine, struct strvec *names, struct strvec *holders,
			 struct error *err)
{
	int fd =
		openat(engine->layout.containers_fd, "by-name", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char holder[ID_LENGTH + 1];

	if (!dir)
		return error_errno(err, "cannot list '%s/containers/by-name'", engine->layout.root);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !read_name(engine, entry->d_name, holder))
			continue;
		strvec_add(names, entry->d_name);
		strvec_add(holders, holder);
	}
	return 0;
}

/* Which few labels of a container its state repeats. */
static void sign_state(struct container *container, struct arena *arena)
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
	state_json_load(engine, id, &container->state, arena);
	sign_state(container, arena);
	return 0;
}

/* Dead, and known only by what its state says: name and project. */
static bool load_damaged(struct engine *engine, const char *id, struct container *container,
			 struct arena *arena)
{
	char **none = arena_array(arena, 1, sizeof(*none));
	struct container_state state;

	state_json_load(engine, id, &state, arena);
	if (!state.name)
		return false;
	*container = (struct container){
		.id = arena_string(arena, id),
		.name = state.name,
		.created = "",
		.image_id = "",
		.args = none,
		.env = none,
		.working_dir = "/",
		.stop_signal = "SIGKILL",
		.chain_ids = none,
		.config = {.name = state.name,
			   .image = "",
			   .labels = state.labels,
			   .label_count = state.label_count},
		.state = state,
	};
	container->state.status = CONTAINER_DEAD;
	container->state.error = "its description, container.json, is damaged: remove it";
	return true;
}

int container_refresh(struct engine *engine, struct container *container, struct arena *arena,
		      struct error *err)
{
	if (!exists(engine, container->id))
		return error_set(err, ERROR_NOT_FOUND, "no such container: %s", container->name);
	state_json_load(engine, container->id, &container->state, arena);
	return 0;
}

static int list_directory(int parent, struct strvec *ids, struct error *err)
{
	int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list the containers");
	while ((entry = readdir(dir)))
		if (is_id(entry->d_name))
			strvec_add(ids, entry->d_name);
	return 0;
}

int container_ids_list(struct engine *engine, struct strvec *ids, struct error *err)
{
	return list_directory(engine->layout.containers_fd, ids, err);
}

/* Of a removal that was killed near its end; locking takes what has no owner away. */
static void sweep_run(struct engine *engine)
{
	auto_strvec struct strvec ids = {0};

	list_directory(engine->layout.run_containers_fd, &ids, NULL);
	strvec_each (id, &ids) {
		auto_close int lock = -1;

		if (faccessat(engine->layout.containers_fd, *id, F_OK, 0) < 0)
			lock = container_lock(engine, *id, false, NULL);
	}
}

static int find_by_prefix(struct engine *engine, const char *prefix, char id[ID_LENGTH + 1],
			  struct error *err)
{
	auto_strvec struct strvec ids = {0};
	int found = 0;

	if (container_ids_list(engine, &ids, err) < 0)
		return -1;
	strvec_each (candidate, &ids) {
		if (strncmp(*candidate, prefix, strlen(prefix)) != 0 || !exists(engine, *candidate))
			continue;
		memcpy(id, *candidate, ID_LENGTH + 1);
		found++;
	}
	if (found > 1)
		return error_set(err, ERROR_CONFLICT,
				 "'%s' begins the ids of %d containers: give more of it", prefix,
				 found);
	return found ? 0 : error_set(err, ERROR_NOT_FOUND, "no such container: %s", prefix);
}

/* When container.json cannot be read: under a running container its monitor writes it again; of a
 * directory that is no container (any more) nothing stays; the rest is shown as dead. */
static int restore_or_sweep(struct engine *engine, const char *id, struct container *container,
			    struct arena *arena, const struct error *reason)
{
	if (adopt_repair(engine, id) && container_load(engine, id, container, arena, NULL) == 0)
		return 0;
	container_remove_litter(engine, id);
	if (!exists(engine, id))
		return -1;
	log_warning_once("container %.12s is damaged (%s): remove it", id, reason->text);
	return load_damaged(engine, id, container, arena) ? 0 : -1;
}

int container_find(struct engine *engine, const char *name, struct container *container,
		   struct arena *arena, struct error *err)
{
	char id[ID_LENGTH + 1];
	bool may_be_prefix = *name && strlen(name) <= ID_LENGTH &&
			     strspn(name, "0123456789abcdef") == strlen(name);
	struct error reason = {0};

	if (*name == '/') /* as docker shows names */
		name++;
	if (strlen(name) > 255 || strchr(name, '/') ||
	    (!read_name(engine, name, id) && !may_be_prefix))
		return error_set(err, ERROR_NOT_FOUND, "no such container: %s", name);
	if (!read_name(engine, name, id) && find_by_prefix(engine, name, id, err) < 0)
		return -1;
	adopt_if_abandoned(engine, id);
	if (container_load(engine, id, container, arena, &reason) == 0 ||
	    restore_or_sweep(engine, id, container, arena, &reason) == 0)
		return 0;
	if (reason.code == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "no such container: %s", name);
	return error_pass(err, &reason);
}

static bool has_label(const struct container *container, const char *wanted)
{
	size_t length = strcspn(wanted, "=");

	for (size_t i = 0; i < container->config.label_count; i++) {
		const struct pair *label = &container->config.labels[i];

		if (strlen(label->name) == length && strncmp(label->name, wanted, length) == 0)
			return !wanted[length] || strcmp(label->value, wanted + length + 1) == 0;
	}
	return false;
}

static bool has_labels(const struct container *container, char *const *wanted)
{
	for (; wanted && *wanted; wanted++)
		if (!has_label(container, *wanted))
			return false;
	return true;
}

static int by_age(const void *a, const void *b)
{
	const struct container *left = a, *right = b;
	int order =
		strcmp(left->created ? left->created : "", right->created ? right->created : "");

	return order ? order : strcmp(left->id, right->id);
}

int container_list(struct engine *engine, char *const *labels, struct container **containers,
		   size_t *count, struct arena *arena, struct error *err)
{
	auto_strvec struct strvec ids = {0};
	struct container *list = NULL;
	size_t used = 0;

	if (container_ids_list(engine, &ids, err) < 0)
		return -1;
	sweep_run(engine);
	strvec_each (id, &ids) {
		struct error reason = {0};
		struct container container;
		bool is_whole = container_json_load(engine, *id, &container, arena, &reason) == 0;

		if (!is_whole && restore_or_sweep(engine, *id, &container, arena, &reason) < 0)
			continue;
		if (!has_labels(&container, labels))
			continue;
		if (is_whole) {
			adopt_if_abandoned(engine, *id);
			state_json_load(engine, *id, &container.state, arena);
		}
		list = arena_grow(arena, list, used, sizeof(*list));
		list[used++] = container;
	}
	if (used > 1)
		qsort(list, used, sizeof(*list), by_age);
	*containers = list;
	*count = used;
	return 0;
}

int container_rename(struct engine *engine, const char *id, const char *name, struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_close int lock = container_lock(engine, id, true, err);
	struct container container;
	const char *old;

	if (lock < 0 || container_json_load(engine, id, &container, &arena, err) < 0)
		return -1;
	if (strcmp(container.name, name) == 0)
		return 0;
	if (container_name_claim(engine, name, id, err) < 0)
		return -1;
	old = container.name;
	container.name = name;
	if (container_json_save(engine, &container, err) < 0) {
		container_name_drop(engine, name, id);
		return -1;
	}
	container_name_drop(engine, old, id);
	return 0;
}
