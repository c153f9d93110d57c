/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/confine.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/process.h"
#include "base/strvec.h"
#include "base/units.h"
#include "net/dns_names.h"
#include "net/dns_redirect.h"
#include "net/netns.h"
#include "net/port_holder.h"
#include "net/responder_wire.h"

#define LOWEST_FD   10		  /* above what a child has its own as */
#define SETTLED	    (10 * SECOND) /* one that has lived so long may be started again at once */
#define FIRST	    (100 * MILLISECOND)
#define LONGEST	    (10 * SECOND)
#define PATIENCE_MS 5000 /* until it has read what there is to say */

struct responder {
	struct loop *loop;
	struct loop_source questions[2]; /* watched until somebody asks */
	struct loop_source channel, timer;
	pid_t pid;
	int64_t started_ns, delay_ns;
	int run_dirfd, netns_fd, program_fd;
	struct strvec networks, links;
	char *program, *project;
	struct dns_upstreams upstreams;
	struct stat seen; /* the host's list of servers */
	struct port_holder *ports;
};

/* ---- sockets --------------------------------------------------------------------------------- */

/* Inside the container's namespace. */
static int bind_socket(int type, struct error *err)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(DNS_REDIRECT_PORT),
		.sin_addr.s_addr = htonl(DNS_REDIRECT_ADDRESS),
	};
	auto_close int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	if (fd < 0)
		return error_errno(err, "cannot create the DNS socket");
	/* Connections may still be winding down. */
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 64) < 0))
		return error_errno(err, "cannot bind the DNS socket to 127.0.0.11");
	return take_fd(&fd);
}

/* The one before, or that of a killed monitor, may be ending right now. */
static int bind_when_free(int type, struct error *err)
{
	struct error why = {.code = EADDRINUSE};
	int fd = -1;

	for (int attempt = 0; fd < 0 && why.code == EADDRINUSE && attempt < 50; attempt++) {
		if (attempt > 0)
			poll(NULL, 0, 10);
		fd = bind_socket(type, &why);
	}
	return fd < 0 ? error_pass(err, &why) : fd;
}

/* ---- the process ----------------------------------------------------------------------------- */

static int spawn(struct responder *responder, int channel_fd, struct error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char name[] = "coracle-responder", path[40];
	char inside[] = RESPONDER_INSIDE, *argv[] = {name, NULL, NULL}, *environment[] = {NULL};
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
	if (!confine_is_sanitized()) /* which may have to say something */
		posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO);
	/* One that never sends anything elsewhere lives there, too. */
	if (responder->upstreams.is_denied && !port_holder_relays(responder->ports)) {
		posix_spawn_file_actions_adddup2(&actions, responder->netns_fd,
						 RESPONDER_NAMESPACE_FD);
		argv[1] = inside;
	}
	posix_spawn_file_actions_adddup2(&actions, channel_fd, RESPONDER_FD);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	/* The program that was there at the beginning, also when another version is installed. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", responder->program_fd);
	rc = posix_spawn(&responder->pid, path, &actions, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc ? error_set(err, ERROR_UNSUPPORTED, "cannot execute '%s': %s", responder->program,
			      error_strerror(rc))
		  : 0;
}

/* Sockets of the container's namespace. */
static int open_sockets(void *data, struct error *err)
{
	int *sockets = data;

	sockets[0] = bind_when_free(SOCK_DGRAM, err);
	sockets[1] = sockets[0] < 0 ? -1 : bind_when_free(SOCK_STREAM, err);
	return sockets[1] < 0 ? -1 : dns_redirect_install(err);
}

static void close_questions(struct responder *responder)
{
	for (int i = 0; i < 2; i++) {
		struct loop_source *source = &responder->questions[i];

		if (!source->loop)
			continue;
		loop_remove(source);
		close(source->fd);
	}
}

/* In the beginning there may be more to say than the socket holds; it has just been started, and
 * reads. */
static int say(const struct responder *responder, const struct responder_message *message,
	       const int *fds, size_t count)
{
	struct pollfd room = {.fd = responder->channel.fd, .events = POLLOUT};

	while (responder_wire_send(responder->channel.fd, message, fds, count) < 0)
		if (errno != EAGAIN || poll(&room, 1, PATIENCE_MS) <= 0)
			return -1;
	return 0;
}

static int say_text(const struct responder *responder, enum responder_kind kind, const char *text)
{
	struct responder_message message = {.kind = kind};

	snprintf(message.text, sizeof(message.text), "%s", text);
	return say(responder, &message, NULL, 0);
}

static void fill_servers(struct responder *responder, struct responder_message *message)
{
	dns_upstream_refresh(&responder->upstreams, &responder->seen);
	message->upstreams = responder->upstreams;
}

static int say_relay(const struct responder *responder, const struct held_port *port)
{
	struct responder_message message = {
		.kind = RESPONDER_RELAY,
		.relay = {port->target, port->target_port, port->is_tcp},
	};

	return port->is_relayed ? say(responder, &message, &port->fd, 1) : 0;
}

static int say_everything(struct responder *responder, const int sockets[2])
{
	struct responder_message questions = {.kind = RESPONDER_QUESTIONS},
				 servers = {.kind = RESPONDER_SERVERS};
	int rc;

	snprintf(questions.text, sizeof(questions.text), "%s",
		 responder->project ? responder->project : "");
	fill_servers(responder, &servers);
	rc = say(responder, &questions, sockets, 2);
	for (size_t i = 0; rc == 0 && i < responder->networks.count; i++)
		rc = say_text(responder, RESPONDER_NETWORK, responder->networks.items[i]);
	for (size_t i = 0; rc == 0 && i < responder->links.count; i++)
		rc = say_text(responder, RESPONDER_LINK, responder->links.items[i]);
	if (rc == 0)
		rc = say(responder, &servers, NULL, 0);
	for (size_t i = 0; rc == 0 && responder->ports && i < responder->ports->count; i++)
		rc = say_relay(responder, &responder->ports->ports[i]);
	return rc == 0 ? say_text(responder, RESPONDER_BEGIN, "") : rc;
}

static void end(struct responder *responder)
{
	if (responder->channel.loop) {
		loop_remove(&responder->channel);
		close(responder->channel.fd);
	}
	if (responder->pid > 0) {
		kill(responder->pid, SIGKILL);
		process_reap(responder->pid);
	}
	responder->pid = 0;
}

static loop_handler handle_channel;

/* Hands over the sockets that were watched. */
static int start(struct responder *responder, struct error *err)
{
	const int sockets[2] = {responder->questions[0].fd, responder->questions[1].fd};
	auto_close int ours = -1, theirs = -1;
	int pair[2], result = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "cannot create a socket");
	ours = pair[0];
	theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, LOWEST_FD);
	close(pair[1]);
	responder->started_ns = units_monotonic_ns();
	if (spawn(responder, theirs, err) < 0)
		return -1;
	responder->channel.handler = handle_channel;
	responder->channel.data = responder;
	if (loop_add(responder->loop, &responder->channel, ours, EPOLLIN, err) == 0) {
		take_fd(&ours);
		result = say_everything(responder, sockets) == 0
				 ? 0
				 : error_errno(err, "cannot tell the responder what to do");
	}
	if (result == 0)
		close_questions(responder);
	else
		end(responder);
	return result;
}

static void plan_wait(struct responder *responder);

static void handle_question(struct loop_source *source, uint32_t events)
{
	struct responder *responder = source->data;
	struct error err = {0};

	(void)events;
	if (start(responder, &err) == 0)
		return;
	log_warning("%s", err.text);
	close_questions(responder);
	plan_wait(responder);
}

/* Many containers never ask for a name: the sockets are there, and the process with the first
 * question. Who has ports to relay is one to begin with. */
static int wait_for_questions(struct responder *responder, struct error *err)
{
	int sockets[2] = {-1, -1}, result;

	result = netns_visit(responder->netns_fd, open_sockets, sockets, err);
	for (int i = 0; i < 2; i++) {
		struct loop_source *source = &responder->questions[i];

		source->handler = handle_question;
		source->data = responder;
		if (result == 0)
			result = loop_add(responder->loop, source, sockets[i], EPOLLIN, err);
		if (!source->loop)
			cleanup_close(&sockets[i]);
	}
	if (result == 0 && port_holder_relays(responder->ports))
		result = start(responder, err);
	if (result < 0)
		close_questions(responder);
	return result;
}

/* ---- its end --------------------------------------------------------------------------------- */

static void wait_again(struct responder *responder);

static void handle_timer(struct loop_source *source, uint32_t events)
{
	struct responder *responder = source->data;

	(void)events;
	loop_timer_read(source);
	loop_timer_release(source);
	wait_again(responder);
}

/* At once, after a while when it does not live long. */
static void plan_wait(struct responder *responder)
{
	int64_t delay_ns = responder->delay_ns;
	struct error err = {0};

	if (units_monotonic_ns() - responder->started_ns > SETTLED)
		delay_ns = 0;
	responder->delay_ns = delay_ns == 0 ? FIRST : delay_ns * 2;
	if (responder->delay_ns > LONGEST)
		responder->delay_ns = LONGEST;
	if (delay_ns == 0) {
		wait_again(responder);
		return;
	}
	responder->timer.handler = handle_timer;
	responder->timer.data = responder;
	if (loop_timer_create(responder->loop, &responder->timer, &err) == 0)
		loop_timer_set(&responder->timer, delay_ns, 0);
	else
		log_warning("names are not resolved any more: %s", err.text);
}

static void wait_again(struct responder *responder)
{
	struct error err = {0};

	if (wait_for_questions(responder, &err) == 0)
		return;
	log_warning("%s", err.text);
	responder->started_ns = units_monotonic_ns();
	plan_wait(responder);
}

/* ---- its questions --------------------------------------------------------------------------- */

struct opening {
	const struct responder *responder;
	const struct responder_message *message;
};

static int connect_upstream(void *data, struct error *err)
{
	const struct opening *opening = data;

	(void)err;
	return dns_upstream_connect(&opening->responder->upstreams, opening->message->number,
				    opening->message->type);
}

static int open_upstream(const struct responder *responder, const struct responder_message *message,
			 struct error *err)
{
	struct opening opening = {responder, message};

	if ((message->type != SOCK_DGRAM && message->type != SOCK_STREAM) ||
	    message->number >= responder->upstreams.count)
		return error_set(err, EINVAL, "there is no such server");
	return netns_visit(responder->netns_fd, connect_upstream, &opening, err);
}

/* What it says is as little to be believed as what the container says. False ends it. */
static bool answer(struct responder *responder, struct responder_message *message)
{
	auto_close int fd = -1;

	switch (message->kind) {
	case RESPONDER_TABLE:
		if (message->number < responder->networks.count)
			fd = dns_names_open(responder->run_dirfd,
					    responder->networks.items[message->number]);
		break;
	case RESPONDER_SERVERS:
		fill_servers(responder, message);
		break;
	case RESPONDER_SOCKET:
		fd = open_upstream(responder, message, NULL);
		break;
	case RESPONDER_FAILED:
		log_warning("the responder: %.*s", (int)sizeof(message->text) - 1, message->text);
		return false;
	default:
		return false;
	}
	return responder_wire_send(responder->channel.fd, message, &fd, fd >= 0) == 0;
}

static void handle_channel(struct loop_source *source, uint32_t events)
{
	struct responder *responder = source->data;
	struct responder_message message;
	int fds[RESPONDER_FD_LIMIT];
	int rc = responder_wire_receive(source->fd, &message, fds);

	(void)events;
	for (int i = 0; i < RESPONDER_FD_LIMIT; i++) /* it has none to give */
		if (fds[i] >= 0)
			close(fds[i]);
	if (rc == 0 || (rc > 0 && answer(responder, &message)))
		return;
	end(responder);
	plan_wait(responder);
}

/* ---- the door -------------------------------------------------------------------------------- */

/* The opener may outlive everything that the request points to. */
static int copy_request(struct responder *responder, const struct net_context *context,
			const struct responder_request *request, struct error *err)
{
	auto_close int program_fd = open(request->program, O_PATH | O_CLOEXEC);

	if (program_fd < 0)
		return error_errno(err, "cannot open '%s'", request->program);
	responder->program_fd = fcntl(program_fd, F_DUPFD_CLOEXEC, LOWEST_FD);
	responder->run_dirfd = fcntl(context->run_dirfd, F_DUPFD_CLOEXEC, LOWEST_FD);
	responder->netns_fd = fcntl(request->netns_fd, F_DUPFD_CLOEXEC, LOWEST_FD);
	if (responder->program_fd < 0 || responder->run_dirfd < 0 || responder->netns_fd < 0)
		return error_errno(err, "cannot keep what the responder needs open");
	responder->program = alloc_string(request->program);
	strvec_add_all(&responder->networks, request->networks);
	strvec_add_all(&responder->links, request->links);
	responder->project = request->project ? alloc_string(request->project) : NULL;
	responder->ports = request->ports;
	dns_upstream_init(&responder->upstreams, request->servers, request->is_isolated);
	return 0;
}

int responder_open(struct responder **responder, const struct net_context *context,
		   const struct responder_request *request, struct loop *loop, struct error *err)
{
	struct responder *mine = alloc_zeroed(1, sizeof(*mine));

	mine->run_dirfd = mine->netns_fd = mine->program_fd = -1;
	mine->loop = loop;
	if (copy_request(mine, context, request, err) < 0 || wait_for_questions(mine, err) < 0) {
		responder_close(mine);
		return error_wrap(err, "cannot serve names");
	}
	*responder = mine;
	return 0;
}

void responder_close(struct responder *responder)
{
	if (!responder)
		return;
	end(responder);
	close_questions(responder);
	loop_timer_release(&responder->timer);
	strvec_release(&responder->networks);
	strvec_release(&responder->links);
	free(responder->program);
	free(responder->project);
	cleanup_close(&responder->run_dirfd);
	cleanup_close(&responder->netns_fd);
	cleanup_close(&responder->program_fd);
	free(responder);
}
