/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/spec_mounts.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strvec.h"
#include "engine/container_spec.h"
#include "engine/docker_socket.h"
#include "engine/namespace_mode.h"
#include "runtime/exec.h"
#include "storage/overlay.h"
#include "storage/secret/secret.h"
#include "storage/volume/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

struct builder {
	struct spec *spec;
	const struct spec_input *input;
	struct arena *arena;
};

static struct spec_mount *add(struct builder *builder, const char *destination, const char *type)
{
	struct spec *spec = builder->spec;
	struct spec_mount *moved =
		arena_array(builder->arena, spec->mount_count + 1, sizeof(*moved));

	if (spec->mount_count)
		memcpy(moved, spec->mounts, spec->mount_count * sizeof(*moved));
	spec->mounts = moved;
	moved = &spec->mounts[spec->mount_count++];
	*moved = (struct spec_mount){.destination = destination, .type = type, .source_fd = -1};
	return moved;
}

static void add_file(struct builder *builder, const char *destination, const char *source,
		     bool read_only)
{
	auto_strvec struct strvec options = {0};
	struct spec_mount *mount = add(builder, destination, "bind");

	strvec_add(&options, "bind");
	strvec_add(&options, "rprivate");
	if (read_only)
		strvec_add(&options, "ro");
	mount->source = source;
	mount->source_is_file = true;
	mount->options = strvec_copy(&options, builder->arena);
}

static int clone_below(int fd, const char *subpath, struct error *err)
{
	auto_close int below = path_open(fd, subpath, PATH_BENEATH, O_PATH, err);
	int tree;

	if (below < 0)
		return -1;
	tree = open_tree(below, "",
			 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
	return tree < 0 ? error_errno(err, "cannot take '%s' of it", subpath) : tree;
}

/* Before Linux 6.15 nothing can be taken of a mount that is not attached: for a moment it is, to a
 * directory of the container's. */
static int clone_attached(const struct spec_input *input, int fd, const char *subpath,
			  struct error *err)
{
	auto_free char *path = alloc_format("%s/containers/%s/subpath", input->engine->layout.run,
					    input->container->id);
	int tree;

	if ((mkdir(path, 0700) < 0 && errno != EEXIST) ||
	    move_mount(fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
		error_errno(err, "cannot take '%s' of it", subpath);
		rmdir(path);
		return -1;
	}
	tree = clone_below(fd, subpath, err);
	umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	rmdir(path);
	return tree;
}

/* A subpath of @fd, which is closed, as a mount of its own; it cannot leave it. */
static int descend(const struct spec_input *input, int fd, const char *subpath, struct error *err)
{
	auto_close int whole = fd;
	struct error problem = {0};
	int tree = clone_below(whole, subpath, &problem);

	if (tree < 0 && problem.code == EINVAL)
		return clone_attached(input, whole, subpath, err);
	return tree < 0 ? error_pass(err, &problem) : tree;
}

static int open_image(struct builder *builder, const struct container_mount *wanted,
		      struct error *err)
{
	struct overlay_request overlay = {.chain_ids = wanted->layers, .container_fd = -1};

	while (wanted->layers && wanted->layers[overlay.layer_count])
		overlay.layer_count++;
	return overlay_mount(&builder->input->engine->layout, &overlay, err);
}

static int open_source(struct builder *builder, const struct container_mount *wanted,
		       struct error *err)
{
	int fd;

	if (wanted->type == CONTAINER_MOUNT_BIND) {
		if (docker_socket_is_missing(wanted->source))
			return docker_socket_open(builder->input->engine, err);
		fd = open(wanted->source, O_PATH | O_CLOEXEC);
	} else if (wanted->type == CONTAINER_MOUNT_VOLUME)
		return volume_open(&builder->input->engine->layout, wanted->source, err);
	else
		return open_image(builder, wanted, err);
	if (fd < 0)
		return error_errno(err, "cannot open '%s'", wanted->source);
	return fd;
}

static int add_bound(struct builder *builder, const struct container_mount *wanted,
		     struct error *err)
{
	auto_strvec struct strvec options = {0};
	bool read_only = wanted->read_only || wanted->type == CONTAINER_MOUNT_IMAGE;
	struct spec_mount *mount;
	struct stat status;
	int fd = open_source(builder, wanted, err);

	if (fd >= 0 && wanted->subpath)
		fd = descend(builder->input, fd, wanted->subpath, err);
	if (fd < 0)
		return error_wrap(err, "cannot mount at '%s'", wanted->target);
	mount = add(builder, wanted->target, "bind");
	mount->source_fd = fd;
	mount->source = wanted->source;
	mount->source_is_file = fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode);
	strvec_add(&options, wanted->is_recursive_off ? "bind" : "rbind");
	strvec_add(&options, wanted->propagation ? wanted->propagation : "rprivate");
	if (read_only)
		strvec_add(&options, wanted->is_writable_below ? "ro" : "rro");
	mount->options = strvec_copy(&options, builder->arena);
	return 0;
}

/* Docker's defaults, then what was asked for: the last word on a flag counts. */
static void add_tmpfs(struct builder *builder, const struct container_mount *wanted)
{
	auto_strvec struct strvec options = {0};
	struct spec_mount *mount = add(builder, wanted->target, "tmpfs");
	char *copy = arena_string(builder->arena, wanted->tmpfs_options), *save = NULL;

	strvec_add(&options, "noexec");
	strvec_add(&options, "nosuid");
	strvec_add(&options, "nodev");
	for (char *option = copy ? strtok_r(copy, ",", &save) : NULL; option;
	     option = strtok_r(NULL, ",", &save))
		strvec_add(&options, option);
	if (wanted->tmpfs_size > 0)
		strvec_addf(&options, "size=%lld", (long long)wanted->tmpfs_size);
	if (wanted->tmpfs_mode)
		strvec_addf(&options, "mode=%o", wanted->tmpfs_mode);
	else if (!copy || !strstr(wanted->tmpfs_options, "mode="))
		strvec_add(&options, "mode=1777");
	if (wanted->read_only)
		strvec_add(&options, "ro");
	mount->source = "tmpfs";
	mount->options = strvec_copy(&options, builder->arena);
}

static int depth(const char *path)
{
	int slashes = 0;

	for (; *path; path++)
		slashes += *path == '/';
	return slashes;
}

/* Outer targets first; equal depths keep their order. */
static int by_depth(const void *a, const void *b)
{
	const struct container_mount *const *left = a, *const *right = b;
	int difference = depth((*left)->target) - depth((*right)->target);

	return difference ? difference : (*left > *right) - (*left < *right);
}

/* There is no engine to talk to, neither Docker nor us. Not even an empty directory is made, which
 * would be in Docker's way; the container finds nothing there. */
static bool lacks_docker_socket(const struct builder *builder, const struct container_mount *wanted)
{
	struct error reason = {0};
	auto_close int fd = -1;

	if (wanted->type != CONTAINER_MOUNT_BIND || !wanted->create_host_path ||
	    !docker_socket_is_missing(wanted->source))
		return false;
	fd = docker_socket_open(builder->input->engine, &reason);
	if (fd < 0)
		log_warning("container '%s' has nothing at '%s': %s",
			    builder->input->container->name, wanted->target, reason.text);
	return fd < 0;
}

static int add_user_mounts(struct builder *builder, struct error *err)
{
	const struct container *container = builder->input->container;
	const struct container_mount **sorted =
		arena_array(builder->arena, container->mount_count + 1, sizeof(*sorted));

	for (size_t i = 0; i < container->mount_count; i++)
		sorted[i] = &container->mounts[i];
	if (container->mount_count > 1)
		qsort(sorted, container->mount_count, sizeof(*sorted), by_depth);
	for (size_t i = 0; i < container->mount_count; i++) {
		if (sorted[i]->type == CONTAINER_MOUNT_TMPFS)
			add_tmpfs(builder, sorted[i]);
		else if (!lacks_docker_socket(builder, sorted[i]) &&
			 add_bound(builder, sorted[i], err) < 0)
			return -1;
	}
	return 0;
}

static bool has_user_mount(const struct container *container, const char *target)
{
	for (size_t i = 0; i < container->mount_count; i++)
		if (strcmp(container->mounts[i].target, target) == 0)
			return true;
	return false;
}

static void add_network_files(struct builder *builder)
{
	static const char *const files[] = {"hostname", "hosts", "resolv.conf"};
	const struct spec_input *input = builder->input;

	for (size_t i = 0; i < array_length(files); i++) {
		const char *target = arena_format(builder->arena, "/etc/%s", files[i]);

		if (!has_user_mount(input->container, target))
			add_file(builder, target,
				 arena_format(builder->arena, "%s/containers/%s/%s",
					      input->engine->layout.root, input->files_id,
					      files[i]),
				 false);
	}
}

static int add_secret_files(struct builder *builder, struct error *err)
{
	const struct spec_input *input = builder->input;
	const struct container_config *config = &input->container->config;

	for (size_t i = 0; i < config->file_count; i++) {
		char name[24];
		auto_free char *path = NULL;

		snprintf(name, sizeof(name), "%zu", i);
		path = secret_path(&input->engine->layout, input->container->id, name);
		if (access(path, F_OK) < 0)
			return error_set(err, ERROR_NOT_FOUND,
					 "the content of %s '%s' is gone (it is kept in memory and "
					 "the host was restarted): run 'coracle up' again",
					 container_file_kinds[config->files[i].kind],
					 config->files[i].source);
		add_file(builder, config->files[i].target, arena_string(builder->arena, path),
			 true);
	}
	return 0;
}

static struct spec_mount *find(struct spec *spec, const char *destination)
{
	for (size_t i = 0; i < spec->mount_count; i++)
		if (strcmp(spec->mounts[i].destination, destination) == 0)
			return &spec->mounts[i];
	return NULL;
}

static void drop(struct spec *spec, struct spec_mount *mount)
{
	size_t behind = (size_t)(spec->mounts + spec->mount_count - mount) - 1;

	memmove(mount, mount + 1, behind * sizeof(*mount));
	spec->mount_count--;
}

/* @mount becomes what the container @name has at that place: a file system of type @type. */
static int take_mount(struct builder *builder, struct spec_mount *mount, const char *name,
		      long type, struct error *err)
{
	struct container donor;
	auto_close int pidfd = -1;

	if (container_find(builder->input->engine, name, &donor, builder->arena, err) < 0)
		return -1;
	pidfd = process_open(&(struct process_id){donor.state.pid, donor.state.start_time}, err);
	if (pidfd >= 0)
		mount->source_fd = exec_clone_mount(pidfd, mount->destination, type, err);
	if (pidfd < 0 || mount->source_fd < 0)
		return error_wrap(err, "cannot share %s of container %s", mount->destination,
				  donor.name);
	return 0;
}

/* /dev/shm: of its own with the size asked for, the host's, or a donor's. */
static int set_shm(struct builder *builder, struct error *err)
{
	static char rbind[] = "rbind", rprivate[] = "rprivate";
	static char *bind_options[] = {rbind, rprivate, NULL};
	const struct container_config *config = &builder->input->container->config;
	struct spec_mount *shm = find(builder->spec, "/dev/shm");
	struct namespace_mode mode = namespace_mode_parse(config->ipc_mode);

	if (!shm)
		return 0;
	if (mode.kind == NAMESPACE_NONE) {
		drop(builder->spec, shm);
		return 0;
	}
	if (config->shm_size > 0) {
		auto_strvec struct strvec options = {0};

		for (char **option = shm->options; option && *option; option++)
			if (strncmp(*option, "size=", 5) != 0)
				strvec_add(&options, *option);
		strvec_addf(&options, "size=%lld", (long long)config->shm_size);
		shm->options = strvec_copy(&options, builder->arena);
	}
	if (mode.kind != NAMESPACE_HOST && mode.kind != NAMESPACE_CONTAINER)
		return 0;
	shm->type = "bind";
	shm->options = bind_options;
	shm->source = "/dev/shm";
	if (mode.kind == NAMESPACE_HOST)
		return 0;
	return take_mount(builder, shm, mode.name, TMPFS_MAGIC, err);
}

/* A procfs shows the pid namespace of who makes it, and nobody of ours enters that of another
 * container. */
static int set_proc(struct builder *builder, struct error *err)
{
	struct namespace_mode mode =
		namespace_mode_parse(builder->input->container->config.pid_mode);
	struct spec_mount *proc = find(builder->spec, "/proc");

	if (!proc || mode.kind != NAMESPACE_CONTAINER)
		return 0;
	return take_mount(builder, proc, mode.name, PROC_SUPER_MAGIC, err);
}

int spec_mounts_add_user(struct spec *spec, const struct spec_input *input, struct arena *arena,
			 struct error *err)
{
	struct builder builder = {spec, input, arena};

	return add_user_mounts(&builder, err);
}

int spec_mounts_add(struct spec *spec, const struct spec_input *input, struct arena *arena,
		    struct error *err)
{
	struct builder builder = {.spec = spec, .input = input, .arena = arena};

	for (size_t i = 0; i < spec->mount_count; i++)
		spec->mounts[i].source_fd = -1;
	if (set_shm(&builder, err) < 0 || set_proc(&builder, err) < 0 ||
	    add_user_mounts(&builder, err) < 0)
		return -1;
	add_network_files(&builder);
	return add_secret_files(&builder, err);
}
