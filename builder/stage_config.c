/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/stage_config.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "builder/build_private.h"
#include "builder/expose.h"
#include "builder/history.h"
#include "runtime/spec.h"

static json *config_of(const struct stage *stage)
{
	json *config = json_get(stage->document, "config");

	if (!json_is_object(config)) {
		config = json_new_object();
		json_set(stage->document, "config", config);
	}
	return config;
}

static json *member(const struct stage *stage, const char *name, json *(*create)(void))
{
	json *value = json_get(config_of(stage), name);

	if (!value || json_object_is_type(value, json_type_null)) {
		value = create();
		json_set(config_of(stage), name, value);
	}
	return value;
}

const char *stage_config_text(const struct stage *stage, const char *name)
{
	return json_string(config_of(stage), name, "");
}

char **stage_config_command(const struct stage *stage, const struct instruction *instruction,
			    struct arena *arena)
{
	json *shell = json_get(config_of(stage), "Shell");
	auto_strvec struct strvec args = {0};

	if (instruction->is_json)
		return instruction->words;
	for (size_t i = 0; i < json_length(shell); i++)
		strvec_add(&args, json_string_at(shell, i));
	if (args.count == 0) {
		strvec_add(&args, "/bin/sh");
		strvec_add(&args, "-c");
	}
	strvec_add(&args, instruction->word_count > 0 ? instruction->words[0] : "");
	return strvec_copy(&args, arena);
}

/* --- one function a kind; each appends what the history says ---------------------------------- */

struct change {
	struct build *build;
	struct stage *stage;
	const struct instruction *instruction;
	struct strbuf *said; /* begins with the instruction's name */
	struct error *err;
};

static int change_command(struct change *change, const char *name)
{
	char **args =
		stage_config_command(change->stage, change->instruction, change->build->arena);

	json_set(config_of(change->stage), name, json_from_strings(args));
	strbuf_add_char(change->said, ' ');
	history_quote_list(change->said, args);
	return 0;
}

static int change_cmd(struct change *change)
{
	change->stage->has_cmd = true;
	json_set_bool(config_of(change->stage), "ArgsEscaped", true);
	return change_command(change, "Cmd");
}

/* A CMD that came from below was meant for another entry point. */
static int change_entrypoint(struct change *change)
{
	if (!change->stage->has_cmd)
		json_object_object_del(config_of(change->stage), "Cmd");
	return change_command(change, "Entrypoint");
}

static void set_env(const struct stage *stage, const char *name, const char *value)
{
	json *old = json_get(config_of(stage), "Env");
	auto_strvec struct strvec env = {0};

	for (size_t i = 0; i < json_length(old); i++)
		if (json_string_at(old, i))
			strvec_add(&env, json_string_at(old, i));
	strvec_setenv(&env, arena_format(stage->scope.arena, "%s=%s", name, value));
	json_set(config_of(stage), "Env", json_from_strings(env.items));
}

static void set_label(const struct stage *stage, const char *name, const char *value)
{
	json_set_string(member(stage, "Labels", json_new_object), name, value);
}

/* All values are those of before the instruction. */
static int change_pairs(struct change *change,
			void (*set)(const struct stage *stage, const char *name, const char *value))
{
	const struct instruction *instruction = change->instruction;
	struct arena *arena = change->build->arena;
	struct pair *pairs = arena_array(arena, instruction->pair_count + 1, sizeof(*pairs));

	for (size_t i = 0; i < instruction->pair_count; i++) {
		const struct pair *from = &instruction->pairs[i];

		pairs[i].name = scope_word(&change->stage->scope, from->name, change->err);
		pairs[i].value = !pairs[i].name
					 ? NULL
					 : scope_word(&change->stage->scope,
						      from->value ? from->value : "", change->err);
		if (!pairs[i].value)
			return -1;
	}
	for (size_t i = 0; i < instruction->pair_count; i++) {
		set(change->stage, pairs[i].name, pairs[i].value);
		if (set == set_env)
			scope_set(&change->stage->scope, pairs[i].name, pairs[i].value);
		strbuf_printf(change->said, " %s=%s", pairs[i].name, pairs[i].value);
	}
	return 0;
}

static int change_env(struct change *change)
{
	return change_pairs(change, set_env);
}

static int change_label(struct change *change)
{
	return change_pairs(change, set_label);
}

/* --build-arg, else the default, else what a global ARG has. */
static const char *argument_value(const struct change *change, const struct pair *pair)
{
	const struct build *build = change->build;
	const char *given = pair_find(build->args, build->arg_count, pair->name);

	if (given)
		return given;
	if (pair->value)
		return scope_word(&change->stage->scope, pair->value, change->err);
	return scope_get(&build->plan.globals, pair->name);
}

static int change_arg(struct change *change)
{
	struct stage *stage = change->stage;

	for (size_t i = 0; i < change->instruction->pair_count; i++) {
		const struct pair *pair = &change->instruction->pairs[i];
		const char *value = argument_value(change, pair);

		if (!value && pair->value)
			return -1;
		if (value)
			scope_set(&stage->scope, pair->name, value);
		scope_declare(&stage->scope, pair->name, value);
		strbuf_printf(change->said, " %s%s%s", pair->name, value ? "=" : "",
			      value ? value : "");
	}
	return 0;
}

/* Each of an instruction's words as many as it becomes. */
static char **all_words(struct change *change)
{
	auto_strvec struct strvec all = {0};

	for (size_t i = 0; i < change->instruction->word_count; i++) {
		char **words = scope_words(&change->stage->scope, change->instruction->words[i],
					   change->err);

		if (!words)
			return NULL;
		strvec_add_all(&all, words);
	}
	return strvec_copy(&all, change->build->arena);
}

static int change_expose(struct change *change)
{
	char **words = all_words(change);
	auto_strvec struct strvec ports = {0};

	if (!words)
		return -1;
	for (; *words; words++)
		if (expose_parse(&ports, *words, change->err) < 0)
			return -1;
	strvec_sort(&ports);
	strvec_each (port, &ports)
		json_set(member(change->stage, "ExposedPorts", json_new_object), *port,
			 json_new_object());
	strbuf_add_char(change->said, ' ');
	history_list(change->said, ports.items);
	return 0;
}

static int change_volume(struct change *change)
{
	const struct instruction *instruction = change->instruction;
	auto_strvec struct strvec volumes = {0};

	for (size_t i = 0; i < instruction->word_count; i++) {
		const char *path =
			scope_word(&change->stage->scope, instruction->words[i], change->err);

		if (!path)
			return -1;
		if (!*path)
			return error_set(change->err, ERROR_INVALID,
					 "VOLUME specified can not be an empty string");
		json_set(member(change->stage, "Volumes", json_new_object), path,
			 json_new_object());
		strvec_add(&volumes, path);
	}
	strbuf_add_char(change->said, ' ');
	history_list(change->said, volumes.items);
	return 0;
}

static const char *only_word(struct change *change)
{
	const struct instruction *instruction = change->instruction;

	return scope_word(&change->stage->scope,
			  instruction->word_count > 0 ? instruction->words[0] : "", change->err);
}

static int change_user(struct change *change)
{
	const char *user = only_word(change);

	if (!user)
		return -1;
	json_set_string(config_of(change->stage), "User", user);
	strbuf_printf(change->said, " %s", user);
	return 0;
}

static int change_stopsignal(struct change *change)
{
	const char *name = only_word(change);

	if (!name)
		return -1;
	if (spec_signal(name) < 0)
		return error_set(change->err, ERROR_INVALID, "invalid signal: %s", name);
	json_set_string(config_of(change->stage), "StopSignal", name);
	strbuf_printf(change->said, " %s", name);
	return 0;
}

static int change_maintainer(struct change *change)
{
	const struct instruction *instruction = change->instruction;
	const char *name = instruction->word_count > 0 ? instruction->words[0] : "";

	json_set_string(change->stage->document, "author", name);
	strbuf_printf(change->said, " %s", name);
	return 0;
}

static int change_shell(struct change *change)
{
	json_set(config_of(change->stage), "Shell", json_from_strings(change->instruction->words));
	strbuf_add_char(change->said, ' ');
	history_list(change->said, change->instruction->words);
	return 0;
}

static int change_onbuild(struct change *change)
{
	json_add_string(member(change->stage, "OnBuild", json_new_array),
			change->instruction->words[0]);
	return 0;
}

/* It replaces what was there whole. */
static int change_healthcheck(struct change *change)
{
	const struct image_healthcheck *health = &change->instruction->healthcheck;
	const struct {
		const char *name;
		int64_t value;
		bool is_count;
	} numbers[] = {
		{"Interval", health->interval_ns, false},
		{"Timeout", health->timeout_ns, false},
		{"StartPeriod", health->start_period_ns, false},
		{"StartInterval", health->start_interval_ns, false},
		{"Retries", health->retries, true},
	};
	json *value = json_new_object();

	json_set(value, "Test", json_from_strings(health->test));
	strbuf_add(change->said, " {Test:");
	history_list(change->said, health->test);
	for (size_t i = 0; i < array_length(numbers); i++) {
		char text[32];

		if (numbers[i].value != 0)
			json_set_int(value, numbers[i].name, numbers[i].value);
		if (numbers[i].is_count)
			snprintf(text, sizeof(text), "%d", (int)numbers[i].value);
		else
			units_format_duration(text, sizeof(text), numbers[i].value);
		strbuf_printf(change->said, " %s:%s", numbers[i].name, text);
	}
	strbuf_add_char(change->said, '}');
	json_set(config_of(change->stage), "Healthcheck", value);
	return 0;
}

static const struct {
	int (*change)(struct change *change);
	bool is_silent; /* not in the history */
} kinds[INSTRUCTION_COUNT] = {
	[INSTRUCTION_ARG] = {change_arg, false},
	[INSTRUCTION_CMD] = {change_cmd, false},
	[INSTRUCTION_ENTRYPOINT] = {change_entrypoint, false},
	[INSTRUCTION_ENV] = {change_env, false},
	[INSTRUCTION_EXPOSE] = {change_expose, false},
	[INSTRUCTION_HEALTHCHECK] = {change_healthcheck, false},
	[INSTRUCTION_LABEL] = {change_label, false},
	[INSTRUCTION_MAINTAINER] = {change_maintainer, false},
	[INSTRUCTION_ONBUILD] = {change_onbuild, true},
	[INSTRUCTION_SHELL] = {change_shell, false},
	[INSTRUCTION_STOPSIGNAL] = {change_stopsignal, false},
	[INSTRUCTION_USER] = {change_user, false},
	[INSTRUCTION_VOLUME] = {change_volume, false},
};

int stage_config_apply(struct build *build, struct stage *stage,
		       const struct instruction *instruction, struct error *err)
{
	auto_strbuf struct strbuf said = {0};
	struct change change = {build, stage, instruction, &said, err};

	strbuf_add(&said, instruction_names[instruction->kind]);
	if (kinds[instruction->kind].change(&change) < 0)
		return -1;
	if (!kinds[instruction->kind].is_silent)
		history_add(stage->document, strbuf_text(&said), false);
	return 0;
}
