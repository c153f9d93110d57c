/* SPDX-License-Identifier: Apache-2.0 */
/* ADD: what is in an archive, with the owners and modes that it has, instead of the archive. */
#include "builder/step/copy_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "storage/archive/tar_extract.h"

/* Links in the archive are resolved within the destination, as if it were the root. */
static int unpack(const struct copying *copying, int fd, struct error *err)
{
	const struct copy_owner *owner = &copying->request->owner;
	auto_close int directory = copy_destination_directory(copying, 0755, err);
	struct tar_extract extract = {
		.root_fd = directory,
		.path = "/",
		.sets_owner = owner->is_set,
		.uid = owner->uid,
		.gid = owner->gid,
		.replaces = true,
	};

	return directory < 0 ? -1 : tar_extract_run(&extract, fd, err);
}

int copy_unpack_try(const struct copying *copying, const struct source_entry *entry,
		    struct error *err)
{
	auto_close int fd = source_open_file(entry, err);

	if (fd < 0)
		return -1;
	if (!tar_extract_is_archive(fd))
		return 0;
	if (unpack(copying, fd, err) < 0)
		return error_wrap(err, "cannot unpack '%s'", entry->path);
	copy_file_check(copying, entry, fd);
	return 1;
}
