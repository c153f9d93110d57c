/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/plan.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "builder/build_private.h"
#include "builder/platform_args.h"
#include "storage/reference.h"

/* The last one of a name counts. */
static struct stage *find_named(const struct plan *plan, const char *name)
{
	for (size_t i = plan->count; i-- > 0;)
		if (plan->stages[i]->name && strcasecmp(plan->stages[i]->name, name) == 0)
			return plan->stages[i];
	return NULL;
}

static struct stage *add_stage(struct build *build, const struct instruction *from)
{
	struct plan *plan = &build->plan;
	struct stage *stage = arena_alloc(build->arena, sizeof(*stage));

	plan->stages = arena_grow(build->arena, plan->stages, plan->count, sizeof(*plan->stages));
	stage->index = plan->count;
	plan->stages[plan->count++] = stage;
	stage->from = from;
	stage->platform = build->platform;
	stage->scope = (struct scope){.arena = build->arena, .escape = build->dockerfile.escape};
	if (from) {
		stage->line = from->line;
		stage->end_line = from->end_line;
	}
	return stage;
}

/* --- named contexts --------------------------------------------------------------------------- */

static bool is_same_image(const char *one, const char *other)
{
	auto_free char *full = reference_normalize(one, NULL);
	auto_free char *wanted = reference_normalize(other, NULL);

	return full && wanted && strcmp(full, wanted) == 0;
}

static const char *find_context(const struct build *build, const char *name)
{
	const struct build_request *request = build->request;

	for (size_t i = 0; i < request->named_context_count; i++) {
		const struct pair *context = &request->named_contexts[i];

		if (strcasecmp(context->name, name) == 0 || is_same_image(context->name, name))
			return context->value;
	}
	return NULL;
}

/* An image takes the place of the base; files are a base of their own kind. */
static void use_context(struct stage *stage, const char *value)
{
	static const char image[] = "docker-image://";
	size_t length = strlen(image);
	bool is_image = strncmp(value, image, length) == 0;
	bool is_layout = strncmp(value, "oci-layout://", strlen("oci-layout://")) == 0;

	stage->context_value = value;
	stage->base = NULL;
	stage->base_kind = is_image || is_layout ? BASE_IMAGE : BASE_CONTEXT;
	if (is_image)
		stage->base_name = value + length;
}

static void find_base(struct build *build, struct stage *stage)
{
	const char *context = find_context(build, stage->base_name);
	struct stage *base = stage->from ? find_named(&build->plan, stage->base_name) : NULL;

	if (base && base != stage) {
		stage->base_kind = BASE_STAGE;
		stage->base = base;
	} else if (strcmp(stage->base_name, "scratch") == 0) {
		stage->base_kind = BASE_SCRATCH;
	} else if (context) {
		use_context(stage, context);
	} else {
		stage->base_kind = BASE_IMAGE;
	}
}

/* --- FROM ------------------------------------------------------------------------------------- */

static int set_platform(struct build *build, struct stage *stage, struct error *err)
{
	const char *flag = instruction_flag(stage->from, "platform");
	const char *value = flag ? scope_word(&build->plan.globals, flag, err) : NULL;

	if (!flag)
		return 0;
	if (!value)
		return error_wrap(err, "failed to process arguments for platform %s", flag);
	if (!*value)
		return error_set(err, ERROR_INVALID, "empty platform value from expression %s",
				 flag);
	stage->platform = platform_full_name(value, build->arena);
	return 0;
}

static bool is_uncached(const struct build *build, const struct stage *stage)
{
	char **filter = build->request->no_cache_filter;

	for (; filter && *filter; filter++)
		if (stage->name && strcmp(stage->name, *filter) == 0)
			return true;
	return build->request->no_cache;
}

static int set_base(struct build *build, struct stage *stage, struct error *err)
{
	const char *name = stage->from->words[0];
	const char *value = name ? scope_word(&build->plan.globals, name, err) : "";
	const char *context;

	if (!value)
		return -1;
	if (!*value)
		return error_set(err, ERROR_INVALID, "base name (%s) should not be blank",
				 name ? name : "");
	stage->base_name = value;
	if (set_platform(build, stage, err) < 0)
		return -1;
	find_base(build, stage);
	stage->name = stage->from->stage_name;
	stage->is_uncached = is_uncached(build, stage);
	context = stage->name ? find_context(build, stage->name) : NULL;
	if (context)
		use_context(stage, context);
	stage->label =
		stage->name ? stage->name : arena_format(build->arena, "stage-%zu", stage->index);
	return 0;
}

/* --- what lines take from --------------------------------------------------------------------- */

/* The value of from= among the options of a mount, which may hold variables elsewhere. */
static const char *mount_from(const char *options, struct arena *arena)
{
	while (options && *options) {
		size_t length = strcspn(options, ",");

		if (strncmp(options, "from=", 5) == 0)
			return arena_string_n(arena, options + 5, length - 5);
		options += length;
		options += *options == ',';
	}
	return NULL;
}

/* A stage, or else an image or a context, which becomes a stage without a line of its own. */
static struct stage *take_source(struct build *build, const struct line *line, const char *name)
{
	struct stage *stage = find_named(&build->plan, name);

	for (size_t i = build->plan.file_count; !stage && i < build->plan.count; i++)
		if (strcmp(build->plan.stages[i]->base_name, name) == 0)
			stage = build->plan.stages[i];
	if (stage)
		return stage;
	stage = add_stage(build, NULL);
	stage->base_name = name;
	stage->label = name;
	stage->line = line->instruction.line;
	stage->end_line = line->instruction.end_line;
	find_base(build, stage);
	return stage;
}

static int add_source(struct build *build, struct line *line, struct stage *source)
{
	line->sources =
		arena_grow(build->arena, line->sources, line->source_count, sizeof(struct stage *));
	line->sources[line->source_count++] = source;
	return 0;
}

static int take_copy_source(struct build *build, struct line *line, struct error *err)
{
	const char *from = instruction_flag(&line->instruction, "from");
	uint64_t index;

	if (!from || !*from)
		return 0;
	if (units_parse_u64(&index, from, NULL) < 0)
		return add_source(build, line, take_source(build, line, from));
	if (index >= build->plan.file_count)
		return error_set(err, ERROR_INVALID, "invalid stage index %s", from);
	return add_source(build, line, build->plan.stages[index]);
}

static int take_mount_sources(struct build *build, struct line *line)
{
	for (size_t i = 0; i < line->instruction.flag_count; i++) {
		const struct instruction_flag *flag = &line->instruction.flags[i];
		const char *from;

		if (strcmp(flag->name, "mount") != 0)
			continue;
		from = mount_from(flag->value, build->arena);
		add_source(build, line, from && *from ? take_source(build, line, from) : NULL);
	}
	return 0;
}

static int take_sources(struct build *build, struct line *line, struct error *err)
{
	if (line->instruction.kind == INSTRUCTION_COPY)
		return take_copy_source(build, line, err);
	return line->instruction.kind == INSTRUCTION_RUN ? take_mount_sources(build, line) : 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int complain(const struct build *build, const struct instruction *instruction,
		    struct error *err)
{
	return dockerfile_complain(&build->dockerfile, instruction->line, instruction->end_line,
				   err);
}

/* ARG before the first FROM, and each FROM. */
static int make_stages(struct build *build, struct error *err)
{
	for (size_t i = 0; i < build->dockerfile.count; i++) {
		const struct instruction *instruction = &build->dockerfile.instructions[i];
		struct stage *stage;

		if (instruction->kind != INSTRUCTION_FROM)
			continue;
		stage = add_stage(build, instruction);
		if (set_base(build, stage, err) < 0)
			return complain(build, instruction, err);
	}
	build->plan.file_count = build->plan.count;
	if (build->plan.count == 0)
		return error_set(err, ERROR_INVALID, "%s contains no stages to build",
				 build->dockerfile.name);
	return 0;
}

static int make_lines(struct build *build, struct error *err)
{
	struct stage *stage = NULL;
	size_t next = 0;

	for (size_t i = 0; i < build->dockerfile.count; i++) {
		const struct instruction *instruction = &build->dockerfile.instructions[i];
		struct line *line;

		if (instruction->kind == INSTRUCTION_FROM)
			stage = build->plan.stages[next++];
		/* Of a stage that a context replaces, nothing counts. */
		if (!stage || instruction->kind == INSTRUCTION_FROM ||
		    (stage->context_value && find_context(build, stage->label)))
			continue;
		stage->lines =
			arena_grow(build->arena, stage->lines, stage->line_count, sizeof(*line));
		line = &stage->lines[stage->line_count++];
		*line = (struct line){.instruction = *instruction};
		if (take_sources(build, line, err) < 0)
			return complain(build, instruction, err);
	}
	return 0;
}

/* With the names that there are. */
static int unknown_target(const struct plan *plan, const char *name, struct error *err)
{
	auto_strbuf struct strbuf names = {0};

	for (size_t i = 0; i < plan->file_count; i++)
		if (plan->stages[i]->name)
			strbuf_printf(&names, "%s%s",
				      names.length ? ", " : "; there are: ", plan->stages[i]->name);
	return error_set(err, ERROR_INVALID, "target stage \"%s\" could not be found%s", name,
			 names.length ? names.text : ": no stage has a name (FROM IMAGE AS NAME)");
}

static int find_target(struct build *build, struct error *err)
{
	const char *name = build->request->target;
	struct plan *plan = &build->plan;

	plan->target = name && *name ? find_named(plan, name) : plan->stages[plan->file_count - 1];
	if (!plan->target)
		return unknown_target(plan, name, err);
	return 0;
}

/* Depth first; @path are the stages on the way. The line that closes a circle; NULL: none does. */
static const struct line *find_circle(const struct stage *stage, bool *path, bool *seen)
{
	const struct line *found = stage->base && !seen[stage->base->index]
					   ? find_circle(stage->base, path, seen)
					   : NULL;

	path[stage->index] = true;
	for (size_t i = 0; i < stage->line_count && !found; i++)
		for (size_t k = 0; k < stage->lines[i].source_count && !found; k++) {
			const struct stage *source = stage->lines[i].sources[k];

			if (source && path[source->index])
				found = &stage->lines[i];
			else if (source && !seen[source->index])
				found = find_circle(source, path, seen);
		}
	path[stage->index] = false;
	seen[stage->index] = true;
	return found;
}

static int check_circles(struct build *build, struct error *err)
{
	bool *path = arena_array(build->arena, build->plan.count, sizeof(*path));
	bool *seen = arena_array(build->arena, build->plan.count, sizeof(*seen));

	for (size_t i = 0; i < build->plan.count; i++) {
		const struct stage *stage = build->plan.stages[i];
		const struct line *found = seen[i] ? NULL : find_circle(stage, path, seen);

		if (!found)
			continue;
		error_set(err, ERROR_INVALID, "circular dependency detected on stage: %s",
			  stage->label);
		return complain(build, &found->instruction, err);
	}
	return 0;
}

static void need(struct stage *stage)
{
	if (stage->is_needed)
		return;
	stage->is_needed = true;
	if (stage->base)
		need(stage->base);
	for (size_t i = 0; i < stage->line_count; i++)
		for (size_t k = 0; k < stage->lines[i].source_count; k++)
			if (stage->lines[i].sources[k])
				need(stage->lines[i].sources[k]);
}

int plan_need(struct build *build, struct error *err)
{
	for (size_t i = 0; i < build->plan.count; i++)
		build->plan.stages[i]->is_needed = false;
	if (check_circles(build, err) < 0)
		return -1;
	need(build->plan.target);
	return 0;
}

int plan_make(struct build *build, struct error *err)
{
	if (make_stages(build, err) < 0 || find_target(build, err) < 0 ||
	    make_lines(build, err) < 0 || plan_need(build, err) < 0)
		return -1;
	if (build->plan.count == 1)
		build->plan.stages[0]->label = "";
	return 0;
}

int plan_add_triggers(struct build *build, struct stage *stage, char *const *triggers,
		      struct error *err)
{
	size_t count = 0;
	struct line *lines;

	while (triggers && triggers[count])
		count++;
	lines = arena_array(build->arena, count + stage->line_count + 1, sizeof(*lines));
	for (size_t i = 0; i < count; i++) {
		lines[i].is_trigger = true;
		if (dockerfile_parse_trigger(&build->dockerfile, triggers[i], stage->line,
					     &lines[i].instruction, build->arena, err) < 0)
			return -1;
		if (take_sources(build, &lines[i], err) < 0)
			return dockerfile_complain(&build->dockerfile, stage->line, stage->end_line,
						   err);
	}
	if (stage->line_count > 0)
		memcpy(lines + count, stage->lines, stage->line_count * sizeof(*lines));
	stage->lines = lines;
	stage->line_count += count;
	return 0;
}

bool plan_is_done(const struct stage *stage)
{
	if (stage->step_count > 0)
		return stage->steps[stage->step_count - 1]->state == STEP_DONE;
	return !stage->base || plan_is_done(stage->base);
}

const struct layer_stack *plan_result(const struct stage *stage)
{
	if (stage->step_count > 0)
		return &stage->steps[stage->step_count - 1]->result;
	return stage->base ? plan_result(stage->base) : &stage->bottom;
}

const struct layer_stack *plan_below(const struct step *step)
{
	if (step->below)
		return &step->below->result;
	return step->stage->base ? plan_result(step->stage->base) : &step->stage->bottom;
}
