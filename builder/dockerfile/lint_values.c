/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about what instructions say once their variables are replaced. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/strvec.h"
#include "builder/dockerfile/lint_private.h"
#include "builder/dockerfile/words.h"
#include "storage/reference.h"

#include <string.h>
#include <strings.h>

static bool is_remote(const char *source)
{
	return strstr(source, "://") || strncmp(source, "git@", 4) == 0;
}

/* @source without what leads out of the context or is not needed. NULL: all of the context. */
static const char *context_path(struct lint *lint, const char *source)
{
	auto_free char *cleaned = path_clean(source);
	const char *path = cleaned;

	while (*path == '/')
		path++;
	return *path && strcmp(path, ".") != 0 ? arena_string(lint->arena, path) : NULL;
}

void lint_check_ignored(struct lint *lint, const struct instruction *instruction)
{
	bool is_add = instruction->kind == INSTRUCTION_ADD;

	if ((!is_add && instruction->kind != INSTRUCTION_COPY) || !lint->request->is_ignored ||
	    instruction_flag(instruction, "from"))
		return;
	for (size_t i = 0; i + 1 < instruction->word_count; i++) {
		struct lint_words words = {.lint = lint};
		const char *source = lint_expand(&words, instruction->words[i]), *path;

		if (instruction_heredoc(instruction, instruction->words[i]) ||
		    (is_add && is_remote(source)))
			continue;
		path = context_path(lint, source);
		if (path && lint->request->is_ignored(path, lint->request->data))
			lint_report(lint, instruction->line,
				    "Attempting to %s file \"%.200s\" that is excluded by "
				    ".dockerignore",
				    is_add ? "Add" : "Copy", path);
	}
}

static void each_port(struct lint *lint, const struct instruction *instruction,
		      void (*check)(struct lint *lint, const char *port))
{
	struct lint_words words = {.lint = lint};

	if (instruction->kind != INSTRUCTION_EXPOSE)
		return;
	for (char **word = instruction->words; *word; word++) {
		auto_strvec struct strvec ports = {0};

		words_split_blanks(&ports, lint_expand(&words, *word));
		strvec_each (port, &ports) {
			check(lint, *port);
		}
	}
}

static void check_port_form(struct lint *lint, const char *port)
{
	if (strchr(port, ':'))
		lint_report(lint, lint->instruction->line,
			    "EXPOSE instruction should not define an IP address or host-port "
			    "mapping, found '%.100s'",
			    port);
}

void lint_check_expose_form(struct lint *lint, const struct instruction *instruction)
{
	each_port(lint, instruction, check_port_form);
}

static void check_port_casing(struct lint *lint, const char *port)
{
	const char *slash = strchr(port, '/');

	if (slash && strpbrk(slash, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		lint_report(lint, lint->instruction->line,
			    "Defined protocol '%.100s' in EXPOSE instruction should be lowercase",
			    port);
}

void lint_check_expose_casing(struct lint *lint, const struct instruction *instruction)
{
	each_port(lint, instruction, check_port_casing);
}

/* A stage that is named for its platform is meant for it. */
static bool names_platform(const char *stage_name, const char *platform)
{
	auto_free char *parts = strdup(platform);
	char *rest = NULL;

	for (char *part = strtok_r(parts, "/", &rest); part; part = strtok_r(NULL, "/", &rest))
		if (strstr(stage_name, part))
			return true;
	return false;
}

void lint_check_constant_platform(struct lint *lint, const struct instruction *instruction)
{
	const char *platform = instruction_flag(instruction, "platform");

	if (instruction->kind != INSTRUCTION_FROM || !platform || !*platform ||
	    strchr(platform, '$'))
		return;
	if (!instruction->stage_name || !names_platform(instruction->stage_name, platform))
		lint_report(lint, instruction->line,
			    "FROM --platform flag should not use constant value \"%.100s\"",
			    platform);
}

void lint_check_redundant_platform(struct lint *lint, const struct instruction *instruction)
{
	const char *platform = instruction_flag(instruction, "platform");

	if (instruction->kind == INSTRUCTION_FROM && platform &&
	    (strcmp(platform, "$TARGETPLATFORM") == 0 ||
	     strcmp(platform, "${TARGETPLATFORM}") == 0))
		lint_report(lint, instruction->line,
			    "Setting platform to predefined %s in FROM is redundant as this is the "
			    "default behavior",
			    platform);
}

void lint_check_default_base(struct lint *lint, const struct instruction *instruction)
{
	struct lint_words words = {.lint = lint, .variables = &lint->defaults};
	auto_free char *full = NULL;

	if (instruction->kind != INSTRUCTION_FROM)
		return;
	full = reference_normalize(lint_expand(&words, instruction->words[0]), NULL);
	if (!full)
		lint_report(lint, instruction->line,
			    "Default value for ARG %.100s results in empty or invalid base image "
			    "name",
			    instruction->words[0]);
}

/* Each is told of once an instruction. */
static bool is_news(const char *name, const struct lint_words *words)
{
	struct lint *lint = words->lint;

	if (lint_is_defined(words, name) || map_has(&lint->missing, name))
		return false;
	map_set(&lint->missing, name, lint);
	return true;
}

/* "" when there is nothing to suggest; @mark stands before names. */
static const char *suggestion(const char *name, const struct lint_words *words, const char *mark)
{
	const char *near = lint_nearest(words, name);

	if (!near)
		return "";
	return arena_format(words->lint->arena, " (did you mean %s%.100s?)", mark, near);
}

static void report_from_variable(const char *name, void *data)
{
	struct lint_words *words = data;

	if (is_news(name, words))
		lint_report(words->lint, words->lint->instruction->line,
			    "FROM argument '%.100s' is not declared%s", name,
			    suggestion(name, words, ""));
}

void lint_check_from_variables(struct lint *lint, const struct instruction *instruction)
{
	struct lint_words words = {
		.lint = lint, .variables = &lint->variables, .missing = report_from_variable};
	const char *platform = instruction_flag(instruction, "platform");

	if (instruction->kind != INSTRUCTION_FROM)
		return;
	lint_expand(&words, instruction->words[0]);
	if (platform)
		lint_expand(&words, platform);
}

static void report_variable(const char *name, void *data)
{
	struct lint_words *words = data;

	if (is_news(name, words))
		lint_report(words->lint, words->lint->instruction->line,
			    "Usage of undefined variable '$%.100s'%s", name,
			    suggestion(name, words, "$"));
}

void lint_check_variables(struct lint *lint, const struct instruction *instruction)
{
	struct lint_words words = {.lint = lint, .missing = report_variable};

	if (lint->stage)
		lint_expand_all(&words, instruction);
}

/* Is one of its parts between underscores one of these? */
static bool has_part(const char *name, const char *const *parts)
{
	while (*name) {
		size_t length = strcspn(name, "_");

		for (const char *const *part = parts; *part; part++)
			if (strlen(*part) == length && strncasecmp(*part, name, length) == 0)
				return true;
		name += length + (name[length] == '_');
	}
	return false;
}

static bool is_secret(const char *name)
{
	static const char *const secret[] = {"apikey", "auth",	   "credential", "credentials",
					     "key",    "password", "pword",	 "passwd",
					     "secret", "token",	   NULL};
	static const char *const open[] = {"public", "file", "version", NULL};

	return has_part(name, secret) && !has_part(name, open);
}

void lint_check_secrets(struct lint *lint, const struct instruction *instruction)
{
	struct lint_words words = {.lint = lint};

	if (!lint->stage ||
	    (instruction->kind != INSTRUCTION_ARG && instruction->kind != INSTRUCTION_ENV))
		return;
	for (size_t i = 0; i < instruction->pair_count; i++) {
		const char *name = lint_expand(&words, instruction->pairs[i].name);

		if (is_secret(name))
			lint_report(lint, instruction->line,
				    "Do not use ARG or ENV instructions for sensitive data (%s "
				    "\"%.100s\")",
				    instruction_names[instruction->kind], name);
	}
}

/* Only the first one: it decides for those that follow. */
void lint_check_working_dir(struct lint *lint, const struct instruction *instruction)
{
	struct lint_words words = {.lint = lint};
	const char *path;

	if (instruction->kind != INSTRUCTION_WORKDIR || lint->stage->has_working_dir)
		return;
	path = lint_expand(&words, instruction->words[0]);
	if (*path != '/' && !words.is_incomplete)
		lint_report(lint, instruction->line,
			    "Relative workdir \"%.200s\" can have unexpected results if the base "
			    "image changes",
			    path);
}
