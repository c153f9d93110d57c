/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients ask of a monitor: a row for each request.
 */
#include "engine/monitor/monitor_request.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/container_event.h"
#include "engine/container_json.h"
#include "engine/monitor/monitor.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

static void handle_stop(struct monitor_client *client, const struct control_message *message,
			size_t length)
{
	struct monitor *monitor = client->monitor;
	struct error err = {0};

	if (message->op == CONTROL_RESTART &&
	    layout_check_room(&monitor->engine->layout, &err) < 0) {
		error_wrap(&err, "it runs on");
		monitor_client_reply(client, &err);
		return;
	}
	client->waits = true;
	client->settles = false;
	monitor->tells_stop = true;
	monitor->restarts_after_stop = message->op == CONTROL_RESTART;
	if (length == 5 && memcmp(message->data, "batch", 5) == 0)
		monitor->leaves_network = true;
	if (!monitor_stop(monitor, message->value, message->number))
		monitor_cancel_start(monitor);
}

static void handle_kill(struct monitor_client *client, const struct control_message *message,
			size_t length)
{
	struct error err = {0};
	int result;

	(void)length;
	client->waits = true;
	client->settles = message->value != SIGKILL;
	result = monitor_kill(client->monitor, message->value, &err);
	if (result < 0)
		monitor_client_reply(client, &err);
	else if (result > 0)
		monitor_cancel_start(client->monitor);
}

static void handle_pause(struct monitor_client *client, const struct control_message *message,
			 size_t length)
{
	struct error err = {0};

	(void)length;
	monitor_pause(client->monitor, message->value, &err);
	monitor_client_reply(client, &err);
}

static void set_size(struct monitor *monitor, const struct control_message *message)
{
	struct winsize size = {.ws_row = (unsigned short)message->value,
			       .ws_col = (unsigned short)message->number};

	if (size.ws_row && monitor->container.config.tty && monitor->output_fds[0] >= 0 &&
	    ioctl(monitor->output_fds[0], TIOCSWINSZ, &size) == 0)
		monitor_event_size(monitor, size.ws_row, size.ws_col);
}

static bool says(const struct control_message *message, size_t length, const char *word)
{
	return length == strlen(word) && memcmp(message->data, word, length) == 0;
}

static void handle_attach(struct monitor_client *client, const struct control_message *message,
			  size_t length)
{
	if (!says(message, length, "nothing")) {
		client->is_attached = true;
		client->owns_input = says(message, length, "input");
		set_size(client->monitor, message);
		container_event(&client->monitor->container, "attach", NULL, 0);
	}
	if (client->monitor->waits_for_attach)
		monitor_begin(client->monitor);
}

static void handle_stdin(struct monitor_client *client, const struct control_message *message,
			 size_t length)
{
	monitor_client_take_input(client, message->data, length);
}

static void handle_resize(struct monitor_client *client, const struct control_message *message,
			  size_t length)
{
	(void)length;
	set_size(client->monitor, message);
}

static void handle_save(struct monitor_client *client, const struct control_message *message,
			size_t length)
{
	struct monitor *monitor = client->monitor;
	struct error err = {0};

	(void)message;
	(void)length;
	monitor_save(monitor, true, NULL);
	if (container_json_save(monitor->engine, &monitor->container, &err) < 0)
		monitor_client_reply(client, &err);
	else
		monitor_client_reply(client, NULL);
}

static void handle_reload(struct monitor_client *client, const struct control_message *message,
			  size_t length)
{
	struct error err = {0};

	(void)message;
	(void)length;
	monitor_reload(client->monitor, &err);
	monitor_client_reply(client, &err);
}

static monitor_client_handler *const handlers[] = {
	[CONTROL_STOP] = handle_stop,	  [CONTROL_RESTART] = handle_stop,
	[CONTROL_KILL] = handle_kill,	  [CONTROL_PAUSE] = handle_pause,
	[CONTROL_ATTACH] = handle_attach, [CONTROL_STDIN] = handle_stdin,
	[CONTROL_RESIZE] = handle_resize, [CONTROL_SAVE] = handle_save,
	[CONTROL_RELOAD] = handle_reload,
};

/* Nothing can be done with it but noting that. */
static bool has_ended(struct monitor_client *client)
{
	struct monitor *monitor = client->monitor;
	struct error err = {0};

	if (!(monitor->debts & MONITOR_OWES_END))
		return false;
	monitor->retry_ns = 1; /* at once */
	error_set(&err, ERROR_BUSY, "container %s has ended, which is being noted: try again",
		  monitor->container.name);
	monitor_client_reply(client, &err);
	return true;
}

void monitor_request(struct monitor_client *client, const struct control_message *message,
		     size_t length)
{
	if (has_ended(client))
		return;
	if (message->op < array_length(handlers) && handlers[message->op])
		handlers[message->op](client, message, length);
}
