/* SPDX-License-Identifier: Apache-2.0 */
/* `diff`: what a container has added, changed and deleted, a line each. */
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "engine/container_files.h"

static int diff_run(struct invocation *invocation, struct error *err)
{
	struct container_change *changes;
	struct container container;
	size_t count;

	if (container_find_healed(invocation->engine, invocation->arguments[0], &container,
				  invocation->arena, err) < 0 ||
	    container_diff(invocation->engine, container.id, &changes, &count, invocation->arena,
			   err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		output_printf("%c %s\n", changes[i].kind, changes[i].path);
	return 0;
}

const struct command cmd_container_diff =
	COMMAND("diff", "CONTAINER", "Show which files a container has added, changed and deleted",
		EXAMPLE("web", "List them: A is added, C is changed, D is deleted"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = 1, .run = diff_run);
