/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/view.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "runtime/child.h"
#include "runtime/join.h"
#include "runtime/mounts.h"
#include "runtime/spawn_private.h"
#include "runtime/spec.h"
#include "runtime/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

/* ---- the holder of the namespace ---------------------------------------------------------------
 */

/* Into the namespace of a running container. setns leads to its root, wherever the container's own
 * first process may have gone by chroot. */
static int look_into(const struct view_request *request, struct error *err)
{
	unsigned flags = OPEN_TREE_CLOEXEC | (request->is_bare ? OPEN_TREE_CLONE : 0);
	int fd;

	if (join_namespaces(request->init_pidfd, CLONE_NEWNS, err) < 0)
		return -1;
	fd = open_tree(AT_FDCWD, "/", flags);
	return fd < 0 ? error_errno(err, "cannot open the container's root") : fd;
}

static int make_view(const struct view_request *request, const int *trees, struct error *err)
{
	struct mounts mounts;

	if (unshare(CLONE_NEWNS) < 0)
		return error_errno(err, "cannot make a mount namespace");
	if (init_leave_chroot(err) < 0)
		return -1;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_errno(err, "cannot separate the mounts from the host's");
	mounts_init(&mounts);
	if (mounts_attach_root(&mounts, request->root_fd, "/", false, err) < 0)
		return -1;
	for (size_t i = 0; i < request->mount_count; i++)
		if (mounts_attach(&mounts, request->mounts + i, trees[i], err) < 0)
			return error_wrap(err, "mount '%s'", request->mounts[i].destination);
	if (request->is_read_only && mounts_set_root_readonly(&mounts, err) < 0)
		return -1;
	return mounts.root_fd;
}

/* Lives until the parent closes its end: with this process, the namespace would go. */
static _Noreturn void hold_view(const struct view_request *request, const int *trees, int sync_fd)
{
	struct error err = {0};
	char nothing;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (request->init_pidfd >= 0)
		fd = look_into(request, &err);
	else
		fd = make_view(request, trees, &err);
	if (fd < 0)
		child_fail(sync_fd, &err);
	if (sync_send(sync_fd, SYNC_READY, "", 0, fd, &err) < 0)
		child_fail(sync_fd, &err);
	child_close_others(3, (int[]){sync_fd}, 1);
	while (request->init_pidfd < 0 && read(sync_fd, &nothing, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* ---- views: in the parent ----------------------------------------------------------------------
 */

static int receive_view(struct view *view, struct error *err)
{
	auto_free struct sync_message *message = alloc_zeroed(1, sizeof(*message));

	if (sync_receive(view->holder_fd, message, err) < 0)
		return -1;
	if (message->kind == SYNC_ERROR) {
		message->error.text[sizeof(message->error.text) - 1] = '\0';
		return error_pass(err, &message->error);
	}
	if (message->kind != SYNC_READY || message->fd < 0)
		return error_set(err, EPIPE, "the process that opens the container's files died");
	view->root_fd = message->fd;
	return 0;
}

static int open_view(struct view *view, const struct view_request *request, const int *trees,
		     struct error *err)
{
	int fds[2];

	if (sync_open(fds, err) < 0)
		return -1;
	view->holder_fd = fds[0];
	view->holder = fork();
	if (view->holder == 0) {
		close(fds[0]);
		hold_view(request, trees, fds[1]);
	}
	close(fds[1]);
	if (view->holder < 0)
		return error_errno(err, "cannot create a process");
	return receive_view(view, err);
}

int view_open(struct view *view, const struct view_request *request, struct error *err)
{
	auto_free int *trees = alloc_zeroed(request->mount_count + 1, sizeof(*trees));
	size_t count = 0;
	int result = 0;

	*view = (struct view)VIEW_CLOSED;
	for (; result == 0 && count < request->mount_count; count++) {
		trees[count] = mounts_open_source(request->mounts + count, err);
		result = trees[count] < 0 ? -1 : 0;
	}
	if (result == 0)
		result = open_view(view, request, trees, err);
	while (count > 0)
		cleanup_close(&trees[--count]);
	if (result < 0)
		view_close(view);
	return result;
}

void view_close(struct view *view)
{
	cleanup_close(&view->root_fd);
	cleanup_close(&view->holder_fd);
	if (view->holder > 0)
		process_reap(view->holder);
	*view = (struct view)VIEW_CLOSED;
}
