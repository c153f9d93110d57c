/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount at a container's root, alone: what is mounted in it (volumes, /proc, …) stays out, and
 * what lies below those mounts is there, as in the image.
 */
#include "engine/container_files.h"

#include "base/arena.h"
#include "base/error.h"
#include "engine/container_event.h"
#include "engine/container_root.h"
#include "storage/archive/layer_diff.h"
#include "storage/archive/tar_writer.h"

int container_export(struct engine *engine, const char *id, int fd, struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_container_root struct container_root root = CONTAINER_ROOT_CLOSED;
	auto_tar_writer struct tar_writer tar;
	struct layer_diff diff = {0};

	tar_writer_init_fd(&tar, fd);
	if (container_root_open(&root, engine, id, CONTAINER_ROOT_BARE, &arena, err) < 0)
		return -1;
	diff.fd = root.fd;
	if (layer_diff_write(&diff, &tar, err) < 0 || tar_writer_finish(&tar, err) < 0)
		return error_wrap(err, "cannot export container %s", root.container->name);
	container_event(root.container, "export", NULL, 0);
	return 0;
}
