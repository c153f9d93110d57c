/* SPDX-License-Identifier: Apache-2.0 */
#include "api/listen.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* What a dead server left is replaced; what a living one has is not. */
static int remove_old(const struct sockaddr_un *address, struct error *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat status;

	if (lstat(address->sun_path, &status) < 0)
		return 0;
	if (!S_ISSOCK(status.st_mode))
		return error_set(err, ERROR_CONFLICT,
				 "cannot listen on '%s': something that is no socket is there",
				 address->sun_path);
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return error_set(err, ERROR_BUSY,
				 "cannot listen on '%s': another server listens there",
				 address->sun_path);
	unlink(address->sun_path);
	return 0;
}

int listen_open(const char *path, struct error *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t mask;
	int bound;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(
			err, ERROR_INVALID,
			"cannot listen on '%s': the path of a socket has at most %zu bytes", path,
			sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path));
	if (remove_old(&address, err) < 0)
		return -1;
	mask = umask(0117); /* 0660 from its first moment */
	bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (bound < 0 || listen(fd, SOMAXCONN) < 0)
		return error_errno(err, "cannot listen on '%s'", path);
	return take_fd(&fd);
}
