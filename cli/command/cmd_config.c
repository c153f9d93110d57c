/* SPDX-License-Identifier: Apache-2.0 */
/* `config`: the model as YAML or JSON, or one of the lists of cli/config_list.h. */
#include "base/error.h"
#include "base/file_output.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/config_digests.h"
#include "cli/config_list.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "cli/unknown.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

struct config_options {
	bool environment, images, models, networks, profiles, quiet, services, variables, volumes;
	bool lock_image_digests, resolve_image_digests;
	bool no_consistency, no_env_resolution, no_interpolate, no_normalize, no_path_resolution;
	const char *format, *hash, *output;
};

static const struct option_spec config_options[] = {
	OPTION(BOOL, "environment", 0, config_options, environment,
	       "Print the environment that variables are taken from"),
	OPTION(STRING, "format", 0, config_options, format, "Print it in this format",
	       .value = "FORMAT", .words = "yaml json", .fallback = "yaml"),
	OPTION(STRING, "hash", 0, config_options, hash,
	       "Print the configuration hash of services, * for all", .value = "SERVICE[,…]"),
	OPTION(BOOL, "images", 0, config_options, images, "Print the names of images"),
	OPTION(BOOL, "lock-image-digests", 0, config_options, lock_image_digests,
	       "Print an override file that pins images to digests"),
	OPTION(BOOL, "models", 0, config_options, models, "Print the names of models"),
	OPTION(BOOL, "networks", 0, config_options, networks, "Print the names of networks"),
	OPTION(BOOL, "no-consistency", 0, config_options, no_consistency,
	       "Do not check whether what is referred to is there"),
	OPTION(BOOL, "no-env-resolution", 0, config_options, no_env_resolution,
	       "Leave env_file as it is"),
	OPTION(BOOL, "no-interpolate", 0, config_options, no_interpolate,
	       "Leave variables as they are"),
	OPTION(BOOL, "no-normalize", 0, config_options, no_normalize,
	       "Leave short forms as they are"),
	OPTION(BOOL, "no-path-resolution", 0, config_options, no_path_resolution,
	       "Leave paths as they are"),
	OPTION(STRING, "output", 'o', config_options, output, "Write to this file", .value = "FILE",
	       .fallback = "standard output"),
	OPTION(BOOL, "profiles", 0, config_options, profiles, "Print the names of profiles"),
	OPTION(BOOL, "quiet", 'q', config_options, quiet,
	       "Only check the compose file, print nothing"),
	OPTION(BOOL, "resolve-image-digests", 0, config_options, resolve_image_digests,
	       "Pin images to the digests that their tags mean now"),
	OPTION(BOOL, "services", 0, config_options, services, "Print the names of services"),
	OPTION(BOOL, "variables", 0, config_options, variables,
	       "Print the variables that the compose files use"),
	OPTION(BOOL, "volumes", 0, config_options, volumes, "Print the names of volumes"),
	{0},
};

static int config_check(const void *data, struct error *err)
{
	const struct config_options *options = data;

	if (options->format && strcmp(options->format, "yaml") != 0 &&
	    strcmp(options->format, "json") != 0)
		return error_set(err, ERROR_INVALID, "--format must be yaml or json, not '%s'",
				 options->format);
	return 0;
}

static enum config_list chosen_list(const struct config_options *options)
{
	return options->services      ? CONFIG_LIST_SERVICES
	       : options->volumes     ? CONFIG_LIST_VOLUMES
	       : options->networks    ? CONFIG_LIST_NETWORKS
	       : options->models      ? CONFIG_LIST_MODELS
	       : options->images      ? CONFIG_LIST_IMAGES
	       : options->profiles    ? CONFIG_LIST_PROFILES
	       : options->environment ? CONFIG_LIST_ENVIRONMENT
				      : CONFIG_LIST_NONE;
}

/* The services that an argument (a name or a pattern such as web-*) means; those without an active
 * profile count as there. */
static int add_matching(struct strvec *names, const struct project *project, const char *pattern,
			struct error *err)
{
	size_t before = names->count;

	for (size_t i = 0; i < project->services.count; i++)
		if (fnmatch(pattern, project->services.items[i].name, 0) == 0)
			strvec_add(names, project->services.items[i].name);
	if (names->count > before || project_find_any_service(project, pattern))
		return 0;
	return unknown_service(project, pattern, err);
}

/* Lists need no env_file; hashes need those of their own services only. */
static int load(struct invocation *invocation, struct project *project, struct strvec *names,
		struct error *err)
{
	const struct config_options *options = invocation->options;
	auto_strvec struct strvec matching = {0};
	struct project_request request = {
		.use = PROJECT_TO_SHOW,
		.no_interpolate = options->no_interpolate || options->variables,
		.no_normalize = options->no_normalize,
		.no_path_resolution = options->no_path_resolution || options->variables,
		.no_consistency = options->no_consistency,
		.no_env_resolution =
			options->no_env_resolution || chosen_list(options) != CONFIG_LIST_NONE,
	};

	strvec_add_all(names, invocation->arguments);
	if (options->hash && strcmp(options->hash, "*") != 0)
		config_list_split(names, options->hash);
	request.services = names->count > 0 ? names->items : NULL;
	globals_project_request(invocation->globals, &request);
	if (invocation_load(invocation, &request, project, err) < 0)
		return -1;
	strvec_each (name, names)
		if (add_matching(&matching, project, *name, err) < 0)
			return -1;
	if (options->variables && invocation->argument_count > 0)
		log_warning("service filtering is not applied when --variables is set, variables "
			    "from the full model will be rendered");
	else if (options->no_interpolate && invocation->argument_count > 0)
		log_warning("service filtering is not applied when --no-interpolate is set, the "
			    "full model will be rendered");
	if (invocation->argument_count > 0)
		project_select(project, matching.items);
	if (!invocation->globals->all_resources && !options->no_consistency &&
	    !options->environment)
		project_drop_unused(project);
	return 0;
}

static int fill(struct strbuf *text, const struct config_options *options,
		const struct project *project, struct error *err)
{
	bool is_json = options->format && strcmp(options->format, "json") == 0;
	enum config_list chosen = chosen_list(options);

	if (options->hash)
		return config_list_hashes(text, project, options->hash, err);
	if (options->variables)
		config_list_variables(text, project, options->format);
	else if (chosen != CONFIG_LIST_NONE)
		config_list_add(text, project, chosen);
	else if (options->lock_image_digests)
		config_digests_print_lock(text, project);
	else
		project_print(text, project, is_json ? PROJECT_JSON : PROJECT_YAML);
	return 0;
}

static int config_run(struct invocation *invocation, struct error *err)
{
	const struct config_options *options = invocation->options;
	auto_strbuf struct strbuf text = {0};
	auto_strvec struct strvec names = {0};
	struct project project = {0};

	if (load(invocation, &project, &names, err) < 0)
		return -1;
	if ((options->resolve_image_digests || options->lock_image_digests) &&
	    config_digests_resolve(&project, invocation->globals, invocation->arena, err) < 0)
		return -1;
	if (options->quiet)
		return 0;
	if (fill(&text, options, &project, err) < 0)
		return -1;
	if (options->output)
		return file_output_write(options->output, strbuf_text(&text), text.length, 0644,
					 err);
	output_text(strbuf_text(&text), text.length);
	return 0;
}

const struct command cmd_config = COMMAND(
	"config", "[SERVICE...]", "Check the compose file and print it, or manage config objects",
	EXAMPLE("--services", "List the services that the compose file has"),
	.needs = CHANGES_NOTHING, .most = ANY_NUMBER,
	COMMAND_OPTIONS(config_options, config_options), .verbs = cmd_secret_config_verbs,
	.check = config_check, .run = config_run);
