/* SPDX-License-Identifier: Apache-2.0 */
/* `buildx`: what scripts say to BuildKit's front end, done by our own builder. */
#include "cli/screen/output.h"
#include "cli/table.h"

static int version_run(struct invocation *invocation, struct error *err)
{
	(void)invocation;
	(void)err;
	output_line("coracle/builder v" CORACLE_VERSION);
	return 0;
}

static const struct command cmd_buildx_version =
	COMMAND("version", "", "Show the version of the builder", EXAMPLE("", "Print the version"),
		.needs = CHANGES_NOTHING, .run = version_run);

static const struct command_entry verbs[] = {
	{"b", &cmd_image_build},       {"build", &cmd_image_build},	 {"du", &cmd_builder_du},
	{"prune", &cmd_builder_prune}, {"version", &cmd_buildx_version}, {0},
};

const struct command cmd_buildx =
	COMMAND("buildx", "COMMAND", "Build images with the commands of Docker's Buildx",
		EXAMPLE("build -t shop/web:1.0 .", "Build the Dockerfile of this directory"),
		.needs = CHANGES_NOTHING, .verbs = verbs);
