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

int output_files_tar(const struct build *build, int fd, struct error *err)
{
	auto_tar_writer struct tar_writer tar;
	auto_close int root = -1;
	struct layer_diff diff = {0};
	struct source source;

	tar_writer_init_fd(&tar, fd);
	if (plan_result(build->plan.target)->count == 0)
		return tar_writer_finish(&tar, err);
	if (stage_source_open(build, build->plan.target, &source, &root, err) < 0)
		return -1;
	diff.fd = source.fd;
	return layer_diff_write(&diff, &tar, err) < 0 ? -1 : tar_writer_finish(&tar, err);
}

int output_files_local(const struct build *build, const char *path, struct error *err)
{
	static char all[] = "/";
	char *patterns[] = {all, NULL};
	struct source_select select = {.patterns = patterns};
	struct copy_request request = {.destination = "/", .select = &select};
	auto_close int root = -1, target = -1;
	struct source source;

	if (file_make_directories(AT_FDCWD, path, 0755, err) < 0)
		return -1;
	target = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (plan_result(build->plan.target)->count == 0)
		return 0;
	if (stage_source_open(build, build->plan.target, &source, &root, err) < 0)
		return -1;
	request.root_fd = target;
	request.source = &source;
	return copy_run(&request, err);
}
