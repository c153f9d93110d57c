/* SPDX-License-Identifier: Apache-2.0 */
/* `oci pause` and `oci resume`: all processes of a container stand still, and go on. */
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "oci/kill.h"

static int pause_run(struct invocation *invocation, struct error *err)
{
	return oci_pause(invocation->globals->oci_root, invocation->arguments[0], err);
}

static int resume_run(struct invocation *invocation, struct error *err)
{
	return oci_resume(invocation->globals->oci_root, invocation->arguments[0], err);
}

const struct command cmd_oci_pause =
	COMMAND("pause", "CONTAINER", "Let all processes of a container stand still",
		EXAMPLE("web", "Freeze web until it is resumed"), .needs = NEEDS_ROOT, .least = 1,
		.most = 1, .run = pause_run);

const struct command cmd_oci_resume =
	COMMAND("resume", "CONTAINER", "Let a container go on that was paused",
		EXAMPLE("web", "Go on where web was paused"), .needs = NEEDS_ROOT, .least = 1,
		.most = 1, .run = resume_run);
