/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The streams of a container, as they are from now on or from its next start, behind what is in its
 * log if that is asked for; and the size of its terminal.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/frames.h"
#include "api/log_frames.h"
#include "api/request.h"
#include "api/session.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/attach.h"
#include "engine/attach_wait.h"
#include "engine/container.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct attaching {
	struct request *request;
	struct container container;
	struct session session;
	const char *detach_keys;
	bool wants[3];
	int wait_fd;	/* -1: it runs already */
	int monitor_fd; /* once attached */
	pid_t pid;
};

static bool ends_input(const struct attaching *attaching)
{
	return attaching->wants[0] && attaching->container.config.stdin_open &&
	       attaching->session.raw.is_hijacked;
}

/* In a process of its own. */
static int relay(const int fds[3], void *data)
{
	struct attaching *attaching = data;
	struct attach_client client = {
		.id = attaching->container.id,
		.stdin_fd = ends_input(attaching) ? fds[0] : -1,
		.stdout_fd = attaching->wants[1] ? fds[1] : -1,
		.stderr_fd = attaching->wants[2] ? fds[2] : -1,
		.detach_keys = attaching->detach_keys,
		.ends_input = ends_input(attaching),
		.joins = true,
		.has_tty = attaching->container.config.tty,
	};

	attach_relay(attaching->request->engine, &client, attaching->monitor_fd, NULL);
	return 0;
}

static void note_process(pid_t pid, int terminal_fd, void *data)
{
	struct attaching *attaching = data;

	(void)terminal_fd;
	attaching->pid = pid;
	close(attaching->monitor_fd);
	attaching->monitor_fd = -1;
}

/* Until it is started by a server, or by anybody else; false: the client has gone. */
static bool wait_for_start(struct attaching *attaching)
{
	struct engine *engine = attaching->request->engine;
	auto_close int watch_fd = container_watch_new(NULL);
	struct pollfd items[] = {
		{.fd = attaching->wait_fd, .events = POLLIN},
		{.fd = watch_fd, .events = POLLIN},
		{.fd = attaching->session.raw.fd, .events = 0},
	};

	if (watch_fd < 0 ||
	    container_watch_add(engine, watch_fd, attaching->container.id, NULL) < 0)
		return false;
	for (;;) {
		if (poll(items, array_length(items), -1) < 0)
			continue;
		if (items[2].revents)
			return false;
		if (items[0].revents) {
			attaching->monitor_fd =
				attach_wait_join(engine, attaching->container.id,
						 attaching->wait_fd, ends_input(attaching), NULL);
			return attaching->monitor_fd >= 0;
		}
		container_watch_drain(watch_fd);
		if (container_refresh(engine, &attaching->container, &attaching->request->arena,
				      NULL) < 0)
			return false;
		if (!container_is_live(&attaching->container))
			continue;
		attaching->monitor_fd = attach_wait_connect(engine, attaching->container.id,
							    ends_input(attaching), NULL);
		return attaching->monitor_fd >= 0;
	}
}

static bool connect_now(struct attaching *attaching)
{
	if (attaching->wait_fd >= 0)
		return wait_for_start(attaching);
	attaching->monitor_fd = attach_wait_connect(
		attaching->request->engine, attaching->container.id, ends_input(attaching), NULL);
	return attaching->monitor_fd >= 0;
}

/* What was written so far; false: the client has gone. */
static bool show_log(struct attaching *attaching)
{
	struct log_frames frames = {
		.frames = {attaching->request, &attaching->session.raw, attaching->session.is_raw},
		.wanted = {attaching->wants[1], attaching->wants[2]},
	};
	const struct log_view_sink sink = log_frames_sink(&frames);
	const struct log_view_options options = {.tail = -1};
	struct log_view *view = log_view_new(attaching->request->engine, &options, &sink);

	if (log_view_add(view, &attaching->container, LOG_VIEW_BOTH, NULL) == 0)
		log_view_show(view, NULL);
	log_view_free(view);
	return !frames.has_gone;
}

static void run(struct attaching *attaching)
{
	struct session *session = &attaching->session;

	if ((request_flag(attaching->request, "logs") && !show_log(attaching)) ||
	    !request_flag(attaching->request, "stream") || !connect_now(attaching)) {
		answer_raw_end(attaching->request, &session->raw);
		return;
	}
	session->takes_input = ends_input(attaching);
	session_run(session, NULL);
	/* Its client has gone, or the container has ended. */
	if (attaching->pid > 0 && waitpid(attaching->pid, NULL, WNOHANG) == 0)
		kill(attaching->pid, SIGKILL);
}

static int check(const struct attaching *attaching, struct error *err)
{
	const struct container *container = &attaching->container;

	if (container->state.status == CONTAINER_PAUSED)
		return error_set(err, ERROR_CONFLICT,
				 "container %s is paused, unpause the container before attach",
				 attaching->request->name);
	if (container->state.status == CONTAINER_RESTARTING)
		return error_set(err, ERROR_CONFLICT,
				 "container %s is restarting, wait until the container is running",
				 attaching->request->name);
	return attaching->detach_keys ? attach_check_keys(attaching->detach_keys, err) : 0;
}

int endpoint_container_attach(struct request *request, struct error *err)
{
	struct attaching attaching = {
		.request = request,
		.detach_keys = request_query(request, "detachKeys", NULL),
		.wants = {request_flag(request, "stdin"), request_flag(request, "stdout"),
			  request_flag(request, "stderr")},
		.wait_fd = -1,
		.monitor_fd = -1,
	};
	struct session *session = &attaching.session;

	*session = (struct session){
		.request = request, .run = relay, .started = note_process, .data = &attaching};
	if (request_container(request, &attaching.container, err) < 0 || check(&attaching, err) < 0)
		return -1;
	if (request_flag(request, "stream") && !container_is_live(&attaching.container)) {
		attaching.wait_fd = attach_wait_open(request->engine, attaching.container.id, err);
		if (attaching.wait_fd < 0)
			return -1;
	}
	session->is_raw = attaching.container.config.tty;
	if (answer_hijack(request, frames_type(request, session->is_raw), &session->raw) == 0)
		run(&attaching);
	if (attaching.wait_fd >= 0)
		attach_wait_close(request->engine, attaching.container.id, attaching.wait_fd);
	return 0;
}

int endpoint_container_resize(struct request *request, struct error *err)
{
	unsigned short rows, columns;
	struct container container;

	if (request_size(request, &rows, &columns, err) < 0 ||
	    request_container(request, &container, err) < 0 ||
	    container_resize(request->engine, container.id, rows, columns, err) < 0)
		return -1;
	answer_empty(request, 200);
	return 0;
}
