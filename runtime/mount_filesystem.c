/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/mount_filesystem.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "runtime/labels.h"
#include "runtime/mount_options.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

/* In mount(2)'s options such a label stands in quotation marks, since it may have commas; here they
 * would be part of it. Who writes bundles has the former in mind. */
static int configure_label(int fs_fd, const char *name, const char *value)
{
	size_t length = strlen(value);
	bool is_quoted = length > 1 && value[0] == '"' && value[length - 1] == '"';
	auto_free char *label =
		is_quoted ? alloc_format("%.*s", (int)length - 2, value + 1) : alloc_string(value);

	return fsconfig(fs_fd, FSCONFIG_SET_STRING, name, label, 0);
}

/* "context", "fscontext", "defcontext", "rootcontext". */
static bool is_label(const char *name)
{
	static const char word[] = "context";
	size_t length = strlen(name);

	return length >= strlen(word) && strcmp(name + length - strlen(word), word) == 0;
}

int mount_filesystem_configure(int fs_fd, const char *option)
{
	const char *equals = strchr(option, '=');
	char name[64];

	if (!equals)
		return fsconfig(fs_fd, FSCONFIG_SET_FLAG, option, NULL, 0);
	if ((size_t)(equals - option) >= sizeof(name)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(name, option, (size_t)(equals - option));
	name[equals - option] = '\0';
	if (is_label(name))
		return configure_label(fs_fd, name, equals + 1);
	return fsconfig(fs_fd, FSCONFIG_SET_STRING, name, equals + 1, 0);
}

int mount_filesystem(const char *filesystem, const char *source, struct strvec *data,
		     unsigned attributes, struct error *err)
{
	auto_close int fs_fd = fsopen(filesystem, FSOPEN_CLOEXEC);
	int fd;

	if (fs_fd < 0)
		return error_errno(err, "cannot create a file system of type '%s'", filesystem);
	if (source && fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return error_errno(err, "cannot set the source '%s'", source);
	strvec_each (option, data)
		if (mount_filesystem_configure(fs_fd, *option) < 0)
			return error_errno(err, "option '%s'", *option);
	if (fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_errno(err, "cannot create a file system of type '%s'", filesystem);
	fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, attributes);
	if (fd < 0)
		return error_errno(err, "cannot mount a file system of type '%s'", filesystem);
	return fd;
}

/* Without a v2 hierarchy that this process may mount there is nothing to show: an empty read-only
 * directory says so. */
static int make_cgroups(const struct mount_options *options, struct error *err)
{
	struct strvec none = {0};
	int fd = mount_filesystem("cgroup2", "cgroup", &none, (unsigned)options->set, err);

	if (fd >= 0 || (err->code != EPERM && err->code != ENODEV && err->code != EBUSY))
		return fd;
	log_warning("/sys/fs/cgroup is empty in the container: %s", err->text);
	return mount_filesystem("tmpfs", "cgroup", &none,
				(unsigned)options->set | MOUNT_ATTR_RDONLY, err);
}

/* Both are about a namespace: its owner mounts them anew, who shares it gets the host's. */
static int take_hosts(const char *path, struct error *err)
{
	int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	return fd < 0 ? error_errno(err, "cannot take the host's '%s'", path) : fd;
}

int mount_filesystem_of(const struct spec_mount *mount, const char *filesystem,
			struct mount_options *options, struct error *err)
{
	const char *hosts = strcmp(filesystem, "sysfs") == 0	? "/sys"
			    : strcmp(filesystem, "mqueue") == 0 ? "/dev/mqueue"
								: NULL;
	int fd;

	if (strcmp(filesystem, "cgroup2") == 0)
		return make_cgroups(options, err);
	labels_add_context(&options->data, filesystem, options->label);
	fd = mount_filesystem(filesystem, mount->source, &options->data, (unsigned)options->set,
			      err);
	if (fd < 0)
		return hosts && err->code == EPERM ? take_hosts(hosts, err) : -1;
	labels_set_root(fd, filesystem, options->label);
	return fd;
}
