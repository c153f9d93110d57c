/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/old_root.h"

#include "base/cleanup.h"
#include "base/strvec.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

/* Paths begin at the old root still: whatever the new one has mounted at the same path stays. The
 * last first, since they may lie in each other. */
void old_root_empty(void)
{
	auto_fclose FILE *mounts = fopen("/proc/self/mountinfo", "re");
	auto_strvec struct strvec paths = {0};
	char line[8192], path[4096];

	while (mounts && fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%*s %*s %*s %*s %4095s", path) == 1 && strcmp(path, "/") != 0)
			strvec_add(&paths, path);
	for (size_t i = paths.count; i-- > 0;)
		umount2(paths.items[i], MNT_DETACH);
}
