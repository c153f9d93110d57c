/* SPDX-License-Identifier: Apache-2.0 */
/* `__compatibility`: prints docs/compatibility.md (cli/compatibility.h), for `make docs`. */
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/compatibility.h"
#include "cli/output.h"

static int compatibility_run(struct invocation *invocation, struct error *err)
{
	auto_strbuf struct strbuf page = {0};

	(void)invocation;
	(void)err;
	compatibility_page(&page);
	output_text(strbuf_text(&page), page.length);
	return 0;
}

const struct command cmd_compatibility =
	COMMAND("__compatibility", "", "the text of docs/compatibility.md",
		.needs = CHANGES_NOTHING | IS_HIDDEN, .run = compatibility_run);
