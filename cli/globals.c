/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/globals.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/screen/output.h"
#include "cli/screen/terminal.h"
#include "compose/model/project.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

const struct option_spec globals_compose_options[] = {
	OPTION(LIST, "file", 'f', globals, files, "Read this compose file, or - for standard input",
	       .value = "FILE", .fallback = "compose.yaml, here or above"),
	OPTION(STRING, "project-name", 'p', globals, project_name, "Call the project so",
	       .value = "PROJECT", .fallback = "the name of its folder"),
	OPTION(STRING, "project-directory", 0, globals, directory,
	       "Take relative paths from this directory", .value = "DIRECTORY",
	       .fallback = "that of the first compose file"),
	OPTION(LIST, "profile", 0, globals, profiles, "Activate this profile", .value = "PROFILE"),
	OPTION(LIST, "env-file", 0, globals, env_files, "Take variables from this file",
	       .value = "FILE", .fallback = ".env"),
	OPTION(STRING, "progress", 0, globals, progress, "How to show progress", .value = "TYPE",
	       .words = "auto tty plain json quiet", .fallback = "auto"),
	OPTION(STRING, "ansi", 0, globals, ansi, "When to use control characters and colours",
	       .value = "WHEN", .words = "never always auto", .fallback = "auto"),
	OPTION(BOOL, "all-resources", 0, globals, all_resources,
	       "Include networks and volumes that no service uses"),
	OPTION(BOOL, "dry-run", 0, globals, dry_run, "Say what would be done, and do nothing"),
	OPTION(INT, "parallel", 0, globals, parallel,
	       "Work on so many containers at once, -1 for no limit", .value = "N",
	       .fallback = "16"),
	OPTION(BOOL, "compatibility", 0, globals, compatibility,
	       "Put underscores into names of containers, as Docker Compose 1 did"),
	OPTION(BOOL, "verbose", 0, globals, debug, "As --debug", .is_hidden = true),
	OPTION(STRING, "workdir", 0, globals, directory, "As --project-directory",
	       .value = "DIRECTORY", .is_hidden = true),
	OPTION(BOOL, "no-ansi", 0, globals, no_ansi, "As --ansi never", .is_hidden = true),
	OPTION_REFUSED("insecure-registry", 0,
		       "'insecure-registries' of a file says it: see docs/registries.md",
		       .value = "HOST", .is_hidden = true),
	{0},
};

const struct option_spec globals_options[] = {
	OPTION(STRING, "root", 0, globals, root,
	       "Keep images, containers and volumes in this directory", .value = "DIRECTORY",
	       .fallback = "/var/lib/coracle"),
	OPTION(STRING, "run", 0, globals, run, "Keep the state of this boot in this directory",
	       .value = "DIRECTORY", .fallback = "/run/coracle"),
	OPTION(BOOL, "debug", 'D', globals, debug, "Say more on standard error"),
	OPTION(BOOL, "version", 'v', globals, show_version, "Show the version"),
	{0},
};

#define NO_CONNECTION "there is no daemon to connect to"

const struct option_spec globals_docker_options[] = {
	OPTION(STRING, "host", 'H', globals, host,
	       "Accepted if it means this host, as unix:///var/run/docker.sock does",
	       .value = "ADDRESS", .is_hidden = true),
	OPTION(STRING, "context", 'c', globals, context,
	       "Accepted if it means this host, as default does", .value = "NAME",
	       .is_hidden = true),
	OPTION(STRING, "config", 0, globals, config, "Take config.json from this directory",
	       .value = "DIRECTORY", .is_hidden = true, .fallback = "~/.docker"),
	OPTION(STRING, "log-level", 'l', globals, log_level, "How much to say", .value = "LEVEL",
	       .words = "debug info warn error fatal", .is_hidden = true),
	OPTION_REFUSED("tls", 0, NO_CONNECTION, .is_hidden = true),
	OPTION_REFUSED("tlscacert", 0, NO_CONNECTION, .value = "FILE", .is_hidden = true),
	OPTION_REFUSED("tlscert", 0, NO_CONNECTION, .value = "FILE", .is_hidden = true),
	OPTION_REFUSED("tlskey", 0, NO_CONNECTION, .value = "FILE", .is_hidden = true),
	OPTION_REFUSED("tlsverify", 0, NO_CONNECTION, .is_hidden = true),
	{0},
};

const struct option_spec globals_common_options[] = {
	OPTION(BOOL, "dry-run", 0, globals, dry_run, "Say what would be done, and do nothing",
	       .is_hidden = true),
	{0},
};

const struct option_spec globals_bundle_options[] = {
	OPTION(STRING, "verify", 0, globals, verify,
	       "Take only a bundle that this Ed25519 key has signed", .value = "PUBKEY"),
	{0},
};

const struct option_spec globals_file_options[] = {
	OPTION(LIST, "file", 'f', globals, files,
	       "Read this compose file or bundle, as in front of the command", .value = "FILE",
	       .is_hidden = true),
	OPTION(STRING, "verify", 0, globals, verify, "As in front of the command",
	       .value = "PUBKEY", .is_hidden = true),
	{0},
};

static const char *first_set(const char *given, const char *variable, const char *fallback)
{
	const char *value = given ? given : getenv(variable);

	return value && *value ? value : fallback;
}

/* A word that Docker Compose's commands take from the environment, too. */
static const char *of_compose(const struct globals *globals, const char *given,
			      const char *variable)
{
	return globals->has_variables ? first_set(given, variable, "auto") : given ? given : "auto";
}

/* auto: only on a terminal that is not dumb and unless NO_COLOR says no. */
bool globals_has_colour(const struct globals *globals, int fd)
{
	const char *no_colour = getenv("NO_COLOR");

	if (strcmp(globals->ansi, "auto") != 0)
		return strcmp(globals->ansi, "always") == 0;
	return output_is_terminal(fd) && !(no_colour && *no_colour) && !terminal_is_dumb();
}

static int complete_progress(struct globals *globals, struct error *err)
{
	static const struct {
		const char *name;
		enum progress_mode mode;
	} modes[] = {
		{"tty", PROGRESS_TTY},	   {"plain", PROGRESS_PLAIN}, {"json", PROGRESS_JSON},
		{"quiet", PROGRESS_QUIET}, {"none", PROGRESS_QUIET},  {"rawjson", PROGRESS_JSON},
	};
	int fd = progress_fd();
	bool may_redraw = output_is_terminal(fd) && !terminal_is_dumb() &&
			  strcmp(globals->ansi, "never") != 0;

	for (size_t i = 0; i < array_length(modes); i++) {
		if (strcmp(globals->progress, modes[i].name) == 0) {
			globals->progress_mode = modes[i].mode;
			return 0;
		}
	}
	if (strcmp(globals->progress, "auto") != 0)
		return error_set(err, ERROR_INVALID,
				 "--progress must be auto, tty, plain, json or quiet, not '%s'",
				 globals->progress);
	globals->progress_mode = may_redraw ? PROGRESS_TTY : PROGRESS_PLAIN;
	return 0;
}

/* Where a daemon would be asked: there is only this host. */
static int check_host(const struct globals *globals, struct error *err)
{
	if (globals->host && *globals->host && strncmp(globals->host, "unix://", 7) != 0 &&
	    strncmp(globals->host, "fd://", 5) != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the host %s: there is no daemon to reach over a network; this "
				 "program works on the host that it runs on",
				 globals->host);
	if (globals->context && *globals->context && strcmp(globals->context, "default") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the context %s: there are no contexts; this program works on the "
				 "host that it runs on",
				 globals->context);
	return 0;
}

static int complete_log_level(struct globals *globals, struct error *err)
{
	static const char *const levels[] = {"debug", "info", "warn", "error", "fatal"};

	if (!globals->log_level)
		return 0;
	for (size_t i = 0; i < array_length(levels); i++) {
		if (strcmp(globals->log_level, levels[i]) != 0)
			continue;
		globals->debug |= i == 0;
		globals->hides_warnings = i > 2;
		return 0;
	}
	return error_set(err, ERROR_INVALID,
			 "--log-level must be debug, info, warn, error or fatal, not '%s'",
			 globals->log_level);
}

static int check_parallel(const struct globals *globals, struct error *err)
{
	if (globals->parallel >= -1)
		return 0;
	return error_set(err, ERROR_INVALID, "--parallel must be -1 (no limit) or a number, not %d",
			 globals->parallel);
}

void globals_take_docker(struct globals *globals)
{
	if (!globals->host && !globals->context)
		globals->context = getenv("DOCKER_CONTEXT");
	if (!globals->host)
		globals->host = getenv("DOCKER_HOST");
}

int globals_complete(struct globals *globals, struct error *err)
{
	globals->root = first_set(globals->root, "CORACLE_ROOT", "/var/lib/coracle");
	globals->run = first_set(globals->run, "CORACLE_RUN", "/run/coracle");
	globals->ansi =
		globals->no_ansi ? "never" : of_compose(globals, globals->ansi, "COMPOSE_ANSI");
	globals->progress = of_compose(globals, globals->progress, "COMPOSE_PROGRESS");
	if (strcmp(globals->ansi, "never") != 0 && strcmp(globals->ansi, "always") != 0 &&
	    strcmp(globals->ansi, "auto") != 0)
		return error_set(err, ERROR_INVALID,
				 "--ansi must be never, always or auto, not '%s'", globals->ansi);
	if (check_host(globals, err) < 0 || complete_log_level(globals, err) < 0)
		return -1;
	if (globals->config)
		setenv("DOCKER_CONFIG", globals->config, 1);
	log_set_debug(globals->debug);
	globals->has_colour = globals_has_colour(globals, progress_fd());
	if (complete_progress(globals, err) < 0)
		return -1;
	return check_parallel(globals, err);
}

int globals_set_progress(struct globals *globals, const char *text, struct error *err)
{
	globals->progress = text;
	return complete_progress(globals, err);
}

void globals_release(struct globals *globals)
{
	options_release(&(struct option_set){globals_compose_options, globals});
}

void globals_project_request(const struct globals *globals, struct project_request *request)
{
	request->files = globals->files.items;
	request->name = globals->project_name;
	request->name_separator = globals->compatibility ? "_" : NULL;
	request->profiles = globals->profiles.items;
	request->env_files = globals->env_files.items;
	request->directory = globals->directory;
	request->environment = environ;
}

const char *globals_variable(const struct project *project, const char *name)
{
	const char *value = NULL;

	if (project && project->environment)
		value = strvec_getenv(project->environment, name);
	return value ? value : getenv(name);
}

int globals_limit(size_t *limit, const struct globals *globals, const struct project *project,
		  struct error *err)
{
	const char *text =
		globals->has_variables ? globals_variable(project, "COMPOSE_PARALLEL_LIMIT") : NULL;
	int64_t number = globals->parallel;

	if (number == 0 && text && *text && units_parse_int(&number, text, -1, INT32_MAX, err) < 0)
		return error_wrap(err, "COMPOSE_PARALLEL_LIMIT");
	*limit = number < 0 ? SIZE_MAX : (size_t)number;
	return 0;
}

int globals_flag(bool *value, const struct project *project, const char *name, struct error *err)
{
	const char *text = globals_variable(project, name);

	*value = false;
	if (!text || !*text)
		return 0;
	if (units_parse_bool(value, text, err) < 0)
		return error_wrap(err, "%s", name);
	return 0;
}
