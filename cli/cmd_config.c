/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/output.h"

#include <fcntl.h>
#include <string.h>

struct config_options {
	bool environment, images, networks, profiles, quiet, services, volumes;
	bool no_consistency, no_env_resolution, no_interpolate, no_normalize, no_path_resolution;
	const char *format, *hash, *output;
};

#define AT(member) offsetof(struct config_options, member)

static const struct option_spec config_options[] = {
	{"environment", 0, OPTION_BOOL, AT(environment), "show the variables that are used", NULL,
	 false},
	{"format", 0, OPTION_STRING, AT(format), "yaml or json", "FORMAT", false},
	{"hash", 0, OPTION_STRING, AT(hash), "show the configuration hash of services, * for all",
	 "SERVICE[,…]", false},
	{"images", 0, OPTION_BOOL, AT(images), "show image names", NULL, false},
	{"lock-image-digests", 0, OPTION_UNAVAILABLE, 0, "there is no registry access", NULL,
	 false},
	{"models", 0, OPTION_UNAVAILABLE, 0, "models cannot run", NULL, false},
	{"networks", 0, OPTION_BOOL, AT(networks), "show network names", NULL, false},
	{"no-consistency", 0, OPTION_BOOL, AT(no_consistency), "do not check references", NULL,
	 false},
	{"no-env-resolution", 0, OPTION_BOOL, AT(no_env_resolution), "leave env_file as it is",
	 NULL, false},
	{"no-interpolate", 0, OPTION_BOOL, AT(no_interpolate), "leave variables as they are", NULL,
	 false},
	{"no-normalize", 0, OPTION_BOOL, AT(no_normalize), "leave short forms as they are", NULL,
	 false},
	{"no-path-resolution", 0, OPTION_BOOL, AT(no_path_resolution), "leave paths as they are",
	 NULL, false},
	{"output", 'o', OPTION_STRING, AT(output), "write to a file", "FILE", false},
	{"profiles", 0, OPTION_BOOL, AT(profiles), "show profile names", NULL, false},
	{"quiet", 'q', OPTION_BOOL, AT(quiet), "only check", NULL, false},
	{"resolve-image-digests", 0, OPTION_UNAVAILABLE, 0, "there is no registry access", NULL,
	 false},
	{"services", 0, OPTION_BOOL, AT(services), "show service names", NULL, false},
	{"variables", 0, OPTION_UNAVAILABLE, 0, "variables cannot be listed", NULL, false},
	{"volumes", 0, OPTION_BOOL, AT(volumes), "show volume names", NULL, false},
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

static int load(struct invocation *invocation, struct project *project, struct error *err)
{
	const struct config_options *options = invocation->options;
	struct project_request request = {
		.services = invocation->argument_count > 0 ? invocation->arguments : NULL,
		.no_interpolate = options->no_interpolate,
		.no_normalize = options->no_normalize,
		.no_path_resolution = options->no_path_resolution,
		.no_consistency = options->no_consistency,
		.no_env_resolution = options->no_env_resolution,
	};

	globals_project_request(invocation->globals, &request);
	return invocation_load(invocation, &request, project, err);
}

static void add_image(struct strbuf *out, const struct project *project,
		      const struct service *service)
{
	if (service->image)
		strbuf_printf(out, "%s\n", service->image);
	else
		strbuf_printf(out, "%s-%s\n", project->name, service->name);
}

static void add_profiles(struct strbuf *out, const struct project *project)
{
	auto_strvec struct strvec names = {0};

	for (size_t i = 0; i < project->services.count + project->disabled.count; i++) {
		const struct service *service =
			i < project->services.count
				? &project->services.items[i]
				: &project->disabled.items[i - project->services.count];

		for (char **name = service->profiles; name && *name; name++)
			if (!strvec_contains(&names, *name))
				strvec_add(&names, *name);
	}
	strvec_sort(&names);
	strvec_each (name, &names)
		strbuf_printf(out, "%s\n", *name);
}

static int add_hashes(struct strbuf *out, const struct project *project, const char *wanted,
		      struct error *err)
{
	auto_strvec struct strvec names = {0};
	char hash[65];

	for (size_t i = 0; strcmp(wanted, "*") == 0 && i < project->services.count; i++)
		strvec_add(&names, project->services.items[i].name);
	for (const char *at = wanted; strcmp(wanted, "*") != 0;) {
		size_t length = strcspn(at, ",");

		strvec_add_n(&names, at, length);
		if (!at[length])
			break;
		at += length + 1;
	}
	strvec_sort(&names);
	strvec_each (name, &names) {
		const struct service *service = project_find_service(project, *name);

		if (!service)
			return error_set(err, ERROR_NOT_FOUND, "no such service: %s", *name);
		project_service_hash(hash, project, service);
		strbuf_printf(out, "%s %s\n", *name, hash);
	}
	return 0;
}

/* One of the listing options; 1 when none was given. */
static int list(struct strbuf *out, const struct config_options *options,
		const struct project *project, struct error *err)
{
	if (options->services)
		for (size_t i = 0; i < project->services.count; i++)
			strbuf_printf(out, "%s\n", project->services.items[i].name);
	else if (options->volumes)
		for (size_t i = 0; i < project->volumes.count; i++)
			strbuf_printf(out, "%s\n", project->volumes.items[i].key);
	else if (options->networks)
		for (size_t i = 0; i < project->networks.count; i++)
			strbuf_printf(out, "%s\n", project->networks.items[i].key);
	else if (options->images)
		for (size_t i = 0; i < project->services.count; i++)
			add_image(out, project, &project->services.items[i]);
	else if (options->profiles)
		add_profiles(out, project);
	else if (options->hash)
		return add_hashes(out, project, options->hash, err);
	else if (options->environment)
		for (char **item = project->environment; item && *item; item++)
			strbuf_printf(out, "%s\n", *item);
	else
		return 1;
	return 0;
}

/* `config web`: web and what it depends on. */
static void keep_selected(struct project *project, char *const *services)
{
	auto_strvec struct strvec names = {0};
	size_t kept = 0;

	strvec_add_all(&names, services);
	for (size_t i = 0; i < names.count; i++) {
		const struct service *service = project_find_service(project, names.items[i]);

		for (size_t j = 0; service && j < service->depends_on.count; j++)
			if (!strvec_contains(&names, service->depends_on.items[j].service))
				strvec_add(&names, service->depends_on.items[j].service);
	}
	for (size_t i = 0; i < project->services.count; i++)
		if (strvec_contains(&names, project->services.items[i].name))
			project->services.items[kept++] = project->services.items[i];
	project->services.count = kept;
}

static int config_run(struct invocation *invocation, struct error *err)
{
	const struct config_options *options = invocation->options;
	bool is_json = options->format && strcmp(options->format, "json") == 0;
	auto_strbuf struct strbuf text = {0};
	struct project project = {0};
	int listed;

	if (load(invocation, &project, err) < 0)
		return -1;
	for (size_t i = 0; i < invocation->argument_count; i++)
		if (!project_find_any_service(&project, invocation->arguments[i]))
			return error_set(err, ERROR_NOT_FOUND, "no such service: %s",
					 invocation->arguments[i]);
	if (options->quiet)
		return 0;
	if (invocation->argument_count > 0)
		keep_selected(&project, invocation->arguments);
	listed = list(&text, options, &project, err);
	if (listed < 0)
		return -1;
	if (listed > 0)
		project_print(&text, &project, is_json ? PROJECT_JSON : PROJECT_YAML);
	if (options->output)
		return file_replace(AT_FDCWD, options->output, strbuf_text(&text), text.length,
				    0644, err);
	output_text(strbuf_text(&text), text.length);
	return 0;
}

const struct command cmd_config = {
	.name = "config",
	.usage = "[SERVICE...]",
	.help = "check the compose file and show it in canonical form",
	.needs = CHANGES_NOTHING,
	.most = ANY_NUMBER,
	.options_size = sizeof(struct config_options),
	.options = config_options,
	.check = config_check,
	.run = config_run,
};
