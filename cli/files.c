/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/files.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file_output.h"
#include "cli/screen/output.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int files_write_output(struct invocation *invocation, const char *path, files_writer *write,
		       void *data, struct error *err)
{
	auto_file_output struct file_output output = FILE_OUTPUT_CLOSED;

	if (!path || strcmp(path, "-") == 0) {
		if (output_is_terminal(STDOUT_FILENO)) {
			error_set(err, ERROR_INVALID,
				  "standard output is a terminal: name a file with -o");
			return error_state(err, FACT_OF_CLIENT, NULL, NULL);
		}
		return write(invocation, data, STDOUT_FILENO, err);
	}
	if (file_output_open(&output, path, 0600, err) < 0)
		return error_state(err, FACT_OF_CLIENT, NULL, NULL);
	if (write(invocation, data, output.fd, err) < 0)
		return -1;
	return file_output_finish(&output, err);
}

static int open_input(const char *path, struct error *err)
{
	int fd;

	if (strcmp(path, "-") != 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? error_errno(err, "cannot open '%s'", path) : fd;
	}
	if (output_is_terminal(STDIN_FILENO))
		return error_set(err, ERROR_INVALID,
				 "standard input is a terminal: name an archive, or pipe one in");
	fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? error_errno(err, "cannot read standard input") : fd;
}

int files_open_input(const char *path, struct error *err)
{
	int fd = open_input(path, err);

	return fd < 0 ? error_state(err, FACT_OF_CLIENT, NULL, NULL) : fd;
}
