/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sync.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER offsetof(struct sync_message, error)
/* The trampoline writes a bare int: see trampoline.c. */
#define BARE_ERRNO	sizeof(int)
#define MOST_LAST_WORDS 16
/* A message that does not get its memory is sent again: it may be the one that says why. */
#define PATIENCE 100
#define PAUSE_MS 10

int sync_open(int fds[2], struct error *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "cannot create a socket pair");
	for (int i = 0; i < 2; i++) {
		fds[i] = pair[i] > STDERR_FILENO ? pair[i] : fcntl(pair[i], F_DUPFD_CLOEXEC, 3);
		if (fds[i] != pair[i])
			close(pair[i]);
	}
	if (fds[0] < 0 || fds[1] < 0) {
		cleanup_close(&fds[0]);
		cleanup_close(&fds[1]);
		return error_set(err, EMFILE, "cannot create a socket pair: too many open files");
	}
	return 0;
}

static bool is_short_of_memory(int number)
{
	return number == ENOBUFS || number == ENOMEM;
}

int sync_send(int fd, enum sync_kind kind, const void *bytes, size_t length, int passed_fd,
	      struct error *err)
{
	uint32_t header[2] = {kind, (uint32_t)length};
	struct iovec parts[2] = {{header, sizeof(header)}, {(void *)bytes, length}};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	int patience = PATIENCE;
	ssize_t n;

	if (passed_fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &passed_fd, sizeof(int));
	}
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n < 0 && (errno == EINTR || (is_short_of_memory(errno) && patience-- > 0 &&
					    poll(NULL, 0, PAUSE_MS) == 0)));
	if (n < 0)
		return error_errno(err, "cannot talk to the container's process");
	return 0;
}

static int received_fd(struct msghdr *message)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	int fd;

	if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	return fd;
}

int sync_receive(int fd, struct sync_message *message, struct error *err)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {message, offsetof(struct sync_message, fd)};
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	/* A peer that dies with unread messages of ours gives ECONNRESET once; what it said before
	 * can be read behind that. */
	do
		n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return error_errno(err, "cannot read from the container's process");
	message->fd = n > 0 ? received_fd(&header) : -1;
	if (n <= 0) {
		message->kind = SYNC_END;
	} else if (n == BARE_ERRNO) {
		message->number = -(int)message->kind;
		message->kind = SYNC_EXEC_FAILED;
	} else if ((size_t)n < HEADER || (size_t)n - HEADER != message->length) {
		cleanup_close(&message->fd);
		return error_set(err, EPROTO, "a garbled message from the container's process");
	}
	return 0;
}

int sync_expect(int fd, struct sync_message *message, enum sync_kind kind, struct error *err)
{
	if (sync_receive(fd, message, err) < 0)
		return -1;
	if (message->kind == SYNC_END)
		return error_set(err, EPIPE, "the parent process has gone");
	if (message->kind != kind)
		return error_set(err, EPROTO, "unexpected message %u", message->kind);
	return 0;
}

static int take_error(struct sync_message *message, struct error *err)
{
	if (message->length < sizeof(message->error))
		return error_set(err, EPROTO, "a garbled error from the container's process");
	message->error.text[sizeof(message->error.text) - 1] = '\0';
	return error_pass(err, &message->error);
}

/* What is not waited for: 0 to go on, -1 with the error that it is or means. */
static int handle(struct sync_message *message, int *terminal_fd, const char *what,
		  struct error *err)
{
	if (message->fd >= 0 && (message->kind != SYNC_TERMINAL || !terminal_fd))
		cleanup_close(&message->fd);
	switch ((enum sync_kind)message->kind) {
	case SYNC_WARNING:
		log_warning_once("%.*s", (int)strnlen(message->text, message->length),
				 message->text);
		return 0;
	case SYNC_TERMINAL:
		if (terminal_fd) {
			cleanup_close(terminal_fd);
			*terminal_fd = message->fd;
		}
		return 0;
	case SYNC_ERROR:
		return take_error(message, err);
	case SYNC_EXEC_FAILED:
		return error_number(err, message->number, "cannot execute the program");
	case SYNC_END:
		return error_set(err, ECHILD, "the process died while %s", what);
	case SYNC_PLACED:
	case SYNC_FILTER:
	case SYNC_MOUNTED:
	case SYNC_HOOKED:
	case SYNC_READY:
	case SYNC_CHILD:
	case SYNC_LISTENER:
	case SYNC_KEEP:
	case SYNC_GO:
	default:
		return error_set(err, EPROTO, "unexpected message %u", message->kind);
	}
}

static int wait_for(struct sync_message *message, int fd, enum sync_kind kind, int *terminal_fd,
		    const char *what, struct error *err)
{
	for (;;) {
		if (sync_receive(fd, message, err) < 0)
			return -1;
		if (message->kind == kind)
			return 0;
		if (handle(message, terminal_fd, what, err) < 0)
			return -1;
	}
}

int sync_wait(int fd, enum sync_kind kind, int *terminal_fd, const char *what, struct error *err)
{
	struct sync_message message;

	if (wait_for(&message, fd, kind, terminal_fd, what, err) < 0)
		return -1;
	cleanup_close(&message.fd);
	return 0;
}

int sync_wait_fd(int fd, enum sync_kind kind, int *terminal_fd, const char *what, struct error *err)
{
	struct sync_message message;

	if (wait_for(&message, fd, kind, terminal_fd, what, err) < 0)
		return -1;
	return message.fd >= 0 ? message.fd
			       : error_set(err, EPROTO, "a message without its descriptor");
}

static bool has_word(int fd, int sender)
{
	struct pollfd ready[2] = {{.fd = fd, .events = POLLIN}, {.fd = sender, .events = POLLIN}};

	while (poll(ready, 2, -1) < 0 && errno == EINTR)
		;
	/* It may have said it between the two looks. */
	return ready[0].revents || poll(ready, 1, 0) > 0;
}

int sync_wait_child(int fd, int sender, struct sync_child *child, int *terminal_fd,
		    const char *what, struct error *err)
{
	struct sync_message message;

	do {
		if (!has_word(fd, sender))
			return error_set(err, ECHILD, "the process died while %s", what);
		if (sync_receive(fd, &message, err) < 0)
			return -1;
	} while (message.kind != SYNC_CHILD && handle(&message, terminal_fd, what, err) == 0);
	if (message.kind != SYNC_CHILD)
		return -1;
	*child = (struct sync_child){.pid = message.number, .pidfd = message.fd};
	return 0;
}

int sync_wait_end(int fd, int timeout_ms, const char *what, struct error *err)
{
	int64_t end = units_monotonic_ns() + timeout_ms * MILLISECOND;
	struct sync_message message;

	for (int count = 0; count < MOST_LAST_WORDS; count++) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int64_t left = end - units_monotonic_ns();
		int rc = left > 0 ? poll(&ready, 1, (int)(left / MILLISECOND) + 1) : 0;

		if (rc < 0 && errno == EINTR)
			continue;
		if (rc <= 0)
			return 0;
		if (sync_receive(fd, &message, err) < 0)
			return -1;
		if (message.kind == SYNC_END)
			return 0;
		if (handle(&message, NULL, what, err) < 0)
			return -1;
	}
	return 0;
}
