/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as a new image: what it has written as one more layer, and how it was run as the
 * image's configuration.
 */
#include "engine/container_files.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "engine/container_event.h"
#include "engine/container_root.h"
#include "engine/labels.h"
#include "storage/image/image_change.h"
#include "storage/image/image_commit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A container that is paused for us must go on even if we are killed: a child waits for our end
 * of the socket. */
struct pause {
	struct engine *engine;
	const char *id;
	pid_t guard;
	int socket_fd;
};

struct commit {
	const struct container *container;
	const struct container_commit *request;
	struct pause pause;
	int image_fd; /* what the image alone has */
};

static _Noreturn void guard_pause(const struct pause *pause, int fd)
{
	char done;
	ssize_t n;

	setsid(); /* what interrupts the command does not interrupt this */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	do
		n = read(fd, &done, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		container_pause(pause->engine, pause->id, false, NULL);
	_exit(0);
}

static int start_guard(struct pause *pause, struct error *err)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return error_errno(err, "cannot create a socket pair");
	pause->guard = fork();
	if (pause->guard == 0) {
		close(fds[1]);
		guard_pause(pause, fds[0]);
	}
	close(fds[0]);
	pause->socket_fd = fds[1];
	return pause->guard < 0 ? error_errno(err, "cannot create a process") : 0;
}

static void stop_guard(struct pause *pause)
{
	if (pause->socket_fd < 0)
		return;
	send(pause->socket_fd, "", 1, MSG_NOSIGNAL);
	close(take_fd(&pause->socket_fd));
	if (pause->guard > 0)
		process_reap(pause->guard);
}

static void unpause(struct pause *pause)
{
	if (pause->socket_fd < 0)
		return;
	container_pause(pause->engine, pause->id, false, NULL);
	stop_guard(pause);
}

static int pause_container(struct commit *commit, struct error *err)
{
	struct pause *pause = &commit->pause;
	struct error reason = {0};

	if (!commit->request->pauses || commit->container->state.status != CONTAINER_RUNNING)
		return 0;
	if (start_guard(pause, &reason) == 0 &&
	    container_pause(pause->engine, pause->id, true, &reason) == 0)
		return 0;
	unpause(pause);
	if (reason.fact == FACT_NOT_RUNNING) /* it has ended just now */
		return 0;
	if (reason.code == ERROR_UNSUPPORTED) {
		log_warning_once("it is committed while it runs: %s", reason.text);
		return 0;
	}
	error_pass(err, &reason);
	return error_wrap(err, "cannot pause container %s", commit->container->name);
}

/* ---- the configuration -------------------------------------------------------------------------
 */

static void set_command(json *config, const struct container_config *run)
{
	if (run->entrypoint) {
		json_set(config, "Entrypoint", json_from_strings(run->entrypoint));
		json_object_object_del(config, "Cmd");
	}
	if (run->cmd)
		json_set(config, "Cmd", json_from_strings(run->cmd));
}

/* Those that say which project a container belongs to are not about its image. */
static void set_labels(json *config, const struct container_config *run)
{
	json *labels = json_get(config, "Labels");

	if (!labels && run->label_count) {
		labels = json_new_object();
		json_set(config, "Labels", labels);
	}
	for (size_t i = 0; i < run->label_count; i++)
		if (!labels_is_reserved(run->labels[i].name))
			json_set_string(labels, run->labels[i].name, run->labels[i].value);
}

static void set_ports(json *config, const struct container *container)
{
	json *ports = json_get(config, "ExposedPorts");

	for (char **port = container->expose; port && *port; port++) {
		if (!ports) {
			ports = json_new_object();
			json_set(config, "ExposedPorts", ports);
		}
		json_set(ports, *port, json_new_object());
	}
}

static void set_health(json *config, const struct image_healthcheck *health)
{
	json *value;

	if (!health->test)
		return;
	value = json_new_object();
	json_set(value, "Test", json_from_strings(health->test));
	if (health->interval_ns)
		json_set_int(value, "Interval", health->interval_ns);
	if (health->timeout_ns)
		json_set_int(value, "Timeout", health->timeout_ns);
	if (health->start_period_ns)
		json_set_int(value, "StartPeriod", health->start_period_ns);
	if (health->start_interval_ns)
		json_set_int(value, "StartInterval", health->start_interval_ns);
	if (health->retries)
		json_set_int(value, "Retries", health->retries);
	json_set(config, "Healthcheck", value);
}

static int configure(void *data, json *config, struct error *err)
{
	const struct commit *commit = data;
	const struct container *container = commit->container;
	const struct container_config *run = &container->config;

	set_command(config, run);
	json_set(config, "Env", json_from_strings(container->env));
	if (run->user)
		json_set_string(config, "User", run->user);
	if (run->working_dir)
		json_set_string(config, "WorkingDir", run->working_dir);
	if (run->stop_signal)
		json_set_string(config, "StopSignal", run->stop_signal);
	set_labels(config, run);
	set_ports(config, container);
	set_health(config, &container->healthcheck);
	for (char *const *change = commit->request->changes; change && *change; change++)
		if (image_change_apply(config, *change, err) < 0)
			return -1;
	return 0;
}

/* ---- all together ------------------------------------------------------------------------------
 */

static bool skips(void *data, const char *path, int fd, const struct stat *status)
{
	const struct commit *commit = data;

	return container_root_is_placeholder(commit->image_fd, path, fd, status);
}

static void finished_reading(void *data)
{
	struct commit *commit = data;

	unpause(&commit->pause);
}

int container_commit(struct engine *engine, const char *id, const struct container_commit *request,
		     char image_id[80], struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_container_root struct container_root root = CONTAINER_ROOT_CLOSED;
	auto_strbuf struct strbuf command = {0};
	auto_close int upper = -1;
	auto_close int image = -1;
	struct commit commit = {.request = request, .pause = {engine, id, 0, -1}};
	struct image_commit new_image = {
		.skips = skips,
		.data = &commit,
		.name = request->name,
		.author = request->author,
		.message = request->message,
		.configure = configure,
		.finished_reading = finished_reading,
	};
	int result;

	if (container_root_open(&root, engine, id, CONTAINER_ROOT_NONE, &arena, err) < 0)
		return -1;
	commit.container = root.container;
	for (char **arg = root.container->args; arg && *arg; arg++)
		strbuf_printf(&command, "%s%s", command.length ? " " : "", *arg);
	image = container_root_open_image(engine, root.container, err);
	if (image < 0)
		return -1;
	commit.image_fd = image;
	upper = container_root_open_upper(engine, id);
	new_image.upper_fd = upper;
	new_image.image_id = root.container->image_id;
	new_image.created_by = strbuf_text(&command);
	if (pause_container(&commit, err) < 0)
		return -1;
	result = image_commit(&engine->layout, &new_image, image_id, err);
	unpause(&commit.pause);
	if (result < 0)
		return error_wrap(err, "cannot commit container %s", root.container->name);
	container_event(root.container, "commit",
			(struct pair[]){{"comment", request->message ? request->message : ""},
					{"imageID", image_id},
					{"imageRef", request->name ? request->name : ""}},
			3);
	return 0;
}
