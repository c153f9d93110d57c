/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/cover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "storage/layout.h"

/* What it is called in the list of mounts: ours are known by it. */
#define SOURCE "coracle-root"
#define ADVICE                                                                                     \
	"mount a volume there to keep images and data on disk (docker run -v /var/lib/coracle …)"

/* Of these it is asked whether they can: overlayfs, and those that imitate it for users. What a
 * disk or a server holds is never covered: it would be missed. */
static const uint64_t doubtful[] = {OVERLAYFS_SUPER_MAGIC, FUSE_SUPER_MAGIC};

static bool is_doubtful(int fd)
{
	struct statfs about;

	if (fstatfs(fd, &about) < 0)
		return false;
	for (size_t i = 0; i < array_length(doubtful); i++)
		if ((uint64_t)about.f_type == doubtful[i])
			return true;
	return false;
}

bool cover_is_needless(int dirfd)
{
	char name[24] = ".whiteout-";
	int reason = 0;

	units_random_hex(name + strlen(name), 6);
	if (mknodat(dirfd, name, S_IFCHR, 0) < 0)
		reason = errno;
	else
		unlinkat(dirfd, name, 0);
	return reason == 0 || (reason != EPERM && reason != EOPNOTSUPP && reason != EINVAL);
}

/* Half of what there is: the rest is for the processes. Of the machine's memory, or what the
 * container that we are in may have. */
static uint64_t choose_size(void)
{
	static const char *const limits[] = {"/sys/fs/cgroup/memory.max",
					     "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
	struct sysinfo about = {0};
	uint64_t most;

	sysinfo(&about);
	most = (uint64_t)about.totalram * about.mem_unit;
	for (size_t i = 0; i < array_length(limits); i++) {
		auto_strbuf struct strbuf text = {0};
		uint64_t limit;

		if (file_read(AT_FDCWD, limits[i], 64, &text, NULL) < 0)
			continue;
		limit = strtoull(strbuf_text(&text), NULL, 10); /* "max" is 0 */
		if (limit && limit < most)
			most = limit;
	}
	return most / 2;
}

static int mount_over(const char *root, int fd)
{
	auto_free char *target = alloc_format("/proc/self/fd/%d", fd);
	auto_free char *options = alloc_format("mode=0700,size=%" PRIu64, choose_size());
	bool hides = faccessat(fd, "format", F_OK, 0) == 0;
	struct statvfs about = {0};
	char size[32];

	if (mount(SOURCE, target, "tmpfs", 0, options) < 0)
		return -1;
	statvfs(root, &about);
	units_format_size(size, sizeof(size), (int64_t)(about.f_blocks * about.f_frsize));
	log_warning_once("'%s' is on this container's own overlay, where the kernel lets no "
			 "containers write: from now on, and as long as this container lives, a "
			 "file system in memory of at most %s is in its place%s; " ADVICE,
			 root, size, hides ? " (and hides what it held)" : "");
	return 0;
}

/* What the path leads to now, if somebody has mounted something over @old_fd meanwhile. */
static int open_above(const char *root, int old_fd)
{
	struct stat before, now;
	auto_close int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(old_fd, &before) < 0 || fstat(fd, &now) < 0 ||
	    (before.st_dev == now.st_dev && before.st_ino == now.st_ino))
		return -1;
	return take_fd(&fd);
}

/* The lock is on the covered directory itself: who waited for it finds the cover. */
int cover_root(const char *root, int *root_fd, struct error *err)
{
	auto_close int below = -1;
	int above;

	if (!is_doubtful(*root_fd) || cover_is_needless(*root_fd))
		return 0;
	if (flock(*root_fd, LOCK_EX) < 0)
		return error_errno(err, "cannot lock '%s'", root);
	above = open_above(root, *root_fd);
	if (above < 0 && mount_over(root, *root_fd) == 0)
		above = open_above(root, *root_fd);
	flock(*root_fd, LOCK_UN);
	if (above < 0)
		return 0;
	below = *root_fd;
	*root_fd = above;
	return 0;
}

/* Fields 5 and, behind " - TYPE ", the source. */
static bool is_covered(const char *root)
{
	auto_fclose FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[8192], path[4096];

	while (mounts && fgets(line, sizeof(line), mounts))
		if (strstr(line, " - tmpfs " SOURCE " ") &&
		    sscanf(line, "%*s %*s %*s %*s %4095s", path) == 1 && strcmp(path, root) == 0)
			return true;
	return false;
}

bool cover_describe(const struct layout *layout, struct strbuf *text)
{
	if (!is_covered(layout->root))
		return false;
	strbuf_printf(text,
		      "'%s' is in memory, since this container's own overlay cannot hold it, and "
		      "goes with the container; " ADVICE,
		      layout->root);
	return true;
}
