/* SPDX-License-Identifier: Apache-2.0 */
/* `oci create`: everything but the program's execution. */
#include "base/arena.h"
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "oci/create.h"

static const struct option_spec options_table[] = {OCI_BUNDLE_OPTIONS, {0}};

static int create_run(struct invocation *invocation, struct error *err)
{
	struct oci_create_request request = {0};

	if (oci_fill_create(&request, invocation, err) < 0)
		return -1;
	return oci_create(&request, err);
}

const struct command cmd_oci_create =
	COMMAND("create", "CONTAINER", "Create a container, whose program waits to be started",
		EXAMPLE("--bundle /srv/web --pid-file /run/web.pid web",
			"Make namespaces, mounts and limits as /srv/web/config.json says"),
		.needs = NEEDS_ROOT, .least = 1, .most = 1,
		COMMAND_OPTIONS(oci_bundle_options, options_table), .run = create_run);
