/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/outlet.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Opened by name, the master's side of a terminal would be another terminal. */
static bool may_open_again(int fd, const struct stat *about)
{
	int number;

	return S_ISFIFO(about->st_mode) || (isatty(fd) && ioctl(fd, TIOCGPTN, &number) < 0);
}

void outlet_open(struct outlet *outlet, int fd)
{
	struct stat about;
	char path[40];
	int again = -1;

	*outlet = (struct outlet){.fd = fd};
	if (fd < 0 || fstat(fd, &about) < 0)
		return;
	outlet->is_socket = S_ISSOCK(about.st_mode);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (may_open_again(fd, &about))
		again = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (again < 0)
		return;
	outlet->fd = again;
	outlet->is_ours = true;
}

ssize_t outlet_write(const struct outlet *outlet, const char *bytes, size_t length)
{
	ssize_t n;

	if (outlet->take) {
		outlet->take(bytes, length, outlet->data);
		return (ssize_t)length;
	}
	do {
		n = outlet->is_socket ? send(outlet->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL)
				      : write(outlet->fd, bytes, length);
	} while (n < 0 && errno == EINTR);
	return n;
}

void outlet_close(struct outlet *outlet)
{
	if (outlet->is_ours)
		cleanup_close(&outlet->fd);
	*outlet = (struct outlet){.fd = -1};
}
