/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/id_maps.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "runtime/spec.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int write_map(pid_t pid, const char *file, const struct spec_id_maps *maps,
		     struct error *err)
{
	auto_free char *path = alloc_format("/proc/%d/%s", pid, file);
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < maps->count; i++)
		strbuf_printf(&text, "%u %u %u\n", maps->items[i].inside, maps->items[i].outside,
			      maps->items[i].count);
	/* One write is all that the kernel takes. */
	if (text.length && file_write_pseudo(AT_FDCWD, path, strbuf_text(&text), err) < 0)
		return error_wrap(err, "cannot set the %s of the user namespace", file);
	return 0;
}

int id_maps_write(pid_t pid, const struct spec_id_maps *uids, const struct spec_id_maps *gids,
		  struct error *err)
{
	return write_map(pid, "gid_map", gids, err) < 0 ? -1 : write_map(pid, "uid_map", uids, err);
}

/* What it waits for never comes: it is killed, or ends with its parent. */
static pid_t hold_namespace(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	return pid;
}

int id_maps_open(const struct spec_id_maps *uids, const struct spec_id_maps *gids,
		 struct error *err)
{
	pid_t pid = hold_namespace();
	auto_free char *path = alloc_format("/proc/%d/ns/user", pid);
	int fd = -1;

	if (pid < 0)
		return error_errno(err, "cannot create a user namespace");
	if (id_maps_write(pid, uids, gids, err) == 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			error_errno(err, "cannot open a user namespace");
	}
	kill(pid, SIGKILL); /* our unreaped child: the number is still its own */
	process_reap(pid);
	return fd;
}

bool id_maps_find(uint32_t *outside, const struct spec_id_maps *maps, uint32_t inside)
{
	for (size_t i = 0; i < maps->count; i++) {
		const struct spec_id_map *map = &maps->items[i];

		if (inside >= map->inside && inside - map->inside < map->count) {
			*outside = map->outside + (inside - map->inside);
			return true;
		}
	}
	return false;
}
