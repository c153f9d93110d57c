/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build_message.h"

#include "base/cleanup.h"
#include "builder/build.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Together with the head they are less than what a socket takes. */
#define LONGEST_TEXT  ((size_t)32 * 1024)
#define LONGEST_BYTES ((size_t)32 * 1024)

struct frame {
	int32_t kind, step, stream;
	uint32_t lengths[3]; /* of name, text and bytes; the first two with their zero byte */
	int64_t done, total, time_ns, duration_ns;
};

static struct iovec text_part(const char *text)
{
	size_t length = text ? strnlen(text, LONGEST_TEXT - 1) : 0;

	return (struct iovec){(void *)text, length};
}

static void send_parts(int fd, struct iovec *parts, size_t count)
{
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
	ssize_t sent;

	do
		sent = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
}

static void send_piece(int fd, const struct iovec *head, const struct build_event *event,
		       const struct iovec *bytes)
{
	static char zero[1];
	const struct iovec name = text_part(event->name), text = text_part(event->text);
	struct frame frame = {
		.kind = event->kind,
		.step = event->step,
		.stream = event->stream,
		.lengths = {event->name ? (uint32_t)name.iov_len + 1 : 0,
			    event->text ? (uint32_t)text.iov_len + 1 : 0, (uint32_t)bytes->iov_len},
		.done = event->done,
		.total = event->total,
		.time_ns = event->time_ns,
		.duration_ns = event->duration_ns,
	};
	struct iovec parts[] = {
		*head, {&frame, sizeof(frame)},	    name,   {zero, event->name != NULL},
		text,  {zero, event->text != NULL}, *bytes,
	};

	send_parts(fd, parts, array_length(parts));
}

void build_message_send(int fd, const void *head, size_t head_length,
			const struct build_event *event)
{
	const struct iovec first = {(void *)head, head_length};
	size_t at = 0;

	do {
		size_t length = event->bytes ? event->length - at : 0;
		struct iovec piece = {event->bytes ? (char *)event->bytes + at : NULL,
				      length < LONGEST_BYTES ? length : LONGEST_BYTES};

		send_piece(fd, &first, event, &piece);
		at += piece.iov_len;
	} while (event->bytes && at < event->length);
}

static const char *take_text(char **at, uint32_t length)
{
	char *text = *at;

	*at += length;
	if (length == 0)
		return NULL;
	text[length - 1] = '\0';
	return text;
}

bool build_message_read(struct build_event *event, char *bytes, size_t length)
{
	struct frame frame;
	char *at = bytes + sizeof(frame);

	if (length < sizeof(frame))
		return false;
	memcpy(&frame, bytes, sizeof(frame));
	if (length - sizeof(frame) !=
	    (size_t)frame.lengths[0] + frame.lengths[1] + frame.lengths[2])
		return false;
	*event = (struct build_event){
		.kind = (enum build_event_kind)frame.kind,
		.step = frame.step,
		.stream = frame.stream,
		.done = frame.done,
		.total = frame.total,
		.time_ns = frame.time_ns,
		.duration_ns = frame.duration_ns,
		.length = frame.lengths[2],
	};
	event->name = take_text(&at, frame.lengths[0]);
	event->text = take_text(&at, frame.lengths[1]);
	event->bytes = event->length > 0 ? at : NULL;
	return true;
}
