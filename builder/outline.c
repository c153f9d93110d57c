/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/outline.h"

#include "base/arena.h"
#include "builder/build_private.h"

#include <string.h>

static void add(const struct build *build, struct build_outline *outline, const char *text,
		int step)
{
	outline->lines =
		arena_grow(build->arena, outline->lines, outline->count, sizeof(*outline->lines));
	outline->lines[outline->count++] = (struct build_outline_line){text, step};
}

static const struct step *step_of(const struct stage *stage, const struct line *line)
{
	for (size_t i = 0; i < stage->step_count; i++)
		if (stage->steps[i]->line == line)
			return stage->steps[i];
	return NULL;
}

/* As it is written; but what ADD takes may be a URL with a password, which a step's name hides. */
static const char *shown(const struct line *line, const struct step *step)
{
	const char *named = step ? strstr(step->name, "] ") : NULL;

	return named && line->instruction.kind == INSTRUCTION_ADD ? named + 2
								  : line->instruction.text;
}

static void add_stage(const struct build *build, struct build_outline *outline,
		      const struct stage *stage)
{
	if (stage->from)
		add(build, outline, stage->from->text, 0);
	for (size_t i = 0; i < stage->line_count; i++) {
		const struct line *line = &stage->lines[i];
		const struct step *step = step_of(stage, line);

		add(build, outline, shown(line, step), step ? step->number : 0);
	}
}

/* ARG may stand before the first stage. */
static void add_globals(const struct build *build, struct build_outline *outline)
{
	const struct dockerfile *dockerfile = &build->dockerfile;

	for (size_t i = 0; i < dockerfile->count; i++) {
		if (dockerfile->instructions[i].kind == INSTRUCTION_FROM)
			return;
		add(build, outline, dockerfile->instructions[i].text, 0);
	}
}

int outline_tell(struct build *build, struct error *err)
{
	struct build_outline outline = {0};

	(void)err;
	if (!build->request->planned)
		return 0;
	add_globals(build, &outline);
	for (size_t i = 0; i < build->plan.file_count; i++)
		if (build->plan.stages[i]->is_needed)
			add_stage(build, &outline, build->plan.stages[i]);
	build->request->planned(&outline, build->request->data);
	return 0;
}
