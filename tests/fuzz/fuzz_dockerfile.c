/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any Dockerfile: what is read of it stands in its lines; what is refused says where.
 */
#include "base/arena.h"
#include "base/error.h"
#include "builder/dockerfile/dockerfile.h"
#include "builder/dockerfile/expand.h"
#include "builder/dockerfile/lint.h"
#include "builder/dockerfile/mount.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *no_value(const char *name, void *data)
{
	(void)name;
	(void)data;
	return NULL;
}

static void read_mounts(const struct instruction *instruction, struct arena *arena)
{
	struct expansion expansion = {.lookup = no_value, .escape = '\\', .arena = arena};
	struct dockerfile_mount mount;
	struct error err;

	for (size_t i = 0; i < instruction->flag_count; i++)
		if (strcmp(instruction->flags[i].name, "mount") == 0 &&
		    dockerfile_mount_parse(&mount, instruction->flags[i].value, &expansion, &err) ==
			    0)
			assert(mount.source && (mount.target || mount.id));
}

static void check_instruction(const struct dockerfile *file, const struct instruction *instruction,
			      struct arena *arena)
{
	struct instruction trigger;
	struct error err;

	assert(instruction->line >= 1 && instruction->line <= instruction->end_line);
	assert(instruction->words && !instruction->words[instruction->word_count]);
	for (size_t i = 0; i < instruction->heredoc_count; i++)
		assert(strlen(instruction->heredocs[i].content) == instruction->heredocs[i].length);
	if (instruction->kind == INSTRUCTION_RUN && !instruction->is_json)
		assert(instruction_shell_text(instruction, arena));
	if (instruction->kind == INSTRUCTION_RUN)
		read_mounts(instruction, arena);
	if (instruction->kind == INSTRUCTION_ONBUILD)
		dockerfile_parse_trigger(file, instruction->words[0], instruction->line, &trigger,
					 arena, &err);
}

/* The base image has a variable, or nobody knows it. */
static char **image_env(const char *reference, void *data)
{
	static char of_image[] = "A=value";
	static char *env[] = {of_image, NULL};

	(void)data;
	return reference[0] == 'b' ? env : NULL;
}

static void lint(const struct dockerfile *file, struct arena *arena)
{
	struct lint_request request = {
		.dockerfile = file, .image_env = image_env, .has_all_targets = true};
	size_t count;
	struct dockerfile_warning *warnings = lint_dockerfile(&request, &count, arena);

	for (size_t i = 0; i < count; i++)
		assert(warnings[i].text && lint_describe(warnings[i].rule) &&
		       (i == 0 || warnings[i - 1].line <= warnings[i].line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = {0};
	struct dockerfile file;
	struct error err;

	if (dockerfile_parse(&file, "Dockerfile", (const char *)data, size, &arena, &err) < 0) {
		assert(strncmp(err.text, "Dockerfile:", 11) == 0);
		return 0;
	}
	assert(file.count > 0);
	for (size_t i = 0; i < file.count; i++)
		check_instruction(&file, &file.instructions[i], &arena);
	lint(&file, &arena);
	return 0;
}
