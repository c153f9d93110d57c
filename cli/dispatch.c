/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/dispatch.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/bundled.h"
#include "cli/command.h"
#include "cli/front.h"
#include "cli/help.h"
#include "cli/invocation.h"
#include "cli/screen/filter.h"
#include "cli/screen/output.h"
#include "cli/screen/terminal.h"
#include "cli/service_arguments.h"
#include "cli/unknown.h"
#include "cli/wording.h"
#include "engine/engine.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One run of the program; released at its end, whichever way it went. */
struct session {
	struct globals globals;
	struct strvec words, more_words; /* behind the global options; behind `compose` too */
	struct strvec arguments;
	struct arena arena;
	struct engine engine;
	struct project project;
	struct invocation invocation;
	bool is_engine_open, is_looking;
};

static void pass_log(enum log_level level, const char *text, void *data)
{
	static const char *const prefixes[] = {"debug: ", "", "warning: "};
	static const char *const levels[] = {"debug", "info", "warning"};
	struct session *session = data;
	auto_strbuf struct strbuf said = {0}, line = {0};

	if (session->globals.progress_mode == PROGRESS_QUIET && level == LOG_LEVEL_INFO)
		return;
	if (level == LOG_LEVEL_WARNING && session->globals.hides_warnings)
		return;
	if (session->is_looking && !session->globals.debug)
		return;
	strbuf_add(&line, level == LOG_LEVEL_WARNING && session->invocation.front->is_docker
				  ? "WARNING: "
				  : prefixes[level]);
	wording_hints(&said, session->invocation.front, text);
	text = strbuf_text(&said);
	if (session->invocation.front->tell)
		session->invocation.front->tell(&session->globals, levels[level], text);
	for (size_t length;; text += length + 1) {
		length = strcspn(text, "\n");
		filter_text(&line, text, length);
		if (!text[length])
			break;
		strbuf_add_char(&line, '\n');
	}
	if (session->invocation.progress && progress_fd() == STDERR_FILENO)
		progress_say(session->invocation.progress, strbuf_text(&line));
	else
		fprintf(stderr, "%s\n", strbuf_text(&line));
}

/* Global options, possibly `compose` or `oci` and global options again. Returns the command's
 * words. */
static int read_globals(struct session *session, char **argv, char ***words, struct error *err)
{
	const struct front *front = session->invocation.front;
	struct option_set sets[FRONT_SETS];
	int result;

	front_option_sets(front, &session->globals, sets);
	result = options_parse(sets, OPTIONS_FIRST, argv + 1, &session->words, err);
	*words = session->words.items;
	if (result < 0)
		return unknown_option(&session->invocation, argv + 1, err);
	if (result != 0 || session->words.count == 0)
		return result;
	front = front_behind(front, (*words)[0]);
	if (!front)
		return 0;
	session->invocation.front = front;
	front_option_sets(front, &session->globals, sets);
	result = options_parse(sets, OPTIONS_FIRST, *words + 1, &session->more_words, err);
	if (result < 0)
		return unknown_option(&session->invocation, *words + 1, err);
	*words = session->more_words.items;
	return result;
}

/* What is wrong with the number of arguments, and how many there may be. */
static int state_count(const struct command *command, size_t count, struct error *err)
{
	bool is_few = count < command->least;
	size_t number = is_few ? command->least : command->most;
	char text[40];

	snprintf(text, sizeof(text), "%zu argument%s", number, number == 1 ? "" : "s");
	if (command->most == 0)
		return error_state(err, FACT_NO_ARGUMENTS, text, NULL);
	if (command->least == command->most)
		return error_state(err, FACT_NOT_SO_MANY, text, NULL);
	return error_state(err, is_few ? FACT_TOO_FEW : FACT_TOO_MANY, text, NULL);
}

static int check_argument_count(const struct invocation *invocation, struct error *err)
{
	const struct command *command = invocation->command;
	size_t count = invocation->argument_count;
	bool is_few = count < command->least;
	size_t number = is_few ? command->least : command->most;

	if (!is_few && count <= command->most)
		return 0;
	if (number > 0)
		error_set(err, ERROR_INVALID, "'%s' %s %zu argument%s: %s %s [OPTIONS] %s",
			  invocation->name, is_few ? "needs at least" : "takes at most", number,
			  number == 1 ? "" : "s", invocation->front->name, invocation->name,
			  command->usage);
	else if (options_have(command->options, "--input"))
		error_set(err, ERROR_INVALID,
			  "'%s' takes no arguments, but there is '%s'; did you mean -i %s?",
			  invocation->name, invocation->arguments[0], invocation->arguments[0]);
	else
		error_set(err, ERROR_INVALID, "'%s' takes no arguments, but there is '%s'",
			  invocation->name, invocation->arguments[0]);
	return state_count(command, count, err);
}

/* The project's name without its file: -p, or the variable. */
static int use_name_only(struct session *session, const struct project_request *request,
			 struct error *err)
{
	char *name;

	if (project_find_name(request, &name, err) < 0)
		return -1;
	session->invocation.project_name = arena_string(&session->arena, name);
	free(name);
	return 0;
}

static bool has_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static int load_project(struct session *session, struct error *err)
{
	struct invocation *invocation = &session->invocation;
	unsigned needs = invocation->command->needs;
	struct project_request request = {0};
	int loaded;

	if (!(needs & (NEEDS_FILE | NEEDS_PROJECT | TAKES_PROJECT)))
		return 0;
	globals_project_request(&session->globals, &request);
	request.all_profiles = (needs & ALL_PROFILES) != 0;
	request.use = !(needs & NEEDS_FILE)   ? PROJECT_TO_FIND
		      : !(needs & NEEDS_LOCK) ? PROJECT_TO_SHOW
					      : PROJECT_TO_RUN;
	/* Only who makes containers needs what is in an env_file. */
	request.no_env_resolution = !(needs & NEEDS_FILE && needs & NEEDS_LOCK);
	request.services = service_arguments(invocation);
	/* As Docker Compose: -p without -f means the project that is there, whatever file happens
	 * to lie here. */
	if (!(needs & NEEDS_FILE) && request.name && !request.files &&
	    !has_variable("COMPOSE_FILE"))
		return use_name_only(session, &request, err);
	/* What the file leaves to be desired is said to who makes something of it. */
	session->is_looking = !(needs & NEEDS_FILE);
	loaded = invocation_load(invocation, &request, &session->project, err);
	session->is_looking = false;
	if (loaded == 0) {
		invocation->project = &session->project;
		invocation->project_name = session->project.name;
		return 0;
	}
	if (err->code == ERROR_NOT_FOUND && !request.files) {
		if (needs & NEEDS_PROJECT && (request.name || has_variable("COMPOSE_PROJECT_NAME")))
			return use_name_only(session, &request, err);
		if (needs & TAKES_PROJECT)
			return 0;
		if (invocation->argument_count > 0)
			unknown_hint_object(invocation, NULL, err);
	}
	return -1;
}

static void set_last_words(const struct invocation *invocation)
{
	auto_strbuf struct strbuf text = {0}, line = {0};

	wording_text(&line, invocation, invocation->command->last_words);
	progress_format_error(&text, invocation->globals->progress_mode, strbuf_text(&line));
	terminal_last_words(strbuf_text(&text));
}

/* Everything between parsed options and run, in this order: cheap checks first. */
static int prepare(struct session *session, struct error *err)
{
	struct invocation *invocation = &session->invocation;
	const struct command *command = invocation->command;

	if (check_argument_count(invocation, err) < 0)
		return -1;
	if (session->globals.dry_run && !(command->needs & (HAS_DRY_RUN | CHANGES_NOTHING)))
		return error_set(err, ERROR_UNSUPPORTED, "'%s' has no --dry-run", invocation->name);
	if (command->check && command->check(invocation->options, err) < 0)
		return -1;
	if (command->needs & NEEDS_ROOT && geteuid() != 0)
		return error_set(err, ERROR_UNSUPPORTED, "'%s' must run as root: try 'sudo %s %s'",
				 invocation->name, invocation->front->name, invocation->name);
	if (command->goes_on && invocation_catch(invocation, err) < 0)
		return -1;
	if (command->last_words)
		set_last_words(invocation);
	if (load_project(session, err) < 0 ||
	    globals_limit(&invocation->limit, &session->globals, invocation->project, err) < 0)
		return -1;
	if (command->needs & NEEDS_ENGINE) {
		if (engine_open(&session->engine, session->globals.root, session->globals.run,
				err) < 0)
			return -1;
		session->is_engine_open = true;
		invocation->engine = &session->engine;
	}
	if (service_arguments_check(invocation, err) < 0 ||
	    (command->needs & NEEDS_LOCK && invocation_lock_project(invocation, err) < 0))
		return -1;
	if (command->needs & NEEDS_MONITORS)
		container_heal_all(&session->engine);
	return 0;
}

/* The command's options and arguments. */
static int read_words(struct session *session, const struct option_set *all, char **words,
		      struct error *err)
{
	unsigned needs = session->invocation.command->needs;
	bool is_first_only = needs & (SERVICE_FIRST | OPTIONS_FIRST_ONLY);

	if (needs & TAKES_ALL_WORDS) {
		strvec_add_all(&session->arguments, words + (*words && strcmp(*words, "--") == 0));
		return 0;
	}
	return options_parse(all, is_first_only ? OPTIONS_FIRST : OPTIONS_INTERSPERSED, words,
			     &session->arguments, err);
}

static int run_command(struct session *session, char **words, const char *path, struct error *err)
{
	struct invocation *invocation = &session->invocation;
	const struct command *command = invocation->command;
	auto_free void *options = alloc_zeroed(1, command->options_size + 1);
	bool takes_file =
		command->needs & FILE_BEHIND && front_has_global(invocation->front, "--verify");
	struct option_set sets[] = {{command->options, options},
				    {globals_common_options, &session->globals},
				    {takes_file ? globals_file_options : NULL, &session->globals},
				    {0}};
	const struct option_set *all = command->options ? sets : sets + 1;
	struct progress_options style;
	int code;

	if (command->options)
		options_init(&sets[0]);
	code = read_words(session, all, words, err);
	if (code < 0)
		unknown_option(invocation, words, err);
	if (code == OPTIONS_HELP)
		help_command(path, command);
	style = (struct progress_options){
		.mode = session->globals.progress_mode,
		.has_colour = session->globals.has_colour,
		.is_dry_run = session->globals.dry_run,
		.fd = progress_fd(),
		.build_fd = STDOUT_FILENO,
		.operation = command->name,
	};
	invocation->options = options;
	invocation->arguments = session->arguments.items;
	invocation->argument_count = session->arguments.count;
	if (!invocation->arguments)
		invocation->arguments = arena_array(&session->arena, 1, sizeof(char *));
	if (code == 0) {
		invocation->progress = progress_new(&style);
		code = prepare(session, err);
		invocation->is_at_work = code == 0;
		if (code == 0)
			code = command->each ? invocation_each(invocation, command->each, err)
					     : command->run(invocation, err);
		if (code < 0 && err->code == ECANCELED)
			code = invocation_interrupted(invocation, err);
		progress_finish(invocation->progress);
	} else if (code == OPTIONS_HELP) {
		code = 0;
	}
	options_release(&sets[0]);
	return code;
}

/* Is @word a service of the project here? Without a compose file one that is named by -p may have
 * it. */
static bool is_service(struct session *session, const char *word)
{
	struct project_request request = {.use = PROJECT_TO_FIND, .all_profiles = true};
	struct project project = {0};
	struct error err = {0};
	int loaded;

	globals_project_request(&session->globals, &request);
	request.no_env_resolution = true;
	session->is_looking = true;
	loaded = project_load(&project, &request, &session->arena, NULL, &err);
	session->is_looking = false;
	log_forget();
	return loaded == 0 ? project_find_any_service(&project, word) != NULL
			   : err.code == ERROR_NOT_FOUND && !request.files &&
				     (request.name || has_variable("COMPOSE_PROJECT_NAME"));
}

/* Of a command that is a noun too (config): under Docker Compose's name and behind `compose` all
 * words are the command's, and a service that it takes keeps its name (export). */
static bool is_verb(struct session *session, const struct command *command, const char *word)
{
	if (!word || !session->invocation.front->compose || !command_find(command->verbs, word))
		return false;
	return !(command->needs & SERVICE_ARGUMENTS) || !is_service(session, word);
}

static void set_command(struct session *session, const struct command *command, const char *path)
{
	session->invocation.command = command;
	session->invocation.name =
		arena_string(&session->arena, path + strlen(session->invocation.front->name) + 1);
}

/* Goes down the nouns to a command and runs it. */
static int find_and_run(struct session *session, char **words, struct error *err)
{
	auto_strbuf struct strbuf path = {0};
	const struct front *front = session->invocation.front;
	const struct command *command = NULL;

	strbuf_add(&path, front->name);
	for (;;) {
		const struct command *next =
			command ? command_find(command->verbs, *words) : front_find(front, *words);

		if (!next && command && **words == '-') {
			set_command(session, command, strbuf_text(&path));
			return unknown_option_of_noun(&session->invocation, *words, err);
		}
		if (!next)
			return unknown_command(front, command, *words, err);
		command = next;
		strbuf_printf(&path, " %s", *words++);
		if (!command->verbs ||
		    (command_runs(command) && !is_verb(session, command, *words)))
			break;
		if (!*words || strcmp(*words, "--help") == 0 || strcmp(*words, "-h") == 0) {
			help_command(strbuf_text(&path), command);
			return 0;
		}
	}
	set_command(session, command, strbuf_text(&path));
	return run_command(session, words, strbuf_text(&path), err);
}

static int run_session(struct session *session, char **argv, struct error *err)
{
	static char version[] = "version";
	static char *version_words[] = {version, NULL};
	char **words = NULL;
	int result;

	result = read_globals(session, argv, &words, err);
	if (result < 0)
		return -1;
	if (result != OPTIONS_HELP && session->globals.show_version)
		words = version_words;
	if (result == OPTIONS_HELP || !words || !words[0]) {
		help_front(session->invocation.front);
		return 0;
	}
	if (session->invocation.front->words)
		globals_take_docker(&session->globals);
	session->globals.has_variables = front_has_global(session->invocation.front, "--progress");
	if (globals_complete(&session->globals, err) < 0)
		return -1;
	if (session->invocation.front->begin &&
	    session->invocation.front->begin(&session->globals, err) < 0)
		return -1;
	return find_and_run(session, words, err);
}

static void release(struct session *session)
{
	progress_free(session->invocation.progress);
	session->invocation.progress = NULL;
	invocation_unlock(&session->invocation);
	bundled_let_go(&session->invocation);
	if (session->is_engine_open)
		engine_close(&session->engine);
	arena_release(&session->arena);
	strvec_release(&session->arguments);
	strvec_release(&session->more_words);
	strvec_release(&session->words);
	globals_release(&session->globals);
	log_set_sink(NULL, NULL);
}

/* Says what went wrong and returns the exit code. */
static int judge(const struct session *session, int code, struct error *err)
{
	struct error unwritten = {0};

	if (output_finish(&unwritten) < 0 && code >= 0) {
		*err = unwritten;
		code = -1;
	}
	if (code >= 0)
		return code;
	/* Somebody has us ignore SIGPIPE, which would have said it. */
	if (err->code == EPIPE && output_has_no_reader())
		return 128 + SIGPIPE;
	if (session->is_engine_open)
		layout_explain_full(&session->engine.layout, err);
	if (err->text[0] && session->invocation.front->tell)
		session->invocation.front->tell(&session->globals, "error", err->text);
	if (err->text[0])
		invocation_error(&session->invocation, err);
	return wording_code(&session->invocation, err);
}

int dispatch_main(int argc, char **argv)
{
	struct session session = {.invocation = {.lock_fd = -1, .bundle_fd = -1}};
	struct error err = {0};
	int code;

	if (argc < 1)
		return 1;
	terminal_guard();
	session.invocation.front = front_named(argv[0]);
	session.invocation.globals = &session.globals;
	session.invocation.arena = &session.arena;
	log_set_sink(pass_log, &session);
	code = judge(&session, run_session(&session, argv, &err), &err);
	release(&session);
	return code;
}
