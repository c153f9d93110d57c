/* SPDX-License-Identifier: Apache-2.0 */
/* `bundle`: the project, its files and its images as one archive, for a machine without a network.
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/files.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "compose/apply/apply.h"
#include "compose/bundle/bundle_project.h"
#include "engine/engine.h"

#include <string.h>

struct bundle_options {
	const char *output, *key, *pull;
	bool has_secrets, builds;
};

static const struct option_spec bundle_options[] = {
	OPTION(BOOL, "build", 0, bundle_options, builds, "Build the images of services first"),
	OPTION(STRING, "output", 'o', bundle_options, output,
	       "Write to this file, or - for standard output", .value = "FILE",
	       .fallback = "PROJECT.tar"),
	OPTION(WORD, "pull", 0, bundle_options, pull,
	       "When to pull images first: those that are not built", .value = "POLICY",
	       .words = "always missing never", .fallback = "never"),
	OPTION(BOOL, "secrets", 0, bundle_options, has_secrets, "Put secrets into it, too"),
	OPTION(STRING, "sign", 0, bundle_options, key, "Sign it with this Ed25519 key in PEM",
	       .value = "FILE"),
	{0},
};

static int write_bundle(struct invocation *invocation, void *data, int fd, struct error *err)
{
	return bundle_write(&invocation->engine->layout, data, fd, err);
}

static int load(struct invocation *invocation, struct project *project, struct error *err)
{
	struct project_request request = {.use = PROJECT_TO_SHOW};

	globals_project_request(invocation->globals, &request);
	if (invocation_load(invocation, &request, project, err) < 0)
		return -1;
	project_drop_unused(project);
	return 0;
}

/* What is asked for of the images, before the project is changed into what a bundle holds. */
static int bring_images(struct invocation *invocation, struct project *project, struct error *err)
{
	const struct bundle_options *options = invocation->options;
	const struct apply_pull pull = {.policy = options->pull, .ignore_buildable = true};
	const struct apply_build build = {.pulls = false};
	struct apply apply;
	int result = 0;

	invocation->project = project;
	invocation->project_name = project->name;
	apply = invocation_apply(invocation);
	if (options->pull && strcmp(options->pull, "never") != 0)
		result = apply_pull(&apply, &pull, err);
	if (result == 0 && options->builds)
		result = apply_build(&apply, &build, err);
	invocation_end_progress(invocation);
	return result;
}

static int bundle_run(struct invocation *invocation, struct error *err)
{
	const struct bundle_options *options = invocation->options;
	struct project project = {0};
	struct bundle_write write;
	const char *output;

	if (load(invocation, &project, err) < 0 || bring_images(invocation, &project, err) < 0 ||
	    bundle_project(&write, &project, options->has_secrets, invocation->arena, err) < 0)
		return -1;
	write.key = options->key;
	output = options->output ? options->output
				 : arena_format(invocation->arena, "%s.tar", project.name);
	return files_write_output(invocation, output, write_bundle, &write, err);
}

const struct command cmd_bundle = COMMAND(
	"bundle", "", "Write the project, its files and its images to one archive",
	EXAMPLE("-o app.tar", "Write all that a machine without a network needs to app.tar"),
	EXAMPLE_TOO("--sign key.pem", "Sign it, for 'coracle up -f shop.tar --verify key.pub'"),
	.needs = FOR_OBJECTS | CHANGES_NOTHING, COMMAND_OPTIONS(bundle_options, bundle_options),
	.last_words = "interrupted: there is no bundle; 'coracle bundle' begins again",
	.run = bundle_run);
