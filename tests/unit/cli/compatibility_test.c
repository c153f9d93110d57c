/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "cli/compatibility.h"

#include "base/file.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <string.h>

TEST(the_page_in_docs_is_what_the_tables_say)
{
	auto_strbuf struct strbuf page = {0}, written = {0};

	compatibility_page(&page);
	CHECK_INT(file_read(AT_FDCWD, "docs/compatibility.md", 1 << 20, &written, NULL), 0);
	if (strcmp(strbuf_text(&page), strbuf_text(&written)) != 0)
		fail_msg("docs/compatibility.md is old: run 'make docs'");
}

TEST(the_page_has_commands_and_attributes)
{
	auto_strbuf struct strbuf page = {0};

	compatibility_page(&page);
	CHECK(strstr(strbuf_text(&page), "| `up` | Create and start"));
	CHECK(strstr(strbuf_text(&page), "| `volume prune` |"));
	CHECK(!strstr(strbuf_text(&page), "__complete"));
	CHECK(strstr(strbuf_text(&page), "| `services.*.image` | honoured |"));
}
