/* SPDX-License-Identifier: Apache-2.0 */
/* `container update`: other limits and another restart policy for containers that are there. */
#include "engine/container_update.h"

#include "base/error.h"
#include "cli/container_tasks.h"
#include "cli/invocation.h"
#include "cli/request/limits.h"
#include "cli/screen/output.h"
#include "cli/table.h"

struct update_options {
	struct limit_options limits;
	const char *restart;
};

static const struct option_spec update_options[] = {
	LIMIT_ROWS_CPU(update_options, limits),
	LIMIT_ROWS_MEMORY(update_options, limits),
	OPTION(STRING, "restart", 0, update_options, restart, "When to start the container again",
	       .value = "POLICY", .words = "no always unless-stopped on-failure[:N]"),
	{0},
};

static bool is_given(const struct update_options *options)
{
	const char *const *texts = (const char *const *)options;

	for (size_t i = 0; i < sizeof(*options) / sizeof(*texts); i++)
		if (texts[i])
			return true;
	return false;
}

static int update_check(const void *data, struct error *err)
{
	const struct update_options *options = data;
	struct container_restart_policy restart = {0};
	struct spec_resources limits = {0};

	if (!is_given(options))
		return error_set(err, ERROR_INVALID,
				 "you must provide one or more flags when using this command");
	if (options->restart && container_restart_parse(&restart, options->restart, err) < 0)
		return -1;
	limits_warn(&options->limits);
	return limits_fill(&limits, &options->limits, err);
}

static int update_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct update_options *options = invocation->options;
	struct container_restart_policy restart = {0};
	struct container_update update = {.restart = options->restart ? &restart : NULL};
	struct container container;

	if ((options->restart && container_restart_parse(&restart, options->restart, err) < 0) ||
	    limits_fill(&update.limits, &options->limits, err) < 0 ||
	    container_named(invocation, name, &container, err) < 0 ||
	    container_update(invocation->engine, container.id, &update, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

const struct command cmd_container_update =
	COMMAND("update", "CONTAINER...", "Change limits and restart policy of containers",
		EXAMPLE("--memory 512m --restart always web",
			"Limit the memory of web and start it again whenever it ends"),
		.needs = FOR_OBJECTS, COMMAND_OPTIONS(update_options, update_options),
		.check = update_check, COMMAND_EACH(update_one));
