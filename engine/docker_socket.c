/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/docker_socket.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool docker_socket_is_missing(const char *path)
{
	static const char *const places[] = {"/var/run/docker.sock", "/run/docker.sock"};

	for (size_t i = 0; i < array_length(places); i++)
		if (strcmp(path, places[i]) == 0)
			return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
			       errno == ENOENT;
	return false;
}

int docker_socket_open(const struct engine *engine, struct error *err)
{
	auto_close int fd =
		openat(engine->layout.run_fd, "docker.sock", O_PATH | O_CLOEXEC | O_NOFOLLOW);
	struct stat status;

	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode))
		return take_fd(&fd);
	return error_set(err, ERROR_NOT_FOUND,
			 "no engine's socket is on this host, and none of 'coracle api' at "
			 "'%s/docker.sock': start it with 'coracle api --listen "
			 "unix://%s/docker.sock --on-demand'",
			 engine->layout.run, engine->layout.run);
}
