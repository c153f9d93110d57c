/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/platform_args.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/build_private.h"
#include "storage/image/manifest.h"

/* What "amd64" and "arm64" mean without a variant. */
static bool is_usual(const struct platform *platform)
{
	return strcmp(platform->architecture, "amd64") == 0 ||
	       (strcmp(platform->architecture, "arm64") == 0 &&
		strcmp(platform->variant, "v8") == 0);
}

static void read_platform(struct platform *platform, const char *text, struct arena *arena)
{
	manifest_name_platform(platform, text, arena);
	if (is_usual(platform))
		platform->variant = "";
}

const char *platform_full_name(const char *text, struct arena *arena)
{
	struct platform platform;

	read_platform(&platform, text, arena);
	return arena_format(arena, "%s/%s%s%s", platform.os, platform.architecture,
			    *platform.variant ? "/" : "", platform.variant);
}

/* Each can be replaced by --build-arg. */
static void set_automatic(const struct build *build, struct scope *globals, const char *name,
			  const char *value)
{
	const char *given = pair_find(build->args, build->arg_count, name);

	scope_set(globals, name, given ? given : value);
}

static void set_platform(const struct build *build, struct scope *globals, const char *what,
			 const char *name)
{
	struct platform platform;

	read_platform(&platform, name, build->arena);
	set_automatic(build, globals, arena_format(build->arena, "%sPLATFORM", what), name);
	set_automatic(build, globals, arena_format(build->arena, "%sOS", what), platform.os);
	set_automatic(build, globals, arena_format(build->arena, "%sOSVERSION", what), "");
	set_automatic(build, globals, arena_format(build->arena, "%sARCH", what),
		      platform.architecture);
	set_automatic(build, globals, arena_format(build->arena, "%sVARIANT", what),
		      platform.variant);
}

static const char *target_name(const struct build *build)
{
	const char *name = build->request->target;
	const struct dockerfile *dockerfile = &build->dockerfile;

	if (name && *name)
		return name;
	name = NULL;
	for (size_t i = 0; i < dockerfile->count; i++)
		if (dockerfile->instructions[i].kind == INSTRUCTION_FROM)
			name = dockerfile->instructions[i].stage_name;
	return name ? name : "default";
}

static int add_global(struct build *build, struct scope *globals,
		      const struct instruction *instruction, struct error *err)
{
	for (size_t i = 0; i < instruction->pair_count; i++) {
		const struct pair *pair = &instruction->pairs[i];
		const char *value = pair_find(build->args, build->arg_count, pair->name);

		if (!value && pair->value) {
			value = scope_word(globals, pair->value, err);
			if (!value)
				return dockerfile_complain(&build->dockerfile, instruction->line,
							   instruction->end_line, err);
		}
		if (value)
			scope_set(globals, pair->name, value);
	}
	return 0;
}

int platform_args_globals(struct build *build, struct scope *globals, struct error *err)
{
	const struct dockerfile *dockerfile = &build->dockerfile;

	*globals = (struct scope){.arena = build->arena, .escape = dockerfile->escape};
	set_platform(build, globals, "BUILD", platform_full_name(NULL, build->arena));
	set_platform(build, globals, "TARGET", build->platform);
	set_automatic(build, globals, "TARGETSTAGE", target_name(build));
	for (size_t i = 0; i < dockerfile->count; i++) {
		if (dockerfile->instructions[i].kind == INSTRUCTION_FROM)
			break;
		if (dockerfile->instructions[i].kind == INSTRUCTION_ARG &&
		    add_global(build, globals, &dockerfile->instructions[i], err) < 0)
			return -1;
	}
	return 0;
}
