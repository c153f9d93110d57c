/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/volume_mount.c - the local driver's options (type, o, device) as a detached mount.
 *
 * Every option goes to the kernel as a key and a value of its own (fsconfig), so no character in
 * one can become another option.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "storage/volume_store.h"

struct mount_options {
	const char *type, *device, *options;
	uint64_t attributes; /* MOUNT_ATTR_… */
	bool is_bind, is_recursive;
};

/* Options that belong to the mount, not to the file system. */
static const struct attribute {
	const char *name;
	uint64_t set, clear;
} attributes[] = {
	{"ro", MOUNT_ATTR_RDONLY, 0},
	{"rw", 0, MOUNT_ATTR_RDONLY},
	{"nosuid", MOUNT_ATTR_NOSUID, 0},
	{"suid", 0, MOUNT_ATTR_NOSUID},
	{"nodev", MOUNT_ATTR_NODEV, 0},
	{"dev", 0, MOUNT_ATTR_NODEV},
	{"noexec", MOUNT_ATTR_NOEXEC, 0},
	{"exec", 0, MOUNT_ATTR_NOEXEC},
	{"noatime", MOUNT_ATTR_NOATIME, 0},
	{"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
	{"strictatime", MOUNT_ATTR_STRICTATIME, 0},
	{"relatime", 0, MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME},
	{"defaults", 0, 0},
};

static const char *option(const struct volume *volume, const char *name)
{
	for (size_t i = 0; i < volume->option_count; i++)
		if (strcmp(volume->options[i].name, name) == 0)
			return volume->options[i].value ? volume->options[i].value : "";
	return "";
}

/* Takes an option that is not the file system's: true. */
static bool take_attribute(struct mount_options *mount, const char *text)
{
	if (strcmp(text, "bind") == 0 || strcmp(text, "rbind") == 0) {
		mount->is_bind = true;
		mount->is_recursive = *text == 'r';
		return true;
	}
	for (size_t i = 0; i < array_length(attributes); i++)
		if (strcmp(text, attributes[i].name) == 0) {
			mount->attributes &= ~attributes[i].clear;
			mount->attributes |= attributes[i].set;
			return true;
		}
	return false;
}

/* Calls for each of the comma-separated options that is the file system's. */
static int each_option(struct mount_options *mount, int fs,
		       int (*call)(const struct mount_options *mount, int fs, const char *key,
				   const char *value, struct error *err),
		       struct error *err)
{
	auto_free char *copy = alloc_string(mount->options);
	char *save = NULL;

	for (char *item = strtok_r(copy, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		char *value = strchr(item, '=');

		if (take_attribute(mount, item))
			continue;
		if (value)
			*value++ = '\0';
		if (call && call(mount, fs, item, value, err) < 0)
			return -1;
	}
	return 0;
}

static int refuse_option(const struct mount_options *mount, int fs, const char *key,
			 const char *value, struct error *err)
{
	(void)fs;
	(void)value;
	return error_set(err, ERROR_UNSUPPORTED, "the option '%s' is not known for a bind of '%s'",
			 key, mount->device);
}

static int parse_options(const struct volume *volume, struct mount_options *mount,
			 struct error *err)
{
	*mount = (struct mount_options){
		.type = option(volume, "type"),
		.device = option(volume, "device"),
		.options = option(volume, "o"),
	};
	if (each_option(mount, -1, NULL, err) < 0)
		return -1;
	if (strcmp(mount->type, "bind") == 0 || strcmp(mount->type, "rbind") == 0)
		mount->is_bind = true;
	if (!mount->is_bind)
		return 0;
	return each_option(mount, -1, refuse_option, err);
}

int volume_mount_check(const struct volume *volume, struct error *err)
{
	static const char *const known[] = {"type", "o", "device"};
	struct mount_options mount;

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
	if (parse_options(volume, &mount, err) < 0)
		return error_wrap(err, "volume '%s'", volume->name);
	if (!*mount.device || (!*mount.type && !mount.is_bind))
		return error_set(err, ERROR_INVALID,
				 "volume '%s': the options need both a device and a type (or "
				 "o=bind)",
				 volume->name);
	if (mount.is_bind && mount.device[0] != '/')
		return error_set(err, ERROR_INVALID,
				 "volume '%s': the device '%s' must be an absolute path",
				 volume->name, mount.device);
	return 0;
}

static int set_attributes(int fd, const struct mount_options *mount, struct error *err)
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

static int open_bind(const struct mount_options *mount, struct error *err)
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

/* NFS in the kernel knows addresses only. */
static char *resolve(const char *host, struct error *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	char text[INET6_ADDRSTRLEN];
	int result = getaddrinfo(host, NULL, &hints, &found);

	if (result != 0) {
		error_set(err, ERROR_NOT_FOUND, "cannot resolve '%s': %s", host,
			  gai_strerror(result));
		return NULL;
	}
	result = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), NULL, 0,
			     NI_NUMERICHOST);
	freeaddrinfo(found);
	if (result != 0) {
		error_set(err, ERROR_NOT_FOUND, "cannot resolve '%s': %s", host,
			  gai_strerror(result));
		return NULL;
	}
	return alloc_string(text);
}

static int refused(int fs, const char *key, struct error *err)
{
	int number = errno;
	char line[256];
	ssize_t n = read(fs, line, sizeof(line) - 1);

	/* "e MESSAGE\n": the letter is the level */
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return error_number(err, number, "the kernel refuses '%s'%s%s", key, n > 2 ? "; " : "",
			    n > 2 ? line + 2 : "");
}

static int configure(const struct mount_options *mount, int fs, const char *key, const char *value,
		     struct error *err)
{
	bool is_nfs = strncmp(mount->type, "nfs", 3) == 0;
	auto_free char *address = NULL;
	int result;

	if (is_nfs && value && strcmp(key, "addr") == 0) {
		address = resolve(value, err);
		if (!address)
			return -1;
		value = address;
	}
	result = value ? fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0)
		       : fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0);
	return result < 0 ? refused(fs, key, err) : 0;
}

static int open_file_system(struct mount_options *mount, struct error *err)
{
	auto_close int fs = fsopen(mount->type, FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return error_errno(err, "cannot mount a file system of type '%s'", mount->type);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", mount->device, 0) < 0)
		return refused(fs, mount->device, err);
	if (each_option(mount, fs, configure, err) < 0)
		return -1;
	if ((mount->attributes & MOUNT_ATTR_RDONLY) &&
	    fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
		return refused(fs, "ro", err);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return refused(fs, mount->device, err);
	fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)mount->attributes);
	return fd < 0 ? error_errno(err, "cannot mount '%s'", mount->device) : fd;
}

static char *tmpfs_path(const struct layout *layout, const char *name)
{
	return alloc_format("%s/volumes/%s", layout->run, name);
}

/* Every container must see the same tmpfs, though each opens the volume on its own: so one stays
 * mounted in RUN until the volume is removed. Two who come at once are kept apart by the lock on
 * the directory below the mount. */
static int open_shared_tmpfs(const struct layout *layout, const char *name,
			     struct mount_options *mount, struct error *err)
{
	auto_free char *path = tmpfs_path(layout, name);
	auto_free char *relative = alloc_format("volumes/%s", name);
	auto_free char *lock_name = alloc_format("volumes/.%.200s.lock", name);
	auto_close int lock = -1;
	auto_close int tree = -1;
	struct stat above, here;

	if (file_make_directories(layout->run_fd, relative, 0700, err) < 0)
		return -1;
	lock = file_lock(layout->run_fd, lock_name, true, true, err);
	if (lock < 0)
		return -1;
	if (fstat(layout->run_fd, &above) < 0 || stat(path, &here) < 0)
		return error_errno(err, "cannot read '%s'", path);
	if (above.st_dev == here.st_dev) {
		tree = open_file_system(mount, err);
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
	return file_remove_tree(layout->run_fd, relative, err);
}

int volume_mount_open(const struct layout *layout, const struct volume *volume, struct error *err)
{
	struct mount_options mount;
	int fd;

	if (parse_options(volume, &mount, err) < 0)
		return -1;
	if (mount.is_bind)
		fd = open_bind(&mount, err);
	else if (strcmp(mount.type, "tmpfs") == 0)
		fd = open_shared_tmpfs(layout, volume->name, &mount, err);
	else
		fd = open_file_system(&mount, err);
	return fd < 0 ? error_wrap(err, "volume '%s'", volume->name) : fd;
}
