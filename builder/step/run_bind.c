/* SPDX-License-Identifier: Apache-2.0 */
/* --mount=type=bind: a tree, or a part of it, that the step sees and cannot change. Where it may
 * write, it writes into a directory of its own, which goes with the step. */
#include "builder/step/run_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "storage/overlay.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below the step's directory. */
static int open_writable(struct step_run *run, struct error *err)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), RUN_MOUNTS "/%zu", run->mount_count);
	if (file_make_directories(run->directory_fd, path, 0700, err) < 0)
		return -1;
	fd = openat(run->directory_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open the directory of a mount") : fd;
}

int run_source_open(struct step_run *run, const struct run_mount *wanted, bool is_writable,
		    struct error *err)
{
	auto_close int own = is_writable ? open_writable(run, err) : -1;
	struct overlay_request overlay = {
		.chain_ids = wanted->chain_ids,
		.layer_count = wanted->layer_count,
		.base_fd = wanted->fd,
		.container_fd = own,
		.is_volatile = true,
	};
	int fd;

	if (is_writable && own < 0)
		return -1;
	if (is_writable || wanted->fd < 0)
		return overlay_mount(&run->request->engine->layout, &overlay, err);
	fd = fcntl(wanted->fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? error_errno(err, "cannot keep a directory open") : fd;
}

/* Is what is mounted a file? ENOENT when it is not there. */
static int examine(struct spec_mount *mount, struct error *err)
{
	auto_close int fd = path_open(mount->source_fd, mount->subpath ? mount->subpath : "/",
				      PATH_IN_ROOT, O_PATH, err);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) < 0)
		return error_errno(err, "cannot examine the source");
	mount->source_is_file = !S_ISDIR(status.st_mode);
	return 0;
}

int run_bind_add(struct step_run *run, const struct run_mount *wanted, struct error *err)
{
	struct spec_mount *mount =
		run_mount_add_bind(run, wanted->mount.target, !wanted->mount.is_writable);
	const char *source = wanted->mount.source;

	mount->source_fd = run_source_open(run, wanted, wanted->mount.is_writable, err);
	mount->subpath = source && *source ? source : NULL;
	return mount->source_fd < 0 ? -1 : examine(mount, err);
}
