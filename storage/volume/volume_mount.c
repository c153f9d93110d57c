/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/volume/volume_mount.c - the local driver's options (type, o, device) as a detached mount.
 *
 * Every option goes to the kernel as a key and a value of its own (fsconfig), so no character in
 * one can become another option.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/layout.h"
#include "storage/volume/volume_loop.h"
#include "storage/volume/volume_options.h"
#include "storage/volume/volume_private.h"

int volume_mount_check(const struct volume *volume, struct error *err)
{
	static const char *const known[] = {"type", "o", "device"};
	auto_volume_mount struct volume_mount mount = {0};

	for (size_t i = 0; i < volume->option_count; i++) {
		size_t at = 0;

		while (at < array_length(known) && strcmp(known[at], volume->options[i].name) != 0)
			at++;
		if (at == array_length(known))
			return error_set(err, ERROR_UNSUPPORTED,
					 "volume '%s': the option '%s' is not known; the local "
					 "driver has type, o and device",
					 volume->name, volume->options[i].name);
	}
	if (volume->option_count == 0)
		return 0;
	if (volume_options_parse(&mount, volume, err) < 0)
		return error_wrap(err, "volume '%s'", volume->name);
	return 0;
}

static int set_attributes(int fd, const struct volume_mount *mount, struct error *err)
{
	struct mount_attr attr = {.attr_set = mount->attributes};
	unsigned flags = AT_EMPTY_PATH | (mount->is_recursive ? AT_RECURSIVE : 0);

	if (!mount->attributes)
		return 0;
	if (mount->attributes & (MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME))
		attr.attr_clr = MOUNT_ATTR__ATIME;
	if (mount_setattr(fd, "", flags, &attr, sizeof(attr)) < 0)
		return error_errno(err, "cannot set the mount's attributes");
	return 0;
}

static int open_bind(const struct volume_mount *mount, struct error *err)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	auto_close int fd = -1;

	fd = open_tree(AT_FDCWD, mount->device, flags | (mount->is_recursive ? AT_RECURSIVE : 0));
	if (fd < 0)
		return error_errno(err, "cannot bind '%s'", mount->device);
	if (set_attributes(fd, mount, err) < 0)
		return -1;
	return take_fd(&fd);
}

/* What the kernel says of a setting; its value may be a password. */
static int refused(int fs, const char *option, struct error *err)
{
	int number = errno;
	size_t length = strcspn(option, "=");
	char line[256];
	ssize_t n = read(fs, line, sizeof(line) - 1);

	/* "e MESSAGE\n": the letter is the level */
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return error_number(err, number, "the kernel refuses '%.*s'%s%s", (int)length, option,
			    n > 2 ? "; " : "", n > 2 ? line + 2 : "");
}

static int set_option(int fs, const char *option, struct error *err)
{
	auto_free char *name = alloc_string(option);
	char *value = strchr(name, '=');
	int result;

	if (value)
		*value++ = '\0';
	result = value ? fsconfig(fs, FSCONFIG_SET_STRING, name, value, 0)
		       : fsconfig(fs, FSCONFIG_SET_FLAG, name, NULL, 0);
	if (result < 0)
		refused(fs, option, err);
	if (value)
		explicit_bzero(value, strlen(value));
	return result;
}

static int configure(const struct volume_mount *mount, int fs, const char *source,
		     struct error *err)
{
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return refused(fs, source, err);
	strvec_each (option, &mount->options)
		if (set_option(fs, *option, err) < 0)
			return -1;
	if (mount->attributes & MOUNT_ATTR_RDONLY &&
	    fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
		return refused(fs, "ro", err);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return refused(fs, mount->device, err);
	return 0;
}

static int mount_source(const struct volume_mount *mount, const char *source, struct error *err)
{
	auto_close int fs = fsopen(mount->type, FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0 && errno == ENODEV)
		return error_set(err, ERROR_UNSUPPORTED,
				 "this kernel has no file system of type '%s' (is its module "
				 "there?)",
				 mount->type);
	if (fs < 0)
		return error_errno(err, "cannot mount a file system of type '%s'", mount->type);
	if (configure(mount, fs, source, err) < 0)
		return error_wrap(err, "cannot mount '%s' of type '%s'", mount->device,
				  mount->type);
	fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)mount->attributes);
	return fd < 0 ? error_errno(err, "cannot mount '%s'", mount->device) : fd;
}

/* A regular file is mounted through a loop device, which the mount then keeps. */
static int mount_device(const struct volume_mount *mount, struct error *err)
{
	struct volume_loop loop = {
		.file = mount->device,
		.read_only = (mount->attributes & MOUNT_ATTR_RDONLY) != 0,
		.offset = mount->loop_offset,
		.size = mount->loop_size,
	};
	auto_close int device = -1;
	struct stat status;

	if (mount->device[0] != '/' || strncmp(mount->device, "//", 2) == 0)
		return mount_source(mount, mount->device, err);
	if (stat(mount->device, &status) < 0)
		return error_errno(err, "cannot mount '%s'", mount->device);
	if (!mount->wants_loop && !S_ISREG(status.st_mode))
		return mount_source(mount, mount->device, err);
	device = volume_loop_open(&loop, err);
	return device < 0 ? -1 : mount_source(mount, loop.path, err);
}

static char *tmpfs_path(const struct layout *layout, const char *name)
{
	return alloc_format("%s/volumes/%s", layout->run, name);
}

/* RUN/volumes goes with its last tmpfs, maybe right now. */
static int lock_tmpfs(const struct layout *layout, const char *name, struct error *err)
{
	auto_free char *relative = alloc_format("volumes/%s", name);
	auto_free char *lock_name = alloc_format("volumes/.%.200s.lock", name);
	struct error problem = {.code = ENOENT};

	for (int attempt = 0; attempt < 10 && problem.code == ENOENT; attempt++) {
		int lock;

		problem.code = 0;
		if (file_make_directories(layout->run_fd, relative, 0700, &problem) < 0)
			continue;
		lock = file_lock(layout->run_fd, lock_name, true, true, &problem);
		if (lock >= 0)
			return lock;
	}
	return error_pass(err, &problem);
}

/* Every container must see the same tmpfs, though each opens the volume on its own: so one stays
 * mounted in RUN until the volume is removed. Two who come at once are kept apart by the lock on
 * the directory below the mount. */
static int open_shared_tmpfs(const struct layout *layout, const char *name,
			     const struct volume_mount *mount, struct error *err)
{
	auto_free char *path = tmpfs_path(layout, name);
	auto_close int lock = lock_tmpfs(layout, name, err);
	auto_close int tree = -1;
	struct stat above, here;

	if (lock < 0)
		return -1;
	if (fstat(layout->run_fd, &above) < 0 || stat(path, &here) < 0)
		return error_errno(err, "cannot read '%s'", path);
	if (above.st_dev == here.st_dev) {
		tree = mount_source(mount, mount->device, err);
		if (tree < 0)
			return -1;
		if (move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
			return error_errno(err, "cannot mount '%s'", path);
		close(take_fd(&tree));
	}
	tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return tree < 0 ? error_errno(err, "cannot open '%s'", path) : take_fd(&tree);
}

int volume_mount_release(const struct layout *layout, const char *name, struct error *err)
{
	auto_free char *path = tmpfs_path(layout, name);
	auto_free char *relative = alloc_format("volumes/%s", name);
	auto_free char *lock_name = alloc_format("volumes/.%.200s.lock", name);

	if (faccessat(layout->run_fd, relative, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	if (errno != EINVAL && errno != ENOENT)
		return error_errno(err, "cannot unmount '%s'", path);
	unlinkat(layout->run_fd, lock_name, 0);
	if (file_remove_tree(layout->run_fd, relative, err) < 0)
		return -1;
	unlinkat(layout->run_fd, "volumes", AT_REMOVEDIR); /* unless there are others */
	return 0;
}

int volume_mount_open(const struct layout *layout, const struct volume *volume, struct error *err)
{
	auto_volume_mount struct volume_mount mount = {0};
	int fd;

	if (volume_options_parse(&mount, volume, err) < 0 ||
	    volume_options_resolve(&mount, err) < 0)
		return error_wrap(err, "volume '%s'", volume->name);
	if (mount.is_bind)
		fd = open_bind(&mount, err);
	else if (strcmp(mount.type, "tmpfs") == 0)
		fd = open_shared_tmpfs(layout, volume->name, &mount, err);
	else
		fd = mount_device(&mount, err);
	return fd < 0 ? error_wrap(err, "volume '%s'", volume->name) : fd;
}
