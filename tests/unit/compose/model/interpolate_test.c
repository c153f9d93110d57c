/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/interpolate.h"

#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"

#include "harness.h"

#include <string.h>

static unsigned warnings;

static const char *lookup(void *data, const char *name)
{
	(void)data;
	if (strcmp(name, "SET") == 0)
		return "value";
	return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static void count_warning(enum log_level level, const char *text, void *data)
{
	(void)text;
	(void)data;
	warnings += level == LOG_LEVEL_WARNING;
}

static void check(const char *template, const char *expected)
{
	struct interpolation interpolation = {.lookup = lookup};
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};

	log_set_sink(count_warning, NULL);
	if (interpolate_text(&out, template, &interpolation, &err) < 0)
		fail_msg("'%s': %s", template, err.text);
	if (strcmp(strbuf_text(&out), expected) != 0)
		fail_msg("'%s' became '%s', not '%s'", template, strbuf_text(&out), expected);
	log_set_sink(NULL, NULL);
}

static void check_error(const char *template, const char *expected)
{
	struct interpolation interpolation = {.lookup = lookup};
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};

	CHECK(interpolate_text(&out, template, &interpolation, &err) < 0);
	CHECK_TEXT(err.text, expected);
}

TEST(every_form_with_set_unset_and_empty)
{
	check("$SET ${SET}", "value value");
	check("${NO-d}|${NO:-d}|${EMPTY-d}|${EMPTY:-d}|${SET-d}", "d|d||d|value");
	check("${NO+r}|${NO:+r}|${EMPTY+r}|${EMPTY:+r}|${SET+r}|${SET:+r}", "||r||r|r");
	check("${SET?e}${SET:?e}${EMPTY?e}", "valuevalue");
}

TEST(dollars_that_begin_no_name_stay)
{
	check("a $ b $1 ^x$ $", "a $ b $1 ^x$ $");
	check("$$SET $$$SET $$$$", "$SET $value $$");
}

TEST(parts_nest_and_only_the_taken_one_counts)
{
	warnings = 0;
	check("${SET:-${NOT_SET_HERE}}", "value");
	CHECK_INT(warnings, 0);
	check("${NO:-a${NO:-b${SET}}c}", "abvaluec");
	check("${SET:+x${NO:-y}}", "xy");
	check("${NO:-{\"a\":{}}}", "{\"a\":{}}");
	check("${NO-b:?c}", "b:?c");
	check("${NO:-$$x}", "$x");
}

TEST(an_unset_variable_is_warned_about)
{
	warnings = 0;
	check("<$NOBODY_SETS_THIS>", "<>");
	CHECK_INT(warnings, 1);
}

TEST(what_is_malformed_is_refused)
{
	check_error("${", "invalid interpolation format");
	check_error("${}", "invalid interpolation format");
	check_error("${ A}", "invalid interpolation format");
	check_error("${A!}", "invalid interpolation format");
	check_error("${A:}", "invalid interpolation format");
	check_error("${1A}", "invalid interpolation format");
	check_error("${NO?}", "required variable NO is missing a value");
	check_error("${EMPTY:?say $SET}", "required variable EMPTY is missing a value: say value");
}

TEST(depth_and_size_are_bounded)
{
	auto_strbuf struct strbuf deep = {0}, out = {0};
	struct interpolation interpolation = {.lookup = lookup};
	struct error err = {0};

	for (int i = 0; i < 10000; i++)
		strbuf_add(&deep, "${A:-");
	for (int i = 0; i < 10000; i++)
		strbuf_add_char(&deep, '}');
	CHECK(interpolate_text(&out, strbuf_text(&deep), &interpolation, &err) < 0);
	CHECK(strstr(err.text, "deeper than 100"));
	interpolation.made = INTERPOLATE_SIZE_LIMIT;
	CHECK(interpolate_text(&out, "$SET", &interpolation, &err) < 0);
}

static void found(void *data, const char *name, const char *value, const char *other, bool required)
{
	strbuf_printf(data, "%s=%s,%s,%d;", name, value ? value : "", other ? other : "", required);
}

TEST(variables_are_listed_with_their_parts)
{
	auto_strbuf struct strbuf out = {0};

	interpolate_list("$A ${B:-x${C?m}} $$D ${E+z} ${", found, &out);
	CHECK_TEXT(strbuf_text(&out), "A=,,0;B=x${C?m},,0;C=,,1;E=,z,0;");
}

/* An opening brace hides the character behind it; the last one closes what stays open. */
TEST(braces_of_a_word_are_counted_as_docker_compose_does)
{
	check("<${NO:-{\"k\": [1]}}>", "<{\"k\": [1]}>");
	check("<${SET:-{\"k\": [1]}}>", "<value>");
	check("<${NO-{}}>|<${SET-{}}>", "<{}}>|<value>"); /* the first takes it all */
	check("<${SET-{}}>", "<value>");
	check("<${NO:-{{k}}}>", "<{{k}}>");
	check("<${SET:-{{k}}}>", "<value}>");
	check("<${NO:-{k}>", "<{k>");
	check("<${NO:-}{k}>", "<{k}>");
	check("<${SET:+${NO:-{k}}}>", "<{k}>");
	check("<${EMPTY+{$SET}}>", "<{value}>");
	check_error("${NO:-{k} ${SET}", "invalid interpolation format");
	check_error("${}", "invalid interpolation format");
	check_error("${SET", "invalid interpolation format");
}
