/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/launch.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/program.h"
#include "base/strbuf.h"
#include "registry/settings.h"
#include "registry/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* The exit code of execve's failure, and of a loader that misses a library. */
#define NOT_EXECUTED 127

int launch_memory_file(const void *bytes, size_t length, struct error *err)
{
	auto_close int fd = memfd_create("coracle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (bytes ? F_SEAL_WRITE : 0);

	if (fd < 0)
		return error_errno(err, "cannot create a memory file");
	if (bytes && file_write_all(fd, bytes, length, err) < 0)
		return -1;
	if (!bytes && ftruncate(fd, (off_t)length) < 0)
		return error_errno(err, "cannot size a memory file");
	if (fcntl(fd, F_ADD_SEALS, seals) < 0)
		return error_errno(err, "cannot seal a memory file");
	return take_fd(&fd);
}

/* 0 and 1 (and 2, unless a sanitizer may have to say something) lead nowhere: what the transport
 * writes cannot reach a terminal. */
static void become_transport(const char *path, int socket_fd, int settings_fd)
{
	char name[] = "coracle-transport";
	char *const argv[] = {name, NULL};
	char *const env[] = {NULL};
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* Out of the way of the numbers that they get. */
	int from_socket = fcntl(socket_fd, F_DUPFD_CLOEXEC, 16);
	int from_settings = fcntl(settings_fd, F_DUPFD_CLOEXEC, 16);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	dup2(null_fd, STDIN_FILENO);
	dup2(null_fd, STDOUT_FILENO);
	dup2(null_fd, STDERR_FILENO);
	dup2(from_socket, WIRE_SOCKET_FD);
	dup2(from_settings, WIRE_SETTINGS_FD);
	process_close_from(WIRE_SETTINGS_FD + 1);
	execve(path, argv, env);
	_exit(NOT_EXECUTED);
}

int launch_transport(struct launch *launch, const char *path, const struct settings *settings,
		     struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	auto_close int settings_fd = -1, ours = -1, theirs = -1;
	int pair[2];

	*launch = (struct launch){.socket = -1};
	if (access(path, X_OK) < 0)
		return error_errno(err, "cannot execute '%s'", path);
	settings_format(&text, settings);
	settings_fd = launch_memory_file(text.text, text.length, err);
	explicit_bzero(text.text, text.length);
	if (settings_fd < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "cannot create a socket");
	ours = pair[0];
	theirs = pair[1];
	launch->pid = fork();
	if (launch->pid < 0)
		return error_errno(err, "cannot start '%s'", path);
	if (launch->pid == 0)
		become_transport(path, theirs, settings_fd);
	launch->socket = take_fd(&ours);
	launch->path = alloc_string(path);
	return 0;
}

int launch_ended(struct launch *launch, struct error *err)
{
	int status = process_reap(launch->pid);

	close(launch->socket);
	launch->socket = -1;
	if (status > 128)
		return error_set(err, EPIPE, "the transport was killed by signal %d", status - 128);
	if (status == NOT_EXECUTED && program_try(launch->path, err) < 0)
		return -1;
	return error_set(err, EPIPE, "the transport has ended with code %d", status);
}

void launch_end(struct launch *launch)
{
	free(launch->path);
	launch->path = NULL;
	if (launch->socket < 0)
		return;
	close(launch->socket);
	launch->socket = -1;
	kill(launch->pid, SIGKILL);
	process_reap(launch->pid);
}
