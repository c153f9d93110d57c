/* SPDX-License-Identifier: Apache-2.0 */
/* What pages of the manual say of exit codes, environment and files, each where it matters. */
#include "cli/man_page.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/command.h"

#include <string.h>

/* Those that read compose files or ask for a project by name. */
#define OF_PROJECTS (NEEDS_FILE | NEEDS_PROJECT | TAKES_PROJECT)

/* A row concerns commands that need one of these, or have this option, or, with neither, all. */
struct fact {
	const char *name, *text;
	unsigned needs;
	const char *option;
};

static const struct fact exits[] = {
	{"0", "The command did what it was asked to", 0, NULL},
	{"1", "It failed, and has said why on standard error", 0, NULL},
	{"125", "A container could not be made or started", FAILS_AS_RUN, NULL},
	{"126", "Its command cannot be executed", FAILS_AS_RUN, NULL},
	{"127", "Its command is not there", FAILS_AS_RUN, NULL},
	{"130", "It was interrupted", 0, NULL},
	{0},
};

static const struct fact variables[] = {
	{"COMPOSE_FILE", "Compose files, parted by colons, when there is no --file", OF_PROJECTS,
	 NULL},
	{"COMPOSE_PATH_SEPARATOR", "What parts them instead of a colon", OF_PROJECTS, NULL},
	{"COMPOSE_PROJECT_NAME", "The project's name, when there is no --project-name", OF_PROJECTS,
	 NULL},
	{"COMPOSE_PROFILES", "Profiles to activate, parted by commas", OF_PROJECTS, NULL},
	{"COMPOSE_ENV_FILES", "Files with variables instead of .env, parted by commas", OF_PROJECTS,
	 NULL},
	{"COMPOSE_DISABLE_ENV_FILE", "If true, .env is not read", OF_PROJECTS, NULL},
	{"COMPOSE_PARALLEL_LIMIT", "As --parallel", NEEDS_LOCK, NULL},
	{"COMPOSE_REMOVE_ORPHANS", "If true, as --remove-orphans", 0, "--remove-orphans"},
	{"COMPOSE_IGNORE_ORPHANS",
	 "If true, containers that the compose file lacks are not spoken "
	 "of",
	 0, "--remove-orphans"},
	{"COMPOSE_MENU", "As --menu", 0, "--menu"},
	{"COMPOSE_PROGRESS", "As --progress in front of the command", OF_PROJECTS, NULL},
	{"COMPOSE_ANSI", "As --ansi", OF_PROJECTS, NULL},
	{"COMPOSE_STATUS_STDOUT", "If true, progress goes to standard output", OF_PROJECTS, NULL},
	{"CORACLE_ROOT", "As --root", NEEDS_ENGINE, NULL},
	{"CORACLE_RUN", "As --run", NEEDS_ENGINE, NULL},
	{"CORACLE_REGISTRIES", "The file with settings of registries", 0, "--all-tags"},
	{"CORACLE_SECRET_ENCRYPT", "If true, as --encrypt", 0, "--encrypt"},
	{"DOCKER_CONFIG", "The directory of config.json, with credentials for registries", 0,
	 "--quiet-pull"},
	{"DOCKER_DEFAULT_PLATFORM", "The platform, when there is no --platform", 0, "--platform"},
	{"NO_COLOR", "If it is set, nothing is coloured", 0, NULL},
	{"SOURCE_DATE_EPOCH", "The time of images and of their files", 0, "--build-arg"},
	{0},
};

static const struct fact files[] = {
	{"compose.yaml, compose.yml, docker-compose.yaml, docker-compose.yml",
	 "The project, in the working directory or above it", OF_PROJECTS, NULL},
	{"compose.override.yaml", "What is laid over it, if it is there", OF_PROJECTS, NULL},
	{".env", "Variables for the compose file, beside it", OF_PROJECTS, NULL},
	{"/var/lib/coracle", "Images, containers, volumes and networks", NEEDS_ENGINE, NULL},
	{"/run/coracle", "The state of this boot", NEEDS_ENGINE, NULL},
	{"~/.docker/config.json", "Credentials for registries", 0, "--password-stdin"},
	{0},
};

static bool concerns(const struct fact *fact, const struct command *command)
{
	if (!command || (!fact->needs && !fact->option))
		return true;
	return command->needs & fact->needs ||
	       (fact->option && options_have(command->options, fact->option));
}

static void add_facts(struct strbuf *page, const char *title, const struct fact *facts,
		      const struct command *command)
{
	auto_strbuf struct strbuf rows = {0};

	for (; facts->name; facts++)
		if (concerns(facts, command))
			man_page_row(&rows, facts->name, facts->text);
	if (rows.length)
		strbuf_printf(page, ".SH %s\n%s", title, strbuf_text(&rows));
}

/* Those that end as the process does that they run or wait for. */
static bool has_exit_code_of_process(const struct command *command)
{
	return !command || strstr(command->usage, "[ARG...]") ||
	       strcmp(command->name, "wait") == 0 ||
	       options_have(command->options, "--exit-code-from");
}

void man_page_facts(struct strbuf *page, const struct command *command)
{
	add_facts(page, "\"EXIT STATUS\"", exits, command);
	if (has_exit_code_of_process(command))
		man_page_row(page, "any other",
			     "That of the process, for exec, run, wait and up --exit-code-from");
	add_facts(page, "ENVIRONMENT", variables, command);
	add_facts(page, "FILES", files, command);
}
