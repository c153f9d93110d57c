/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's streams: output from the container into the log and to attached clients; the
 * control socket, whose requests are monitor_request.c's. How much of a stream is on its way to or
 * from one client is monitor_client.c's business.
 */
#include "engine/monitor/monitor.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "engine/monitor/log_forward.h"
#include "engine/monitor/monitor_client.h"
#include "engine/monitor/monitor_input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/utsname.h>

static const char *const fifo_names[] = {"stdout", "stderr"};

static void tap(enum log_stream stream, const char *bytes, size_t length, void *data)
{
	struct monitor *monitor = data;
	struct control_message header = {.op = stream == LOG_STDOUT ? CONTROL_STDOUT
								    : CONTROL_STDERR};
	struct monitor_client *next;

	if (monitor->forward)
		log_forward_bytes(monitor->forward, stream, bytes, length);
	for (struct monitor_client *client = monitor->clients; client; client = next) {
		next = client->next;
		for (size_t at = 0; client->is_attached && at < length;) {
			size_t n =
				length - at < CONTROL_DATA_SIZE ? length - at : CONTROL_DATA_SIZE;

			if (!monitor_client_send(client, &header, bytes + at, n)) {
				monitor_client_drop(client);
				break;
			}
			at += n;
		}
	}
}

static void on_output(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	enum log_stream stream = (enum log_stream)(source - monitor->output_sources);
	bool ended = false;
	struct error err;

	(void)events;
	if (!monitor->log) /* finished in this very round */
		return;
	if (log_writer_read(monitor->log, stream, source->fd, &ended, &err) < 0)
		log_warning_once("%s", err.text);
	if (ended)
		loop_remove(source);
	/* Lines that wait for the disk are tried again, whether the container writes more or not.
	 */
	if (log_writer_is_behind(monitor->log))
		monitor_retry(monitor);
}

static void on_connection(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0)
		monitor_client_open(monitor, fd, monitor->handler);
}

/* ---- opening and closing ---- */

static int open_forward(struct monitor *monitor, const struct log_options *options, bool is_fresh,
			struct error *err)
{
	const struct container *container = &monitor->container;
	struct log_forward_request request = {
		.forwarding = options->forwarding,
		.loop = &monitor->loop,
		.is_required = is_fresh,
	};
	struct utsname system;

	uname(&system);
	request.identity = (struct log_identity){
		.id = container->id,
		.name = container->name,
		.image = container->config.image,
		.image_id = container->image_id,
		.hostname = system.nodename,
		.pid = container->state.pid,
	};
	return log_forward_open(&monitor->forward, &request, err);
}

static int open_log(struct monitor *monitor, bool is_fresh, struct error *err)
{
	const struct container_config *config = &monitor->container.config;
	struct pair pairs[32];
	struct log_writer_request request = {
		.container_fd = monitor->dirs.root_fd,
		.run_fd = monitor->dirs.run_fd,
		.id = monitor->container.id,
		.tap = tap,
		.data = monitor,
	};

	for (size_t i = 0; i < config->log_option_count && i < array_length(pairs); i++)
		pairs[i] = (struct pair){config->log_options[i].name, config->log_options[i].value};
	if (log_options_parse(&request.options, config->log_driver, pairs, config->log_option_count,
			      err) < 0 ||
	    open_forward(monitor, &request.options, is_fresh, err) < 0)
		return -1;
	return log_writer_open(&monitor->log, &request, err);
}

int monitor_io_open(struct monitor *monitor, bool is_fresh, struct error *err)
{
	int fd;

	if (open_log(monitor, is_fresh, err) < 0)
		return -1;
	/* Lines that wait for the disk are tried again, whether the container writes more or not.
	 */
	if (log_writer_is_behind(monitor->log))
		monitor_retry(monitor);
	fd = control_listen(monitor->dirs.run_fd, err);
	if (fd < 0)
		return -1;
	monitor->control_source = (struct loop_source){.handler = on_connection, .data = monitor};
	return loop_add(&monitor->loop, &monitor->control_source, fd, EPOLLIN, err);
}

static void close_streams(struct monitor *monitor)
{
	monitor_client_end_input(monitor);
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		loop_remove(&monitor->output_sources[i]);
		if (monitor->output_fds[i] >= 0)
			close(monitor->output_fds[i]);
		monitor->output_fds[i] = -1;
	}
}

static int watch_output(struct monitor *monitor, int stream, int fd, struct error *err)
{
	if (fd < 0)
		return error_errno(err, "cannot open the container's %s", fifo_names[stream]);
	monitor->output_fds[stream] = fd;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	monitor->output_sources[stream] =
		(struct loop_source){.handler = on_output, .data = monitor};
	return loop_add(&monitor->loop, &monitor->output_sources[stream], fd,
			monitor->output_is_blocked ? 0 : EPOLLIN, err);
}

int monitor_io_connect(struct monitor *monitor, int terminal_fd, struct error *err)
{
	int run_fd = monitor->dirs.run_fd;

	close_streams(monitor);
	if (monitor->container.config.tty) {
		if (terminal_fd < 0)
			return 0; /* adopted without a keeper: the terminal is gone */
		monitor->stdin_fd = fcntl(terminal_fd, F_DUPFD_CLOEXEC, 3);
		return watch_output(monitor, LOG_STDOUT, terminal_fd, err);
	}
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		int fd = openat(run_fd, fifo_names[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT)
			log_warning("what it writes to %s is lost: the FIFO was deleted",
				    fifo_names[i]);
		else if (watch_output(monitor, i, fd, err) < 0)
			return -1;
	}
	if (monitor->container.config.stdin_open)
		return monitor_input_open(monitor, monitor->spawned.pid > 0, err);
	return 0;
}

void monitor_io_drain(struct monitor *monitor)
{
	struct error err;

	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		bool ended = false;
		int n = 1;

		while (monitor->output_fds[i] >= 0 && n > 0 && !ended)
			n = log_writer_read(monitor->log, i, monitor->output_fds[i], &ended, &err);
	}
	if (log_writer_flush(monitor->log, &err) < 0)
		log_warning_once("%s", err.text);
	if (monitor->forward)
		log_forward_flush(monitor->forward);
	close_streams(monitor);
}

void monitor_io_finish(struct monitor *monitor, const struct error *err, bool exited)
{
	struct control_message header = {.op = CONTROL_EXITED,
					 .value = monitor->container.state.exit_code};

	for (struct monitor_client *client = monitor->clients; client; client = client->next)
		if (client->waits)
			monitor_client_reply(client, err);
	for (struct monitor_client *client = monitor->clients; exited && client;
	     client = client->next)
		if (client->is_attached)
			monitor_client_send(client, &header, NULL, 0);
}

void monitor_io_settle(struct monitor *monitor)
{
	for (struct monitor_client *client = monitor->clients; client; client = client->next)
		if (client->waits && client->settles)
			monitor_client_reply(client, NULL);
}

void monitor_io_close(struct monitor *monitor)
{
	close_streams(monitor);
	if (monitor->control_source.loop) {
		loop_remove(&monitor->control_source);
		close(monitor->control_source.fd); /* nobody may come any more */
	}
	loop_timer_release(&monitor->retry_timer);
	if (monitor->log)
		log_writer_close(monitor->log);
	monitor->log = NULL;
	log_forward_close(monitor->forward);
	monitor->forward = NULL;
	monitor_client_finish(monitor);
}
