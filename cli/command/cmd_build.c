/* SPDX-License-Identifier: Apache-2.0 */
/* `build`: the images of services from their Dockerfiles. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/build_check.h"
#include "cli/build_refuse.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/screen/terminal.h"
#include "cli/table.h"

#include <string.h>
#include <unistd.h>

struct build_options {
	struct strvec args;
	const char *builder, *memory, *provenance, *progress, *sbom, *ssh;
	bool check, compress, force_rm, no_cache, no_rm, parallel, print, pull, push, quiet;
	bool with_dependencies;
};

static const struct option_spec build_options[] = {
	OPTION(LIST, "build-arg", 0, build_options, args,
	       "Set an ARG of the Dockerfile; without a value, take the environment's",
	       .value = "NAME[=VALUE]"),
	OPTION(STRING, "builder", 0, build_options, builder, "Only default", .value = "NAME",
	       .is_hidden = true),
	OPTION(BOOL, "check", 0, build_options, check,
	       "Say what is wrong with the Dockerfiles, and build nothing"),
	OPTION(BOOL, "compress", 0, build_options, compress, "Has no effect", .is_hidden = true),
	OPTION(BOOL, "force-rm", 0, build_options, force_rm, "Has no effect", .is_hidden = true),
	OPTION(STRING, "memory", 'm', build_options, memory, "Limit the memory of each RUN",
	       .value = "BYTES"),
	OPTION(BOOL, "no-cache", 0, build_options, no_cache,
	       "Run every step anew, whatever the cache has"),
	OPTION(BOOL, "no-rm", 0, build_options, no_rm, "Has no effect", .is_hidden = true),
	OPTION(BOOL, "parallel", 0, build_options, parallel, "Has no effect", .is_hidden = true),
	OPTION(BOOL, "print", 0, build_options, print,
	       "Print what would be built, as a file for docker buildx bake"),
	OPTION(STRING, "progress", 0, build_options, progress, "As before the command",
	       .is_hidden = true),
	OPTION(STRING, "provenance", 0, build_options, provenance, "Only false", .value = "BOOL",
	       .is_hidden = true),
	OPTION(BOOL, "pull", 0, build_options, pull, "Ask registries for newer base images"),
	OPTION(BOOL, "push", 0, build_options, push, "Push the images afterwards"),
	OPTION(BOOL, "quiet", 'q', build_options, quiet, "Show nothing"),
	OPTION(STRING, "sbom", 0, build_options, sbom, "Only false", .value = "BOOL",
	       .is_hidden = true),
	OPTION(STRING, "ssh", 0, build_options, ssh,
	       "Give RUN --mount=type=ssh an agent or key: default, or ID=PATH",
	       .value = "ID[=PATH]"),
	OPTION(BOOL, "with-dependencies", 0, build_options, with_dependencies,
	       "Include the services that these depend on"),
	{0},
};

static int build_check_options(const void *data, struct error *err)
{
	const struct build_options *options = data;

	if (options->ssh && *options->ssh && !strchr(options->ssh, '=') &&
	    strcmp(options->ssh, "default") != 0)
		return error_set(err, ERROR_INVALID, "invalid ssh key \"%s\": ID=PATH, or default",
				 options->ssh);
	if (build_refuse_builder(options->builder, err) < 0 ||
	    build_refuse_attestation("provenance", options->provenance, err) < 0)
		return -1;
	return build_refuse_attestation("sbom", options->sbom, err);
}

static int fill(struct apply_build *build, const struct build_options *options, struct error *err)
{
	*build = (struct apply_build){
		.with_dependencies = options->with_dependencies,
		.push = options->push,
		.no_cache = options->no_cache,
		.pulls = options->pull,
		.args = options->args.items,
		.ssh = options->ssh && !*options->ssh ? "default" : options->ssh,
	};
	if (options->memory && units_parse_size(&build->memory, options->memory, err) < 0)
		return error_wrap(err, "--memory");
	return 0;
}

static int print(const struct apply *apply, const struct apply_build *build, struct error *err)
{
	auto_json json *document = NULL;
	auto_strbuf struct strbuf text = {0};

	if (apply_build_print(&document, apply, build, err) < 0)
		return -1;
	json_print(&text, document, true);
	strbuf_add_char(&text, '\n');
	output_text(text.text, text.length);
	return 0;
}

/* All are checked before the answer. */
static int check(struct invocation *invocation, const struct apply *apply,
		 const struct apply_build *build, struct error *err)
{
	struct build_request **requests;
	int code = 0;

	if (apply_build_requests(&requests, apply, build, invocation->arena, err) < 0)
		return -1;
	for (; *requests; requests++) {
		int one = build_check_print(invocation, *requests, err);

		if (one < 0)
			return -1;
		code = one > code ? one : code;
	}
	return code;
}

static int build_run_command(struct invocation *invocation, struct error *err)
{
	const struct build_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct apply_build build;

	if (invocation_set_progress(invocation, options->quiet ? "quiet" : options->progress,
				    STDOUT_FILENO, err) < 0 ||
	    fill(&build, options, err) < 0)
		return -1;
	if (options->print)
		return print(&apply, &build, err);
	if (options->check)
		return check(invocation, &apply, &build, err);
	return apply_build(&apply, &build, err);
}

const struct command cmd_build =
	COMMAND("build", "[SERVICE...]", "Build the images of services from their Dockerfiles",
		EXAMPLE("--no-cache web", "Build the image of web, and run every step of it anew"),
		.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_FILE | SERVICE_ARGUMENTS | HAS_DRY_RUN,
		.most = ANY_NUMBER, COMMAND_OPTIONS(build_options, build_options),
		.check = build_check_options,
		.goes_on = "'coracle compose build' goes on: the steps that are done are kept",
		.run = build_run_command);
