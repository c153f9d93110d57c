/* SPDX-License-Identifier: Apache-2.0 */
/* `oci state`: a container as the specification describes it. */
#include "base/json.h"
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "oci/container.h"

static int state_run(struct invocation *invocation, struct error *err)
{
	auto_oci_container struct oci_container container = OCI_NO_CONTAINER;
	auto_json json *state = NULL;

	if (oci_container_open(&container, invocation->globals->oci_root, invocation->arguments[0],
			       err) < 0)
		return -1;
	state = oci_container_describe(&container);
	oci_print(state);
	return 0;
}

const struct command cmd_oci_state =
	COMMAND("state", "CONTAINER", "Show the state of a container as JSON",
		EXAMPLE("web", "Show status, process number and bundle of web"),
		.needs = NEEDS_ROOT, .least = 1, .most = 1, .run = state_run);
