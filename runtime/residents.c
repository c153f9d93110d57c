/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/residents.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/peek.h"
#include "base/units.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

/* 0 when it has gone. */
static ino_t mount_namespace(pid_t pid)
{
	auto_free char *path = alloc_format("/proc/%d/ns/mnt", pid);
	auto_close int fd = peek_open(path);
	struct stat about;

	return fd >= 0 && fstat(fd, &about) == 0 ? about.st_ino : 0;
}

int residents_list(pid_t init, pid_t **pids, size_t *count, struct error *err)
{
	auto_closedir DIR *proc = opendir("/proc");
	ino_t wanted = mount_namespace(init);
	struct dirent *entry;
	int64_t pid;

	*pids = NULL;
	*count = 0;
	if (!proc || !wanted)
		return error_set(err, ESRCH, "process %d has gone", (int)init);
	while ((entry = readdir(proc))) {
		if (units_parse_int(&pid, entry->d_name, 1, INT32_MAX, NULL) < 0 ||
		    mount_namespace((pid_t)pid) != wanted)
			continue;
		*pids = alloc_resize(*pids, *count + 1, sizeof(**pids));
		(*pids)[(*count)++] = (pid_t)pid;
	}
	return 0;
}
