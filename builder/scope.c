/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/scope.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"

void scope_copy(struct scope *scope, const struct scope *from)
{
	struct scope copy = *from;

	copy.variables = NULL;
	copy.arguments = NULL;
	copy.count = copy.argument_count = 0;
	for (size_t i = 0; i < from->count; i++)
		scope_set(&copy, from->variables[i].name, from->variables[i].value);
	for (size_t i = 0; i < from->argument_count; i++)
		scope_declare(&copy, from->arguments[i].name, from->arguments[i].value);
	*scope = copy;
}

void scope_set(struct scope *scope, const char *name, const char *value)
{
	struct pair *pairs = scope->variables;

	for (size_t i = 0; i < scope->count; i++)
		if (strcmp(pairs[i].name, name) == 0) {
			memmove(pairs + i, pairs + i + 1, (--scope->count - i) * sizeof(*pairs));
			break;
		}
	scope->variables = arena_grow(scope->arena, pairs, scope->count, sizeof(*pairs));
	scope->variables[scope->count++] = (struct pair){name, value};
}

void scope_set_entries(struct scope *scope, char *const *entries)
{
	for (; entries && *entries; entries++) {
		const char *equals = strchr(*entries, '=');
		size_t length = equals ? (size_t)(equals - *entries) : strlen(*entries);

		scope_set(scope, arena_string_n(scope->arena, *entries, length),
			  equals ? equals + 1 : "");
	}
}

void scope_declare(struct scope *scope, const char *name, const char *value)
{
	struct pair argument = {name, value};

	pair_set(&scope->arguments, &scope->argument_count, argument, scope->arena);
}

const char *scope_get(const struct scope *scope, const char *name)
{
	return pair_find(scope->variables, scope->count, name);
}

char **scope_entries(const struct scope *scope)
{
	char **entries = arena_array(scope->arena, scope->count + 1, sizeof(*entries));

	for (size_t i = 0; i < scope->count; i++)
		entries[i] = arena_format(scope->arena, "%s=%s", scope->variables[i].name,
					  scope->variables[i].value);
	return entries;
}

static const char *look_up(const char *name, void *data)
{
	return scope_get(data, name);
}

struct expansion scope_expansion(const struct scope *scope)
{
	return (struct expansion){
		.lookup = look_up,
		.data = (void *)(uintptr_t)scope,
		.escape = scope->escape,
		.arena = scope->arena,
	};
}

const char *scope_word(const struct scope *scope, const char *word, struct error *err)
{
	struct expansion expansion = scope_expansion(scope);

	return expand_word(&expansion, word, err);
}

char **scope_words(const struct scope *scope, const char *word, struct error *err)
{
	struct expansion expansion = scope_expansion(scope);

	return expand_words(&expansion, word, err);
}

const char *scope_text(const struct scope *scope, const char *text, struct error *err)
{
	struct expansion expansion = scope_expansion(scope);

	expansion.escape = '\\';
	expansion.ignores_quotes = true;
	return expand_word(&expansion, text, err);
}

const char *scope_show(const struct scope *scope, const char *text)
{
	struct expansion expansion = scope_expansion(scope);
	struct error problem = {0};
	const char *shown;

	expansion.keeps_quotes = true;
	expansion.keeps_escapes = true;
	expansion.keeps_unset = true;
	shown = expand_word(&expansion, text, &problem);
	return shown ? shown : text;
}

static const char *const proxies[] = {
	"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY",
};

bool scope_is_proxy(const char *name)
{
	for (size_t i = 0; i < array_length(proxies); i++)
		if (strcasecmp(name, proxies[i]) == 0)
			return true;
	return false;
}

char **scope_proxies(const struct pair *args, size_t count, struct arena *arena)
{
	auto_strvec struct strvec entries = {0};

	for (size_t i = 0; i < count; i++) {
		char *upper = arena_string(arena, args[i].name);
		char *lower = arena_string(arena, args[i].name);

		if (!scope_is_proxy(upper) || !*args[i].value)
			continue;
		for (size_t k = 0; upper[k]; k++) {
			upper[k] = (char)toupper((unsigned char)upper[k]);
			lower[k] = (char)tolower((unsigned char)lower[k]);
		}
		strvec_setenv(&entries, arena_format(arena, "%s=%s", upper, args[i].value));
		strvec_setenv(&entries, arena_format(arena, "%s=%s", lower, args[i].value));
	}
	return strvec_copy(&entries, arena);
}
