/* SPDX-License-Identifier: Apache-2.0 */
/* `oci features`, `oci version` and `oci spec`: what this is, and where to begin. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "cli/screen/output.h"
#include "oci/features.h"

#include <fcntl.h>

struct spec_options {
	const char *bundle;
};

static const struct option_spec spec_table[] = {
	OPTION(STRING, "bundle", 'b', spec_options, bundle, "Write it into this directory",
	       .value = "DIRECTORY", .fallback = "the current one"),
	OPTION_REFUSED("rootless", 0, "containers of somebody else than root are not supported"),
	{0},
};

static int features_run(struct invocation *invocation, struct error *err)
{
	auto_json json *features = oci_features();

	(void)invocation;
	(void)err;
	oci_print(features);
	return 0;
}

static int version_run(struct invocation *invocation, struct error *err)
{
	(void)invocation;
	(void)err;
	output_line("coracle-oci version " CORACLE_VERSION);
	output_line("spec: 1.2.0");
	return 0;
}

static int spec_run(struct invocation *invocation, struct error *err)
{
	const struct spec_options *options = invocation->options;
	const char *bundle = options->bundle ? options->bundle : ".";
	auto_close int fd = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open the bundle '%s'", bundle);
	return oci_features_write_example(fd, err);
}

const struct command cmd_oci_features = COMMAND(
	"features", "", "Show what of the runtime specification is supported, as JSON",
	EXAMPLE("", "Show namespaces, mount options, capabilities and more"), .run = features_run);

const struct command cmd_oci_version =
	COMMAND("version", "", "Show the version and that of the runtime specification",
		EXAMPLE("", "Show both"), .needs = IS_HIDDEN, .run = version_run);

const struct command cmd_oci_spec =
	COMMAND("spec", "", "Write a config.json to begin with",
		EXAMPLE("--bundle /srv/web", "Write /srv/web/config.json, for a shell in rootfs"),
		COMMAND_OPTIONS(spec_options, spec_table), .run = spec_run);
