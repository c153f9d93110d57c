/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A start by another process than that which has created (spawn.h): the container's process waits
 * at a socket in a directory of root's, and nothing of ours stays beside it.
 */
#include "runtime/spawn.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/spawn_private.h"
#include "runtime/sync.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* By the directory's descriptor: its own path may be too long for an address. */
static int name_address(struct sockaddr_un *address, int dirfd, const char *name, struct error *err)
{
	int length;

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	length = snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s",
			  dirfd, name);
	if (length < 0 || (size_t)length >= sizeof(address->sun_path))
		return error_set(err, ENAMETOOLONG, "the name of the socket '%s' is too long",
				 name);
	return 0;
}

static int open_socket(struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	return fd < 0 ? error_errno(err, "cannot create a socket") : fd;
}

int spawn_listen(int dirfd, const char *name, struct error *err)
{
	auto_close int fd = open_socket(err);
	struct sockaddr_un address;

	if (fd < 0 || name_address(&address, dirfd, name, err) < 0)
		return -1;
	/* What bind makes has the socket's own mode: nobody else can connect at any moment. */
	if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 8) < 0)
		return error_errno(err, "cannot listen on the socket '%s'", name);
	return take_fd(&fd);
}

int spawn_leave(struct spawned *spawned, struct error *err)
{
	int rc = sync_send(spawned->sync_fd, SYNC_KEEP, "", 0, -1, err);

	close(take_fd(&spawned->sync_fd));
	return rc;
}

int spawn_reach(int dirfd, const char *name, struct error *err)
{
	auto_close int fd = open_socket(err);
	struct sockaddr_un address;

	if (fd < 0 || name_address(&address, dirfd, name, err) < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno == ECONNREFUSED || errno == ENOENT)
			return error_set(err, ESRCH, "nobody waits for the start");
		return error_errno(err, "cannot reach the container's process");
	}
	return take_fd(&fd);
}

int spawn_let_go(int fd, struct error *err)
{
	if (sync_send(fd, SYNC_GO, "", 0, -1, err) < 0)
		return -1;
	return spawn_wait_exec(fd, err);
}
