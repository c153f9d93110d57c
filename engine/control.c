/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/control.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

/* Through /proc/self/fd, since a path of RUN may be longer than the 107 bytes of sun_path. */
static struct sockaddr_un address_of(int run_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/control", run_fd);
	return address;
}

int control_listen(int run_fd, struct error *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = address_of(run_fd);

	if (unlinkat(run_fd, "control", 0) < 0 && errno != ENOENT)
		return error_errno(err, "cannot replace the control socket");
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 64) < 0)
		return error_errno(err, "cannot listen on the control socket");
	return take_fd(&fd);
}

int control_connect(int run_fd, struct error *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = address_of(run_fd);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return error_errno(err, "cannot reach the container's monitor");
	return take_fd(&fd);
}

int control_send(int fd, const struct control_message *header, const void *data, size_t length,
		 struct error *err)
{
	struct iovec parts[] = {
		{.iov_base = (void *)header, .iov_len = CONTROL_HEADER_SIZE},
		{.iov_base = (void *)data, .iov_len = length},
	};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = length ? 2 : 1};
	ssize_t n;

	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "cannot send to the container's monitor");
	return 0;
}

int control_receive(int fd, struct control_message *message, struct error *err)
{
	ssize_t n;

	/* When the peer closes without having read all that we sent, the first call says so, and
	 * what it had sent before is still there behind it. */
	for (int resets = 0;;) {
		n = recv(fd, message, sizeof(*message), 0);
		if (n >= 0 || (errno != EINTR && (errno != ECONNRESET || resets++ > 0)))
			break;
	}
	if (n < 0)
		return error_errno(err, "cannot hear from the container's monitor");
	if (n < (ssize_t)CONTROL_HEADER_SIZE)
		return error_set(err, ECONNRESET, "the container's monitor has gone");
	return (int)(n - (ssize_t)CONTROL_HEADER_SIZE);
}

int control_judge(const struct control_message *done, int length, const char *id, struct error *err)
{
	if (!done->value)
		return 0;
	error_set(err, done->value, "%.*s", length, done->data);
	return error_state(err, (enum fact)done->number, id, NULL);
}
