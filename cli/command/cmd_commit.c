/* SPDX-License-Identifier: Apache-2.0 */
/* `commit` and `container commit`: the options of a new image; engine/container_files.h makes
 * it. */
#include "base/error.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "engine/container_files.h"

struct commit_options {
	const char *author, *message;
	struct strvec changes;
	int index, pause;
};

#define COMMON                                                                                     \
	OPTION(STRING, "author", 'a', commit_options, author,                                      \
	       "Note who made the image: \"Name <mail>\"", .value = "AUTHOR"),                     \
		OPTION(LIST, "change", 'c', commit_options, changes,                               \
		       "Apply an instruction as in a Dockerfile, such as 'CMD [\"x\"]'",           \
		       .value = "INSTRUCTION"),                                                    \
		OPTION(STRING, "message", 'm', commit_options, message,                            \
		       "Leave a comment in the image's history", .value = "TEXT"),                 \
		OPTION(TRISTATE, "pause", 'p', commit_options, pause,                              \
		       "Pause the container meanwhile", .fallback = "true")

static const struct option_spec service_options[] = {
	COMMON,
	OPTION(INT, "index", 0, commit_options, index, "Choose the replica with this number",
	       .value = "N", .fallback = "the first"),
	{0},
};

static const struct option_spec container_options[] = {COMMON, {0}};

static int commit(struct invocation *invocation, const struct container *container,
		  struct error *err)
{
	const struct commit_options *options = invocation->options;
	struct container_commit request = {
		.name = invocation->arguments[1],
		.author = options->author,
		.message = options->message,
		.changes = options->changes.items,
		.pauses = options->pause != 0,
	};
	char id[80];

	if (container_commit(invocation->engine, container->id, &request, id, err) < 0)
		return -1;
	output_line(id);
	return 0;
}

static int commit_run(struct invocation *invocation, struct error *err)
{
	const struct commit_options *options = invocation->options;
	struct container_choice choice = {invocation->arguments[0], options->index, false};
	struct container container;

	if (invocation_choose(invocation, &choice, &container, err) < 0)
		return -1;
	return commit(invocation, &container, err);
}

const struct command cmd_commit = COMMAND(
	"commit", "SERVICE [REPOSITORY[:TAG]]", "Make an image of a service's container",
	EXAMPLE("web shop/web:debug", "Keep the files of web's container as an image"),
	.needs = FOR_SERVICES | SERVICE_FIRST, .least = 1, .most = 2,
	COMMAND_OPTIONS(commit_options, service_options),
	.last_words = "interrupted: no image was made; 'coracle compose commit' begins again",
	.run = commit_run);

static int container_commit_run(struct invocation *invocation, struct error *err)
{
	struct container container;

	if (container_find_healed(invocation->engine, invocation->arguments[0], &container,
				  invocation->arena, err) < 0)
		return -1;
	return commit(invocation, &container, err);
}

const struct command cmd_container_commit = COMMAND(
	"commit", "CONTAINER [REPOSITORY[:TAG]]", "Make an image of a container",
	EXAMPLE("-m \"with debug tools\" web shop/web:debug",
		"Keep the files of web as an image, with a comment"),
	.needs = FOR_OBJECTS, .least = 1, .most = 2,
	COMMAND_OPTIONS(commit_options, container_options),
	.last_words = "interrupted: no image was made; 'coracle container commit' begins again",
	.run = container_commit_run);
