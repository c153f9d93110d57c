/* SPDX-License-Identifier: Apache-2.0 */
/* `__compatibility` and `__man`: pages made from the program's tables, for `make docs` and `make`.
 */
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/compatibility.h"
#include "cli/man.h"
#include "cli/screen/output.h"

static int compatibility_run(struct invocation *invocation, struct error *err)
{
	auto_strbuf struct strbuf page = {0};

	(void)invocation;
	(void)err;
	compatibility_page(&page);
	output_text(strbuf_text(&page), page.length);
	return 0;
}

const struct command cmd_compatibility = COMMAND(
	"__compatibility", "", "Print the text of docs/compatibility.md", EXAMPLE("", "Print it"),
	.needs = CHANGES_NOTHING | IS_HIDDEN, .run = compatibility_run);

static int man_run(struct invocation *invocation, struct error *err)
{
	return man_write(invocation->front, invocation->arguments[0], err);
}

const struct command cmd_man =
	COMMAND("__man", "DIRECTORY", "Write the manual pages",
		EXAMPLE("/usr/share/man/man1", "Write them to a directory"),
		.needs = CHANGES_NOTHING | IS_HIDDEN, .least = 1, .most = 1, .run = man_run);
