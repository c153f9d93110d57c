/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/labels.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strvec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* ---- processes ------------------------------------------------------------------------------- */

const char *labels_effective(const char *label)
{
	if (!label || !*label)
		return NULL;
	if (access("/sys/fs/selinux/enforce", F_OK) == 0)
		return label;
	log_warning_once("SELinux labels have no effect: this host has no SELinux");
	return NULL;
}

int labels_open_proc(struct error *err)
{
	auto_close int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs about;

	if (fd < 0 || fstatfs(fd, &about) < 0)
		return error_errno(err, "cannot open '/proc'");
	/* What looks like it could take the label and do nothing (CVE-2019-16884). */
	if (about.f_type != PROC_SUPER_MAGIC)
		return error_set(err, ERROR_INVALID, "'/proc' is no procfs");
	return take_fd(&fd);
}

static int set_attribute(int proc_fd, const char *path, const char *label)
{
	auto_close int fd = openat(proc_fd, path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, label, strlen(label)) < 0 ? -1 : 0;
}

int labels_set_exec(int proc_fd, const char *label, struct error *err)
{
	if (set_attribute(proc_fd, "self/attr/exec", label) == 0)
		return 0;
	if (errno == EINVAL)
		return error_set(err, ERROR_INVALID, "the policy of SELinux has no label '%s'",
				 label);
	return error_errno(err, "cannot set the SELinux label '%s'", label);
}

void labels_set_keys(const char *label)
{
	auto_close int proc = labels_open_proc(NULL);

	if (proc < 0 || set_attribute(proc, "self/attr/keycreate", label) < 0)
		log_warning("the container's keys do not get the SELinux label '%s': %s", label,
			    error_strerror(errno));
}

/* ---- file systems ---------------------------------------------------------------------------- */

/* As runc and crun have it. Those of the first kind have labels for their files by name; the kernel
 * takes no option for the second one in a user namespace. */
enum labelling { BY_OPTION, BY_POLICY, BY_ATTRIBUTE };

static enum labelling labelling_of(const char *filesystem)
{
	static const struct {
		const char *filesystem;
		enum labelling how;
	} others[] = {
		{"proc", BY_POLICY},
		{"sysfs", BY_POLICY},
		{"cgroup2", BY_POLICY},
		{"mqueue", BY_ATTRIBUTE},
	};

	for (size_t i = 0; i < array_length(others); i++)
		if (strcmp(others[i].filesystem, filesystem) == 0)
			return others[i].how;
	return BY_OPTION;
}

void labels_add_context(struct strvec *data, const char *filesystem, const char *label)
{
	if (!label || labelling_of(filesystem) != BY_OPTION)
		return;
	strvec_each (option, data)
		if (strncmp(*option, "context=", 8) == 0)
			return;
	strvec_addf(data, "context=%s", label);
}

void labels_set_root(int tree_fd, const char *filesystem, const char *label)
{
	char path[40];

	if (!label || labelling_of(filesystem) != BY_ATTRIBUTE)
		return;
	/* fsmount's descriptors are only places, which fsetxattr(2) does not take. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", tree_fd);
	if (setxattr(path, "security.selinux", label, strlen(label) + 1, 0) < 0)
		log_warning("a file system of type '%s' does not get the SELinux label '%s': %s",
			    filesystem, label, error_strerror(errno));
}
