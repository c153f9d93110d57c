/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/builder/dockerfile/dockerfile_test.c - what is read of Dockerfiles.
 *
 * Each NAME.dockerfile of tests/dockerfile-golden is parsed; what came out is compared with
 * NAME.expected. CORACLE_GOLDEN_UPDATE=1 writes the expectations anew: read the difference before
 * committing it.
 */
#include "builder/dockerfile/dockerfile.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"

#include "harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN "tests/dockerfile-golden"

static void add_text(struct strbuf *out, const char *label, const char *text, size_t length)
{
	strbuf_printf(out, "%s\"", label);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n')
			strbuf_add(out, "\\n");
		else if (c == '"' || c == '\\')
			strbuf_printf(out, "\\%c", c);
		else if (c < 0x20)
			strbuf_printf(out, "\\x%02x", c);
		else
			strbuf_add_char(out, (char)c);
	}
	strbuf_add_char(out, '"');
}

static void add_string(struct strbuf *out, const char *label, const char *text)
{
	add_text(out, label, text, strlen(text));
}

static void dump_flags(struct strbuf *out, const struct instruction *instruction)
{
	for (size_t i = 0; i < instruction->flag_count; i++) {
		strbuf_printf(out, "  flag %s", instruction->flags[i].name);
		if (instruction->flags[i].value)
			add_string(out, " ", instruction->flags[i].value);
		strbuf_add_char(out, '\n');
	}
}

static void dump_words(struct strbuf *out, const struct instruction *instruction)
{
	CHECK(instruction->words && !instruction->words[instruction->word_count]);
	if (instruction->is_json || instruction->word_count) {
		strbuf_add(out, instruction->is_json ? "  json" : "  words");
		for (char **word = instruction->words; *word; word++)
			add_string(out, " ", *word);
		strbuf_add_char(out, '\n');
	}
	for (size_t i = 0; i < instruction->pair_count; i++) {
		add_string(out, instruction->is_legacy ? "  legacy " : "  pair ",
			   instruction->pairs[i].name);
		if (instruction->pairs[i].value)
			add_string(out, " = ", instruction->pairs[i].value);
		strbuf_add_char(out, '\n');
	}
}

static void dump_heredocs(struct strbuf *out, const struct instruction *instruction)
{
	for (size_t i = 0; i < instruction->heredoc_count; i++) {
		const struct heredoc *heredoc = &instruction->heredocs[i];

		add_string(out, "  heredoc ", heredoc->name);
		strbuf_printf(out, " %d%s%s", heredoc->descriptor,
			      heredoc->expands ? " expands" : "",
			      heredoc->strips_tabs ? " strips" : "");
		add_text(out, " ", heredoc->content, heredoc->length);
		strbuf_add_char(out, '\n');
	}
}

static void dump_health(struct strbuf *out, const struct image_healthcheck *health)
{
	const int64_t times[] = {health->interval_ns, health->timeout_ns, health->start_period_ns,
				 health->start_interval_ns};
	char text[64];

	if (!health->test)
		return;
	strbuf_add(out, "  test");
	for (char **word = health->test; *word; word++)
		add_string(out, " ", *word);
	for (size_t i = 0; i < array_length(times); i++)
		strbuf_printf(out, " %s", units_format_duration(text, sizeof(text), times[i]));
	strbuf_printf(out, " %d\n", health->retries);
}

static void dump_shell(struct strbuf *out, const struct instruction *instruction,
		       struct arena *arena)
{
	if (instruction->kind != INSTRUCTION_RUN || !instruction->heredoc_count)
		return;
	add_string(out, instruction_script(instruction) ? "  script " : "  shell ",
		   instruction_shell_text(instruction, arena));
	strbuf_add_char(out, '\n');
}

static void dump_instruction(struct strbuf *out, const struct instruction *instruction,
			     struct arena *arena)
{
	strbuf_printf(out, "%d-%d %s", instruction->line, instruction->end_line,
		      instruction_names[instruction->kind]);
	add_string(out, " ", instruction->text);
	strbuf_add_char(out, '\n');
	if (strcmp(instruction->keyword, instruction_names[instruction->kind]) != 0)
		strbuf_printf(out, "  keyword %s\n", instruction->keyword);
	if (instruction->comment && *instruction->comment)
		strbuf_printf(out, "  comment %s\n", instruction->comment);
	dump_flags(out, instruction);
	dump_words(out, instruction);
	if (instruction->stage_name)
		strbuf_printf(out, "  stage %s\n", instruction->stage_name);
	dump_heredocs(out, instruction);
	dump_shell(out, instruction, arena);
	dump_health(out, &instruction->healthcheck);
}

static void dump_rules(struct strbuf *out, const char *label, char **rules)
{
	if (!rules)
		return;
	strbuf_add(out, label);
	for (; *rules; rules++)
		strbuf_printf(out, " %s", *rules);
	strbuf_add_char(out, '\n');
}

static void dump(struct strbuf *out, const struct dockerfile *file, struct arena *arena)
{
	if (file->escape != '\\')
		strbuf_printf(out, "escape %c\n", file->escape);
	if (file->syntax)
		strbuf_printf(out, "syntax %s\n", file->syntax);
	dump_rules(out, "skip", file->check.skip);
	dump_rules(out, "experimental", file->check.experimental);
	if (file->check.is_error)
		strbuf_add(out, "warnings are errors\n");
	for (size_t i = 0; i < file->count; i++)
		dump_instruction(out, &file->instructions[i], arena);
	for (size_t i = 0; i < file->warning_count; i++)
		strbuf_printf(out, "warning %d %s: %s\n", file->warnings[i].line,
			      file->warnings[i].rule, file->warnings[i].text);
}

static void compare(const char *name, const struct strbuf *actual)
{
	auto_strbuf struct strbuf expected = {0};
	auto_strbuf struct strbuf path = {0};

	strbuf_printf(&path, GOLDEN "/%.*s.expected", (int)strcspn(name, "."), name);
	if (getenv("CORACLE_GOLDEN_UPDATE")) {
		file_replace(AT_FDCWD, path.text, strbuf_text(actual), actual->length, 0644, NULL);
		return;
	}
	if (file_read(AT_FDCWD, path.text, 1 << 20, &expected, NULL) < 0)
		fail_msg("there is no %s; got:\n%s", path.text, strbuf_text(actual));
	if (strcmp(strbuf_text(&expected), strbuf_text(actual)) != 0)
		fail_msg("%s expects:\n%s\ngot:\n%s", path.text, strbuf_text(&expected),
			 strbuf_text(actual));
}

static void check_case(const char *name)
{
	auto_strbuf struct strbuf bytes = {0}, out = {0}, path = {0};
	auto_arena struct arena arena = {0};
	struct dockerfile file;
	struct error err = {0};

	strbuf_printf(&path, GOLDEN "/%s", name);
	CHECK_OK(file_read(AT_FDCWD, path.text, 1 << 20, &bytes, &err));
	if (dockerfile_parse(&file, "Dockerfile", strbuf_text(&bytes), bytes.length, &arena, &err) <
	    0)
		strbuf_printf(&out, "error %s\n", err.text);
	else
		dump(&out, &file, &arena);
	compare(name, &out);
}

TEST(golden_dockerfiles_are_read_as_expected)
{
	struct dirent **entries;
	int count = scandir(GOLDEN, &entries, NULL, alphasort), cases = 0;

	if (count < 0)
		fail_msg("cannot list %s; run the tests in the top directory", GOLDEN);
	for (int i = 0; i < count; i++) {
		if (strstr(entries[i]->d_name, ".dockerfile")) {
			check_case(entries[i]->d_name);
			cases++;
		}
		free(entries[i]);
	}
	free(entries);
	CHECK(cases >= 40);
}

static void parse_trigger(const char *text, struct instruction *instruction, struct arena *arena)
{
	static const char bytes[] = "FROM base\nLABEL a=1\n";
	struct dockerfile file;
	struct error err = {0};

	CHECK_OK(dockerfile_parse(&file, "Dockerfile", bytes, strlen(bytes), arena, &err));
	CHECK_OK(dockerfile_parse_trigger(&file, text, 1, instruction, arena, &err));
}

TEST(triggers_are_single_instructions)
{
	auto_arena struct arena arena = {0};
	struct instruction instruction;

	parse_trigger("copy --from=a x /y", &instruction, &arena);
	CHECK_INT(instruction.kind, INSTRUCTION_COPY);
	CHECK_INT(instruction.line, 1);
	CHECK_TEXT(instruction_flag(&instruction, "from"), "a");
	CHECK_TEXT(instruction.words[1], "/y");
	parse_trigger("RUN <<EOF\necho a\nEOF", &instruction, &arena);
	CHECK_TEXT(instruction_script(&instruction)->content, "echo a\n");
}

static void check_trigger_error(const char *text, const char *part)
{
	auto_arena struct arena arena = {0};
	struct dockerfile file = {.name = "Dockerfile", .bytes = "FROM base\n", .length = 10};
	struct instruction instruction;
	struct error err = {0};

	CHECK(dockerfile_parse_trigger(&file, text, 1, &instruction, &arena, &err) < 0);
	CHECK(strstr(err.text, part));
	CHECK(strncmp(err.text, "Dockerfile:1: ", 14) == 0);
	CHECK(strstr(err.text, "1 | >>> FROM base"));
}

TEST(triggers_that_cannot_be_are_refused_where_they_are_used)
{
	check_trigger_error("NOSUCH x", "unknown instruction: NOSUCH");
	check_trigger_error("COPY a", "COPY requires at least two arguments");
	check_trigger_error("", "no instruction");
	check_trigger_error("RUN a\nRUN b", "not a single instruction");
	check_trigger_error("RUN <<EOF\na", "unterminated heredoc");
}

static void complain(struct error *err, int line, int end_line)
{
	auto_strbuf struct strbuf bytes = {0};
	struct dockerfile file = {.name = "docker/web.Dockerfile"};

	for (int i = 1; i <= 30; i++)
		strbuf_printf(&bytes, "RUN %0*d\n", i == 20 ? 5000 : 3, i);
	file.bytes = bytes.text;
	file.length = bytes.length;
	error_set(err, ERROR_INVALID, "no");
	CHECK(dockerfile_complain(&file, line, end_line, err) < 0);
}

TEST(excerpts_show_what_is_around)
{
	struct error err = {0};

	complain(&err, 3, 3);
	CHECK_TEXT(err.text,
		   "docker/web.Dockerfile:3: no\n--------------------\n   1 |     RUN 001\n"
		   "   2 |     RUN 002\n   3 | >>> RUN 003\n   4 |     RUN 004\n"
		   "   5 |     RUN 005\n--------------------");
	complain(&err, 30, 30);
	CHECK(strstr(err.text, "  28 |     RUN 028\n  29 |     RUN 029\n  30 | >>> RUN 030\n----"));
}

TEST(excerpts_are_bounded)
{
	struct error err = {0};

	complain(&err, 2, 29);
	CHECK(strstr(err.text, "   2 | >>> RUN 002"));
	CHECK(!strstr(err.text, "  19 |"));
	complain(&err, 20, 20);
	CHECK(strstr(err.text, "  20 | >>> RUN 0000"));
	CHECK(strstr(err.text, "…"));
	CHECK(strlen(err.text) < 600);
}

static void parse_quickly(const struct strbuf *bytes, const char *part)
{
	auto_arena struct arena arena = {0};
	struct dockerfile file;
	struct error err = {0};
	int64_t start = units_monotonic_ns();

	CHECK(dockerfile_parse(&file, "Dockerfile", bytes->text, bytes->length, &arena, &err) < 0);
	CHECK(strstr(err.text, part));
	CHECK(units_monotonic_ns() - start < 5 * SECOND);
}

TEST(what_is_hostile_is_refused_soon)
{
	auto_strbuf struct strbuf heredocs = {0}, onbuild = {0}, open = {0};

	strbuf_add(&heredocs, "FROM base\nCOPY");
	for (int i = 0; i < 100000; i++)
		strbuf_add(&heredocs, i % 1000 ? " <<A" : " \\\n <<A");
	strbuf_add(&heredocs, " /x\n");
	for (int i = 0; i < 100000; i++)
		strbuf_add(&heredocs, "A\n");
	parse_quickly(&heredocs, "more than 1024 heredocs");
	strbuf_add(&onbuild, "FROM base\n");
	for (int i = 0; i < 5000; i++)
		strbuf_add(&onbuild, "ONBUILD ");
	strbuf_add(&onbuild, "RUN a\n");
	parse_quickly(&onbuild, "ONBUILD is not allowed");
	strbuf_add(&open, "FROM base\nLABEL a=\\\n");
	for (int i = 0; i < 200000; i++)
		strbuf_add(&open, "\\\n\\\n");
	strbuf_add(&open, "b\nZ\n");
	parse_quickly(&open, "unknown instruction: Z");
}

TEST(flags_are_asked_for)
{
	static const char bytes[] =
		"FROM a\nCOPY --link --parents=FALSE --exclude=a --exclude=b x y\n";
	auto_arena struct arena arena = {0};
	struct instruction *copy;
	struct dockerfile file;
	struct error err = {0};
	bool is_set;

	CHECK_OK(dockerfile_parse(&file, "Dockerfile", bytes, strlen(bytes), &arena, &err));
	copy = &file.instructions[1];
	CHECK_TEXT(instruction_flag(copy, "exclude"), "b");
	CHECK_TEXT(instruction_flag(copy, "link"), "");
	CHECK(!instruction_flag(copy, "chown"));
	CHECK_OK(instruction_flag_is_set(copy, "link", &is_set, &err));
	CHECK(is_set);
	CHECK_OK(instruction_flag_is_set(copy, "parents", &is_set, &err));
	CHECK(!is_set);
	CHECK_OK(instruction_flag_is_set(copy, "unpack", &is_set, &err));
	CHECK(!is_set);
}
