/* SPDX-License-Identifier: Apache-2.0 */
/* `api`: Docker's Engine API on a socket, by libexec/coracle/api; libexec/coracle/listener starts
 * that for hosts without a service manager that does. */
#include "api/listen.h"
#include "api/settings.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET_PREFIX  "unix://"
#define HANDED_OVER_FD 3 /* of systemd's protocol, and the listener's */

struct api_options {
	const char *listen, *allow;
	int64_t idle_ns;
	bool on_demand, read_only, redact_env;
};

static const struct option_spec api_options[] = {
	OPTION(STRING, "allow", 0, api_options, allow,
	       "Answer only for these groups of endpoints, separated by commas: system, events, "
	       "containers, exec, logs, stats, files, images, build, networks, volumes",
	       .value = "GROUPS"),
	OPTION(SECONDS, "idle", 0, api_options, idle_ns,
	       "End when nobody has been connected for so long; -1: never", .value = "TIME",
	       .fallback = "-1; 1m for a socket that was handed over, and with --on-demand"),
	OPTION(STRING, "listen", 0, api_options, listen,
	       "Listen on this socket, which is made, and removed at the end; without it, on the "
	       "one that the service manager hands over",
	       .value = "unix://PATH"),
	OPTION(BOOL, "on-demand", 0, api_options, on_demand,
	       "Keep a process of a few KiB beside the socket, which starts the server when "
	       "somebody connects and nobody else does it"),
	OPTION(BOOL, "read-only", 0, api_options, read_only,
	       "Answer only what changes nothing and shows no files or logs"),
	OPTION(BOOL, "redact-env", 0, api_options, redact_env,
	       "Show the names of containers' environment variables without their values"),
	{0},
};

static int api_check(const void *data, struct error *err)
{
	const struct api_options *options = data;
	uint32_t groups;

	if (options->listen && strncmp(options->listen, SOCKET_PREFIX "/", 8) != 0)
		return error_set(err, ERROR_INVALID,
				 "--listen must be unix:// and an absolute path, not '%s'",
				 options->listen);
	if (options->on_demand && !options->listen)
		return error_set(err, ERROR_INVALID, "--on-demand needs --listen unix://PATH");
	return options->allow ? api_settings_parse_groups(&groups, options->allow, err) : 0;
}

/* LISTEN_PID and LISTEN_FDS, as sd_listen_fds(3) says. Afterwards nobody else takes them for his.
 */
static bool take_activation(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	bool is_ours = pid && fds && strtol(pid, NULL, 10) == getpid() && strcmp(fds, "1") == 0;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return is_ours;
}

static int choose_socket(struct api_settings *settings, const struct api_options *options,
			 struct error *err)
{
	settings->listen_fd = -1;
	if (take_activation() && !options->on_demand) {
		settings->listen_fd = HANDED_OVER_FD;
		fcntl(HANDED_OVER_FD, F_SETFD, 0);
		return 0;
	}
	if (!options->listen)
		return error_set(err, ERROR_INVALID,
				 "no socket was handed over: name one, for example --listen "
				 "unix:///run/coracle/docker.sock");
	settings->path = options->listen + strlen(SOCKET_PREFIX);
	return 0;
}

static int64_t idle_ms(const struct api_settings *settings, const struct api_options *options)
{
	if (options->idle_ns >= 0)
		return units_milliseconds(options->idle_ns);
	return settings->path && !options->on_demand ? -1 : 60000;
}

static int execute(const char *name, struct strvec *words, struct error *err)
{
	auto_free char *path = engine_helper_path(name, err);

	if (!path)
		return -1;
	execv(path, words->items);
	return error_errno(err, "cannot execute '%s'", path);
}

/* The socket is made here; the listener hands it over to a server whenever there is work for one.
 */
static int execute_listener(struct api_settings *settings, struct error *err)
{
	const char *path = settings->path;
	auto_free char *server = engine_helper_path("api", err);
	auto_strvec struct strvec words = {0};
	auto_close int fd = server ? listen_open(path, err) : -1;

	if (fd < 0)
		return -1;
	settings->path = NULL;
	settings->listen_fd = HANDED_OVER_FD;
	strvec_add(&words, "coracle-listener");
	strvec_add(&words, path);
	strvec_add(&words, server);
	strvec_add(&words, "coracle-api");
	api_settings_format(&words, settings);
	if (fd == HANDED_OVER_FD)
		fcntl(take_fd(&fd), F_SETFD, 0);
	else if (dup2(fd, HANDED_OVER_FD) < 0)
		return error_errno(err, "cannot hand '%s' over", path);
	execute("listener", &words, err);
	unlink(path);
	return -1;
}

static int api_run(struct invocation *invocation, struct error *err)
{
	const struct api_options *options = invocation->options;
	const struct layout *layout = &invocation->engine->layout;
	struct api_settings settings = {
		.root = layout->root,
		.run = layout->run,
		.is_read_only = options->read_only,
		.is_env_redacted = options->redact_env,
		.allowed = UINT32_MAX,
	};
	auto_strvec struct strvec words = {0};

	if (choose_socket(&settings, options, err) < 0)
		return -1;
	if (options->allow && api_settings_parse_groups(&settings.allowed, options->allow, err) < 0)
		return -1;
	settings.idle_ms = idle_ms(&settings, options);
	if (options->on_demand)
		return execute_listener(&settings, err);
	strvec_add(&words, "coracle-api");
	api_settings_format(&words, &settings);
	return execute("api", &words, err);
}

const struct command cmd_api = COMMAND(
	"api", "", "Answer on a socket as Docker's Engine API does",
	EXAMPLE("--listen unix:///run/coracle/docker.sock --on-demand",
		"Let Docker's own clients work: DOCKER_HOST=unix:///run/coracle/docker.sock"),
	EXAMPLE_TOO("--listen unix:///run/api.sock --read-only --allow events,system",
		    "Let a proxy or dashboard see what runs, and change nothing"),
	.needs = FOR_OBJECTS, COMMAND_OPTIONS(api_options, api_options), .check = api_check,
	.run = api_run);
