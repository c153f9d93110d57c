/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/layer_diff_kind.c - the last part of storage/archive/layer_diff.h: what a file of
 * an upper directory stands for.
 */
#include <linux/magic.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "storage/archive/layer_diff.h"

bool layer_diff_is_whiteout(int fd, const struct stat *status)
{
	char path[40], value[8];

	if (S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0))
		return true;
	if (!S_ISREG(status->st_mode) || status->st_size)
		return false;
	/* The second form, since Linux 6.7: for an overlay on an overlay. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return getxattr(path, "trusted.overlay.whiteout", value, sizeof(value)) >= 0;
}

bool layer_diff_is_opaque(int fd)
{
	char path[40], value[8];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return getxattr(path, "trusted.overlay.opaque", value, sizeof(value)) == 1 &&
	       value[0] == 'y';
}

bool layer_diff_is_pseudo(int fd)
{
	static const long kinds[] = {
		PROC_SUPER_MAGIC,    SYSFS_MAGIC,	 CGROUP_SUPER_MAGIC,
		CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC,
		TRACEFS_MAGIC,	     SECURITYFS_MAGIC,	 BPF_FS_MAGIC,
		PSTOREFS_MAGIC,	     NSFS_MAGIC,	 0x19800202 /* mqueue */,
		BINFMTFS_MAGIC,	     SELINUX_MAGIC,	 0x62656570 /* configfs */,
	};
	struct statfs status;

	if (fstatfs(fd, &status) < 0)
		return true;
	for (size_t i = 0; i < array_length(kinds); i++)
		if ((long)status.f_type == kinds[i])
			return true;
	return false;
}
