/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/dotenv.h"

#include "base/error.h"
#include "base/strbuf.h"

#include "harness.h"

#include <string.h>

static const char *lookup(void *data, const char *name)
{
	(void)data;
	return strcmp(name, "KNOWN") == 0 ? "known" : NULL;
}

static void set(void *data, const char *name, const char *value)
{
	strbuf_printf(data, "%s=<%s>;", name, value ? value : "null");
}

static void check(const char *text, const char *expected)
{
	auto_strbuf struct strbuf out = {0};
	const struct dotenv dotenv = {.lookup = lookup, .set = set, .data = &out};
	struct error err = {0};

	if (dotenv_parse(&dotenv, text, strlen(text), "f.env", &err) < 0)
		fail_msg("'%s': %s", text, err.text);
	CHECK_TEXT(strbuf_text(&out), expected);
}

static void check_error(const char *text, const char *expected)
{
	auto_strbuf struct strbuf out = {0};
	const struct dotenv dotenv = {.lookup = lookup, .set = set, .data = &out};
	struct error err = {0};

	CHECK(dotenv_parse(&dotenv, text, strlen(text), "f.env", &err) < 0);
	CHECK_TEXT(err.text, expected);
}

TEST(keys_and_separators)
{
	check("A=1\n B = 2\nC: 3\nexport D=4\nexport=5\n", "A=<1>;B=<2>;C=<3>;D=<4>;export=<5>;");
	check("\xef\xbb\xbf# c\n\nA=1\r\nB=2\r\n", "A=<1>;B=<2>;");
	check("a.b-c[0]=1\n1A=2", "a.b-c[0]=<1>;1A=<2>;");
}

TEST(bare_keys_take_the_value_that_is_known)
{
	check("KNOWN\nUNKNOWN\nKNOWN", "KNOWN=<known>;UNKNOWN=<null>;KNOWN=<known>;");
	check("KNOWN # why\nexport", "KNOWN=<known>;export=<null>;");
}

TEST(unquoted_values_end_at_a_comment)
{
	check("A=x y  # c\nB=a#b\nC=#h\nD= # c\nE=\nF=x\t#c",
	      "A=<x y>;B=<a#b>;C=<#h>;D=<>;E=<>;F=<x\t#c>;"); /* a tab is no space */
	check("A=$KNOWN-$$-\\$KNOWN", "A=<known-$-\\known>;");
}

TEST(single_quotes_are_literal)
{
	check("A='$KNOWN \\n \\' \"'\nB='two\nlines'", "A=<$KNOWN \\n ' \">;B=<two\nlines>;");
}

TEST(double_quotes_have_escapes_and_variables)
{
	check("A=\"a\\tb\\\\ \\\" $KNOWN \\$KNOWN \\q\"", "A=<a\tb\\ \" known $KNOWN \\q>;");
	check("A=\"\\0101\\060\" # c\nB=2", "A=<A0>;B=<2>;");
}

TEST(text_behind_a_closing_quote_is_a_new_statement)
{
	check("A='x'KNOWN\nB=1", "A=<x>;KNOWN=<known>;B=<1>;");
}

TEST(errors_name_the_line)
{
	check_error("A=1\nB C=2\n", "f.env:2: line 2: key cannot contain a space");
	check_error("\n\nA%=2\n",
		    "f.env:3: line 3: unexpected character \"%\" in variable name \"A%\"");
	check_error("A='x\ny\n", "f.env:1: line 1: unterminated quoted value");
	check_error("X=1\nA=\"x", "f.env:2: line 2: unterminated quoted value");
	check_error("A=${\n", "f.env:1: invalid interpolation format");
	check_error("=x\n", "f.env:1: line 1: unexpected character \"=\" in variable name \"\"");
}

TEST(raw_lines_are_taken_as_they_are)
{
	static const char text[] = "# c\nA=\"$KNOWN\" # x\r\n  B=1 \nKNOWN\nUNKNOWN\n";
	auto_strbuf struct strbuf out = {0};
	const struct dotenv dotenv = {.lookup = lookup, .set = set, .data = &out};
	struct error err = {0};

	CHECK_OK(dotenv_parse_raw(&dotenv, text, strlen(text), "f", &err));
	CHECK_TEXT(strbuf_text(&out), "A=<\"$KNOWN\" # x>;B=<1 >;KNOWN=<known>;UNKNOWN=<null>;");
	CHECK(dotenv_parse_raw(&dotenv, "A B=1", 5, "f", &err) < 0);
}
