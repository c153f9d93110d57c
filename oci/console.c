/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/console.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

/* By a descriptor: an address has room for 107 bytes only. */
static int connect_to(const char *path, struct error *err)
{
	auto_close int place = open(path, O_PATH | O_CLOEXEC);
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (place < 0 || fd < 0)
		return error_errno(err, "cannot open the console socket '%s'", path);
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", place);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return error_errno(err, "cannot connect to the console socket '%s'", path);
	return take_fd(&fd);
}

int oci_console_send(const char *path, int terminal_fd, struct error *err)
{
	static char name[] = "/dev/ptmx";
	auto_close int fd = connect_to(path, err);
	struct iovec part = {name, sizeof(name) - 1};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS}};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	if (fd < 0)
		return -1;
	memcpy(CMSG_DATA(&control.header), &terminal_fd, sizeof(int));
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? error_errno(err, "cannot hand the terminal over to '%s'", path) : 0;
}
