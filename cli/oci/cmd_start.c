/* SPDX-License-Identifier: Apache-2.0 */
/* `oci start`: lets the program go that waits. */
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "oci/create.h"

static int start_run(struct invocation *invocation, struct error *err)
{
	return oci_start(invocation->globals->oci_root, invocation->arguments[0], err);
}

const struct command cmd_oci_start =
	COMMAND("start", "CONTAINER", "Execute the program of a container that was created",
		EXAMPLE("web", "Let web's program go"), .needs = NEEDS_ROOT, .least = 1, .most = 1,
		.run = start_run);
