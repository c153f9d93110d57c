/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/output_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "builder/build_private.h"
#include "builder/step/copy.h"
#include "storage/archive/layer_diff.h"
#include "storage/archive/tar_writer.h"
#include "storage/overlay.h"

static int open_root(const struct build *build, const struct layer_stack *layers, struct error *err)
{
	struct overlay_request request = {
		.chain_ids = layers->chain_ids,
		.layer_count = layers->count,
		.container_fd = -1,
	};

	return overlay_mount(&build->engine->layout, &request, err);
}

int output_files_tar(const struct build *build, const struct layer_stack *layers, int fd,
		     struct error *err)
{
	auto_tar_writer struct tar_writer tar;
	auto_close int root = -1;
	struct layer_diff diff = {0};

	tar_writer_init_fd(&tar, fd);
	if (layers->count == 0)
		return tar_writer_finish(&tar, err);
	root = open_root(build, layers, err);
	if (root < 0)
		return -1;
	diff.fd = root;
	return layer_diff_write(&diff, &tar, err) < 0 ? -1 : tar_writer_finish(&tar, err);
}

int output_files_local(const struct build *build, const struct layer_stack *layers,
		       const char *path, struct error *err)
{
	static char all[] = "/";
	char *patterns[] = {all, NULL};
	struct source_select select = {.patterns = patterns};
	struct copy_request request = {.destination = "/", .select = &select};
	auto_close int root = -1, target = -1;
	struct source source = {.name = "result"};

	if (file_make_directories(AT_FDCWD, path, 0755, err) < 0)
		return -1;
	target = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (layers->count == 0)
		return 0;
	root = open_root(build, layers, err);
	if (root < 0)
		return -1;
	source.fd = root;
	request.root_fd = target;
	request.source = &source;
	return copy_run(&request, err);
}
