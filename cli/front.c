/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/front.h"

#include "cli/table.h"
#include "cli/wording.h"

#include <string.h>

static const struct front docker_compose = {
	.name = "docker compose",
	.words = wording_compose,
	.other = &front_docker,
	.tables = {command_compose},
	.globals = {globals_compose_options, globals_options, globals_docker_options},
	.purpose = "Runs Docker Compose projects without a daemon.",
};

/* The same, where single objects have their commands too. */
static const struct front coracle_compose = {
	.other = &front_coracle,
	.name = "coracle compose",
	.tables = {command_compose},
	.globals = {globals_compose_options, globals_options},
	.purpose = "Runs Docker Compose projects without a daemon.",
};

const struct front front_compose = {
	.name = "docker-compose",
	.words = wording_compose,
	.other = &front_docker,
	.tables = {command_compose},
	.globals = {globals_compose_options, globals_options, globals_docker_options},
	.purpose = "Runs Docker Compose projects without a daemon.",
};

const struct front front_docker = {
	.name = "docker",
	.words = wording_docker,
	.other = &docker_compose,
	.tables = {command_docker},
	.globals = {globals_docker_options, globals_options},
	.compose = &docker_compose,
	.purpose = "Containers, images, networks and volumes of this host, without a daemon.",
	.is_docker = true,
};

const struct front front_coracle = {
	.name = "coracle",
	.tables = {command_compose, command_docker, command_own},
	.globals = {globals_compose_options, globals_options, globals_docker_options},
	.compose = &coracle_compose,
	.purpose = "Runs Docker Compose projects without a daemon.",
};

const struct front *front_named(const char *argv0)
{
	static const struct front *const fronts[] = {&front_docker, &front_compose};
	const char *slash = strrchr(argv0, '/');
	const char *name = slash ? slash + 1 : argv0;

	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++)
		if (strcmp(name, fronts[i]->name) == 0)
			return fronts[i];
	return &front_coracle;
}

const struct command *front_find(const struct front *front, const char *word)
{
	const struct command *command = NULL;

	for (size_t i = 0; front->tables[i] && !command; i++)
		command = command_find(front->tables[i], word);
	return command;
}

bool front_has_global(const struct front *front, const char *word)
{
	for (size_t i = 0; front->globals[i]; i++)
		if (options_have(front->globals[i], word))
			return true;
	return false;
}

void front_option_sets(const struct front *front, struct globals *globals,
		       struct option_set sets[FRONT_SETS])
{
	size_t i = 0;

	for (; front->globals[i]; i++)
		sets[i] = (struct option_set){front->globals[i], globals};
	sets[i] = (struct option_set){0};
}
