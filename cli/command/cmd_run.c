/* SPDX-License-Identifier: Apache-2.0 */
/* `run`: a one-off container of a service with options of its own, attached or not. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/exec_options.h"
#include "cli/invocation.h"
#include "cli/run_container.h"
#include "cli/screen/terminal.h"
#include "cli/up_options.h"
#include "cli/words.h"
#include "compose/model/dotenv.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct run_options {
	bool build, detach, no_deps, quiet, quiet_build, quiet_pull, remove_orphans, remove;
	bool service_ports, use_aliases;
	struct tty_request tty;
	const char *entrypoint, *name, *user, *working_dir, *pull;
	struct strvec cap_add, cap_drop, env, env_files, labels, publish, volumes;
};

static const struct option_spec run_options[] = {
	OPTION(BOOL, "build", 0, run_options, build, "Build the image before"),
	OPTION(LIST, "cap-add", 0, run_options, cap_add, "Add a capability", .value = "CAP"),
	OPTION(LIST, "cap-drop", 0, run_options, cap_drop, "Drop a capability", .value = "CAP"),
	OPTION(BOOL, "detach", 'd', run_options, detach,
	       "Print the container's id and do not wait for it"),
	OPTION(STRING, "entrypoint", 0, run_options, entrypoint,
	       "Run this instead of the service's entrypoint", .value = "COMMAND"),
	OPTION(LIST, "env", 'e', run_options, env,
	       "Set a variable; without a value, take that of the environment",
	       .value = "NAME[=VALUE]"),
	OPTION(LIST, "env-from-file", 0, run_options, env_files, "Set the variables of a file",
	       .value = "FILE"),
	OPTION(TRISTATE, "interactive", 'i', run_options, tty.interactive,
	       "Pass input on to the container", .fallback = "true"),
	OPTION(LIST, "label", 'l', run_options, labels, "Add a label", .value = "NAME=VALUE"),
	OPTION(STRING, "name", 0, run_options, name, "Give the container this name",
	       .value = "NAME"),
	OPTION(BOOL, "no-deps", 0, run_options, no_deps,
	       "Do not start the services that this one depends on"),
	OPTION(TRISTATE, "no-tty", 'T', run_options, tty.no_tty, "Do without a terminal",
	       .fallback = "true, unless input and output are one"),
	OPTION(LIST, "publish", 'p', run_options, publish, "Publish a port on this host",
	       .value = "[HOST:]PORT"),
	OPTION(STRING, "pull", 0, run_options, pull, "When to pull images", .value = "POLICY",
	       .words = "always missing never",
	       .fallback = "missing, or pull_policy of the service"),
	OPTION(BOOL, "quiet", 'q', run_options, quiet, "Show no progress"),
	OPTION(BOOL, "quiet-build", 0, run_options, quiet_build, "Show no progress of builds"),
	OPTION(BOOL, "quiet-pull", 0, run_options, quiet_pull, "Show no progress of pulls"),
	OPTION(BOOL, "remove-orphans", 0, run_options, remove_orphans,
	       "Remove containers of services that the compose file lacks"),
	OPTION(BOOL, "rm", 0, run_options, remove, "Remove the container when it has ended"),
	OPTION(BOOL, "service-ports", 'P', run_options, service_ports,
	       "Publish the ports of the service"),
	OPTION(BOOL, "use-aliases", 0, run_options, use_aliases,
	       "Give the container the network aliases of the service"),
	OPTION(STRING, "user", 'u', run_options, user, "Run as this user", .value = "USER[:GROUP]"),
	OPTION(LIST, "volume", 'v', run_options, volumes, "Mount a volume or a path of this host",
	       .value = "SOURCE:TARGET"),
	OPTION(STRING, "workdir", 'w', run_options, working_dir, "Start in this directory",
	       .value = "DIR"),
	OPTION(TRISTATE, "tty", 't', run_options, tty.tty, "Give it a terminal", .is_hidden = true),
	OPTION(LIST, "volumes", 0, run_options, volumes, "As --volume", .value = "SOURCE:TARGET",
	       .is_hidden = true),
	OPTION(LIST, "labels", 0, run_options, labels, "As --label", .value = "NAME=VALUE",
	       .is_hidden = true),
	OPTION(TRISTATE, "no-TTY", 0, run_options, tty.no_tty, "As --no-tty", .is_hidden = true),
	{0},
};

static int run_check(const void *data, struct error *err)
{
	const struct run_options *options = data;

	if (options->service_ports && options->publish.count > 0)
		return error_set(err, ERROR_INVALID,
				 "--service-ports and --publish are incompatible");
	strvec_each (label, &options->labels)
		if (!strchr(*label, '='))
			return error_set(err, ERROR_INVALID, "label '%s' must be NAME=VALUE",
					 *label);
	return up_check_pull(options->pull, err);
}

/* What the files of --env-file say, and what they may refer to. */
struct file_reading {
	struct strvec *env;
	const struct project *project;
};

static const char *project_variable(void *data, const char *name)
{
	const struct file_reading *reading = data;
	const char *value = globals_variable(reading->project, name);

	return value ? value : strvec_getenv(reading->env->items, name);
}

static void set_variable(void *data, const char *name, const char *value)
{
	const struct file_reading *reading = data;
	auto_strvec struct strvec one = {0};

	if (value) {
		strvec_addf(&one, "%s=%s", name, value);
		strvec_setenv(reading->env, one.items[0]);
	}
}

static int read_env_files(struct strvec *env, const struct strvec *files,
			  const struct project *project, struct error *err)
{
	struct file_reading reading = {env, project};
	struct dotenv dotenv = {project_variable, set_variable, &reading};

	strvec_each (file, files) {
		auto_strbuf struct strbuf text = {0};

		if (file_read(AT_FDCWD, *file, (size_t)16 << 20, &text, err) < 0 ||
		    dotenv_parse(&dotenv, strbuf_text(&text), text.length, *file, err) < 0)
			return -1;
	}
	return 0;
}

static void be_quiet(const struct apply_event *event, void *data)
{
	(void)event;
	(void)data;
}

/* Everything up to a container that is ready to start. */
static int create(struct invocation *invocation, bool tty, struct container *container,
		  struct error *err)
{
	const struct run_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	auto_strvec struct strvec env = {0}, entrypoint = {0};
	struct apply_run run = {
		.service = invocation->arguments[0],
		.command = invocation->arguments[1] ? invocation->arguments + 1 : NULL,
		.labels = options->labels.items,
		.volumes = options->volumes.items,
		.publish = options->publish.items,
		.cap_add = options->cap_add.items,
		.cap_drop = options->cap_drop.items,
		.name = options->name,
		.user = options->user,
		.working_dir = options->working_dir,
		.service_ports = options->service_ports,
		.use_aliases = options->use_aliases,
		.no_deps = options->no_deps,
		.tty = tty,
		.stdin_open = options->tty.interactive != 0,
		.auto_remove = options->remove,
		.remove_orphans = options->remove_orphans,
		.pull = options->pull,
		.quiet_pull = options->quiet_pull,
		.builds = options->build,
		.quiet_build = options->quiet_build,
	};

	if (read_env_files(&env, &options->env_files, invocation->project, err) < 0)
		return -1;
	exec_fill_env(&env, &options->env, invocation->project);
	run.env = env.items;
	if (options->entrypoint) {
		static char *none[] = {NULL};

		if (words_split(&entrypoint, options->entrypoint, err) < 0)
			return error_wrap(err, "--entrypoint");
		run.entrypoint = entrypoint.items ? entrypoint.items : none;
	}
	apply.services = NULL;
	if (options->quiet) {
		apply.progress = be_quiet;
		apply.builds = NULL;
	}
	return apply_create_run(&apply, &run, container, invocation->arena, err);
}

static int run_run(struct invocation *invocation, struct error *err)
{
	const struct run_options *options = invocation->options;
	struct container container;
	struct run_container run = {
		.invocation = invocation,
		.container = &container,
		.remove = options->remove,
		.client.stdin_fd = options->tty.interactive != 0 ? STDIN_FILENO : -1,
		.client.stdout_fd = STDOUT_FILENO,
		.client.stderr_fd = STDERR_FILENO,
	};
	bool tty;

	if (exec_choose_tty(&tty, &options->tty, err) < 0)
		return -1;
	if (create(invocation, tty, &container, err) < 0)
		return -1;
	invocation_uncatch(invocation);
	invocation_end_progress(invocation);
	invocation_unlock(invocation);
	return options->detach ? run_container_detached(&run) : run_container_attached(&run);
}

const struct command cmd_run = COMMAND(
	"run", "SERVICE [COMMAND] [ARG...]", "Run a command once in a new container of a service",
	EXAMPLE("--rm web npm test", "Run the tests in a container that goes away afterwards"),
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_MONITORS | NEEDS_FILE | NEEDS_LOCK |
		 SERVICE_FIRST,
	.least = 1, .most = ANY_NUMBER, COMMAND_OPTIONS(run_options, run_options),
	.check = run_check,
	.goes_on = "'coracle compose run' begins again, 'coracle down' removes what is there",
	.run = run_run);
