/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/globals.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/output.h"
#include "compose/model/project.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

#define AT(member) offsetof(struct globals, member)

const struct option_spec globals_options[] = {
	{"file", 'f', OPTION_LIST, AT(files), "compose file, - for standard input", "FILE", false},
	{"project-name", 'p', OPTION_STRING, AT(project_name), "project name", "NAME", false},
	{"project-directory", 0, OPTION_STRING, AT(directory),
	 "directory that relative paths start from (of the first compose file)", "DIR", false},
	{"profile", 0, OPTION_LIST, AT(profiles), "profile to activate", "NAME", false},
	{"env-file", 0, OPTION_LIST, AT(env_files), "file with variables, instead of .env", "FILE",
	 false},
	{"progress", 0, OPTION_STRING, AT(progress), "auto, tty, plain, json or quiet", "TYPE",
	 false},
	{"ansi", 0, OPTION_STRING, AT(ansi), "control characters: never, always or auto", "WHEN",
	 false},
	{"all-resources", 0, OPTION_BOOL, AT(all_resources),
	 "include networks and volumes that no service uses", NULL, false},
	{"dry-run", 0, OPTION_BOOL, AT(dry_run), "say what would be done, and do nothing", NULL,
	 false},
	{"root", 0, OPTION_STRING, AT(root), "where images, containers and volumes are kept", "DIR",
	 false},
	{"run", 0, OPTION_STRING, AT(run), "where the state of this boot is kept", "DIR", false},
	{"debug", 'D', OPTION_BOOL, AT(debug), "say more on standard error", NULL, false},
	{"version", 'v', OPTION_BOOL, AT(show_version), "show the version", NULL, false},
	{"parallel", 0, OPTION_INT, AT(parallel), "how many containers at once, -1 for no limit",
	 "N", false},
	{"compatibility", 0, OPTION_BOOL, AT(compatibility), "names with underscores", NULL, true},
	{"verbose", 0, OPTION_BOOL, AT(debug), "as --debug", NULL, true},
	{"workdir", 0, OPTION_STRING, AT(directory), "as --project-directory", "DIR", true},
	{"no-ansi", 0, OPTION_BOOL, AT(no_ansi), "as --ansi never", NULL, true},
	{"insecure-registry", 0, OPTION_UNAVAILABLE, 0, "there is no registry access", "HOST",
	 true},
	{0},
};

const struct option_spec globals_common_options[] = {
	{"dry-run", 0, OPTION_BOOL, AT(dry_run), "say what would be done, and do nothing", NULL,
	 true},
	{0},
};

static const char *first_set(const char *given, const char *variable, const char *fallback)
{
	const char *value = given ? given : getenv(variable);

	return value && *value ? value : fallback;
}

/* auto: only on a terminal that is not dumb and unless NO_COLOR says no. */
bool globals_has_colour(const struct globals *globals, int fd)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	if (strcmp(globals->ansi, "auto") != 0)
		return strcmp(globals->ansi, "always") == 0;
	return output_is_terminal(fd) && !(no_colour && *no_colour) &&
	       !(term && strcmp(term, "dumb") == 0);
}

static int complete_progress(struct globals *globals, struct error *err)
{
	static const struct {
		const char *name;
		enum progress_mode mode;
	} modes[] = {
		{"tty", PROGRESS_TTY},	   {"plain", PROGRESS_PLAIN}, {"json", PROGRESS_JSON},
		{"quiet", PROGRESS_QUIET}, {"none", PROGRESS_QUIET},
	};
	int fd = progress_fd();
	bool may_redraw = output_is_terminal(fd) && strcmp(globals->ansi, "never") != 0;

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

/* What Docker Compose has and this program has not must not be passed over in silence. */
static int refuse_unavailable(const struct globals *globals, struct error *err)
{
	bool compatibility = globals->compatibility;

	if (globals->parallel < -1)
		return error_set(err, ERROR_INVALID,
				 "--parallel must be -1 (no limit) or a number, not %d",
				 globals->parallel);
	if (!compatibility && globals_flag(&compatibility, NULL, "COMPOSE_COMPATIBILITY", err) < 0)
		return -1;
	if (compatibility)
		return error_set(
			err, ERROR_UNSUPPORTED,
			"compatibility mode (names with underscores) is not available yet");
	return 0;
}

int globals_complete(struct globals *globals, struct error *err)
{
	globals->root = first_set(globals->root, "CORACLE_ROOT", "/var/lib/coracle");
	globals->run = first_set(globals->run, "CORACLE_RUN", "/run/coracle");
	globals->ansi =
		globals->no_ansi ? "never" : first_set(globals->ansi, "COMPOSE_ANSI", "auto");
	globals->progress = first_set(globals->progress, "COMPOSE_PROGRESS", "auto");
	if (strcmp(globals->ansi, "never") != 0 && strcmp(globals->ansi, "always") != 0 &&
	    strcmp(globals->ansi, "auto") != 0)
		return error_set(err, ERROR_INVALID,
				 "--ansi must be never, always or auto, not '%s'", globals->ansi);
	log_set_debug(globals->debug);
	globals->has_colour = globals_has_colour(globals, progress_fd());
	if (complete_progress(globals, err) < 0)
		return -1;
	return refuse_unavailable(globals, err);
}

void globals_release(struct globals *globals)
{
	options_release(&(struct option_set){globals_options, globals});
}

void globals_project_request(const struct globals *globals, struct project_request *request)
{
	request->files = globals->files.items;
	request->name = globals->project_name;
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
	const char *text = globals_variable(project, "COMPOSE_PARALLEL_LIMIT");
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
	if (options_parse_bool(value, text, err) < 0)
		return error_wrap(err, "%s", name);
	return 0;
}
