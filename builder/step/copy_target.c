/* SPDX-License-Identifier: Apache-2.0 */
/* Owner, mode and times: what an instruction says of them, or else what the source has. */
#include "builder/step/copy_private.h"

#include "base/alloc.h"
#include "base/error.h"

#include <unistd.h>

void copy_target_describe(const struct copying *copying, const struct stat *status,
			  struct copy_target *target)
{
	const struct copy_request *request = copying->request;
	bool is_context = !request->source || request->source->has_lost_xattrs;
	mode_t mode = status->st_mode;

	target->uid = request->owner.is_set ? request->owner.uid : is_context ? 0 : status->st_uid;
	target->gid = request->owner.is_set ? request->owner.gid : is_context ? 0 : status->st_gid;
	if (request->has_mode && S_ISREG(mode))
		mode = (mode & S_IFMT) | (request->mode & 07777);
	target->mode = (mode & S_IFMT) | copy_chmod_apply(request->chmod, mode);
	target->device = status->st_rdev;
	target->mtime = status->st_mtim;
}

char *copy_target_path(const struct copying *copying, const char *name)
{
	const char *between = copying->path.length ? "/" : "";

	return alloc_format("%s%s%s/%s", copying->destination[1] ? copying->destination : "",
			    between, strbuf_text(&copying->path), name);
}

static int set_owner_and_mode(const struct copy_target *target, int fd, struct error *err)
{
	struct stat status;
	bool is_other_owner;

	if (fstat(fd, &status) < 0)
		return error_errno(err, "cannot examine it");
	is_other_owner = status.st_uid != target->uid || status.st_gid != target->gid;
	if (is_other_owner && fchown(fd, target->uid, target->gid) < 0)
		return error_errno(err, "cannot set the owner");
	/* chown clears set-id bits. */
	if ((is_other_owner || status.st_mode != target->mode) &&
	    fchmod(fd, target->mode & 07777) < 0)
		return error_errno(err, "cannot set the mode");
	return 0;
}

int copy_target_finish(const struct copy_target *target, int fd, struct error *err)
{
	if (set_owner_and_mode(target, fd, err) < 0)
		return -1;
	if (!S_ISDIR(target->mode) &&
	    futimens(fd, (struct timespec[]){target->mtime, target->mtime}) < 0)
		return error_errno(err, "cannot set the times");
	return 0;
}

bool copy_target_has_xattrs(const struct copying *copying)
{
	return !copying->request->source->has_lost_xattrs;
}
