/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/supply.h"

#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/loop.h"
#include "base/units.h"
#include "net/responder_wire.h"

#define PATIENCE    (500 * MILLISECOND)
#define SERVERS_AGE (100 * MILLISECOND)

static void close_all(const int fds[RESPONDER_FD_LIMIT])
{
	for (int i = 0; i < RESPONDER_FD_LIMIT; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Ends with the monitor. */
static bool receive(struct responder_message *message, int fds[RESPONDER_FD_LIMIT])
{
	int rc = responder_wire_receive(RESPONDER_FD, message, fds);

	if (rc < 0)
		_exit(0);
	return rc > 0;
}

/* Turns a question into its answer. Answers that came too late for others are skipped. */
static bool ask(struct responder_message *message, int *fd)
{
	const struct responder_message question = *message;
	int64_t deadline_ns = units_monotonic_ns() + PATIENCE, left_ns;
	int fds[RESPONDER_FD_LIMIT];

	if (responder_wire_send(RESPONDER_FD, &question, NULL, 0) < 0)
		return false;
	while ((left_ns = deadline_ns - units_monotonic_ns()) > 0) {
		struct pollfd poll_fd = {.fd = RESPONDER_FD, .events = POLLIN};

		if (poll(&poll_fd, 1, (int)(left_ns / MILLISECOND) + 1) <= 0 ||
		    !receive(message, fds))
			continue;
		if (message->kind == question.kind && message->number == question.number &&
		    message->type == question.type) {
			*fd = fds[0];
			return true;
		}
		close_all(fds);
	}
	return false;
}

bool supply_table(size_t number, int *fd)
{
	struct responder_message message = {.kind = RESPONDER_TABLE, .number = (uint32_t)number};

	return ask(&message, fd);
}

void supply_servers(struct dns_upstreams *upstreams)
{
	static int64_t asked_ns;
	struct responder_message message = {.kind = RESPONDER_SERVERS};
	int64_t now = units_monotonic_ns();
	int fd;

	if (upstreams->is_fixed || upstreams->is_denied ||
	    (asked_ns && now - asked_ns < SERVERS_AGE))
		return;
	asked_ns = now;
	if (ask(&message, &fd))
		*upstreams = message.upstreams;
}

int supply_socket(const struct dns_upstreams *upstreams, size_t server, int type)
{
	struct responder_message message = {
		.kind = RESPONDER_SOCKET,
		.number = (uint32_t)(server % DNS_UPSTREAM_LIMIT),
		.type = type,
	};
	int fd;

	if (!upstreams->is_fixed)
		return dns_upstream_connect(upstreams, server, type);
	return ask(&message, &fd) ? fd : -1;
}

void supply_fail(const struct error *err)
{
	struct responder_message message = {.kind = RESPONDER_FAILED};

	snprintf(message.text, sizeof(message.text), "%.*s", (int)sizeof(message.text) - 1,
		 err->text);
	responder_wire_send(RESPONDER_FD, &message, NULL, 0);
}

/* Nothing but answers that came too late, and the end. */
static void handle_channel(struct loop_source *source, uint32_t events)
{
	struct responder_message message;
	int fds[RESPONDER_FD_LIMIT];

	(void)source;
	(void)events;
	if (receive(&message, fds))
		close_all(fds);
}

int supply_watch(struct loop *loop, struct error *err)
{
	static struct loop_source channel = {.handler = handle_channel};

	return loop_add(loop, &channel, RESPONDER_FD, EPOLLIN, err);
}
