/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/attach.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/strbuf.h"
#include "engine/container_connect.h"
#include "engine/container_event.h"
#include "engine/container_json.h"
#include "engine/container_start.h"
#include "engine/container_store.h"
#include "engine/control.h"
#include "engine/launch.h"
#include "engine/outlet.h"
#include "engine/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#define ATTACH_PATIENCE 3    /* so many times INT or TERM: whoever sends them wants to leave */
#define LOST_GRACE_MS	1000 /* for a container that nobody hears any more */

struct relay {
	struct attach_client *request;
	struct engine *engine;
	struct loop loop;
	struct loop_source socket, input, output, signals;
	int socket_fd;
	struct tty_detach detach;
	bool input_is_file; /* always ready, and cannot be watched */
	bool input_has_ended;
	bool has_input;	   /* one read's worth, or the end, that the monitor has not taken yet */
	bool is_detaching; /* once that is sent */
	struct strbuf input_bytes;
	struct outlet outlets[2];
	struct outlet *target; /* of the message that has not been written yet, or NULL */
	size_t written, length;
	struct control_message message;
	struct error lost;	    /* why output cannot be written any more; code 0: it can */
	struct container_task stop; /* then the container is asked to end */
	int interruptions;
	int result;
};

/* Into a message's value and number; nothing without a terminal on both sides. */
static void read_size(const struct attach_client *request, struct control_message *message)
{
	struct winsize size;

	if (!request->has_tty || ioctl(request->stdout_fd, TIOCGWINSZ, &size) < 0)
		return;
	message->value = size.ws_row;
	message->number = size.ws_col;
}

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

/* 1: its monitor starts it when we are attached. */
static int ensure_monitor(struct engine *engine, const struct attach_client *request, int *start_fd,
			  struct error *err)
{
	if (container_has_monitor(engine, request->id))
		return 0;
	if (request->joins)
		return error_set(err, ERROR_CONFLICT,
				 "You cannot attach to a stopped container, start it first");
	*start_fd = launch_start(engine, request->id, true, err);
	return *start_fd < 0 ? -1 : launch_wait(*start_fd, err);
}

/* What is on a terminal already is shown again only when its size changes: so first it is another
 * one than ours. */
static void say_hello_size(const struct attach_client *request, struct control_message *hello)
{
	read_size(request, hello);
	if (request->joins && hello->value) {
		hello->value++;
		hello->number++;
	}
}

static int attach(struct engine *engine, const struct attach_client *request, int start_fd,
		  bool waits, struct error *err)
{
	struct control_message hello = {.op = CONTROL_ATTACH};
	size_t owns_input = request->stdin_fd >= 0 && request->ends_input ? strlen("input") : 0;
	auto_close int fd = container_connect(engine, request->id, err);

	say_hello_size(request, &hello);
	if (fd < 0 || control_send(fd, &hello, "input", owns_input, err) < 0)
		return -1;
	if (waits && launch_wait(start_fd, err) < 0)
		return -1;
	return take_fd(&fd);
}

int attach_open(struct engine *engine, struct attach_client *request, int *attach_fd,
		struct error *err)
{
	auto_close int start_fd = -1;
	int waits, fd = -1;

	if (look_at(engine, request, err) < 0)
		return -1;
	waits = ensure_monitor(engine, request, &start_fd, err);
	if (waits >= 0)
		fd = attach(engine, request, start_fd, waits > 0, err);
	if (fd < 0 && !request->joins)
		container_start_failed(engine, request->id, waits > 0 ? CONTAINER_REMOVE_FORCE : 0);
	if (fd < 0)
		return -1;
	*attach_fd = fd;
	return 0;
}

/* On a connection of its own: on ours, input may be waiting that the container does not take. */
static void send_request(struct relay *relay, const struct control_message *message)
{
	auto_close int fd = container_connect(relay->engine, relay->request->id, NULL);

	if (fd >= 0)
		control_send(fd, message, NULL, 0, NULL);
}

static void send_size(struct relay *relay)
{
	struct control_message message = {.op = CONTROL_RESIZE};

	read_size(relay->request, &message);
	if (message.value)
		send_request(relay, &message);
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
	struct error *err = relay->lost.code ? NULL : &relay->lost;

	end(relay, container_wait(relay->engine, relay->request->id, -1, err));
}

static void update(struct relay *relay);

/* ---- output ---- */

/* Nobody will see what it writes, so it is ended, as SIGPIPE would; one that ran before us has
 * others who do. */
static void lose_output(struct relay *relay, int reason)
{
	const char *name = relay->target == &relay->outlets[0] ? "output" : "error";

	if (relay->lost.code)
		return;
	errno = reason;
	error_errno(&relay->lost, "cannot write to standard %s", name);
	if (relay->request->joins)
		end(relay, -1);
	else if (container_stop_begin(relay->engine, relay->request->id, NULL, LOST_GRACE_MS,
				      &relay->stop, NULL) < 0)
		relay->stop.fd = -1;
}

static void write_output(struct relay *relay)
{
	while (relay->written < relay->length) {
		ssize_t n = outlet_write(relay->target, relay->message.data + relay->written,
					 relay->length - relay->written);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			lose_output(relay, errno);
			break;
		}
		relay->written += (size_t)n;
	}
	relay->target = NULL;
}

static void on_output(struct loop_source *source, uint32_t events)
{
	struct relay *relay = source->data;

	(void)events;
	write_output(relay);
	update(relay);
}

static void receive(struct relay *relay)
{
	struct error err;
	int length = control_receive(relay->socket_fd, &relay->message, &err);

	if (length < 0 && err.code == EAGAIN)
		return;
	if (length < 0) {
		lose_monitor(relay);
	} else if (relay->message.op == CONTROL_STDOUT || relay->message.op == CONTROL_STDERR) {
		relay->target = &relay->outlets[relay->message.op == CONTROL_STDERR];
		if (relay->target->fd < 0) /* not attached */
			relay->target = NULL;
		relay->length = (size_t)length;
		relay->written = 0;
		if (relay->target)
			write_output(relay);
	} else if (relay->message.op == CONTROL_EXITED) {
		end(relay, relay->message.value);
	}
}

/* ---- input ---- */

/* Keys that detach are not the container's. */
static void take_keys(struct relay *relay, const char *bytes, size_t length)
{
	strbuf_clear(&relay->input_bytes);
	relay->is_detaching = tty_detach_filter(&relay->detach, bytes, length, &relay->input_bytes);
	relay->has_input = relay->input_bytes.length > 0;
	relay->input_has_ended = relay->is_detaching;
}

static void read_input(struct relay *relay)
{
	char bytes[CONTROL_DATA_SIZE - sizeof(relay->detach.keys)];
	ssize_t n = read(relay->request->stdin_fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && relay->request->has_tty) {
		take_keys(relay, bytes, (size_t)n);
		return;
	}
	strbuf_clear(&relay->input_bytes);
	strbuf_add_n(&relay->input_bytes, bytes, n > 0 ? (size_t)n : 0);
	relay->input_has_ended = n <= 0;
	relay->has_input = n > 0 || relay->request->ends_input;
}

static void send_input(struct relay *relay)
{
	struct control_message header = {.op = CONTROL_STDIN};
	struct error err;

	if (!relay->has_input)
		return;
	if (control_send(relay->socket_fd, &header, relay->input_bytes.text,
			 relay->input_bytes.length, &err) < 0) {
		if (err.code == EAGAIN)
			return;
		relay->input_has_ended = true; /* receive hears of it */
	}
	relay->has_input = false;
}

static void copy_input(struct relay *relay)
{
	send_input(relay);
	if (!relay->has_input && !relay->input_has_ended) {
		read_input(relay);
		send_input(relay);
	}
	if (relay->is_detaching && !relay->has_input)
		end(relay, ATTACH_DETACHED);
}

static void on_input(struct loop_source *source, uint32_t events)
{
	(void)events;
	copy_input(source->data);
	update(source->data);
}

/* ---- both ---- */

static void on_socket(struct loop_source *source, uint32_t events)
{
	struct relay *relay = source->data;

	if (events & EPOLLOUT || relay->has_input)
		copy_input(relay);
	if (!relay->target && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		receive(relay);
	update(relay);
}

/* Of each stream, one side is waited for: its source while nothing is on its way, else its target.
 * Nothing else waits meanwhile. */
static void update(struct relay *relay)
{
	bool wants_input = !relay->has_input && !relay->input_has_ended;
	bool has_room = relay->has_input || (wants_input && relay->input_is_file);

	loop_watch(&relay->loop, &relay->socket, relay->socket_fd,
		   (relay->target ? 0 : EPOLLIN) | (has_room ? EPOLLOUT : 0), NULL);
	loop_watch(&relay->loop, &relay->output, relay->target ? relay->target->fd : -1,
		   relay->target ? EPOLLOUT : 0, NULL);
	if (!relay->input_is_file &&
	    loop_watch(&relay->loop, &relay->input, relay->request->stdin_fd,
		       wants_input ? EPOLLIN : 0, NULL) < 0) {
		relay->input_is_file = true; /* EPERM */
		update(relay);
	}
}

/* ---- signals ---- */

/* With a terminal, its keys are the container's and signals are for us, unless asked otherwise. */
static bool is_ours(const struct attach_client *request, int number)
{
	return request->has_tty && (!request->passes_signals || number == SIGHUP);
}

static void on_signal(struct loop_source *source, uint32_t events)
{
	struct relay *relay = source->data;
	int number = loop_signal_read(source, NULL);
	struct control_message message = {.op = CONTROL_KILL, .value = number};

	(void)events;
	if (number == SIGINT || number == SIGTERM)
		relay->interruptions++;
	if (number == SIGWINCH) {
		send_size(relay);
	} else if (number > 0 &&
		   (is_ours(relay->request, number) || relay->interruptions == ATTACH_PATIENCE)) {
		relay->request->signal = number;
		end(relay, ATTACH_INTERRUPTED);
	} else if (number > 0) {
		send_request(relay, &message);
	}
}

/* On a terminal that is in raw mode it is us who leave, in order, whatever is done with signals. */
static void choose_signals(const struct relay *relay, sigset_t *signals)
{
	static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

	sigemptyset(signals);
	sigaddset(signals, SIGWINCH);
	if (relay->request->keeps_signals && !relay->request->has_tty)
		return;
	for (size_t i = 0; i < array_length(passed_on); i++)
		sigaddset(signals, passed_on[i]);
}

static int watch(struct relay *relay, struct error *err)
{
	sigset_t signals;

	choose_signals(relay, &signals);
	relay->socket = (struct loop_source){.handler = on_socket, .data = relay};
	relay->input = (struct loop_source){.handler = on_input, .data = relay};
	relay->output = (struct loop_source){.handler = on_output, .data = relay};
	relay->signals = (struct loop_source){.handler = on_signal, .data = relay};
	relay->input_has_ended = relay->request->stdin_fd < 0;
	outlet_open(&relay->outlets[0], relay->request->stdout_fd);
	outlet_open(&relay->outlets[1], relay->request->stderr_fd);
	if (fcntl(relay->socket_fd, F_SETFL, O_NONBLOCK) < 0)
		return error_errno(err, "cannot set up a socket");
	update(relay);
	return loop_signals_create(&relay->loop, &relay->signals, &signals, err);
}

static void unwatch(struct relay *relay)
{
	if (relay->signals.loop) {
		loop_remove(&relay->signals);
		close(relay->signals.fd);
	}
	outlet_close(&relay->outlets[0]);
	outlet_close(&relay->outlets[1]);
	cleanup_close(&relay->stop.fd);
	strbuf_release(&relay->input_bytes);
	loop_release(&relay->loop);
}

static int run(struct relay *relay, struct error *err)
{
	void (*on_sigpipe)(int) = signal(SIGPIPE, SIG_IGN);
	struct tty_mode mode = {.fd = -1};
	int result = watch(relay, err);

	if (result == 0) {
		if (relay->request->has_tty && relay->request->stdin_fd >= 0)
			tty_make_raw(&mode, relay->request->stdin_fd);
		send_size(relay); /* it may have changed since attach_open */
		result = loop_run(&relay->loop, err);
		tty_restore(&mode);
	}
	unwatch(relay);
	signal(SIGPIPE, on_sigpipe);
	return result < 0 ? -1 : relay->result;
}

static void tell_detached(const struct relay *relay)
{
	auto_arena struct arena arena = {0};
	struct container container;

	if (container_json_load(relay->engine, relay->request->id, &container, &arena, NULL) == 0)
		container_event(&container, "detach", NULL, 0);
}

int attach_relay(struct engine *engine, struct attach_client *request, int attach_fd,
		 struct error *err)
{
	auto_close int fd = attach_fd;
	auto_free struct relay *relay = alloc_zeroed(1, sizeof(*relay));
	int result;

	relay->engine = engine;
	relay->request = request;
	relay->socket_fd = fd;
	relay->stop.fd = -1;
	if (tty_detach_parse(&relay->detach, request->detach_keys, err) < 0 ||
	    loop_init(&relay->loop, err) < 0)
		return -1;
	result = run(relay, err);
	if (result == ATTACH_DETACHED)
		tell_detached(relay);
	if (!relay->lost.code)
		return result;
	return error_set(err, relay->lost.code, "%s", relay->lost.text);
}

int attach_check_keys(const char *keys, struct error *err)
{
	struct tty_detach detach;

	return tty_detach_parse(&detach, keys, err);
}
