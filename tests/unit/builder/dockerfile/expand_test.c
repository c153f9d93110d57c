/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/expand.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

#include "harness.h"

#include <string.h>

static const char *lookup(const char *name, void *data)
{
	static const char *const variables[][2] = {
		{"V", "value"},
		{"EMPTY", ""},
		{"W", "two words"},
		{"P", "a/b/a.tar.gz"},
		{"S", "it's \"quoted\" $V"},
		{"U", "äöü"},
		{"STARS", "a*b?c"},
	};

	(void)data;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (strcmp(variables[i][0], name) == 0)
			return variables[i][1];
	return NULL;
}

static struct expansion plain(struct arena *arena)
{
	return (struct expansion){.lookup = lookup, .escape = '\\', .arena = arena};
}

static void check_with(struct expansion expansion, const char *word, const char *expected)
{
	struct error err = {0};
	const char *result = expand_word(&expansion, word, &err);

	if (!result)
		fail_msg("'%s': %s", word, err.text);
	if (strcmp(result, expected) != 0)
		fail_msg("'%s' became '%s', not '%s'", word, result, expected);
}

static void check(const char *word, const char *expected)
{
	auto_arena struct arena arena = {0};

	check_with(plain(&arena), word, expected);
}

static void check_error(const char *word, const char *part)
{
	auto_arena struct arena arena = {0};
	struct expansion expansion = plain(&arena);
	struct error err = {0};

	if (expand_word(&expansion, word, &err))
		fail_msg("'%s' is accepted", word);
	if (!strstr(err.text, part))
		fail_msg("'%s': '%s' does not say '%s'", word, err.text, part);
}

TEST(plain_forms)
{
	check("$V ${V} x$V.y $EMPTY|$NO|${NO}", "value value xvalue.y ||");
	check("$V_ $Vx ${V}x", "  valuex");
	check("$", "$");
	check("a$ b$.", "a$ b$.");
	check("$1 $12x $@ $# $?", " x   ");
	check("\\$V \\${V} \\\\ \\a", "$V ${V} \\ a");
	check("a\\", "a");
}

TEST(defaults_and_alternatives)
{
	check("${NO-d}|${NO:-d}|${EMPTY-d}|${EMPTY:-d}|${V-d}|${V:-d}", "d|d||d|value|value");
	check("${NO+r}|${NO:+r}|${EMPTY+r}|${EMPTY:+r}|${V+r}|${V:+r}", "||r||r|r");
	check("${V?e}${V:?e}${EMPTY?e}", "valuevalue");
	check("${NO:-${ALSO:-$V}}", "value");
	check("${NO:-a b 'c}' \"d}\" \\}}", "a b c} d} }");
	check("${NO-}|${NO:-}", "|");
	check_error("${NO:?say why}", "NO: say why");
	check_error("${NO?}", "not allowed to be unset");
	check_error("${EMPTY:?}", "not allowed to be empty");
}

TEST(trimmed)
{
	check("${P#a}|${P#*/}|${P##*/}|${P#x}|${P##*}|${P#*}", "/b/a.tar.gz|b/a.tar.gz|a.tar.gz|"
							       "a/b/a.tar.gz||a/b/a.tar.gz");
	check("${P%.gz}|${P%.*}|${P%%.*}|${P%%*}|${P%*}|${P%z?}", "a/b/a.tar|a/b/a.tar|a/b/a||"
								  "a/b/a.tar.gz|a/b/a.tar.gz");
	check("${P#?/}|${P%.?z}|${P##*a*a}|${P#*a*a}", "b/a.tar.gz|a/b/a.tar|r.gz|.tar.gz");
	check("${U#?}|${U%?}|${U#ä}", "öü|äö|öü");
	check("${STARS#a\\*}|${STARS%\\?c}|${STARS#a\\?}", "b?c|a*b|a*b?c");
	check("${NO#x}|${EMPTY#*}", "|");
	check("${V#${NO:-va}}|${V%\"ue\"}", "lue|val");
	check_error("${V#\\a}", "invalid pattern");
	check_error("${V%\\", "missing '}'");
	check_error("${V:#a}", "unsupported modifier");
}

TEST(replaced)
{
	check("${P/a/x}|${P//a/x}|${P/b\\/a/x}|${P//\\//-}", "x/b/a.tar.gz|x/b/x.txr.gz|a/x.tar.gz|"
							     "a-b-a.tar.gz");
	check("${P/b*t/-}|${P//?.*/}|${P/z/}|${P/no/x}", "a/-ar.gz|a/b/|a/b/a.tar.g|a/b/a.tar.gz");
	check("${V//?/$EMPTY-}|${V/$V/${NO:-new}}|${NO/a/b}|${EMPTY//*/x}", "-----|new||x");
	check("${V//*/x}|${V//e/$}", "x|valu$");
	check_error("${V/a}", "missing '/'");
	check_error("${V/a/b", "missing '}'");
}

TEST(wrong_forms)
{
	check_error("${V", "missing '}'");
	check_error("${", "missing '}'");
	check_error("${}", "bad substitution");
	check_error("${:}", "bad substitution");
	check_error("${{V}", "bad substitution");
	check_error("${V^}", "unsupported modifier (^)");
	check_error("${V:=x}", "unsupported modifier (:=)");
	check_error("${ V}", "unsupported modifier");
	check_error("\"a", "double-quote");
	check_error("it's", "single-quote");
	check_error("${V:-\"a}", "double-quote");
}

TEST(quotes)
{
	check("'$V'\"$V\"", "$Vvalue");
	check("\"a'b\" 'a\"b'", "a'b a\"b");
	check("\"a\\\"b\\$V\\\\c\\d\"", "a\"b$V\\c\\d");
	check("\"\"''", "");
	check("$S", "it's \"quoted\" $V");
}

TEST(what_is_kept)
{
	auto_arena struct arena arena = {0};
	struct expansion expansion = plain(&arena);

	expansion.keeps_quotes = expansion.keeps_unset = true;
	check_with(expansion, "echo \"$V\" '$V' $NO ${NO} ${NO:-$V} ${NO/a/b}",
		   "echo \"value\" '$V' $NO ${NO} ${NO:-value} ${NO/a/b}");
	expansion = plain(&arena);
	expansion.ignores_quotes = true;
	check_with(expansion, "it's \"$V\" '$V' \\$V", "it's \"value\" 'value' $V");
	expansion = plain(&arena);
	expansion.escape = '`';
	check_with(expansion, "C:\\$V `$V ``", "C:\\value $V `");
}

static void check_words(const char *word, const char *expected)
{
	auto_arena struct arena arena = {0};
	struct expansion expansion = plain(&arena);
	auto_strbuf struct strbuf joined = {0};
	struct error err = {0};
	char **words = expand_words(&expansion, word, &err);

	if (!words)
		fail_msg("'%s': %s", word, err.text);
	for (; *words; words++)
		strbuf_printf(&joined, "[%s]", *words);
	CHECK_TEXT(strbuf_text(&joined), expected);
}

TEST(words)
{
	check_words(" a  b\tc ", "[a][b][c]");
	check_words("$W x$W", "[two][words][xtwo][words]");
	check_words("\"$W\" 'a b'c a\\ b", "[two words][a bc][a b]");
	check_words("80${NO:-81} $NO '' $EMPTY", "[8081]");
	check_words("a\xc2\xa0"
		    "b << EOF cat<<X",
		    "[a][b][<< EOF][cat<<X]");
}

static void note_missing(const char *name, void *data)
{
	strbuf_printf(data, "%s ", name);
}

TEST(tells_which_have_no_value)
{
	auto_arena struct arena arena = {0};
	struct expansion expansion = plain(&arena);
	auto_strbuf struct strbuf names = {0};
	struct error err = {0};

	expansion.missing = note_missing;
	expansion.data = &names;
	CHECK(expand_word(&expansion, "$V $A ${B} ${C:-c} ${D+d} ${E#e} '$F' ${NO:-$G}", &err));
	CHECK_TEXT(strbuf_text(&names), "A B E G ");
}

TEST(bounds)
{
	auto_arena struct arena arena = {0};
	struct expansion expansion = plain(&arena);
	auto_strbuf struct strbuf deep = {0}, long_one = {0};
	struct error err = {0};

	for (int i = 0; i < 50000; i++)
		strbuf_add(&deep, "${NO:-");
	CHECK(!expand_word(&expansion, deep.text, &err));
	CHECK(strstr(err.text, "nested too deeply"));
	for (int i = 0; i < 100000; i++)
		strbuf_add(&long_one, "$P$P$P$P");
	CHECK(!expand_word(&expansion, long_one.text, &err));
	CHECK(strstr(err.text, "longer than"));
}
