/* SPDX-License-Identifier: Apache-2.0 */
/* `oci run`: create, start, and delete at the end. */
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "oci/create.h"

struct run_options {
	struct oci_bundle_options bundle; /* first: OCI_BUNDLE_OPTIONS */
	bool detach, keep;
};

static const struct option_spec options_table[] = {
	OCI_BUNDLE_OPTIONS,
	OPTION(BOOL, "detach", 'd', run_options, detach, "Do not wait for the end"),
	OPTION(BOOL, "keep", 0, run_options, keep, "Do not delete the container at the end"),
	{0},
};

static int run_run(struct invocation *invocation, struct error *err)
{
	const struct run_options *options = invocation->options;
	struct oci_run_request request = {.detach = options->detach, .keep = options->keep};

	if (oci_fill_create(&request.create, invocation, err) < 0)
		return -1;
	return oci_run(&request, err);
}

const struct command cmd_oci_run = COMMAND(
	"run", "CONTAINER", "Create a container, start it, and delete it at its end",
	EXAMPLE("--bundle /srv/web web", "Run what /srv/web/config.json says"), .needs = NEEDS_ROOT,
	.least = 1, .most = 1, COMMAND_OPTIONS(run_options, options_table), .run = run_run);
