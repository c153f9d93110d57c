/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/files.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/output.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int files_write_output(struct invocation *invocation, const char *path, files_writer *write,
		       void *data, struct error *err)
{
	auto_close int fd = -1;
	struct stat status;

	if (!path || strcmp(path, "-") == 0) {
		if (output_is_terminal(STDOUT_FILENO))
			return error_set(err, ERROR_INVALID,
					 "standard output is a terminal: name a file with -o");
		return write(invocation, data, STDOUT_FILENO, err);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "cannot create '%s'", path);
	if (write(invocation, data, fd, err) == 0)
		return 0;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		unlink(path);
	return -1;
}

int files_open_input(const char *path, struct error *err)
{
	int fd;

	if (strcmp(path, "-") != 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? error_errno(err, "cannot open '%s'", path) : fd;
	}
	if (output_is_terminal(STDIN_FILENO))
		return error_set(err, ERROR_INVALID,
				 "standard input is a terminal: a tar archive is wanted");
	fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? error_errno(err, "cannot read standard input") : fd;
}
