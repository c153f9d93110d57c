/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(RESPONDER_FD_LIMIT * sizeof(int))];
};

int responder_wire_send(int fd, const struct responder_message *message, const int *fds,
			size_t count)
{
	struct iovec bytes = {(void *)message, sizeof(*message)};
	struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
	union control control = {0};
	ssize_t n;

	if (count > 0) {
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	do
		n = sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

static void take_descriptors(struct msghdr *header, int fds[RESPONDER_FD_LIMIT])
{
	const struct cmsghdr *control = CMSG_FIRSTHDR(header);

	if (control && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
	    control->cmsg_len <= CMSG_LEN(RESPONDER_FD_LIMIT * sizeof(int)))
		memcpy(fds, CMSG_DATA(control), control->cmsg_len - CMSG_LEN(0));
}

int responder_wire_receive(int fd, struct responder_message *message, int fds[RESPONDER_FD_LIMIT])
{
	struct iovec bytes = {message, sizeof(*message)};
	union control control;
	struct msghdr header = {
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	for (int i = 0; i < RESPONDER_FD_LIMIT; i++)
		fds[i] = -1;
	do
		n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	take_descriptors(&header, fds);
	if (n == sizeof(*message))
		return 1;
	for (int i = 0; i < RESPONDER_FD_LIMIT; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return -1;
}
