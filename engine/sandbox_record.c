/* SPDX-License-Identifier: Apache-2.0 */
/* The file by which a later command knows what a killed one had: RUN/sandboxes/ID, whose content is
 * the path of the cgroup and whose lock says that somebody is at it. */
#include "engine/sandbox_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "engine/container_cgroup.h"
#include "runtime/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_PATH 4096

static int open_directory(struct engine *engine)
{
	return openat(engine->layout.run_fd, SANDBOX_DIRECTORY,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_named(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_nlink > 0;
}

/* Before it is locked, a healing command may take it for one that nobody holds. */
static int make_locked(struct sandbox *sandbox, struct error *err)
{
	char path[100];

	snprintf(path, sizeof(path), SANDBOX_DIRECTORY "/%.64s", sandbox->id);
	for (;;) {
		auto_close int fd =
			file_lock(sandbox->engine->layout.run_fd, path, true, true, err);

		if (fd < 0 || is_named(fd))
			return take_fd(&fd);
	}
}

int sandbox_record(struct sandbox *sandbox, struct error *err)
{
	sandbox->cgroup_path = container_cgroup_join(sandbox->request->cgroup_parent, sandbox->id,
						     &sandbox->arena);
	if (file_make_directories(sandbox->engine->layout.run_fd, SANDBOX_DIRECTORY, 0700, err) < 0)
		return -1;
	sandbox->lock_fd = make_locked(sandbox, err);
	if (sandbox->lock_fd < 0)
		return -1;
	return file_write_all(sandbox->lock_fd, sandbox->cgroup_path, strlen(sandbox->cgroup_path),
			      err);
}

void sandbox_forget(struct sandbox *sandbox)
{
	auto_close int directory = open_directory(sandbox->engine);

	if (sandbox->lock_fd < 0)
		return;
	cgroup_destroy(sandbox->cgroup_path, NULL);
	if (sandbox->endpoint_count)
		network_leave(&sandbox->engine->net, sandbox->id, NULL);
	unlinkat(directory, sandbox->id, 0);
	close(take_fd(&sandbox->lock_fd));
}

/* What is destroyed is named after the sandbox, wherever it lies: nobody else's cgroup. */
static bool is_own_cgroup(const char *path, const char *id)
{
	const char *name = strrchr(path, '/');

	return name && strcmp(name + 1, id) == 0 && !strstr(path, "..");
}

static void heal(struct engine *engine, int directory, const char *id)
{
	auto_close int lock = file_lock(directory, id, true, false, NULL);
	auto_strbuf struct strbuf path = {0};

	if (lock < 0 || !is_named(lock) || file_read(directory, id, MOST_PATH, &path, NULL) < 0)
		return;
	if (is_own_cgroup(strbuf_text(&path), id)) /* else it was not made yet */
		cgroup_destroy(strbuf_text(&path), NULL);
	else if (path.length)
		log_warning_once("'%s/" SANDBOX_DIRECTORY "/%s' is damaged: what it names is not a "
				 "sandbox's cgroup, and is left alone",
				 engine->layout.run, id);
	network_detach(&engine->net, (char *[]){(char *)id}, 1, NULL);
	unlinkat(directory, id, 0);
}

void sandbox_heal(struct engine *engine)
{
	int fd = open_directory(engine);
	auto_closedir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (strlen(entry->d_name) == 64)
			heal(engine, fd, entry->d_name);
}
