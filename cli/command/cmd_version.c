/* SPDX-License-Identifier: Apache-2.0 */
/* `version`, under each of our names in the form that scripts expect. */
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/front.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/version.h"

#include <string.h>

struct version_options {
	const char *format;
	bool is_short;
};

static const struct option_spec version_options[] = {
	OPTION(STRING, "format", 'f', version_options, format,
	       "Print for people (pretty), JSON, or what a template says", .value = "FORMAT",
	       .fallback = "pretty"),
	OPTION(BOOL, "short", 0, version_options, is_short, "Print nothing but the number"),
	{0},
};

static int print_formatted(const char *format, struct error *err)
{
	auto_json json *documents = json_new_array();

	json_add(documents, version_document());
	if (strcmp(format, "json") == 0)
		return format_print(&(struct format_request){format, NULL, FORMAT_JSON_LINES, NULL},
				    documents, err);
	return format_documents(format, documents, err);
}

static int version_run(struct invocation *invocation, struct error *err)
{
	const struct version_options *options = invocation->options;
	const struct front *front = invocation->front;

	if (options->is_short)
		output_line(front->words ? VERSION_OF_COMPOSE : CORACLE_VERSION);
	else if (!options->format || strcmp(options->format, "pretty") == 0)
		output_line(front->words ? "Docker Compose version v" VERSION_OF_COMPOSE
					 : "Coracle version " CORACLE_VERSION);
	else if (strcmp(options->format, "json") == 0)
		output_line(front->words ? "{\"version\":\"v" VERSION_OF_COMPOSE "\"}"
					 : "{\"version\":\"" CORACLE_VERSION "\"}");
	else
		return print_formatted(options->format, err);
	return 0;
}

const struct command cmd_version =
	COMMAND("version", "", "Show the version of this program",
		EXAMPLE("--short", "Print nothing but the number"), .needs = CHANGES_NOTHING,
		COMMAND_OPTIONS(version_options, version_options), .run = version_run);

/* --- of docker ------------------------------------------------------------------------------- */

struct docker_version_options {
	const char *format;
};

static const struct option_spec docker_version_options[] = {
	OPTION(STRING, "format", 'f', docker_version_options, format,
	       "Print JSON, or what a template says", .value = "FORMAT", .fallback = "json"),
	{0},
};

static const char layout[] =
	"{{with .Client}}Client: {{.Platform.Name}}\n"
	" Version:           {{.Version}}\n"
	" API version:       {{.ApiVersion}}\n"
	" Git commit:        {{.GitCommit}}\n"
	" OS/Arch:           {{.Os}}/{{.Arch}}\n"
	" Context:           {{.Context}}\n"
	"{{end}}{{with .Server}}\n"
	"Server: {{.Platform.Name}}\n"
	" Engine:\n"
	"  Version:          {{.Version}}\n"
	"  API version:      {{.ApiVersion}} (minimum version {{.MinAPIVersion}})\n"
	"  Git commit:       {{.GitCommit}}\n"
	"  OS/Arch:          {{.Os}}/{{.Arch}}\n"
	"  Kernel:           {{.KernelVersion}}\n"
	"  Experimental:     false{{end}}";

static int docker_version_run(struct invocation *invocation, struct error *err)
{
	const struct docker_version_options *options = invocation->options;

	if (invocation->globals->show_version) {
		output_line("Docker version " VERSION_OF_DOCKER ", build coracle-" CORACLE_VERSION);
		return 0;
	}
	return print_formatted(options->format && *options->format ? options->format : layout, err);
}

const struct command cmd_docker_version = COMMAND(
	"version", "", "Show which versions of docker this is",
	EXAMPLE("-f \"{{.Server.Version}}\"", "Print the version, and nothing else"),
	.needs = CHANGES_NOTHING, COMMAND_OPTIONS(docker_version_options, docker_version_options),
	.run = docker_version_run);
