/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup_delegation.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "runtime/id_maps.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What may be given away, a name a line; Linux before 4.15 does not say. */
static void read_names(struct strbuf *names)
{
	if (file_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", 4096, names, NULL) == 0)
		return;
	strbuf_clear(names);
	strbuf_add(names, "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n");
}

static int give(int cgroup_fd, uid_t uid, struct error *err)
{
	auto_strbuf struct strbuf names = {0};
	char *save = NULL;

	if (fchown(cgroup_fd, uid, (gid_t)-1) < 0)
		return error_errno(err, "cannot give the cgroup to user %u", uid);
	read_names(&names);
	for (char *name = strtok_r(names.text, "\n", &save); name;
	     name = strtok_r(NULL, "\n", &save))
		if (fchownat(cgroup_fd, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno != ENOENT)
			return error_errno(err, "cannot give the cgroup's '%s' to user %u", name,
					   uid);
	return 0;
}

static bool has_option(const struct spec_mount *mount, const char *wanted)
{
	for (char **option = mount->options; option && *option; option++)
		if (strcmp(*option, wanted) == 0)
			return true;
	return false;
}

static bool mounts_to_write(const struct spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct spec_mount *mount = &spec->mounts[i];

		if (strcmp(mount->destination, "/sys/fs/cgroup") == 0 && mount->source &&
		    strcmp(mount->source, "cgroup") == 0)
			return !has_option(mount, "ro");
	}
	return false;
}

int cgroup_delegation_apply(int cgroup_fd, const struct spec *spec, struct error *err)
{
	const struct spec_namespace_use *cgroup = &spec->namespaces[SPEC_NS_CGROUP];
	uint32_t uid = spec->user.uid;

	if (cgroup_fd < 0 || !cgroup->own || cgroup->path || !mounts_to_write(spec))
		return 0;
	/* In a user namespace that is joined, or without an id there: nobody that we know. */
	if (spec->namespaces[SPEC_NS_USER].own && !id_maps_find(&uid, &spec->uids, spec->user.uid))
		return 0;
	return give(cgroup_fd, uid, err);
}
