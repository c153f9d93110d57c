/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the monitor opens and closes: the log, the control socket, whose requests are
 * monitor_request.c's, and the answers to those who wait. The container's streams are
 * monitor_output.c's.
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

static void on_connection(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = source->data;
	int fd = loop_accept(source);

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
		.tap = monitor_output_show,
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
		monitor_owe(monitor, MONITOR_OWES_LOG, NULL);
	fd = control_listen(monitor->dirs.run_fd, err);
	if (fd < 0)
		return -1;
	monitor->control_source = (struct loop_source){.handler = on_connection, .data = monitor};
	return loop_add(&monitor->loop, &monitor->control_source, fd, EPOLLIN, err);
}

void monitor_io_finish(struct monitor *monitor, const struct error *err)
{
	for (struct monitor_client *client = monitor->clients; client; client = client->next)
		if (client->waits)
			monitor_client_reply(client, err);
}

void monitor_io_end_run(struct monitor *monitor)
{
	struct control_message header = {.op = CONTROL_EXITED,
					 .value = monitor->container.state.exit_code};

	for (struct monitor_client *client = monitor->clients; client; client = client->next) {
		if (!client->is_attached)
			continue;
		client->is_attached = client->owns_input = false;
		monitor_client_send(client, &header, NULL, 0);
	}
}

void monitor_io_settle(struct monitor *monitor)
{
	for (struct monitor_client *client = monitor->clients; client; client = client->next)
		if (client->waits && client->settles)
			monitor_client_reply(client, NULL);
}

void monitor_io_close(struct monitor *monitor)
{
	monitor_output_close(monitor);
	if (monitor->control_source.loop) {
		loop_remove(&monitor->control_source);
		close(monitor->control_source.fd); /* nobody may come any more */
	}
	if (monitor->log)
		log_writer_close(monitor->log);
	monitor->log = NULL;
	log_forward_close(monitor->forward);
	monitor->forward = NULL;
	monitor_client_finish(monitor);
}
