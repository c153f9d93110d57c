/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/monitor_client.h - the monitor's end of each connection to its control socket.
 *
 * Both directions of an attached client are held back like a pipe's. While it has packets queued,
 * the container's output is not read. While the container does not take what it sent, nothing more
 * is received from it. So a stream loses nothing, and what is kept of it is one read's worth.
 *
 * Only where there are several, a slow one must not hold up the others: then its part of the output
 * goes on to a file, and the container waits when that has become large.
 *
 * Used by monitor_io.c and monitor_request.c.
 */
#pragma once

#include "base/loop.h"
#include "base/strbuf.h"
#include "engine/monitor/monitor_backlog.h"

#include <stdbool.h>
#include <stddef.h>

struct control_message;
struct error;
struct monitor;
struct monitor_client;

/* One request. */
typedef void monitor_client_handler(struct monitor_client *client,
				    const struct control_message *message, size_t length);

struct monitor_client {
	struct monitor_client *next;
	struct monitor *monitor;
	struct loop_source source;
	monitor_client_handler *handler;
	int fd;
	bool is_attached;
	bool owns_input; /* with it, the container's input ends */
	bool waits;	 /* for a stop, restart or kill to be done */
	bool settles;	 /* with that, until its signal has had its effect */
	bool has_gone;	 /* closed, but what it sent is still on its way */
	bool input_ends; /* behind what is in @input */
	size_t input_sent;
	struct strbuf input;		/* what the container has not taken yet */
	struct monitor_backlog backlog; /* behind the queue, */
	struct strbuf tail;		/* and what found no place there */
	struct strbuf queue;		/* packets, each behind its size_t length */
};

/* Takes the descriptor, which does not block. */
void monitor_client_open(struct monitor *monitor, int fd, monitor_client_handler *handler);
void monitor_client_drop(struct monitor_client *client);
/* Sends now or queues; false when the client has gone. */
bool monitor_client_send(struct monitor_client *client, const struct control_message *header,
			 const void *data, size_t length);
/* The answer to what it waits for: done when @err is NULL or has no code. */
void monitor_client_reply(struct monitor_client *client, const struct error *err);
/* Input for the container; its end when @length is 0. */
void monitor_client_take_input(struct monitor_client *client, const char *data, size_t length);
/* Closes the container's input. What clients have sent and it has not taken is dropped. */
void monitor_client_end_input(struct monitor *monitor);
/* The container's work is done: waits for those who have something queued, then drops all. */
void monitor_client_finish(struct monitor *monitor);
