/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/container.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/peek.h"
#include "base/strvec.h"
#include "runtime/cgroup.h"
#include "runtime/spec.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD	"state.json"
#define FILTERS ".seccomp"

const char *const oci_status_names[] = {
	[OCI_CREATING] = "creating", [OCI_CREATED] = "created", [OCI_RUNNING] = "running",
	[OCI_PAUSED] = "paused",     [OCI_STOPPED] = "stopped",
};

/* ---- the directory --------------------------------------------------------------------------- */

void oci_container_release(struct oci_container *container)
{
	cleanup_close(&container->dirfd);
	container->dirfd = -1;
	json_cleanup(&container->record);
	container->record = NULL;
	free(container->id);
	container->id = NULL;
}

/* A name that can be a file's, as runc has them; those with a dot in front are ours. */
static int check_id(const char *id, struct error *err)
{
	const char *at = id;

	while (isalnum((unsigned char)*at) || (*at && strchr("_+-.", *at)))
		at++;
	if (*id && *id != '.' && !*at && at - id < 255)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "invalid id '%s': a container's name has letters, digits and _ + - . in "
			 "it, and begins without a dot",
			 id);
}

static int not_there(const char *id, struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "container '%s' does not exist", id);
}

static int open_root(const char *root, bool makes, struct error *err)
{
	int fd;

	if (makes && file_make_directories(AT_FDCWD, root, 0711, err) < 0)
		return -1;
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open the root directory '%s'", root) : fd;
}

static int set_up(struct oci_container *container, const char *root, const char *id,
		  struct error *err)
{
	container->root = root;
	container->dirfd = -1;
	container->record = NULL;
	container->process = (struct process_id){0};
	container->id = NULL;
	if (check_id(id, err) < 0)
		return -1;
	container->id = alloc_string(id);
	return 0;
}

int oci_container_make(struct oci_container *container, const char *root, const char *id,
		       struct error *err)
{
	auto_close int parent = -1;

	if (set_up(container, root, id, err) < 0)
		return -1;
	parent = open_root(root, true, err);
	if (parent < 0)
		return -1;
	if (mkdirat(parent, id, 0700) < 0) {
		if (errno == EEXIST)
			return error_set(err, ERROR_CONFLICT, "container '%s' already exists", id);
		return error_errno(err, "cannot create '%s/%s'", root, id);
	}
	container->dirfd = openat(parent, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (container->dirfd < 0 || flock(container->dirfd, LOCK_EX) < 0)
		return error_errno(err, "cannot lock '%s/%s'", root, id);
	container->record = json_new_object();
	return 0;
}

static int open_directory(struct oci_container *container, struct error *err)
{
	auto_close int parent = open_root(container->root, false, NULL);

	container->dirfd = parent < 0 ? -1
				      : openat(parent, container->id,
					       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (container->dirfd >= 0)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return not_there(container->id, err);
	return error_errno(err, "cannot open '%s/%s'", container->root, container->id);
}

/* As another root below this one does: containerd's is /run/containerd/runc, with one for each
 * namespace. */
static bool has_directories(int fd)
{
	struct stat about;

	return fstat(fd, &about) == 0 && about.st_nlink > 2;
}

/* One that was killed at its creation has none, or one without a process. */
static int read_record(struct oci_container *container, struct error *err)
{
	struct error reason = {0};

	container->record = json_load(container->dirfd, RECORD, &reason);
	if (!container->record && reason.code != ENOENT)
		return error_pass(err, &reason);
	if (!container->record && has_directories(container->dirfd))
		return not_there(container->id, err);
	if (!container->record)
		container->record = json_new_object();
	container->process.pid = (pid_t)json_int(container->record, "pid", 0);
	container->process.start_time = (uint64_t)json_int(container->record, "startTime", 0);
	return 0;
}

int oci_container_open(struct oci_container *container, const char *root, const char *id,
		       struct error *err)
{
	if (set_up(container, root, id, err) < 0 || open_directory(container, err) < 0)
		return -1;
	return read_record(container, err);
}

int oci_container_lock(struct oci_container *container, const char *root, const char *id,
		       struct error *err)
{
	struct stat about;

	if (set_up(container, root, id, err) < 0 || open_directory(container, err) < 0)
		return -1;
	if (flock(container->dirfd, LOCK_EX) < 0)
		return error_errno(err, "cannot lock '%s/%s'", root, id);
	/* Whoever had the lock may have removed it. */
	if (fstat(container->dirfd, &about) < 0 || about.st_nlink == 0)
		return not_there(id, err);
	return read_record(container, err);
}

void oci_container_unlock(struct oci_container *container)
{
	flock(container->dirfd, LOCK_UN);
}

int oci_container_save(struct oci_container *container, struct error *err)
{
	json_set_int(container->record, "pid", container->process.pid);
	json_set_int(container->record, "startTime", (int64_t)container->process.start_time);
	return json_save_volatile(container->dirfd, RECORD, container->record, 0600, err);
}

int oci_container_remove(struct oci_container *container, struct error *err)
{
	auto_close int parent = open_root(container->root, false, err);

	return parent < 0 ? -1 : file_remove_tree(parent, container->id, err);
}

int oci_container_spec(const struct oci_container *container, struct spec *spec,
		       struct arena *arena, struct error *err)
{
	return spec_load(container->dirfd, OCI_CONFIG, spec, arena, err);
}

char *oci_container_filters(const char *root)
{
	auto_free char *path = alloc_format("%s/" FILTERS, root);

	return mkdir(path, 0700) == 0 || errno == EEXIST ? take_ptr(path) : NULL;
}

/* ---- the process ----------------------------------------------------------------------------- */

/* Of what the process executes. */
static int stat_program(pid_t pid, struct stat *about)
{
	auto_free char *path = alloc_format("/proc/%d/exe", pid);
	auto_close int fd = -1;

	if (stat(path, about) == 0)
		return 0;
	fd = peek_open(path);
	return fd < 0 ? -1 : fstat(fd, about);
}

int oci_container_set_process(struct oci_container *container, pid_t pid, struct error *err)
{
	struct stat about = {0};

	if (process_identify(&container->process, pid, err) < 0)
		return -1;
	if (stat_program(pid, &about) < 0)
		return error_errno(err, "cannot look at process %d", pid);
	json_set_int(container->record, "waitingDevice", (int64_t)about.st_dev);
	json_set_int(container->record, "waitingInode", (int64_t)about.st_ino);
	return oci_container_save(container, err);
}

/* It executes still what it did when it was told to wait, which is a file in memory of its own. */
static bool is_waiting(const struct oci_container *container)
{
	struct stat about;

	return stat_program(container->process.pid, &about) == 0 &&
	       json_int(container->record, "waitingDevice", -1) == (int64_t)about.st_dev &&
	       json_int(container->record, "waitingInode", -1) == (int64_t)about.st_ino;
}

static bool is_locked(const struct oci_container *container)
{
	auto_close int fd = openat(container->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;
}

static bool is_paused(const struct oci_container *container)
{
	auto_close int fd = oci_container_open_cgroup(container);

	return fd >= 0 && cgroup_is_frozen(fd);
}

enum oci_status oci_container_status(const struct oci_container *container)
{
	auto_close int pidfd = -1;

	if (!json_get(container->record, "waitingInode"))
		return is_locked(container) ? OCI_CREATING : OCI_STOPPED;
	pidfd = process_open(&container->process, NULL);
	if (pidfd < 0 || process_has_exited(pidfd))
		return OCI_STOPPED;
	if (is_waiting(container))
		return OCI_CREATED;
	return is_paused(container) ? OCI_PAUSED : OCI_RUNNING;
}

int oci_container_pidfd(const struct oci_container *container, struct error *err)
{
	auto_close int pidfd = process_open(&container->process, NULL);

	if (pidfd < 0 || process_has_exited(pidfd))
		return error_set(err, ESRCH, "container not running: '%s' has stopped",
				 container->id);
	return take_fd(&pidfd);
}

uint64_t oci_container_root_mount(const struct oci_container *container)
{
	struct statx about;

	return statx(AT_FDCWD, json_string(container->record, "rootfs", ""), AT_SYMLINK_NOFOLLOW,
		     STATX_MNT_ID, &about) == 0
		       ? about.stx_mnt_id
		       : 0;
}

const char *oci_container_cgroup(const struct oci_container *container)
{
	return json_string(container->record, "cgroupPath", "");
}

int oci_container_open_cgroup(const struct oci_container *container)
{
	const char *path = oci_container_cgroup(container);

	return *path ? cgroup_open(path, NULL) : -1;
}

void oci_container_groups(const struct oci_container *container, struct strvec *groups)
{
	const json *all = json_get(container->record, "resctrl");

	for (size_t i = 0; i < json_length(all); i++)
		if (json_string_at(all, i))
			strvec_add(groups, json_string_at(all, i));
}

/* ---- what others are told -------------------------------------------------------------------- */

json *oci_container_state(const struct oci_container *container, enum oci_status status)
{
	json *state = json_new_object();
	json *annotations = json_get(container->record, "annotations");

	json_set_string(state, "ociVersion", json_string(container->record, "ociVersion", "1.2.0"));
	json_set_string(state, "id", container->id);
	json_set_int(state, "pid", status == OCI_STOPPED ? 0 : container->process.pid);
	json_set_string(state, "status", oci_status_names[status]);
	json_set_string(state, "bundle", json_string(container->record, "bundle", ""));
	json_set(state, "annotations",
		 annotations ? json_object_get(annotations) : json_new_object());
	return state;
}

json *oci_container_describe(const struct oci_container *container)
{
	json *state = oci_container_state(container, oci_container_status(container));

	json_set_string(state, "rootfs", json_string(container->record, "rootfs", ""));
	json_set_string(state, "created", json_string(container->record, "created", ""));
	json_set_string(state, "owner", json_string(container->record, "owner", ""));
	return state;
}

static void read_names(struct strvec *names, const char *root)
{
	auto_closedir DIR *directory = opendir(root);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (check_id(entry->d_name, NULL) == 0)
			strvec_add(names, entry->d_name);
	strvec_sort(names);
}

int oci_container_list(const char *root,
		       int (*each)(struct oci_container *container, void *data, struct error *err),
		       void *data, struct error *err)
{
	auto_strvec struct strvec names = {0};

	read_names(&names, root);
	strvec_each (name, &names) {
		auto_oci_container struct oci_container container = OCI_NO_CONTAINER;

		/* It may have gone since. */
		if (oci_container_open(&container, root, *name, NULL) == 0 &&
		    each(&container, data, err) < 0)
			return -1;
	}
	return 0;
}
