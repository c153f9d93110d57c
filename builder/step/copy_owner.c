/* SPDX-License-Identifier: Apache-2.0 */
/* --chown, and WORKDIR, which makes directories for an owner. */
#include "builder/step/copy_private.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/path.h"
#include "base/units.h"
#include "runtime/identity.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static bool is_number(const char *text)
{
	return isdigit((unsigned char)*text) && text[strspn(text, "0123456789")] == '\0';
}

static bool has_file(int root_fd, const char *path)
{
	auto_close int fd = path_open(root_fd, path, PATH_IN_ROOT, O_PATH, NULL);

	return fd >= 0;
}

/* BuildKit takes a name that no line has for root, and a group for the user's own, without a word.
 * Without the file, as in an image from scratch, the name cannot be right. */
static int forgive(int root_fd, const char *path, const char *name, const struct error *problem,
		   struct error *err)
{
	if (problem->code != ERROR_NOT_FOUND || !has_file(root_fd, path))
		return error_pass(err, problem);
	log_warning("the name '%s' is not in %s of the image: %s", name, path,
		    strcmp(path, "/etc/group") == 0 ? "the user's own group is taken"
						    : "root is taken");
	return 0;
}

static int find_user(int root_fd, const char *name, struct copy_owner *owner, struct error *err)
{
	struct arena arena = {0};
	struct identity identity;
	struct error problem = {0};
	int result;

	if (!*name || strcmp(name, "root") == 0)
		return 0;
	if (is_number(name)) {
		if (units_parse_id(&owner->uid, name, err) < 0)
			return error_wrap(err, "user '%s'", name);
		owner->gid = owner->uid;
		return 0;
	}
	result = identity_resolve(&identity, &arena, root_fd, name, NULL, &problem);
	if (result == 0) {
		owner->uid = identity.user.uid;
		owner->gid = identity.user.gid;
	}
	arena_release(&arena);
	return result < 0 ? forgive(root_fd, "/etc/passwd", name, &problem, err) : 0;
}

static int find_group(int root_fd, const char *name, struct copy_owner *owner, struct error *err)
{
	struct error problem = {0};
	gid_t gid = 0;

	if (!*name)
		return 0;
	if (strcmp(name, "root") != 0 && identity_find_group(&gid, root_fd, name, &problem) < 0)
		return forgive(root_fd, "/etc/group", name, &problem, err);
	owner->gid = gid;
	return 0;
}

int copy_find_owner(int root_fd, const char *text, struct copy_owner *owner, struct error *err)
{
	auto_free char *user = alloc_string(text);
	char *group = strchr(user, ':');

	*owner = (struct copy_owner){.is_set = true};
	if (group)
		*group++ = '\0';
	if (find_user(root_fd, user, owner, err) < 0 ||
	    (group && find_group(root_fd, group, owner, err) < 0))
		return -1;
	return 0;
}

int copy_make_directory(int root_fd, const char *path, const struct copy_owner *owner, bool *is_new,
			struct error *err)
{
	struct error problem = {0};
	auto_close int fd = path_open(root_fd, path, PATH_IN_ROOT, O_PATH | O_DIRECTORY, &problem);
	bool is_owned = owner && owner->is_set;

	*is_new = fd < 0;
	if (fd >= 0)
		return 0;
	if (problem.code != ENOENT)
		return error_pass(err, &problem);
	fd = path_make_directories(root_fd, path, 0755, is_owned ? owner->uid : 0,
				   is_owned ? owner->gid : 0, err);
	return fd < 0 ? -1 : 0;
}
