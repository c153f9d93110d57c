/* SPDX-License-Identifier: Apache-2.0 */
#include "base/program.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOT_EXECUTED 126
#define NO_LIBRARY   127 /* so ends the loader */

static void run_child(const char *path, int output_fd)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	char *argv[] = {(char *)path, NULL}, *environment[] = {NULL};

	dup2(null_fd, STDIN_FILENO);
	dup2(output_fd, STDOUT_FILENO);
	dup2(output_fd, STDERR_FILENO);
	process_close_from(3);
	execve(path, argv, environment);
	dprintf(STDERR_FILENO, "%s\n", error_strerror(errno));
	_exit(NOT_EXECUTED);
}

/* The first line, without the program's own name before it. */
static char *first_line(char *text, const char *path)
{
	size_t length = strlen(path);

	text[strcspn(text, "\n")] = '\0';
	if (strncmp(text, path, length) == 0 && strncmp(text + length, ": ", 2) == 0)
		text += length + 2;
	return text;
}

int program_try(const char *path, struct error *err)
{
	char text[512];
	int pipe_fds[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return 0;
	pid = fork();
	if (pid == 0)
		run_child(path, pipe_fds[1]);
	close(pipe_fds[1]);
	n = pid < 0 ? 0 : read(pipe_fds[0], text, sizeof(text) - 1);
	close(pipe_fds[0]);
	status = pid < 0 ? 0 : process_reap(pid);
	text[n > 0 ? n : 0] = '\0';
	if (status == NO_LIBRARY)
		return error_set(err, ERROR_UNSUPPORTED,
				 "cannot execute '%s': %s; 'ldd %s' names all that it needs and "
				 "does not find",
				 path, first_line(text, path), path);
	if (status == NOT_EXECUTED)
		return error_set(err, ERROR_UNSUPPORTED, "cannot execute '%s': %s", path,
				 first_line(text, path));
	return 0;
}
