/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include "tests/harness/harness.h"

TEST(nothing_may_be_added_from_nowhere)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_add_n(&text, NULL, 0);
	CHECK_TEXT(strbuf_text(&text), "");
	strbuf_add(&text, "a");
	strbuf_add_n(&text, NULL, 0);
	CHECK_TEXT(strbuf_text(&text), "a");
}
