/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/log_forward.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/logs/log_address.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_MAX_SIZE  16384
#define QUEUE_MAX      ((size_t)256 << 10)
#define RETRY_NS       SECOND
#define FAREWELL_MS    500
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

struct log_forward {
	struct log_forwarding forwarding;
	struct log_identity identity;
	char *tag, *strings[5];
	struct log_address address;
	int fd; /* -1 while the other side is away */
	bool is_warned;
	struct strbuf lines[LOG_STREAM_COUNT]; /* unfinished */
	struct strbuf queue;		       /* messages, each behind its size_t length */
	size_t sent;			       /* bytes of the first message; streams only */
	unsigned long dropped;
	struct loop *loop;
	struct loop_source source; /* in the loop while the socket is full */
	struct loop_source timer;  /* made when first needed */
};

static void flush(struct log_forward *forward);

static void disconnect(struct log_forward *forward, const struct error *why)
{
	loop_remove(&forward->source);
	if (forward->fd >= 0)
		close(forward->fd);
	forward->fd = -1;
	forward->sent = 0; /* a half message is of no use to the next connection */
	if (!forward->is_warned)
		log_warning("%s: output is kept in the log, and sent when it can be reached again",
			    why->text);
	forward->is_warned = true;
	if (forward->timer.loop)
		loop_timer_set(&forward->timer, RETRY_NS, 0);
}

static int connect_now(struct log_forward *forward, struct error *err)
{
	bool is_local =
		forward->forwarding.destination == LOG_TO_SYSLOG && !forward->forwarding.address;

	forward->fd = is_local ? log_address_connect_local(&forward->address, err)
			       : log_address_connect(&forward->address, err);
	if (forward->fd >= 0)
		return 0;
	return error_wrap(err, "log driver '%s'",
			  is_local || forward->forwarding.destination == LOG_TO_SYSLOG
				  ? "syslog"
				  : "journald");
}

static void on_retry(struct loop_source *source, uint32_t events)
{
	struct log_forward *forward = source->data;
	struct error err = {0};

	(void)events;
	loop_timer_read(source);
	if (forward->fd < 0 && connect_now(forward, &err) < 0) {
		disconnect(forward, &err);
		return;
	}
	forward->is_warned = false;
	if (forward->dropped)
		log_warning("%lu lines of output were not forwarded: they are in the log on disk",
			    forward->dropped);
	forward->dropped = 0;
	flush(forward);
}

static void on_room(struct loop_source *source, uint32_t events)
{
	(void)events;
	flush(source->data);
}

static void wait_for_room(struct log_forward *forward)
{
	if (forward->source.loop)
		return;
	forward->source = (struct loop_source){.handler = on_room, .data = forward};
	if (loop_add(forward->loop, &forward->source, forward->fd, EPOLLOUT, NULL) < 0)
		forward->source.loop = NULL;
}

/* The first message of the queue; 1: all of it has gone. */
static int send_first(struct log_forward *forward)
{
	size_t size;
	ssize_t n;

	memcpy(&size, forward->queue.text, sizeof(size));
	n = send(forward->fd, forward->queue.text + sizeof(size) + forward->sent,
		 size - forward->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno == ECONNREFUSED && !forward->address.is_stream &&
	    !forward->address.is_unix)
		return 1; /* UDP tells what became of an earlier one */
	if (n < 0)
		return errno == EMSGSIZE ? 1 : -1;
	forward->sent += (size_t)n;
	return forward->sent == size || !forward->address.is_stream;
}

static void drop_first(struct log_forward *forward)
{
	size_t size;

	memcpy(&size, forward->queue.text, sizeof(size));
	size += sizeof(size);
	memmove(forward->queue.text, forward->queue.text + size, forward->queue.length - size);
	forward->queue.length -= size;
	forward->sent = 0;
}

static void flush(struct log_forward *forward)
{
	while (forward->queue.length && forward->fd >= 0) {
		int result = send_first(forward);
		struct error err;

		if (result > 0) {
			drop_first(forward);
			continue;
		}
		if (result < 0 && errno == EINTR)
			continue;
		if (result == 0 || errno == EAGAIN || errno == ENOBUFS) {
			wait_for_room(forward);
			return;
		}
		error_errno(&err, "cannot forward output to %s",
			    forward->address.is_unix ? forward->address.path
						     : forward->address.host);
		disconnect(forward, &err);
		return;
	}
	if (forward->source.loop)
		loop_remove(&forward->source);
	if (!forward->queue.length)
		strbuf_release(&forward->queue); /* memory that is not needed goes back */
}

static void forward_line(struct log_forward *forward, enum log_stream stream, bool is_partial)
{
	struct strbuf *text = &forward->lines[stream];
	auto_strbuf struct strbuf message = {0};
	struct log_line line = {stream, units_now(), strbuf_text(text), text->length, is_partial};

	if (!is_partial && line.length && line.text[line.length - 1] == '\r')
		line.length--; /* of a terminal */
	if (forward->forwarding.destination == LOG_TO_JOURNALD)
		log_message_journal(&message, &forward->identity, forward->tag, &line);
	else
		log_message_syslog(&message, &forward->forwarding, &forward->identity, forward->tag,
				   &line);
	strbuf_clear(text);
	if (forward->queue.length + message.length > QUEUE_MAX) {
		forward->dropped++;
		return;
	}
	strbuf_add_n(&forward->queue, &message.length, sizeof(message.length));
	strbuf_add_n(&forward->queue, message.text, message.length);
}

void log_forward_bytes(struct log_forward *forward, enum log_stream stream, const char *bytes,
		       size_t length)
{
	while (length > 0) {
		struct strbuf *line = &forward->lines[stream];
		const char *newline = memchr(bytes, '\n', length);
		size_t room = LINE_MAX_SIZE - line->length;
		size_t n = newline ? (size_t)(newline - bytes) : length;
		bool is_whole = newline && n <= room;

		if (n > room)
			n = room;
		strbuf_add_n(line, bytes, n);
		if (is_whole)
			n++;
		if (is_whole || line->length == LINE_MAX_SIZE)
			forward_line(forward, stream, !is_whole);
		bytes += n;
		length -= n;
	}
	flush(forward);
}

void log_forward_flush(struct log_forward *forward)
{
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		if (forward->lines[i].length)
			forward_line(forward, (enum log_stream)i, false);
		strbuf_release(&forward->lines[i]);
	}
	flush(forward);
}

static int find_address(struct log_forward *forward, struct error *err)
{
	if (forward->forwarding.destination == LOG_TO_JOURNALD) {
		forward->address = (struct log_address){.is_unix = true, .path = JOURNAL_SOCKET};
		return 0;
	}
	if (!forward->forwarding.address)
		return 0; /* looked for when connecting */
	return log_address_parse(&forward->address, forward->forwarding.address, err);
}

/* The container's description may be read anew while this lives on. */
static void copy_identity(struct log_forward *forward, const struct log_identity *identity)
{
	const char *const from[] = {identity->id, identity->name, identity->image,
				    identity->image_id, identity->hostname};

	for (size_t i = 0; i < array_length(from); i++)
		forward->strings[i] = alloc_string(from[i]);
	forward->identity = (struct log_identity){
		.id = forward->strings[0],
		.name = forward->strings[1],
		.image = forward->strings[2],
		.image_id = forward->strings[3],
		.hostname = forward->strings[4],
		.pid = identity->pid,
	};
	if (forward->forwarding.address)
		forward->forwarding.address =
			forward->address.is_unix ? forward->address.path : forward->address.host;
}

static int open_forward(struct log_forward *forward, const struct log_forward_request *request,
			struct error *err)
{
	struct error why = {0};

	if (find_address(forward, err) < 0)
		return -1;
	copy_identity(forward, &request->identity);
	forward->tag = log_message_tag(forward->forwarding.tag, &forward->identity, err);
	forward->forwarding.tag = NULL;
	forward->timer = (struct loop_source){.handler = on_retry, .data = forward};
	if (!forward->tag || loop_timer_create(forward->loop, &forward->timer, err) < 0)
		return -1;
	if (connect_now(forward, &why) == 0)
		return 0;
	if (request->is_required)
		return error_pass(err, &why);
	disconnect(forward, &why);
	return 0;
}

int log_forward_open(struct log_forward **forward, const struct log_forward_request *request,
		     struct error *err)
{
	struct log_forward *opened;

	*forward = NULL;
	if (request->forwarding.destination == LOG_TO_DISK)
		return 0;
	opened = alloc_zeroed(1, sizeof(*opened));
	opened->forwarding = request->forwarding;
	opened->loop = request->loop;
	opened->fd = -1;
	if (open_forward(opened, request, err) < 0) {
		log_forward_close(opened);
		return -1;
	}
	*forward = opened;
	return 0;
}

void log_forward_close(struct log_forward *forward)
{
	int64_t end = units_monotonic_ns() + FAREWELL_MS * MILLISECOND;

	if (!forward)
		return;
	while (forward->fd >= 0 && forward->queue.length && units_monotonic_ns() < end) {
		struct pollfd poll_fd = {.fd = forward->fd, .events = POLLOUT};

		poll(&poll_fd, 1, FAREWELL_MS / 10);
		flush(forward);
	}
	loop_remove(&forward->source);
	loop_timer_release(&forward->timer);
	if (forward->fd >= 0)
		close(forward->fd);
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		strbuf_release(&forward->lines[i]);
	strbuf_release(&forward->queue);
	for (size_t i = 0; i < array_length(forward->strings); i++)
		free(forward->strings[i]);
	free(forward->tag);
	free(forward);
}
