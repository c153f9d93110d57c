/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/devices.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "runtime/mounts.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const struct spec_device default_devices[] = {
	{"null", 'c', 1, 3, 0666, 0, 0},    {"zero", 'c', 1, 5, 0666, 0, 0},
	{"full", 'c', 1, 7, 0666, 0, 0},    {"random", 'c', 1, 8, 0666, 0, 0},
	{"urandom", 'c', 1, 9, 0666, 0, 0}, {"tty", 'c', 5, 0, 0666, 0, 0},
};

struct link {
	const char *name, *target;
};

static const struct link default_links[] = {
	{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
};

/* Only where the kernel has such a file. */
static const struct link core_link = {"core", "/proc/kcore"};

static mode_t type_bits(char type)
{
	return type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR;
}

/* The host's node at @path, if that is the one. */
static int open_hosts(const char *path, const struct spec_device *device)
{
	auto_close int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat about;

	if (fd < 0 || fstat(fd, &about) < 0 ||
	    (about.st_mode & S_IFMT) != type_bits(device->type) ||
	    about.st_rdev != makedev(device->major, device->minor))
		return -1;
	return take_fd(&fd);
}

/* Where this process may not create devices, the host's own node is bound instead. */
static int bind_node(int parent_fd, const char *name, const struct spec_device *device,
		     struct error *err)
{
	auto_free char *host_path = alloc_format("/dev/%s", name);
	auto_close int host = open_hosts(device->path, device);
	auto_close int target = -1;

	if (host < 0)
		host = open_hosts(host_path, device);
	if (host < 0)
		return error_set(err, EPERM, "cannot create the device '%s': %s", device->path,
				 error_strerror(EPERM));
	target = openat(parent_fd, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY | O_CLOEXEC, 0);
	if (target < 0)
		return error_errno(err, "cannot create the device '%s'", device->path);
	return mounts_bind_fd(host, target, true, err);
}

/* With the mode as it is: a chmod by name afterwards could follow a link that somebody has put
 * there meanwhile, if the directory is in a shared volume. */
static int create_node(int parent_fd, const char *name, mode_t mode, dev_t number)
{
	mode_t mask = umask(0);
	int rc = mknodat(parent_fd, name, mode, number);
	int reason = errno;

	umask(mask);
	errno = reason;
	return rc;
}

/* An existing node is fine when it is the one wanted; a link never is. */
static int make_node(int parent_fd, const char *name, const struct spec_device *device,
		     struct error *err)
{
	dev_t number = makedev(device->major, device->minor);
	mode_t type = type_bits(device->type);
	mode_t mode = device->mode ? device->mode & 07777 : 0666;
	struct stat about;

	if (create_node(parent_fd, name, type | mode, device->type == 'p' ? 0 : number) < 0) {
		if (errno == EPERM)
			return bind_node(parent_fd, name, device, err);
		if (errno != EEXIST)
			return error_errno(err, "cannot create the device '%s'", device->path);
		if (fstatat(parent_fd, name, &about, AT_SYMLINK_NOFOLLOW) < 0 ||
		    (about.st_mode & S_IFMT) != type ||
		    (device->type != 'p' && about.st_rdev != number))
			return error_set(err, EEXIST,
					 "cannot create the device '%s': something "
					 "else is there already",
					 device->path);
		return 0;
	}
	if (fchownat(parent_fd, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set the owner of the device '%s'", device->path);
	return 0;
}

static int make_link(int dev_fd, const struct link *link, struct error *err)
{
	if (symlinkat(link->target, dev_fd, link->name) == 0 || errno == EEXIST)
		return 0;
	return error_errno(err, "cannot create the link '/dev/%s'", link->name);
}

int devices_make_default(int dev_fd, struct error *err)
{
	for (size_t i = 0; i < array_length(default_devices); i++)
		if (make_node(dev_fd, default_devices[i].path, &default_devices[i], err) < 0)
			return -1;
	for (size_t i = 0; i < array_length(default_links); i++)
		if (make_link(dev_fd, &default_links[i], err) < 0)
			return -1;
	return access(core_link.target, F_OK) == 0 ? make_link(dev_fd, &core_link, err) : 0;
}

int devices_make(struct mounts *mounts, const struct spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->device_count; i++) {
		const struct spec_device *device = &spec->devices[i];
		auto_free char *clean = path_join("/", device->path);
		char *slash = strrchr(clean, '/');
		auto_close int parent = -1;

		if (device->path[0] != '/' || !slash[1])
			return error_set(err, ERROR_INVALID, "the device path '%s' is not absolute",
					 device->path);
		/* Docker lists the host's devices, and this one with them: here a link to the
		 * container's own is in its place. */
		if (strcmp(clean, "/dev/ptmx") == 0 && mounts->dev_fd >= 0)
			continue;
		*slash = '\0';
		parent = path_make_directories(mounts->root_fd, *clean ? clean : "/", 0755, 0, 0,
					       err);
		if (parent < 0 || make_node(parent, slash + 1, device, err) < 0)
			return -1;
	}
	return 0;
}
