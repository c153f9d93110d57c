/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/wire.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "registry/text.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Does this kind of request come with a descriptor? */
static bool has_fd(uint32_t kind)
{
	return kind == WIRE_GET_MANIFEST || kind == WIRE_FETCH_BLOB || kind == WIRE_SEND_BLOB ||
	       kind == WIRE_PUT_MANIFEST || kind == WIRE_CHECK_LOGIN || kind == WIRE_GET_URL ||
	       kind == WIRE_LIST_TAGS;
}

static bool is_hex(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* Ends within its member, and has only printable ASCII without blanks, quotes and the like. */
static bool is_name(const char *text, size_t size)
{
	if (!memchr(text, '\0', size))
		return false;
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7f || strchr("\"'\\<>", *text))
			return false;
	return true;
}

static int broken(struct error *err, const char *what)
{
	return error_set(err, ERROR_INVALID, "a message with %s", what);
}

int wire_parse_request(struct wire_request *request, const void *bytes, size_t length,
		       struct error *err)
{
	if (length != sizeof(*request))
		return broken(err, "a wrong length");
	memcpy(request, bytes, sizeof(*request));
	if (request->magic != WIRE_MAGIC || request->kind >= WIRE_REQUEST_KINDS)
		return broken(err, "a wrong kind");
	if (!is_name(request->hex, sizeof(request->hex)) ||
	    (request->hex[0] && !is_hex(request->hex)))
		return broken(err, "a wrong digest");
	if (!is_name(request->reference, sizeof(request->reference)) ||
	    !is_name(request->media_type, sizeof(request->media_type)))
		return broken(err, "a wrong name");
	if (request->size < 0 || request->offset < 0 || request->offset > request->size)
		return broken(err, "a wrong size");
	return 0;
}

/* Only what a caller may branch on or what says something; the rest is "it failed". */
static int checked_code(int code)
{
	if ((code > 0 && code < 134) || (code >= ERROR_NOT_FOUND && code <= ERROR_DENIED))
		return code;
	return EIO;
}

int wire_parse_reply(struct wire_reply *reply, const void *bytes, size_t length, struct error *err)
{
	if (length != sizeof(*reply))
		return broken(err, "a wrong length");
	memcpy(reply, bytes, sizeof(*reply));
	if (reply->magic != WIRE_MAGIC || reply->kind >= WIRE_REPLY_KINDS)
		return broken(err, "a wrong kind");
	if (!is_name(reply->hex, sizeof(reply->hex)) || (reply->hex[0] && !is_hex(reply->hex)))
		return broken(err, "a wrong digest");
	if (!is_name(reply->media_type, sizeof(reply->media_type)))
		return broken(err, "a wrong media type");
	if (reply->bytes < 0 || reply->answer < 0 || reply->answer > 1 || reply->modified_s < -1)
		return broken(err, "a wrong number");
	if (!memchr(reply->text, '\0', sizeof(reply->text)))
		return broken(err, "a text without an end");
	text_clean(reply->text);
	reply->code = reply->kind == WIRE_FAILED ? checked_code(reply->code) : 0;
	return 0;
}

int wire_send(int socket_fd, const void *bytes, size_t length, int passed_fd, int flags)
{
	struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t n;

	if (passed_fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS,
						  .cmsg_len = CMSG_LEN(sizeof(int))};
		memcpy(CMSG_DATA(&control.header), &passed_fd, sizeof(int));
	}
	do
		n = sendmsg(socket_fd, &message, flags | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int wire_receive_request(int socket_fd, struct wire_request *request, int *passed_fd, bool *closed,
			 struct error *err)
{
	struct wire_request raw;
	struct iovec part = {.iov_base = &raw, .iov_len = sizeof(raw)};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	auto_close int fd = -1;
	ssize_t n;

	*closed = false;
	do
		n = recvmsg(socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	/* A reset: closed before it had read all of our replies. */
	*closed = n == 0 || (n < 0 && errno == ECONNRESET);
	if (*closed)
		return 0;
	if (n < 0)
		return error_errno(err, "cannot receive a request");
	if (message.msg_controllen >= sizeof(struct cmsghdr) &&
	    control.header.cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(int));
	if (wire_parse_request(request, &raw, (size_t)n, err) < 0)
		return -1;
	if (has_fd(request->kind) != (fd >= 0))
		return broken(err, "a wrong number of descriptors");
	*passed_fd = take_fd(&fd);
	return 1;
}
