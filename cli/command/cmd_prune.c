/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prune verbs of container, image and network; the work is in cli/prune.c.
 */
#include "cli/prune.h"
#include "describe/filters.h"

#include "base/error.h"
#include "cli/table.h"

static const struct option_spec plain_options[] = {PRUNE_OPTIONS, {0}};

static struct prune begin(struct invocation *invocation)
{
	const struct prune_options *options = invocation->options;

	return (struct prune){.invocation = invocation, .filters = &options->filters};
}

static int check(const void *data, struct error *err)
{
	const struct prune_options *options = data;

	return filters_check(prune_filters, &options->filters, err);
}

static int container_run(struct invocation *invocation, struct error *err)
{
	struct prune prune = begin(invocation);

	if (!prune_ask(invocation->options, "This will remove all stopped containers."))
		return 0;
	if (prune_containers(&prune, err) < 0)
		return -1;
	prune_total(&prune);
	return 0;
}

const struct command cmd_container_prune =
	COMMAND("prune", "", "Remove all stopped containers",
		EXAMPLE("--filter until=24h", "Remove those that were created more than a day ago"),
		.needs = FOR_CONTAINERS, COMMAND_OPTIONS(prune_options, plain_options),
		.check = check, PRUNE_LAST_WORDS("container"), .run = container_run);

static int network_run(struct invocation *invocation, struct error *err)
{
	struct prune prune = begin(invocation);

	if (!prune_ask(invocation->options,
		       "This will remove all networks not used by at least one container."))
		return 0;
	return prune_networks(&prune, err);
}

const struct command cmd_network_prune =
	COMMAND("prune", "", "Remove networks that no container uses",
		EXAMPLE("-f", "Remove them without a question"), .needs = FOR_CONTAINERS,
		COMMAND_OPTIONS(prune_options, plain_options), .check = check,
		PRUNE_LAST_WORDS("network"), .run = network_run);

struct image_prune_options {
	struct prune_options prune; /* first: PRUNE_OPTIONS */
	bool all, blobs;
};

static const struct option_spec image_options[] = {
	OPTION(BOOL, "all", 'a', image_prune_options, all,
	       "Remove all that no container uses, not only those without a name"),
	OPTION(BOOL, "blobs", 0, image_prune_options, blobs,
	       "Remove compressed layers as well; save and push then need them again"),
	PRUNE_OPTIONS,
	{0},
};

static int image_run(struct invocation *invocation, struct error *err)
{
	const struct image_prune_options *options = invocation->options;
	struct prune prune = begin(invocation);
	const char *warning =
		options->all ? "This will remove all images without at least one container "
			       "associated to them."
			     : "This will remove all dangling images.";

	if (!prune_ask(&options->prune, warning))
		return 0;
	if (prune_images(&prune, options->all, options->blobs, err) < 0)
		return -1;
	prune_total(&prune);
	return 0;
}

const struct command cmd_image_prune =
	COMMAND("prune", "", "Remove images that have no name and no container",
		EXAMPLE("-a", "Remove all images that no container uses, whatever they are called"),
		.needs = FOR_OBJECTS, COMMAND_OPTIONS(image_prune_options, image_options),
		.check = check, PRUNE_LAST_WORDS("image"), .run = image_run);
