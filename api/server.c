/* SPDX-License-Identifier: Apache-2.0 */
#include "api/server.h"

#include "api/connection.h"
#include "api/listen.h"
#include "api/settings.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/process.h"
#include "base/units.h"
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHORTAGE_MS 100

struct server {
	const struct api_settings *settings;
	struct engine engine;
	int listen_fd, signal_fd;
	size_t connections;
	bool is_ending;
};

static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigprocmask(SIG_BLOCK, set, NULL);
}

static int open_socket(const struct api_settings *settings, struct error *err)
{
	int fd = settings->listen_fd;

	if (settings->path)
		return listen_open(settings->path, err);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return error_errno(err, "cannot use the socket that was handed over");
	return fd;
}

static void become_connection(struct server *server, const sigset_t *blocked, int fd)
{
	close(server->listen_fd);
	close(server->signal_fd);
	sigprocmask(SIG_UNBLOCK, blocked, NULL);
	connection_serve(server->settings, &server->engine, fd);
	_exit(0);
}

static void accept_one(struct server *server, const sigset_t *blocked)
{
	auto_close int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct pollfd ends = {.fd = server->signal_fd, .events = POLLIN};
	pid_t pid;

	if (fd < 0) {
		/* It would be asked again at once: until a connection ends, or a moment. */
		if (error_is_shortage(errno))
			poll(&ends, 1, SHORTAGE_MS);
		return;
	}
	pid = fork();
	if (pid == 0)
		become_connection(server, blocked, fd);
	if (pid < 0)
		log_warning("cannot serve a connection: %s", error_strerror(errno));
	else
		server->connections++;
}

static void take_signals(struct server *server)
{
	struct signalfd_siginfo info;
	pid_t pid;
	int status;

	while (read(server->signal_fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			server->is_ending = true;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		server->connections--;
		if (WIFSIGNALED(status))
			log_warning("the process of a connection, %d, was ended by signal %d",
				    (int)pid, WTERMSIG(status));
	}
}

/* When all places are taken, the others wait in the socket's queue. */
static void serve(struct server *server, const sigset_t *blocked)
{
	const struct api_settings *settings = server->settings;
	struct pollfd items[] = {{.fd = server->signal_fd, .events = POLLIN},
				 {.fd = server->listen_fd, .events = POLLIN}};

	while (!server->is_ending) {
		int patience = server->connections ? -1 : (int)settings->idle_ms;
		int count;

		items[1].events = server->connections < SERVER_MOST_CONNECTIONS ? POLLIN : 0;
		count = poll(items, array_length(items), patience);
		if (count == 0)
			return;
		if (items[0].revents)
			take_signals(server);
		if (items[1].revents & POLLIN)
			accept_one(server, blocked);
	}
}

int server_run(const struct api_settings *settings, struct error *err)
{
	struct server server = {.settings = settings};
	sigset_t blocked;

	if (engine_open(&server.engine, settings->root, settings->run, err) < 0)
		return -1;
	server.listen_fd = open_socket(settings, err);
	if (server.listen_fd < 0) {
		engine_close(&server.engine);
		return -1;
	}
	block_signals(&blocked);
	signal(SIGPIPE, SIG_IGN);
	server.signal_fd = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
	serve(&server, &blocked);
	if (settings->path)
		unlink(settings->path);
	close(server.signal_fd);
	close(server.listen_fd);
	engine_close(&server.engine);
	return 0;
}
