/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/directive.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "builder/dockerfile/lines.h"
#include "builder/dockerfile/words.h"

#include <ctype.h>
#include <string.h>

static int set_escape(struct lines *lines, const char *value, struct error *err)
{
	if (strcmp(value, "\\") != 0 && strcmp(value, "`") != 0)
		return error_set(err, ERROR_INVALID,
				 "the escape character '%.20s' is neither \\ nor `", value);
	lines->file->escape = *value;
	return 0;
}

static int set_syntax(struct lines *lines, const char *value, struct error *err)
{
	(void)err;
	lines->file->syntax = arena_string_n(lines->arena, value, strcspn(value, " "));
	return 0;
}

static char **split_rules(struct arena *arena, const char *text)
{
	auto_strvec struct strvec rules = {0};

	while (*text) {
		size_t length = strcspn(text, ",");
		const char *rule = arena_string_n(arena, text, length);

		rule = words_skip(rule);
		strvec_add_n(&rules, rule, words_trimmed(rule));
		text += length + (text[length] == ',');
	}
	return strvec_copy(&rules, arena);
}

struct check_reader {
	struct dockerfile_check *check;
	struct arena *arena;
};

/* One of the parts between semicolons. */
static int set_check_option(const struct check_reader *reader, const char *option,
			    struct error *err)
{
	struct dockerfile_check *check = reader->check;
	const char *value = strchr(option, '=');
	size_t length = value ? (size_t)(value - option) : strlen(option);

	value = value ? words_skip(value + 1) : "";
	if (length == 4 && strncmp(option, "skip", 4) == 0)
		check->skip = split_rules(reader->arena, value);
	else if (length == 12 && strncmp(option, "experimental", 12) == 0)
		check->experimental = split_rules(reader->arena, value);
	else if (length == 5 && strncmp(option, "error", 5) == 0)
		return units_parse_bool(&check->is_error, value, err);
	else
		return error_set(err, ERROR_INVALID,
				 "'%.40s' is not allowed in check=; allowed: skip, experimental, "
				 "error",
				 option);
	return 0;
}

static int read_check(const struct check_reader *reader, const char *value, struct error *err)
{
	while (*value) {
		size_t length = strcspn(value, ";");
		char *option = arena_string_n(reader->arena, value, length);

		option[words_trimmed(option)] = '\0';
		if (set_check_option(reader, words_skip(option), err) < 0)
			return -1;
		value += length + (value[length] == ';');
	}
	return 0;
}

static int set_check(struct lines *lines, const char *value, struct error *err)
{
	struct check_reader reader = {.check = &lines->file->check, .arena = lines->arena};

	return read_check(&reader, value, err);
}

void directive_read_comment(struct dockerfile_check *check, const char *comment,
			    struct arena *arena)
{
	struct check_reader reader = {.check = check, .arena = arena};

	if (comment && strncmp(comment, "check=", 6) == 0)
		read_check(&reader, arena_string_n(arena, comment + 6, strcspn(comment + 6, " ")),
			   NULL);
}

static const struct directive {
	const char *name;
	int (*set)(struct lines *lines, const char *value, struct error *err);
} directives[] = {
	{"syntax", set_syntax},
	{"escape", set_escape},
	{"check", set_check},
};

static const struct directive *find(const char *name, size_t length)
{
	for (size_t i = 0; i < array_length(directives); i++)
		if (strlen(directives[i].name) == length &&
		    strncasecmp(directives[i].name, name, length) == 0)
			return &directives[i];
	return NULL;
}

int directive_read(struct lines *lines, const char *comment, struct error *err)
{
	const char *name = words_skip(comment + 1), *equals = name;
	const struct directive *directive;
	char *value;
	unsigned bit;

	/* "#!" on the first line is for a shell; a directive may follow it. */
	if (lines->line == 1 && comment[1] == '!')
		return 0;
	while (isalnum((unsigned char)*equals))
		equals++;
	directive = find(name, (size_t)(equals - name));
	equals = words_skip(equals);
	value = arena_string(lines->arena, *equals == '=' ? words_skip(equals + 1) : "");
	value[words_trimmed(value)] = '\0';
	if (!directive || !*value) {
		lines->is_past_directives = true;
		return 0;
	}
	lines->comment = NULL;
	bit = 1U << (directive - directives);
	if (lines->directives & bit)
		return error_set(err, ERROR_INVALID,
				 "the parser directive '%s' may stand only once", directive->name);
	lines->directives |= bit;
	return directive->set(lines, value, err);
}
