/* SPDX-License-Identifier: Apache-2.0 */
/* `push`: the images of services that are built, or those that are named. */
#include "base/error.h"
#include "cli/command/cmd_image.h"
#include "cli/invocation.h"

struct push_options {
	bool ignore_push_failures, include_deps, quiet;
};

static const struct option_spec push_options[] = {
	OPTION(BOOL, "ignore-push-failures", 0, push_options, ignore_push_failures,
	       "Push what can be pushed, and ignore what cannot"),
	OPTION(BOOL, "include-deps", 0, push_options, include_deps,
	       "Include the services that these depend on"),
	OPTION(BOOL, "quiet", 'q', push_options, quiet, "Show no progress"),
	{0},
};

static int push_images(struct invocation *invocation, bool quiet)
{
	int code = 0;

	for (size_t i = 0; i < invocation->argument_count; i++) {
		struct error err = {0};

		if (cmd_image_push_one(invocation, invocation->arguments[i], quiet, &err) < 0) {
			invocation_error(invocation, &err);
			code = 1;
		}
	}
	return code;
}

/* Without a compose file the arguments are images. */
static int push_run(struct invocation *invocation, struct error *err)
{
	const struct push_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct apply_push push = {
		.ignore_failures = options->ignore_push_failures,
		.include_deps = options->include_deps,
		.quiet = options->quiet,
	};

	if (invocation->project)
		return apply_push(&apply, &push, err);
	if (invocation->argument_count == 0)
		return error_set(err, ERROR_NOT_FOUND,
				 "there is no compose file here or above: name one with -f, or "
				 "images to push");
	if (apply.dry_run)
		return error_set(err, ERROR_UNSUPPORTED, "pushing single images has no --dry-run");
	return push_images(invocation, options->quiet);
}

const struct command cmd_push =
	COMMAND("push", "[SERVICE...]", "Upload the images of services that are built",
		EXAMPLE("web", "Upload the image of web to the registry in its name"),
		.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_FILE | TAKES_PROJECT |
			 SERVICE_ARGUMENTS | HAS_DRY_RUN,
		.most = ANY_NUMBER, COMMAND_OPTIONS(push_options, push_options),
		.goes_on = "'coracle compose push' goes on from there", .run = push_run);
