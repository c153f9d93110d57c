/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_ignore.c - ignore files: the automaton says what each pattern alone says.
 *
 * The last line is the path, the rest the file. Git's URLs are tried with the same bytes.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "builder/source/git_private.h"
#include "builder/source/ignore.h"
#include "builder/source/ignore_private.h"

static bool matches_alone(const struct ignore_rule *rule, const char *path)
{
	auto_arena struct arena arena = {0};
	/* Behind a blank nothing is a comment. */
	auto_free char *line = alloc_format(" %s", rule->text + rule->is_exception);
	struct ignore *alone = ignore_parse("alone", line, strlen(line), &arena, NULL);

	return alone && ignore_judge(alone, path) != IGNORE_TAKES;
}

static void check_last(const struct ignore *ignore, const char *path)
{
	bool is_hidden = false;

	for (size_t i = 0; i < ignore->count; i++)
		if (matches_alone(&ignore->rules[i], path))
			is_hidden = !ignore->rules[i].is_exception;
	assert(is_hidden == (ignore_judge(ignore, path) != IGNORE_TAKES));
	assert(is_hidden == (ignore_reason(ignore, path) != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_arena struct arena arena = {0};
	auto_free char *text = alloc_string_n((const char *)bytes, length);
	const char *newline = strrchr(text, '\n');
	const char *path = newline ? newline + 1 : text;
	struct ignore *ignore = ignore_parse("fuzz", text, (size_t)(path - text), &arena, NULL);
	struct git_url url;

	if (git_url_parse(&url, text, &arena, NULL) == 0)
		assert(url.remote[0] != '-' && (!url.ref || url.ref[0] != '-'));
	/* A pattern that begins with two exclamation marks is not the same alone. */
	if (ignore && ignore->count < 64 && *path && !strstr(text, "!!"))
		check_last(ignore, path);
	return 0;
}
