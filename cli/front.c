/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/front.h"

#include "cli/table.h"
#include "cli/wording.h"

#include <string.h>

#define PROJECT_WORDS                                                                              \
	"restart stop start watch stats top attach cp create events export images kill ls pause "  \
	"port push rm scale commit unpause volumes wait help version"
#define PROJECT_GROUPS                                                                             \
	{GROUP_LISTED, "Run a project", "up down ps logs exec run"},                               \
		{GROUP_LISTED, "Its images and files", "build pull config"},                       \
	{                                                                                          \
		GROUP_NAMED, "More for projects", PROJECT_WORDS                                    \
	}

static const struct front_group compose_groups[] = {PROJECT_GROUPS, {0}};

static const struct front_group coracle_groups[] = {
	PROJECT_GROUPS,
	{GROUP_NAMED, "Single objects",
	 "container image network volume secret service stack node swarm builder buildx system"},
	{GROUP_LATER, "As docker calls them",
	 "diff history import info inspect load login logout rename rmi save tag update"},
	{GROUP_LATER, "For this host", "api bundle debug oci resume"},
	{0},
};

/* Docker's own groups. */
static const struct front_group docker_groups[] = {
	{GROUP_LISTED, "Common Commands", "run exec ps build pull push images login info"},
	{GROUP_NAMED, "Management Commands",
	 "builder buildx config container image network node secret service stack swarm system "
	 "volume"},
	{GROUP_NAMED, "Commands",
	 "attach commit cp create diff events export help history import inspect kill load logout "
	 "logs pause port rename restart rm rmi save start stats stop tag top unpause update "
	 "version wait"},
	{0},
};

static const struct front_group oci_groups[] = {
	{GROUP_LISTED, "A container's life", "create start run exec kill delete"},
	{GROUP_LISTED, "What it does", "state list ps events pause resume update"},
	{GROUP_LISTED, "Around it", "features spec"},
	{0},
};

#define OCI_FRONT(called)                                                                          \
	{                                                                                          \
		.name = (called), .tables = {oci_commands}, .globals = {oci_globals},              \
		.purpose = "Runs containers out of OCI bundles, as runc and crun do.",             \
		.groups = oci_groups, .begin = oci_begin, .tell = oci_tell,                        \
	}

static const struct front coracle_oci = OCI_FRONT("coracle oci");
const struct front front_oci = OCI_FRONT("coracle-oci");

static const struct front docker_compose = {
	.name = "docker compose",
	.words = wording_compose,
	.other = &front_docker,
	.tables = {command_compose},
	.globals = {globals_compose_options, globals_options, globals_docker_options},
	.purpose = "Runs Docker Compose projects without a daemon.",
	.groups = compose_groups,
};

/* The same, where single objects have their commands too. */
static const struct front coracle_compose = {
	.other = &front_coracle,
	.name = "coracle compose",
	.tables = {command_compose},
	.globals = {globals_compose_options, globals_options, globals_bundle_options},
	.purpose = "Runs Docker Compose projects without a daemon.",
	.groups = compose_groups,
};

const struct front front_compose = {
	.name = "docker-compose",
	.words = wording_compose,
	.other = &front_docker,
	.tables = {command_compose},
	.globals = {globals_compose_options, globals_options, globals_docker_options},
	.purpose = "Runs Docker Compose projects without a daemon.",
	.groups = compose_groups,
};

const struct front front_docker = {
	.name = "docker",
	.words = wording_docker,
	.other = &docker_compose,
	.tables = {command_docker},
	.globals = {globals_docker_options, globals_options},
	.compose = &docker_compose,
	.purpose = "Containers, images, networks and volumes of this host, without a daemon.",
	.groups = docker_groups,
	.is_docker = true,
};

const struct front front_coracle = {
	.name = "coracle",
	.tables = {command_compose, command_docker, command_own},
	.globals = {globals_compose_options, globals_options, globals_docker_options,
		    globals_bundle_options},
	.compose = &coracle_compose,
	.oci = &coracle_oci,
	.purpose = "Runs Docker Compose projects without a daemon.",
	.groups = coracle_groups,
};

const struct front *front_named(const char *argv0)
{
	static const struct front *const fronts[] = {&front_docker, &front_compose, &front_oci};
	const char *slash = strrchr(argv0, '/');
	const char *name = slash ? slash + 1 : argv0;

	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++)
		if (strcmp(name, fronts[i]->name) == 0)
			return fronts[i];
	return &front_coracle;
}

const struct front *front_behind(const struct front *front, const char *word)
{
	if (strcmp(word, "compose") == 0)
		return front->compose;
	return strcmp(word, "oci") == 0 ? front->oci : NULL;
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
