/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/monitor_client.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/control.h"
#include "engine/monitor/monitor.h"
#include "engine/monitor/monitor_input.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define QUEUE_MAX   (128 << 10) /* beside others, in memory */
#define BACKLOG_MAX (64 << 20)	/* and behind that, on disk */

/* ---- what is waited for ---- */

static bool has_several(const struct monitor *monitor)
{
	int count = 0;

	for (struct monitor_client *client = monitor->clients; client; client = client->next)
		count += client->is_attached;
	return count > 1;
}

/* True when the container has to wait for it. */
static bool holds_up(const struct monitor_client *client, bool has_others)
{
	if (has_others)
		return client->queue.length > QUEUE_MAX || client->tail.length > 0 ||
		       client->backlog.end > BACKLOG_MAX;
	return client->queue.length > 0;
}

static void update_output(struct monitor *monitor)
{
	bool has_others = has_several(monitor);
	bool blocked = false;

	for (struct monitor_client *client = monitor->clients; client; client = client->next)
		blocked = blocked || holds_up(client, has_others);
	if (blocked == monitor->output_is_blocked)
		return;
	monitor->output_is_blocked = blocked;
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		if (monitor->output_sources[i].loop)
			loop_modify(&monitor->output_sources[i], blocked ? 0 : EPOLLIN, NULL);
}

static bool has_input(const struct monitor_client *client)
{
	return client->input_sent < client->input.length;
}

static int update_client(struct monitor_client *client)
{
	uint32_t events = client->queue.length ? EPOLLOUT : 0;

	if (!has_input(client))
		events |= EPOLLIN;
	/* A closed one would be reported again and again; it has time until its input is taken. */
	return loop_watch(&client->monitor->loop, &client->source, client->fd,
			  client->has_gone && has_input(client) ? 0 : events, NULL);
}

/* ---- output ---- */

/* Where a packet is kept in memory; NULL when it went to the backlog. Behind that, should the disk
 * not take it, it is in the tail, and the container waits. */
static struct strbuf *keep(struct monitor_client *client, const struct iovec *parts, int count)
{
	bool has_backlog = client->backlog.end > 0;

	if (client->tail.length)
		return &client->tail;
	if (!has_backlog &&
	    (client->queue.length <= QUEUE_MAX / 2 || !has_several(client->monitor)))
		return &client->queue;
	if (monitor_backlog_add(&client->backlog, client->monitor->dirs.root_fd, parts, count))
		return NULL;
	return has_backlog ? &client->tail : &client->queue;
}

bool monitor_client_send(struct monitor_client *client, const struct control_message *header,
			 const void *data, size_t length)
{
	struct error err;
	size_t size = CONTROL_HEADER_SIZE + length;
	struct strbuf *memory;
	const struct iovec parts[] = {
		{.iov_base = &size, .iov_len = sizeof(size)},
		{.iov_base = (void *)header, .iov_len = CONTROL_HEADER_SIZE},
		{.iov_base = (void *)data, .iov_len = length},
	};

	if (!client->queue.length && control_send(client->fd, header, data, length, &err) == 0)
		return true;
	if (!client->queue.length && err.code != EAGAIN)
		return false;
	memory = keep(client, parts, array_length(parts));
	for (size_t i = 0; memory && i < array_length(parts); i++)
		strbuf_add_n(memory, parts[i].iov_base, parts[i].iov_len);
	update_client(client);
	update_output(client->monitor);
	return true;
}

static void clear_queue(struct monitor_client *client)
{
	monitor_backlog_clear(&client->backlog);
	strbuf_release(&client->tail);
	strbuf_release(&client->queue);
	update_client(client);
	update_output(client->monitor);
}

/* False when it takes no more for now. */
static bool send_queue(struct monitor_client *client)
{
	size_t at = 0, size;

	while (at < client->queue.length) {
		memcpy(&size, client->queue.text + at, sizeof(size));
		if (send(client->fd, client->queue.text + at + sizeof(size), size, MSG_NOSIGNAL) <
		    0)
			break;
		at += sizeof(size) + size;
	}
	memmove(client->queue.text, client->queue.text + at, client->queue.length - at);
	client->queue.length -= at;
	return client->queue.length == 0;
}

/* The queue is sent: what comes next? */
static bool refill_queue(struct monitor_client *client)
{
	if (monitor_backlog_take(&client->backlog, &client->queue))
		return true;
	strbuf_release(&client->queue);
	client->queue = client->tail;
	client->tail = (struct strbuf){0};
	return client->queue.length > 0;
}

static void flush_queue(struct monitor_client *client)
{
	while (send_queue(client))
		if (!refill_queue(client)) {
			clear_queue(client);
			return;
		}
	update_output(client->monitor);
}

/* ---- input ---- */

void monitor_client_end_input(struct monitor *monitor)
{
	loop_remove(&monitor->stdin_source);
	cleanup_close(&monitor->stdin_fd);
	monitor->stdin_fd = -1;
	for (struct monitor_client *client = monitor->clients; client; client = client->next) {
		client->input_ends = false;
		strbuf_clear(&client->input);
		client->input_sent = 0;
		update_client(client);
	}
}

static void on_room(struct loop_source *source, uint32_t events);

/* False while the container takes no more. Bytes that nobody will ever read are dropped. */
static bool write_input(struct monitor_client *client)
{
	int fd = client->monitor->stdin_fd;

	while (fd >= 0 && has_input(client)) {
		ssize_t n = write(fd, client->input.text + client->input_sent,
				  client->input.length - client->input_sent);

		if (n < 0 && errno == EAGAIN)
			return false;
		if (n < 0 && errno != EINTR)
			break;
		client->input_sent += n > 0 ? (size_t)n : 0;
	}
	strbuf_release(&client->input);
	client->input_sent = 0;
	return true;
}

static void push_input(struct monitor_client *client)
{
	struct monitor *monitor = client->monitor;

	if (!write_input(client)) {
		monitor->stdin_source.handler = on_room;
		monitor->stdin_source.data = monitor;
		loop_watch(&monitor->loop, &monitor->stdin_source, monitor->stdin_fd, EPOLLOUT,
			   NULL);
	} else if (client->input_ends) {
		client->input_ends = false;
		/* A terminal has no end: its users send one as a character. */
		if (!monitor->container.config.tty) {
			monitor_input_forget(monitor);
			monitor_client_end_input(monitor);
		}
	}
	update_client(client);
}

static void on_room(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	bool waits = false;

	(void)events;
	for (struct monitor_client *client = monitor->clients; client; client = client->next) {
		if (has_input(client))
			push_input(client);
		waits = waits || has_input(client);
	}
	if (!waits)
		loop_remove(source);
}

void monitor_client_reply(struct monitor_client *client, const struct error *err)
{
	struct control_message header = {
		.op = CONTROL_DONE, .value = err ? err->code : 0, .number = err ? err->fact : 0};

	client->waits = false;
	monitor_client_send(client, &header, err ? err->text : "", err ? strlen(err->text) : 0);
}

void monitor_client_take_input(struct monitor_client *client, const char *data, size_t length)
{
	strbuf_add_n(&client->input, data, length);
	client->input_ends = length == 0;
	push_input(client);
}

/* ---- connections ---- */

static void on_client(struct loop_source *source, uint32_t events)
{
	struct monitor_client *client = source->data;
	auto_free struct control_message *message = NULL;
	struct error err;
	int length;

	if (events & EPOLLOUT)
		flush_queue(client);
	if (has_input(client) && events & (EPOLLHUP | EPOLLERR)) {
		client->has_gone = true;
		client->is_attached = false;
		clear_queue(client);
	}
	if (has_input(client) || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	message = alloc_bytes(sizeof(*message));
	length = control_receive(client->fd, message, &err);
	if (length >= 0)
		client->handler(client, message, (size_t)length);
	else if (err.code != EAGAIN)
		monitor_client_drop(client);
}

void monitor_client_open(struct monitor *monitor, int fd, monitor_client_handler *handler)
{
	struct monitor_client *client = alloc_zeroed(1, sizeof(*client));

	*client = (struct monitor_client){
		.next = monitor->clients,
		.monitor = monitor,
		.source = {.handler = on_client, .data = client},
		.handler = handler,
		.fd = fd,
	};
	monitor->clients = client;
	if (update_client(client) < 0) /* nobody would ever hear it: it must not wait for us */
		monitor_client_drop(client);
}

void monitor_client_drop(struct monitor_client *client)
{
	struct monitor *monitor = client->monitor;
	struct monitor_client **link = &monitor->clients;

	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	loop_remove(&client->source);
	close(client->fd);
	monitor_backlog_clear(&client->backlog);
	strbuf_release(&client->tail);
	strbuf_release(&client->queue);
	strbuf_release(&client->input);
	if (client->owns_input && !monitor->container.config.tty) {
		monitor_input_forget(monitor);
		monitor_client_end_input(monitor);
	}
	free(client);
	update_output(monitor);
}

/* Requests come too late for it. */
static void on_last_room(struct loop_source *source, uint32_t events)
{
	struct monitor_client *client = source->data;

	flush_queue(client);
	if (!client->queue.length || events & (EPOLLHUP | EPOLLERR))
		monitor_client_drop(client);
}

/* However long they take: what a client has not read yet, and the exit code behind it, is its own.
 * One that ends without reading is reported as well. */
void monitor_client_finish(struct monitor *monitor)
{
	struct monitor_client *next;

	monitor->loop.stopping = false;
	for (struct monitor_client *client = monitor->clients; client; client = next) {
		next = client->next;
		client->source.handler = on_last_room;
		loop_watch(&monitor->loop, &client->source, client->fd, EPOLLOUT, NULL);
		if (!client->queue.length)
			monitor_client_drop(client);
	}
	while (monitor->clients && loop_step(&monitor->loop, -1, NULL) >= 0)
		;
}
