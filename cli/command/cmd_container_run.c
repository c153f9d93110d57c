/* SPDX-License-Identifier: Apache-2.0 */
/* `container run` and `container create`: a container of an image, with everything asked for here.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strvec.h"
#include "cli/exec_options.h"
#include "cli/image_bring.h"
#include "cli/invocation.h"
#include "cli/request/request.h"
#include "cli/request/rows.h"
#include "cli/run_container.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "engine/container.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define COULD_NOT_RUN 125

struct container_run_options {
	struct request_options request;
	struct strvec attach;
	const char *cidfile, *pull, *detach_keys;
	int sig_proxy;
	bool quiet, detach;
};

#define ROWS_OF_BOTH                                                                               \
	OPTION(LIST, "attach", 'a', container_run_options, attach, "Attach only to this stream",   \
	       .value = "STREAM", .words = "stdin stdout stderr"),                                 \
		OPTION(STRING, "cidfile", 0, container_run_options, cidfile,                       \
		       "Write the container's id to this file", .value = "FILE"),                  \
		OPTION(STRING, "pull", 0, container_run_options, pull, "When to pull images",      \
		       .value = "POLICY", .words = "always missing never", .fallback = "missing"), \
		OPTION(BOOL, "quiet", 'q', container_run_options, quiet,                           \
		       "Show no progress of a pull"),                                              \
		LIMIT_ROWS_CPU(container_run_options, request.limits),                             \
		LIMIT_ROWS_MEMORY(container_run_options, request.limits),                          \
		REQUEST_HEALTH(container_run_options, request.health),                             \
		REQUEST_COMMON(container_run_options, request),                                    \
		REQUEST_CONTAINER(container_run_options, request)

static const struct option_spec create_rows[] = {ROWS_OF_BOTH, {0}};

static const struct option_spec run_rows[] = {
	OPTION(BOOL, "detach", 'd', container_run_options, detach,
	       "Print the container's id and do not wait for it"),
	OPTION(STRING, "detach-keys", 0, container_run_options, detach_keys,
	       "Leave the container with these keys", .value = "KEYS", .fallback = "ctrl-p,ctrl-q"),
	OPTION(TRISTATE, "sig-proxy", 0, container_run_options, sig_proxy,
	       "Pass signals on to the container", .fallback = "true"),
	ROWS_OF_BOTH,
	{0},
};

/* Its descriptor; -1: there is no such stream. */
static int find_stream(const char *name)
{
	static const char *const names[] = {"stdin", "stdout", "stderr"};

	for (int i = 0; i < 3; i++)
		if (strcasecmp(name, names[i]) == 0)
			return i;
	return -1;
}

static int check_streams(const void *data, struct error *err)
{
	const struct container_run_options *options = data;

	strvec_each (name, &options->attach)
		if (find_stream(*name) < 0)
			return error_set(err, ERROR_INVALID,
					 "invalid argument \"%s\" for \"--attach\" flag: valid "
					 "streams are STDIN, STDOUT and STDERR",
					 *name);
	return 0;
}

/* --------------------------------------------------------------------- making it */

static int check_cidfile(const char *path, struct error *err)
{
	if (!path || access(path, F_OK) < 0)
		return 0;
	return error_set(err, ERROR_CONFLICT,
			 "container ID file found, make sure the other container isn't running or "
			 "delete %s",
			 path);
}

/* There is a file only with an id in it. */
static int write_cidfile(const char *path, const char *id, struct error *err)
{
	auto_close int fd = -1;

	if (!path)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(err, "failed to create the container ID file '%s'", path);
	if (file_write_all(fd, id, strlen(id), err) == 0)
		return 0;
	unlink(path);
	return error_wrap(err, "failed to write the container ID file '%s'", path);
}

static int make(struct invocation *invocation, struct container *container, struct error *err)
{
	const struct container_run_options *options = invocation->options;
	struct container_config config;
	struct image_bring bring = {.policy = options->pull, .quiet = options->quiet};

	invocation->is_at_work = false; /* of words, docker's own side complains */
	if (image_bring_check(options->pull, err) < 0 ||
	    request_fill(&config, &options->request, invocation->arena, err) < 0 ||
	    check_cidfile(options->cidfile, err) < 0)
		return -1;
	invocation->is_at_work = true;
	config.image = bring.image = invocation->arguments[0];
	bring.platform = config.platform;
	if (invocation->arguments[1])
		config.cmd = invocation->arguments + 1;
	if (image_bring(invocation, &bring, err) < 0 ||
	    container_resolve(invocation->engine, &config, invocation->arena, err) < 0 ||
	    container_create(invocation->engine, &config, container, invocation->arena, err) < 0)
		return -1;
	if (write_cidfile(options->cidfile, container->id, err) == 0)
		return 0;
	container_remove(invocation->engine, container->id, CONTAINER_REMOVE_VOLUMES, NULL);
	return -1;
}

static int could_not(struct invocation *invocation, const struct error *err, int code)
{
	invocation_end_progress(invocation);
	invocation_error(invocation, err);
	return code;
}

static int create_run(struct invocation *invocation, struct error *err)
{
	struct container container;

	if (make(invocation, &container, err) < 0)
		return -1;
	output_line(container.id);
	return 0;
}

/* --------------------------------------------------------------------- running it */

/* Which streams are ours: those that are named, else both outputs, and input that is kept open. */
static void choose_streams(struct attach_client *client,
			   const struct container_run_options *options)
{
	int *const fds[] = {&client->stdin_fd, &client->stdout_fd, &client->stderr_fd};
	bool has_all = !options->attach.count;

	for (int i = 0; i < 3; i++)
		*fds[i] = has_all && i > 0 ? i : -1;
	if (options->request.interactive)
		client->stdin_fd = STDIN_FILENO;
	strvec_each (name, &options->attach) {
		int stream = find_stream(*name);

		*fds[stream] = stream;
	}
}

static int check_terminal(const struct attach_client *client,
			  const struct container_run_options *options, struct error *err)
{
	if (options->detach && options->attach.count)
		return error_set(err, ERROR_INVALID,
				 "conflicting options: cannot specify both --attach and --detach");
	if (!options->detach && options->request.tty && client->stdin_fd >= 0 &&
	    !output_is_terminal(STDIN_FILENO))
		return error_set(err, ERROR_INVALID,
				 "cannot attach stdin to a TTY-enabled container because stdin is "
				 "not a terminal");
	return 0;
}

static int run_run(struct invocation *invocation, struct error *err)
{
	const struct container_run_options *options = invocation->options;
	struct container container;
	struct run_container run = {
		.invocation = invocation,
		.container = &container,
		.remove = options->request.remove,
		.client.keeps_signals = !options->sig_proxy,
		.client.passes_signals = options->sig_proxy != 0,
	};

	invocation->is_at_work = false;
	choose_streams(&run.client, options);
	if (check_terminal(&run.client, options, err) < 0 ||
	    exec_detach_keys(invocation, &run.client.detach_keys, options->detach_keys, err) < 0)
		return could_not(invocation, err, 1); /* as docker */
	if (make(invocation, &container, err) < 0)
		return err->code == ECANCELED ? -1 : could_not(invocation, err, COULD_NOT_RUN);
	return options->detach ? run_container_detached(&run) : run_container_attached(&run);
}

const struct command cmd_container_create =
	COMMAND("create", "IMAGE [COMMAND] [ARG...]", "Create a container without starting it",
		EXAMPLE("--name web -p 8080:80 nginx",
			"Create web, which port 8080 of this host will lead to"),
		.needs = FOR_OBJECTS | OPTIONS_FIRST_ONLY, .least = 1, .most = ANY_NUMBER,
		COMMAND_OPTIONS(container_run_options, create_rows), .check = check_streams,
		.run = create_run);

const struct command cmd_container_run = COMMAND(
	"run", "IMAGE [COMMAND] [ARG...]", "Create a container of an image and run it",
	EXAMPLE("-d --name web -p 8080:80 nginx",
		"Run a web server that port 8080 of this host leads to"),
	.needs = FOR_OBJECTS | OPTIONS_FIRST_ONLY | FAILS_AS_RUN, .least = 1, .most = ANY_NUMBER,
	COMMAND_OPTIONS(container_run_options, run_rows), .check = check_streams, .run = run_run);
