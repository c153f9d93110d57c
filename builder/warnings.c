/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/warnings.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/build_private.h"
#include "builder/dockerfile/lint.h"
#include "builder/own_args.h"
#include "builder/tell.h"

static void tell(const struct build *build, const char *text)
{
	tell_event(build, &(struct build_event){.kind = BUILD_WARNING, .text = text});
}

static const char *format(const struct build *build, const struct dockerfile_warning *warning)
{
	const char *colon = warning->rule ? ": " : "";

	if (warning->line == 0)
		return arena_format(build->arena, "%s%s%s", warning->rule ? warning->rule : "",
				    colon, warning->text);
	return arena_format(build->arena, "%s%s%s (line %d)", warning->rule ? warning->rule : "",
			    colon, warning->text, warning->line);
}

static bool is_ignored(const char *path, void *data)
{
	const struct build *build = data;

	return build->context.ignore && ignore_judge(build->context.ignore, path) == IGNORE_HIDES;
}

static bool is_named_context(const struct build *build, const char *name)
{
	return pair_find(build->request->named_contexts, build->request->named_context_count,
			 name) != NULL;
}

/* Of an image that is here: nothing is pulled for a warning. */
static char **find_image_env(const char *reference, void *data)
{
	static char *none[] = {NULL};
	const struct build *build = data;
	struct image image;

	if (is_named_context(build, reference) ||
	    image_find(&build->engine->layout, reference, &image, build->arena, NULL) < 0)
		return NULL;
	return image.env ? image.env : none;
}

struct dockerfile_warning *warnings_find(struct build *build, bool has_all_targets, size_t *count)
{
	struct lint_request request = {
		.dockerfile = &build->dockerfile,
		.build_args = build->args,
		.build_arg_count = build->arg_count,
		.target = build->request->target,
		.has_all_targets = has_all_targets,
		.is_ignored = is_ignored,
		.image_env = find_image_env,
		.data = build,
	};

	return lint_dockerfile(&request, count, build->arena);
}

int warnings_tell(struct build *build, struct error *err)
{
	size_t count;
	struct dockerfile_warning *warnings = warnings_find(build, false, &count);

	for (size_t i = 0; i < count; i++)
		tell(build, format(build, &warnings[i]));
	if (count > 0 && build->dockerfile.check.is_error)
		return error_set(err, ERROR_INVALID,
				 "lint violation found for rules: %s, which %s makes an error",
				 warnings[0].rule ? warnings[0].rule : warnings[0].text,
				 build->dockerfile.name);
	return 0;
}

/* --- arguments that nobody asked for ---------------------------------------------------------- */

static bool is_declared(const struct build *build, const char *name)
{
	const struct dockerfile *dockerfile = &build->dockerfile;

	for (size_t i = 0; i < dockerfile->count; i++) {
		const struct instruction *instruction = &dockerfile->instructions[i];

		for (size_t k = 0; k < instruction->pair_count; k++)
			if (instruction->kind == INSTRUCTION_ARG &&
			    strcmp(instruction->pairs[k].name, name) == 0)
				return true;
	}
	return false;
}

/* Those that mean something without any ARG. */
static bool is_predefined(const struct build *build, const char *name)
{
	if (scope_is_proxy(name) || strcmp(name, "SOURCE_DATE_EPOCH") == 0 || own_args_has(name))
		return true;
	return scope_get(&build->plan.globals, name) != NULL;
}

int warnings_unused(struct build *build, struct error *err)
{
	auto_strbuf struct strbuf names = {0};

	(void)err;
	for (size_t i = 0; i < build->arg_count; i++) {
		const char *name = build->args[i].name;

		if (!is_declared(build, name) && !is_predefined(build, name))
			strbuf_printf(&names, "%s%s", names.length ? " " : "", name);
	}
	if (names.length > 0)
		tell(build,
		     arena_format(build->arena, "One or more build-args [%s] were not consumed",
				  names.text));
	return 0;
}
