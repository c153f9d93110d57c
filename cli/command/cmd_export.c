/* SPDX-License-Identifier: Apache-2.0 */
/* `export` and `container export`: a container's file system as tar, to a file or standard
 * output. */
#include "base/error.h"
#include "cli/files.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "engine/container_files.h"

struct export_options {
	const char *output;
	int index;
};

#define OUTPUT                                                                                     \
	OPTION(STRING, "output", 'o', export_options, output, "Write to this file",                \
	       .value = "FILE", .fallback = "standard output")

static const struct option_spec service_options[] = {
	OPTION(INT, "index", 0, export_options, index, "Choose the replica with this number",
	       .value = "N", .fallback = "the first"),
	OUTPUT,
	{0},
};

static const struct option_spec container_options[] = {OUTPUT, {0}};

static int write_archive(struct invocation *invocation, void *data, int fd, struct error *err)
{
	const struct container *container = data;

	return container_export(invocation->engine, container->id, fd, err);
}

static int export_run(struct invocation *invocation, struct error *err)
{
	const struct export_options *options = invocation->options;
	struct container_choice choice = {invocation->arguments[0], options->index, false};
	struct container container;

	if (invocation_choose(invocation, &choice, &container, err) < 0)
		return -1;
	return files_write_output(invocation, options->output, write_archive, &container, err);
}

const struct command cmd_export = COMMAND(
	"export", "SERVICE",
	"Write a service's files as a tar archive, or the project for other engines",
	EXAMPLE("-o web.tar web", "Write all files of web's first container to web.tar"),
	.needs = FOR_SERVICES | SERVICE_ARGUMENTS | CHANGES_NOTHING, .least = 1, .most = 1,
	COMMAND_OPTIONS(export_options, service_options), .verbs = cmd_export_verbs,
	.last_words =
		"interrupted: the archive is not complete; 'coracle compose export' begins again",
	.run = export_run);

static int container_export_run(struct invocation *invocation, struct error *err)
{
	const struct export_options *options = invocation->options;
	struct container container;

	if (container_find_healed(invocation->engine, invocation->arguments[0], &container,
				  invocation->arena, err) < 0)
		return -1;
	return files_write_output(invocation, options->output, write_archive, &container, err);
}

const struct command cmd_container_export = COMMAND(
	"export", "CONTAINER", "Write a container's files to a tar archive",
	EXAMPLE("-o web.tar web", "Write all files of web to web.tar"),
	.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = 1,
	COMMAND_OPTIONS(export_options, container_options),
	.last_words =
		"interrupted: the archive is not complete; 'coracle container export' begins again",
	.run = container_export_run);
