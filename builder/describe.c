/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/describe.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "builder/build_private.h"
#include "builder/history.h"
#include "builder/stage_config.h"
#include "engine/platform.h"
#include "registry/download.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* --- where a stage begins --------------------------------------------------------------------- */

static char **config_env(const struct stage *stage, struct arena *arena)
{
	json *env = json_path(stage->document, "config", "Env", NULL);
	char **entries = arena_array(arena, json_length(env) + 1, sizeof(*entries));
	size_t count = 0;

	for (size_t i = 0; i < json_length(env); i++)
		if (json_string_at(env, i))
			entries[count++] = arena_string(arena, json_string_at(env, i));
	return entries;
}

static void ensure_path(struct stage *stage)
{
	json *config = json_get(stage->document, "config");
	json *env = json_get(config, "Env");

	if (scope_get(&stage->scope, "PATH"))
		return;
	scope_set(&stage->scope, "PATH", DEFAULT_PATH);
	if (!json_is_array(env)) {
		env = json_new_array();
		json_set(config, "Env", env);
	}
	json_add_string(env, "PATH=" DEFAULT_PATH);
}

static void begin_on_stage(struct stage *stage)
{
	json_object_deep_copy(stage->base->document, &stage->document, NULL);
	json_object_object_del(json_get(stage->document, "config"), "OnBuild");
	scope_copy(&stage->scope, &stage->base->scope);
	stage->inherited_history = stage->base->inherited_history;
	stage->platform = stage->base->platform;
}

static void begin(struct build *build, struct stage *stage)
{
	if (stage->base) {
		begin_on_stage(stage);
		return;
	}
	stage->inherited_history = json_length(json_get(stage->document, "history"));
	scope_set_entries(&stage->scope, config_env(stage, build->arena));
	ensure_path(stage);
}

/* --- steps ------------------------------------------------------------------------------------ */

static bool makes_step(const struct line *line)
{
	enum instruction_kind kind = line->instruction.kind;

	return kind == INSTRUCTION_COPY || kind == INSTRUCTION_ADD || kind == INSTRUCTION_RUN ||
	       kind == INSTRUCTION_WORKDIR;
}

static size_t count_steps(const struct stage *stage)
{
	size_t count = stage->base_kind == BASE_IMAGE || stage->is_copied;

	for (size_t i = 0; i < stage->line_count; i++)
		count += makes_step(&stage->lines[i]);
	return count;
}

/* "[build 2/5] RUN make" */
static const char *name_step(const struct build *build, struct stage *stage, const char *text)
{
	size_t total = count_steps(stage);
	int width = total < 10 ? 1 : total < 100 ? 2 : 3;

	return arena_format(build->arena, "[%s%s%*zu/%zu] %s", stage->label,
			    *stage->label ? " " : "", width, ++stage->named_steps, total, text);
}

/* A user in a URL is for its server alone: names of steps are printed and kept. */
static void add_shown(struct strbuf *text, const char *shown)
{
	while (*shown) {
		size_t length = strcspn(shown, " ");
		auto_free char *word = alloc_string_n(shown, length);
		auto_free char *url = context_is_url(word) ? download_show_url(word) : NULL;

		strbuf_add(text, url ? url : word);
		shown += length;
		length = strspn(shown, " ");
		strbuf_add_n(text, shown, length);
		shown += length;
	}
}

/* The first line of a script stands behind the instruction. */
static const char *step_text(const struct build *build, const struct stage *stage,
			     const struct line *line)
{
	const struct instruction *instruction = &line->instruction;
	auto_strbuf struct strbuf text = {0};

	strbuf_add(&text, line->is_trigger ? "ONBUILD " : "");
	add_shown(&text, scope_show(&stage->scope, instruction->text));
	if (instruction->kind == INSTRUCTION_RUN && instruction->heredoc_count > 0) {
		const char *content = instruction->heredocs[0].content;
		size_t length;

		content += strspn(content, " \t\r\n");
		length = strcspn(content, "\r\n");
		strbuf_printf(&text, " (%.*s%s)", (int)length, content,
			      content[length + strspn(content + length, " \t\r\n")] ? "..." : "");
	}
	return arena_string(build->arena, strbuf_text(&text));
}

static struct step *add_step(struct build *build, struct stage *stage, const struct line *line,
			     enum step_kind kind)
{
	struct step *step = arena_alloc(build->arena, sizeof(*step));

	step->kind = kind;
	step->stage = stage;
	step->line = line;
	step->number = ++build->plan.numbers;
	step->name = name_step(build, stage, step_text(build, stage, line));
	step->user = arena_string(build->arena, stage_config_text(stage, "User"));
	step->below = stage->step_count > 0 ? stage->steps[stage->step_count - 1] : NULL;
	stage->steps =
		arena_grow(build->arena, stage->steps, stage->step_count, sizeof(*stage->steps));
	stage->steps[stage->step_count++] = step;
	return step;
}

static int add_copy(struct build *build, struct stage *stage, const struct line *line,
		    struct error *err)
{
	struct step *step = add_step(build, stage, line, STEP_COPY);
	auto_strbuf struct strbuf said = {0};

	if (step_copy_prepare(build, step, &said, err) < 0)
		return -1;
	history_add(stage->document, strbuf_text(&said), true);
	return 0;
}

static int add_run(struct build *build, struct stage *stage, const struct line *line,
		   struct error *err)
{
	struct step *step = add_step(build, stage, line, STEP_RUN);
	auto_strbuf struct strbuf said = {0};

	if (platform_can_run(stage->platform, err) < 0 ||
	    step_run_prepare(build, step, &said, err) < 0)
		return -1;
	history_add(stage->document, strbuf_text(&said), true);
	return 0;
}

static int add_workdir(struct build *build, struct stage *stage, const struct line *line,
		       struct error *err)
{
	const char *word = line->instruction.word_count > 0 ? line->instruction.words[0] : "";
	const char *path = scope_word(&stage->scope, word, err);
	const char *before = stage_config_text(stage, "WorkingDir");
	auto_free char *base = NULL;
	auto_free char *directory = NULL;
	struct step *step;

	if (!path)
		return -1;
	base = path_join("/", before);
	directory = path_join(base, path);
	json_set_string(json_get(stage->document, "config"), "WorkingDir", directory);
	history_add(stage->document, arena_format(build->arena, "WORKDIR %s", directory),
		    strcmp(directory, "/") != 0);
	if (strcmp(directory, "/") == 0)
		return 0;
	step = add_step(build, stage, line, STEP_WORKDIR);
	step->directory = arena_string(build->arena, directory);
	return 0;
}

/* --- the lines -------------------------------------------------------------------------------- */

/* What is taken from comes before; only of an image or a context there is no order. */
static int check_order(const struct stage *stage, const struct line *line, struct error *err)
{
	for (size_t i = 0; i < line->source_count; i++) {
		const struct stage *source = line->sources[i];

		if (source && source->from && source->index >= stage->index)
			return error_set(err, ERROR_INVALID,
					 "cannot %s from stage \"%s\", it needs to be defined "
					 "before current stage \"%s\"",
					 line->instruction.kind == INSTRUCTION_COPY ? "copy"
										    : "mount",
					 source->label, stage->label);
	}
	return 0;
}

static int describe_line(struct build *build, struct stage *stage, const struct line *line,
			 struct error *err)
{
	static int (*const steps[INSTRUCTION_COUNT])(struct build * build, struct stage * stage,
						     const struct line *line, struct error *err) = {
		[INSTRUCTION_ADD] = add_copy,
		[INSTRUCTION_COPY] = add_copy,
		[INSTRUCTION_RUN] = add_run,
		[INSTRUCTION_WORKDIR] = add_workdir,
	};

	if (check_order(stage, line, err) < 0)
		return -1;
	if (steps[line->instruction.kind])
		return steps[line->instruction.kind](build, stage, line, err);
	return stage_config_apply(build, stage, &line->instruction, err);
}

static bool is_base(const struct plan *plan, const struct stage *stage)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->stages[i]->is_needed && plan->stages[i]->base == stage)
			return true;
	return stage == plan->target || stage->line_count > 0;
}

/* Files that others are built on become a layer: a copy of all of them. */
static int copy_context(struct build *build, struct stage *stage, struct error *err)
{
	static char root[] = "/";
	struct line *line = arena_alloc(build->arena, sizeof(*line));
	struct stage *files = arena_alloc(build->arena, sizeof(*files));

	stage->is_copied = true;
	*files = *stage;
	files->from = NULL;
	line->instruction = *stage->from;
	line->instruction.kind = INSTRUCTION_COPY;
	line->instruction.flag_count = 0;
	line->instruction.words = arena_array(build->arena, 3, sizeof(char *));
	line->instruction.words[0] = line->instruction.words[1] = root;
	line->instruction.word_count = 2;
	line->sources = arena_array(build->arena, 1, sizeof(*line->sources));
	line->sources[0] = files;
	line->source_count = 1;
	return describe_line(build, stage, line, err);
}

static void name_base(struct build *build, struct stage *stage)
{
	if (stage->base_kind != BASE_IMAGE || !stage->from)
		return;
	stage->from_number = ++build->plan.numbers;
	stage->from_name =
		name_step(build, stage, arena_format(build->arena, "FROM %s", stage->base_name));
}

static int complain(const struct build *build, const struct instruction *where, struct error *err)
{
	if (err->code == ECANCELED)
		return -1;
	return dockerfile_complain(&build->dockerfile, where->line, where->end_line, err);
}

static int describe_stage(struct build *build, struct stage *stage, struct error *err)
{
	begin(build, stage);
	name_base(build, stage);
	if (stage->base_kind == BASE_CONTEXT && stage->from && is_base(&build->plan, stage) &&
	    copy_context(build, stage, err) < 0)
		return complain(build, stage->from, err);
	for (size_t i = 0; i < stage->line_count; i++) {
		const struct line *line = &stage->lines[i];

		if (describe_line(build, stage, line, err) < 0)
			return complain(build, &line->instruction, err);
	}
	return 0;
}

int describe_stages(struct build *build, struct error *err)
{
	struct plan *plan = &build->plan;

	for (size_t i = 0; i < plan->count; i++)
		if (plan->stages[i]->is_needed && describe_stage(build, plan->stages[i], err) < 0)
			return -1;
	return 0;
}
