/* SPDX-License-Identifier: Apache-2.0 */
/* `version`: ours, in the form that scripts expect. */
#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"

#include <string.h>

struct version_options {
	const char *format;
	bool is_short;
};

static const struct option_spec version_options[] = {
	OPTION(STRING, "format", 'f', version_options, format, "pretty or json", .value = "FORMAT"),
	OPTION(BOOL, "short", 0, version_options, is_short, "only the number"),
	{0},
};

static int version_run(struct invocation *invocation, struct error *err)
{
	const struct version_options *options = invocation->options;

	if (options->is_short)
		output_line(CORACLE_VERSION);
	else if (!options->format || strcmp(options->format, "pretty") == 0)
		output_line("Coracle version " CORACLE_VERSION);
	else if (strcmp(options->format, "json") == 0)
		output_line("{\"version\":\"" CORACLE_VERSION "\"}");
	else
		return error_set(err, ERROR_INVALID, "--format must be pretty or json, not '%s'",
				 options->format);
	return 0;
}

const struct command cmd_version =
	COMMAND("version", "", "show the version", .needs = CHANGES_NOTHING,
		COMMAND_OPTIONS(version_options, version_options), .run = version_run);
