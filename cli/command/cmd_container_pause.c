/* SPDX-License-Identifier: Apache-2.0 */
/* `container pause`, `unpause` and `rename`. */
#include "base/error.h"
#include "cli/container_tasks.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/screen/output.h"
#include "cli/table.h"

#include <string.h>

static int pause_one(struct invocation *invocation, const char *name, struct error *err)
{
	const bool *freezes = invocation->command->data;
	struct container container;

	if (container_named(invocation, name, &container, err) < 0 ||
	    container_pause(invocation->engine, container.id, *freezes, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

const struct command cmd_container_pause =
	NOUNS_VERB("pause", FOR_OBJECTS, "CONTAINER...", "Freeze all processes of containers",
		   EXAMPLE("web", "Stop the processes of web where they are, until unpause"),
		   pause_one, .data = &(const bool){true});
const struct command cmd_container_unpause = NOUNS_VERB(
	"unpause", FOR_OBJECTS, "CONTAINER...", "Let paused containers go on",
	EXAMPLE("web", "Let the processes of web go on"), pause_one, .data = &(const bool){false});

static int rename_run(struct invocation *invocation, struct error *err)
{
	const char *name = invocation->arguments[1];
	struct container container;

	name += *name == '/'; /* as docker shows names */
	if (!*name || !*invocation->arguments[0])
		return error_set(err, ERROR_INVALID, "Neither old nor new names may be empty");
	if (container_named(invocation, invocation->arguments[0], &container, err) < 0)
		return -1;
	if (strcmp(container.name, name) == 0)
		return error_set(err, ERROR_INVALID,
				 "Renaming a container with the same name as its current name");
	return container_rename(invocation->engine, container.id, name, err);
}

const struct command cmd_container_rename =
	COMMAND("rename", "CONTAINER NAME", "Give a container another name",
		EXAMPLE("web web-old", "Call the container web-old from now on"),
		.needs = FOR_OBJECTS, .least = 2, .most = 2, .run = rename_run);
