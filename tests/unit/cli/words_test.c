/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/words.h"

/* Words in angle brackets. */
static void check(const char *text, const char *expected)
{
	auto_strvec struct strvec words = {0};
	auto_strbuf struct strbuf joined = {0};
	struct error err = {0};

	CHECK_OK(words_split(&words, text, &err));
	strvec_each (word, &words)
		strbuf_printf(&joined, "<%s>", *word);
	CHECK_TEXT(strbuf_text(&joined), expected);
}

TEST(splits_as_a_shell)
{
	check("sh -c 'echo hi there'", "<sh><-c><echo hi there>");
	check("  a\t b\n", "<a><b>");
	check("a\\ b \"c \\\" \\d $x\" ''", "<a b><c \" \\d $x><>");
	check("'it'\"'\"'s'", "<it's>");
	check("", "");
}

TEST(refuses_an_open_quote)
{
	auto_strvec struct strvec words = {0};
	struct error err = {0};

	CHECK_INT(words_split(&words, "a 'b", &err), -1);
	CHECK_INT(err.code, ERROR_INVALID);
}
