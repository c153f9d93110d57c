/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/attach.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/loop.h"
#include "engine/container_json.h"
#include "engine/control.h"
#include "engine/launch.h"
#include "engine/lookup.h"
#include "engine/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

struct relay {
	const struct attach_client *request;
	struct engine *engine;
	struct loop loop;
	struct loop_source socket, input, signals;
	struct tty_detach detach;
	int result;
	struct control_message message;
};

/* Before it starts: with auto_remove it may have come and gone when we look next. */
static int look_at(struct engine *engine, struct attach_client *request, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container container;

	if (container_json_load(engine, request->id, &container, &arena, err) < 0)
		return -1;
	request->has_tty = container.config.tty;
	return 0;
}

int attach_open(struct engine *engine, struct attach_client *request, int *attach_fd,
		struct error *err)
{
	struct control_message hello = {.op = CONTROL_ATTACH};
	auto_close int start_fd = -1;
	auto_close int fd = -1;
	int waits = 0; /* 1: its monitor starts it when we are attached */

	if (look_at(engine, request, err) < 0)
		return -1;
	if (!container_has_monitor(engine, request->id)) {
		start_fd = launch_start(engine, request->id, true, err);
		waits = start_fd < 0 ? -1 : launch_wait(start_fd, err);
	}
	if (waits < 0)
		return -1;
	fd = container_connect(engine, request->id, err);
	if (fd < 0 || control_send(fd, &hello, NULL, 0, err) < 0)
		return -1;
	if (waits && launch_wait(start_fd, err) < 0)
		return -1;
	*attach_fd = take_fd(&fd);
	return 0;
}

static void send_size(struct relay *relay)
{
	struct control_message message = {.op = CONTROL_RESIZE};
	struct winsize size;

	if (!relay->request->has_tty || ioctl(relay->request->stdout_fd, TIOCGWINSZ, &size) < 0)
		return;
	message.value = size.ws_row;
	message.number = size.ws_col;
	control_send(relay->socket.fd, &message, NULL, 0, NULL);
}

static void end(struct relay *relay, int result)
{
	relay->result = result;
	loop_stop(&relay->loop);
}

/* The connection ended without an exit: the monitor was killed. Whoever looks next adopts; wait for
 * the exit that way. */
static void lose_monitor(struct relay *relay)
{
	end(relay, container_wait(relay->engine, relay->request->id, -1, NULL));
}

static void on_socket(struct loop_source *source, uint32_t events)
{
	struct relay *relay = source->data;
	int length = control_receive(source->fd, &relay->message, NULL);

	(void)events;
	if (length < 0)
		lose_monitor(relay);
	else if (relay->message.op == CONTROL_STDOUT)
		file_write_all(relay->request->stdout_fd, relay->message.data, (size_t)length,
			       NULL);
	else if (relay->message.op == CONTROL_STDERR)
		file_write_all(relay->request->stderr_fd, relay->message.data, (size_t)length,
			       NULL);
	else if (relay->message.op == CONTROL_EXITED)
		end(relay, relay->message.value);
}

/* Passes on one read; false at the end of input, which is passed on too. */
static bool pump_input(struct relay *relay)
{
	struct control_message header = {.op = CONTROL_STDIN};
	char buffer[4096];
	ssize_t n = read(relay->request->stdin_fd, buffer, sizeof(buffer));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n > 0 && relay->request->has_tty &&
	    tty_detach_matches(&relay->detach, buffer, (size_t)n)) {
		end(relay, ATTACH_DETACHED);
		return false;
	}
	control_send(relay->socket.fd, &header, buffer, n > 0 ? (size_t)n : 0, NULL);
	return n > 0;
}

static void on_input(struct loop_source *source, uint32_t events)
{
	(void)events;
	if (!pump_input(source->data))
		loop_remove(source);
}

static void on_signal(struct loop_source *source, uint32_t events)
{
	struct relay *relay = source->data;
	int number = loop_signal_read(source);

	(void)events;
	if (number == SIGWINCH)
		send_size(relay);
	else if (number > 0)
		container_kill(relay->engine, relay->request->id, spec_signal_name(number), NULL);
}

static int watch(struct relay *relay, int attach_fd, struct error *err)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGWINCH);
	if (relay->request->forward_signals) {
		sigaddset(&signals, SIGINT);
		sigaddset(&signals, SIGTERM);
		sigaddset(&signals, SIGHUP);
		sigaddset(&signals, SIGQUIT);
	}
	relay->socket = (struct loop_source){.handler = on_socket, .data = relay};
	relay->input = (struct loop_source){.handler = on_input, .data = relay};
	relay->signals = (struct loop_source){.handler = on_signal, .data = relay};
	if (loop_add(&relay->loop, &relay->socket, attach_fd, EPOLLIN, err) < 0 ||
	    loop_signals_create(&relay->loop, &relay->signals, &signals, err) < 0)
		return -1;
	if (relay->request->stdin_fd < 0)
		return 0;
	if (loop_add(&relay->loop, &relay->input, relay->request->stdin_fd, EPOLLIN, NULL) == 0)
		return 0;
	/* A regular file cannot be watched (EPERM): it is all there, so send it at once. */
	while (pump_input(relay))
		;
	return 0;
}

int attach_relay(struct engine *engine, const struct attach_client *request, int attach_fd,
		 struct error *err)
{
	auto_close int fd = attach_fd;
	auto_free struct relay *relay = alloc_zeroed(1, sizeof(*relay));
	struct tty_mode mode = {.fd = -1};

	relay->engine = engine;
	relay->request = request;
	if (tty_detach_parse(&relay->detach, request->detach_keys, err) < 0 ||
	    loop_init(&relay->loop, err) < 0)
		return -1;
	if (watch(relay, fd, err) < 0)
		return -1;
	if (relay->request->has_tty && request->stdin_fd >= 0)
		tty_make_raw(&mode, request->stdin_fd);
	send_size(relay);
	if (loop_run(&relay->loop, err) < 0)
		relay->result = -1;
	tty_restore(&mode);
	if (relay->signals.loop) {
		loop_remove(&relay->signals);
		close(relay->signals.fd);
	}
	loop_release(&relay->loop);
	return relay->result;
}
