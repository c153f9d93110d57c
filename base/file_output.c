/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file_output.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the link at @path leads; NULL: it is none. */
static char *next_link(const char *path, const void *data)
{
	auto_free char *directory = NULL;
	char text[PATH_MAX];
	ssize_t length = readlink(path, text, sizeof(text) - 1);

	(void)data;
	if (length <= 0)
		return NULL;
	text[length] = '\0';
	if (*text == '/')
		return alloc_string(text);
	directory = path_directory(path);
	return alloc_format("%s/%s", directory, text);
}

static bool is_standard_output(const struct stat *status)
{
	struct stat ours;

	return fstat(STDOUT_FILENO, &ours) == 0 && ours.st_dev == status->st_dev &&
	       ours.st_ino == status->st_ino;
}

/* A file that something is mounted on cannot be replaced. */
static bool is_mounted(const char *path)
{
	struct statx status;

	return statx(AT_FDCWD, path, 0, STATX_TYPE, &status) == 0 &&
	       status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int open_existing(struct file_output *output, struct error *err)
{
	output->fd = open(output->path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);
	return output->fd < 0 ? error_errno(err, "cannot open '%s'", output->path) : 0;
}

static int open_standard_output(struct file_output *output, struct error *err)
{
	output->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return output->fd < 0 ? error_errno(err, "cannot open '%s'", output->path) : 0;
}

/* @existing NULL: a new file. */
static int open_temporary(struct file_output *output, const struct stat *existing, mode_t mode,
			  struct error *err)
{
	auto_free char *directory = path_directory(output->real);

	output->temporary = alloc_format("%s/.coracle-%d.tmp", directory, (int)getpid());
	output->fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (output->fd >= 0 && existing) {
		if (fchown(output->fd, existing->st_uid, existing->st_gid) < 0 && geteuid() == 0)
			return error_errno(err, "cannot give '%s' its owner", output->path);
		if (fchmod(output->fd, existing->st_mode & 07777) < 0)
			return error_errno(err, "cannot give '%s' its mode", output->path);
	}
	if (output->fd >= 0)
		return 0;
	error_errno(err, "cannot create '%s'", output->path);
	free(take_ptr(output->temporary));
	/* A file of ours in a directory of somebody else. */
	return existing && err->code == EACCES ? open_existing(output, err) : -1;
}

int file_output_open(struct file_output *output, const char *path, mode_t mode, struct error *err)
{
	struct error ignored = {0};
	struct stat status;
	bool exists;

	*output = (struct file_output){.fd = -1, .path = alloc_string(path)};
	exists = stat(path, &status) == 0;
	if (exists && is_standard_output(&status))
		return open_standard_output(output, err);
	if (exists && (!S_ISREG(status.st_mode) || is_mounted(path)))
		return open_existing(output, err);
	output->real = path_follow(path, next_link, NULL, err);
	if (!output->real)
		return -1;
	return open_temporary(output, exists ? &status : NULL, mode, err ? err : &ignored);
}

int file_output_finish(struct file_output *output, struct error *err)
{
	if (!output->temporary)
		return 0;
	if (fsync(output->fd) < 0 || rename(output->temporary, output->real) < 0)
		return error_errno(err, "cannot write '%s'", output->path);
	free(take_ptr(output->temporary));
	return 0;
}

void file_output_release(struct file_output *output)
{
	if (output->temporary)
		unlink(output->temporary);
	cleanup_close(&output->fd);
	free(output->temporary);
	free(output->real);
	free(output->path);
	*output = (struct file_output)FILE_OUTPUT_CLOSED;
}

int file_output_write(const char *path, const void *bytes, size_t length, mode_t mode,
		      struct error *err)
{
	auto_file_output struct file_output output = FILE_OUTPUT_CLOSED;

	if (file_output_open(&output, path, mode, err) < 0)
		return -1;
	if (file_write_all(output.fd, bytes, length, err) < 0)
		return error_wrap(err, "'%s'", path);
	return file_output_finish(&output, err);
}
