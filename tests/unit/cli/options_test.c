/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/options.h"

#include <string.h>

struct sample {
	bool all;
	int tty;
	const char *name, *format;
	struct strvec env, scales;
	int index;
	int64_t timeout_ns;
};

static const struct option_spec specs[] = {
	OPTION(BOOL, "all", 'a', sample, all, "all of them"),
	OPTION(TRISTATE, "no-tty", 'T', sample, tty, "no terminal"),
	OPTION(STRING, "name", 'n', sample, name, "a name", .value = "NAME"),
	OPTION(WORD, "format", 0, sample, format, "a form", .value = "FORMAT",
	       .words = "table json"),
	OPTION(LIST, "env", 'e', sample, env, "a variable"),
	OPTION(INT, "index", 0, sample, index, "a number"),
	OPTION(SECONDS, "timeout", 't', sample, timeout_ns, "a time"),
	OPTION(SCALE, "scale", 0, sample, scales, "replicas"),
	OPTION_REFUSED("build", 0, "images cannot be built"),
	OPTION(BOOL, "secret-word", 0, sample, all, "hidden", .is_hidden = true),
	{0},
};

static struct sample sample;
static struct option_set sets[] = {{specs, &sample}, {0}};
static struct strvec rest;
static struct error err;

/* Parses words up to NULL into fresh variables. */
static int parse(enum options_mode mode, const char *const *words)
{
	options_release(&sets[0]);
	strvec_release(&rest);
	sample = (struct sample){0};
	err = (struct error){0};
	options_init(&sets[0]);
	return options_parse(sets, mode, (char *const *)words, &rest, &err);
}

#define PARSE(mode, ...) parse(mode, (const char *[]){__VA_ARGS__, NULL})

static void release(void)
{
	options_release(&sets[0]);
	strvec_release(&rest);
}

TEST(a_word_is_one_of_its_rows)
{
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--format", "json"), 0);
	CHECK(strcmp(sample.format, "json") == 0);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--format=table"), 0);
	for (size_t i = 0; i < 4; i++) {
		const char *const wrong[] = {"", "jso", "jsonl", "table json"};

		CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--format", wrong[i]), -1);
		CHECK(strstr(err.text, "is none of these: table json"));
		CHECK(!sample.format);
	}
	release();
}

TEST(marks_what_was_not_given)
{
	CHECK_INT(parse(OPTIONS_INTERSPERSED, (const char *[]){NULL}), 0);
	CHECK(!sample.all);
	CHECK_INT(sample.tty, -1);
	CHECK(sample.timeout_ns == -1);
	CHECK_INT(rest.count, 0);
	release();
}

TEST(takes_long_and_short_forms)
{
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "web", "--name", "x", "-e", "A=1", "--env=B=2", "-eC",
			"-aT", "db", "--index=3"),
		  0);
	CHECK(sample.all);
	CHECK_INT(sample.tty, 1);
	CHECK_TEXT(sample.name, "x");
	CHECK_INT(sample.env.count, 3);
	CHECK_TEXT(sample.env.items[1], "B=2");
	CHECK_TEXT(sample.env.items[2], "C");
	CHECK_INT(sample.index, 3);
	CHECK_INT(rest.count, 2);
	CHECK_TEXT(rest.items[1], "db");
	release();
}

TEST(takes_booleans_with_a_value)
{
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--all=false", "--no-tty=0"), 0);
	CHECK(!sample.all);
	CHECK_INT(sample.tty, 0);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--all=maybe"), -1);
	CHECK(strstr(err.text, "--all") && strstr(err.text, "maybe"));
	release();
}

TEST(leaves_a_command_alone_behind_the_first_word)
{
	CHECK_INT(PARSE(OPTIONS_FIRST, "-a", "web", "ls", "-a", "--unknown"), 0);
	CHECK(sample.all);
	CHECK_INT(rest.count, 4);
	CHECK_TEXT(rest.items[3], "--unknown");
	release();
}

TEST(ends_options_at_two_dashes)
{
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--", "-a", "--name"), 0);
	CHECK(!sample.all);
	CHECK_INT(rest.count, 2);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "-"), 0);
	CHECK_TEXT(rest.items[0], "-");
	release();
}

TEST(suggests_the_option_that_was_meant)
{
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--nmae", "x"), -1);
	CHECK(strstr(err.text, "did you mean '--name'?"));
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--zzzzzz"), -1);
	CHECK(!strstr(err.text, "did you mean"));
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--secret-wrd"), -1);
	CHECK(!strstr(err.text, "did you mean"));
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "-ax"), -1);
	CHECK(strstr(err.text, "'-x'"));
	release();
}

TEST(wants_a_value_where_one_is_needed)
{
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--name"), -1);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "-n"), -1);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--index", "many"), -1);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--index", "99999999999"), -1);
	release();
}

TEST(reads_seconds_and_durations)
{
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "-t", "10"), 0);
	CHECK(sample.timeout_ns == 10000000000);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "-t1m30s"), 0);
	CHECK(sample.timeout_ns == 90000000000);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "-t", "0"), 0);
	CHECK(sample.timeout_ns == 0);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "-t", "-5s"), -1);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "-t", "-5"), -1);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "-t", "99999999999999999999"), -1);
	release();
}

TEST(checks_scales)
{
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--scale", "web=3", "--scale=db=0"), 0);
	CHECK_INT(sample.scales.count, 2);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--scale", "web"), -1);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--scale", "=3"), -1);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--scale", "web=-1"), -1);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--scale", "web=x"), -1);
	release();
}

TEST(refuses_what_there_is_no_implementation_for)
{
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--build"), -1);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	CHECK(strstr(err.text, "images cannot be built"));
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--build=false"), 0);
	release();
}

TEST(asks_for_help)
{
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "web", "-h"), OPTIONS_HELP);
	CHECK_INT(PARSE(OPTIONS_INTERSPERSED, "--help"), OPTIONS_HELP);
	CHECK_INT(PARSE(OPTIONS_FIRST, "web", "-h"), 0);
	release();
}

TEST(shows_visible_options_by_name)
{
	auto_free const struct option_spec **shown = options_shown(specs);

	for (size_t i = 0; shown[i]; i++) {
		CHECK(strcmp(shown[i]->name, "secret-word") != 0);
		CHECK(strcmp(shown[i]->name, "build") != 0);
		CHECK(i == 0 || strcmp(shown[i - 1]->name, shown[i]->name) < 0);
	}
}

TEST(says_which_words_a_value_may_be_and_what_holds_without_it)
{
	static const struct option_spec row = {
		.help = "When to pull", .words = "always missing never", .fallback = "missing"};
	static const struct option_spec plain = {.help = "A number", .fallback = "10"};
	auto_strbuf struct strbuf text = {0}, number = {0};

	options_describe(&text, &row);
	CHECK_TEXT(text.text, "When to pull: always, missing or never (default missing)");
	options_describe(&number, &plain);
	CHECK_TEXT(number.text, "A number (default 10)");
}
