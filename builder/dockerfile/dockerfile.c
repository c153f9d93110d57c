/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/dockerfile.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/strbuf.h"
#include "builder/dockerfile/form.h"
#include "builder/dockerfile/heredoc.h"
#include "builder/dockerfile/lines.h"
#include "builder/dockerfile/words.h"

#include <ctype.h>
#include <string.h>

/* The keyword as it is written, and the text with it in upper case, without space around. */
static void set_text(struct instruction *instruction, const char *text, struct arena *arena)
{
	char *copy = arena_string(arena, words_skip(text));
	size_t length;

	copy[words_trimmed(copy)] = '\0';
	length = (size_t)(words_end(copy) - copy);
	instruction->keyword = arena_string_n(arena, copy, length);
	instruction->kind = form_find(instruction->keyword);
	for (size_t i = 0; i < length; i++)
		copy[i] = (char)toupper((unsigned char)copy[i]);
	instruction->text = copy;
}

static int refuse_unknown(const struct instruction *instruction, const struct instruction *last,
			  struct error *err)
{
	const char *near = nearest_word(instruction->keyword, instruction_names);
	const char *end = last ? last->text + strlen(last->text) : NULL;

	if (!near && end && end - last->text > 2 && (end[-1] == '|' || strcmp(end - 2, "&&") == 0))
		return error_set(
			err, ERROR_INVALID,
			"unknown instruction: %.60s (does a \\ lack at the end of the line "
			"before?)",
			instruction->keyword);
	return error_set(err, ERROR_INVALID, "unknown instruction: %.60s%s%s%s",
			 instruction->keyword, near ? " (did you mean " : "", near ? near : "",
			 near ? "?)" : "");
}

/* The trigger is split as it would be where it stands alone, and what it says is not looked at
 * before it is used. Its heredocs go where it goes. */
static int read_trigger_heredocs(struct lines *lines, struct instruction *onbuild,
				 struct error *err)
{
	struct instruction trigger = {.line = onbuild->line};
	auto_strbuf struct strbuf text = {0};

	if (!onbuild->words[0])
		return 0;
	set_text(&trigger, onbuild->words[0], lines->arena);
	if (trigger.kind == INSTRUCTION_COUNT || trigger.kind == INSTRUCTION_ONBUILD)
		return 0;
	if (form_split(&trigger, lines->file->escape, lines->arena, err) < 0)
		return dockerfile_complain(lines->file, onbuild->line, lines->line, err);
	if (!form_takes_heredocs(&trigger))
		return 0;
	if (heredoc_read_all(lines, &trigger, onbuild->text, err) < 0)
		return -1;
	strbuf_add(&text, onbuild->words[0]);
	for (size_t i = 0; i < trigger.heredoc_count; i++)
		strbuf_printf(&text, "\n%s%s", trigger.heredocs[i].raw, trigger.heredocs[i].name);
	onbuild->words[0] = arena_string(lines->arena, strbuf_text(&text));
	return 0;
}

static int read_heredocs(struct lines *lines, struct instruction *instruction, struct error *err)
{
	if (instruction->kind == INSTRUCTION_ONBUILD)
		return read_trigger_heredocs(lines, instruction, err);
	if (!form_takes_heredocs(instruction))
		return 0;
	return heredoc_read_all(lines, instruction, instruction->text, err);
}

/* 1: @instruction is the next one; 0: there are no more; -1 with a placed error. */
static int read_instruction(struct lines *lines, struct instruction *instruction,
			    const struct instruction *last, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct lines_statement statement;
	int got = lines_read_statement(lines, &statement, &text, err);

	if (got <= 0)
		return got;
	*instruction = (struct instruction){
		.line = statement.line, .end_line = lines->line, .comment = statement.comment};
	if (statement.has_blank)
		dockerfile_warn(lines->file, lines->line, "NoEmptyContinuation",
				"Empty continuation line", lines->arena);
	set_text(instruction, strbuf_text(&text), lines->arena);
	if (instruction->kind == INSTRUCTION_COUNT)
		got = refuse_unknown(instruction, last, err);
	else
		got = form_split(instruction, lines->file->escape, lines->arena, err);
	if (got < 0)
		return dockerfile_complain(lines->file, statement.line, lines->line, err);
	if (read_heredocs(lines, instruction, err) < 0)
		return -1;
	instruction->end_line = lines->line;
	if (form_check(instruction, lines->arena, err) < 0)
		return dockerfile_complain(lines->file, statement.line, lines->line, err);
	return 1;
}

static int add_instruction(struct dockerfile *file, const struct instruction *instruction,
			   bool *has_stage, struct arena *arena)
{
	*has_stage = *has_stage || instruction->kind == INSTRUCTION_FROM;
	if (!*has_stage && instruction->kind != INSTRUCTION_ARG)
		return -1;
	file->instructions =
		arena_grow(arena, file->instructions, file->count, sizeof(*instruction));
	file->instructions[file->count++] = *instruction;
	return 0;
}

int dockerfile_parse(struct dockerfile *file, const char *name, const char *bytes, size_t length,
		     struct arena *arena, struct error *err)
{
	struct instruction instruction;
	struct lines lines;
	bool has_stage = false;
	int got;

	*file = (struct dockerfile){.name = name, .bytes = bytes, .length = length};
	lines_begin(&lines, file, arena);
	while ((got = read_instruction(&lines, &instruction,
				       file->count ? &file->instructions[file->count - 1] : NULL,
				       err)) > 0) {
		if (add_instruction(file, &instruction, &has_stage, arena) == 0)
			continue;
		error_set(err, ERROR_INVALID,
			  "no build stage in current context: only ARG may stand before FROM");
		return dockerfile_complain(file, instruction.line, instruction.end_line, err);
	}
	if (got < 0)
		return -1;
	if (!has_stage)
		return error_set(err, ERROR_INVALID, "%s: %s", name,
				 file->count ? "there is no FROM, so there is no stage to build"
					     : "there are no instructions in it");
	return 0;
}

int dockerfile_parse_trigger(const struct dockerfile *dockerfile, const char *text, int line,
			     struct instruction *instruction, struct arena *arena,
			     struct error *err)
{
	struct dockerfile file = {.name = "ONBUILD", .bytes = text, .length = strlen(text)};
	struct instruction more;
	struct lines lines;
	int got;

	lines_begin(&lines, &file, arena);
	got = read_instruction(&lines, instruction, NULL, err);
	if (got == 0)
		got = error_set(err, ERROR_INVALID, "ONBUILD: there is no instruction in it");
	else if (got > 0 && (got = read_instruction(&lines, &more, NULL, err)) > 0)
		got = error_set(err, ERROR_INVALID, "ONBUILD: '%.60s' is not a single instruction",
				text);
	if (got < 0)
		return dockerfile_complain(dockerfile, line, line, err);
	instruction->line = instruction->end_line = line;
	return 0;
}
