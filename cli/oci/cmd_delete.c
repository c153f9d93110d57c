/* SPDX-License-Identifier: Apache-2.0 */
/* `oci delete`: takes away what a container has left. */
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "oci/delete.h"

struct delete_options {
	bool force;
};

static const struct option_spec options_table[] = {
	OPTION(BOOL, "force", 'f', delete_options, force,
	       "Kill it first if it runs; it need not be there"),
	{0},
};

static int delete_run(struct invocation *invocation, struct error *err)
{
	const struct delete_options *options = invocation->options;

	return oci_delete(invocation->globals->oci_root, invocation->arguments[0], options->force,
			  err);
}

const struct command cmd_oci_delete = COMMAND(
	"delete", "CONTAINER", "Delete a container that has stopped",
	EXAMPLE("--force web", "Delete web, whether it runs or not"), .needs = NEEDS_ROOT,
	.least = 1, .most = 1, COMMAND_OPTIONS(delete_options, options_table), .run = delete_run);
