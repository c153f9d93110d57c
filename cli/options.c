/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/strbuf.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A hundred years: for ever, and from now on still a time. */
#define LONGEST_SECONDS (INT64_C(100) * 365 * 24 * 60 * 60)

struct parser {
	const struct option_set *sets;
	struct strvec *arguments;
	char *const *argv; /* the next word */
};

static bool takes_value(const struct option_spec *spec)
{
	switch (spec->kind) {
	case OPTION_BOOL:
	case OPTION_TRISTATE:
		return false;
	case OPTION_UNAVAILABLE:
		return spec->value != NULL;
	case OPTION_STRING:
	case OPTION_WORD:
	case OPTION_LIST:
	case OPTION_INT:
	case OPTION_SECONDS:
	case OPTION_SCALE:
		break;
	}
	return true;
}

static void *field(const struct option_set *set, const struct option_spec *spec)
{
	return (char *)set->target + spec->offset;
}

void options_init(const struct option_set *set)
{
	for (const struct option_spec *spec = set->specs; spec && spec->name; spec++) {
		if (spec->kind == OPTION_TRISTATE)
			*(int *)field(set, spec) = -1;
		else if (spec->kind == OPTION_SECONDS)
			*(int64_t *)field(set, spec) = -1;
	}
}

void options_release(const struct option_set *set)
{
	for (const struct option_spec *spec = set->specs; spec && spec->name; spec++)
		if (spec->kind == OPTION_LIST || spec->kind == OPTION_SCALE)
			strvec_release(field(set, spec));
}

static int parse_seconds(int64_t *value, const char *text, struct error *err)
{
	uint64_t seconds;

	if (strcmp(text, "-1") == 0) { /* as Docker has it */
		*value = LONGEST_SECONDS * SECOND;
		return 0;
	}
	if (units_parse_u64(&seconds, text, NULL) < 0) {
		if (units_parse_duration(value, text, err) < 0)
			return -1;
		if (*value < 0 || *value > LONGEST_SECONDS * SECOND)
			return error_set(err, ERROR_INVALID, "'%s' is %s", text,
					 *value < 0 ? "negative" : "too long");
		return 0;
	}
	if (seconds > (uint64_t)LONGEST_SECONDS)
		return error_set(err, ERROR_INVALID, "'%s' seconds are too many", text);
	*value = (int64_t)seconds * SECOND;
	return 0;
}

static int parse_scale(struct strvec *list, const char *text, struct error *err)
{
	const char *equals = strchr(text, '=');
	int64_t count;

	if (!equals || equals == text)
		return error_set(err, ERROR_INVALID, "'%s' must be SERVICE=NUMBER", text);
	if (units_parse_int(&count, equals + 1, 0, 100000, err) < 0)
		return error_wrap(err, "'%s'", text);
	strvec_add(list, text);
	return 0;
}

static int parse_word(const char **value, const char *words, const char *text, struct error *err)
{
	size_t length = strlen(text);

	for (const char *word = words; *word; word += strspn(word, " ")) {
		size_t of_word = strcspn(word, " ");

		if (of_word == length && strncmp(word, text, length) == 0) {
			*value = text;
			return 0;
		}
		word += of_word;
	}
	return error_set(err, ERROR_INVALID, "'%s' is none of these: %s", text, words);
}

static int store(const struct option_set *set, const struct option_spec *spec, const char *value,
		 struct error *err)
{
	void *target = field(set, spec);
	bool flag = true;
	int64_t number;

	switch (spec->kind) {
	case OPTION_BOOL:
	case OPTION_TRISTATE:
		if (value && units_parse_bool(&flag, value, err) < 0)
			return -1;
		if (spec->kind == OPTION_BOOL)
			*(bool *)target = flag;
		else
			*(int *)target = flag;
		return 0;
	case OPTION_STRING:
		*(const char **)target = value;
		return 0;
	case OPTION_WORD:
		return parse_word(target, spec->words, value, err);
	case OPTION_LIST:
		strvec_add(target, value);
		return 0;
	case OPTION_INT:
		if (units_parse_int(&number, value, INT32_MIN, INT32_MAX, err) < 0)
			return -1;
		*(int *)target = (int)number;
		return 0;
	case OPTION_SECONDS:
		return parse_seconds(target, value, err);
	case OPTION_SCALE:
		return parse_scale(target, value, err);
	case OPTION_UNAVAILABLE: /* "--build=false" is what happens anyway */
		if (!spec->value && value && units_parse_bool(&flag, value, NULL) == 0 && !flag)
			return 0;
		break;
	}
	return error_set(err, ERROR_UNSUPPORTED, "not available: %s", spec->help);
}

static int store_named(const struct option_set *set, const struct option_spec *spec,
		       const char *value, struct error *err)
{
	auto_strbuf struct strbuf where = {0};
	struct error reason = {0};

	if (store(set, spec, value, &reason) == 0)
		return 0;
	error_set(err, reason.code, "option --%s: %s", spec->name, reason.text);
	if (spec->kind == OPTION_UNAVAILABLE)
		return -1;
	strbuf_printf(&where, "\"%s\" for \"", value ? value : "");
	if (spec->letter)
		strbuf_printf(&where, "-%c, ", spec->letter);
	strbuf_printf(&where, "--%s\" flag", spec->name);
	return error_state(err, FACT_BAD_VALUE, strbuf_text(&where), reason.text);
}

/* Finds by long name (@length bytes) or, with a NULL name, by letter. */
static const struct option_spec *find(const struct option_set *sets, const char *name,
				      size_t length, char letter, const struct option_set **found)
{
	for (const struct option_set *set = sets; set->specs; set++) {
		for (const struct option_spec *spec = set->specs; spec->name; spec++) {
			bool matches = name ? strlen(spec->name) == length &&
						       memcmp(spec->name, name, length) == 0
					    : spec->letter == letter;

			if (matches) {
				*found = set;
				return spec;
			}
		}
	}
	return NULL;
}

const struct option_spec *options_pending(const struct option_set *sets, const struct error *err)
{
	const char *about = err->about[0];
	const struct option_set *found;

	if (err->fact == FACT_NO_VALUE)
		return find(sets, about + 2, strlen(about + 2), 0, &found);
	return err->fact == FACT_NO_LETTER_VALUE ? find(sets, NULL, 0, *about, &found) : NULL;
}

bool options_have(const struct option_spec *specs, const char *word)
{
	const struct option_set sets[] = {{specs, NULL}, {0}}, *found;

	if (!specs || word[0] != '-')
		return false;
	if (word[1] != '-')
		return word[1] && find(sets, NULL, 0, word[1], &found);
	return find(sets, word + 2, strcspn(word + 2, "="), 0, &found);
}

static const char *nearest_option(const struct option_set *sets, const char *name)
{
	const char *candidates[256];
	size_t count = 0;

	for (const struct option_set *set = sets; set->specs; set++)
		for (const struct option_spec *spec = set->specs; spec->name; spec++)
			if (!spec->is_hidden && spec->kind != OPTION_UNAVAILABLE &&
			    count + 1 < array_length(candidates))
				candidates[count++] = spec->name;
	candidates[count] = NULL;
	return nearest_word(name, candidates);
}

static int unknown_long(const struct option_set *sets, const char *name, size_t length,
			struct error *err)
{
	auto_strbuf struct strbuf option = {0};
	const char *near;

	strbuf_printf(&option, "--%.*s", (int)length, name);
	near = nearest_option(sets, option.text + 2);

	if (near)
		error_set(err, ERROR_INVALID, "unknown option '--%.*s'; did you mean '--%s'?",
			  (int)length, name, near);
	else
		error_set(err, ERROR_NOT_FOUND, "unknown option '--%.*s'", (int)length, name);
	return error_state(err, FACT_UNKNOWN_OPTION, strbuf_text(&option), NULL);
}

static int unknown_letter(char letter, const char *word, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND,
		  word[2] ? "unknown option '-%c' in '%s'" : "unknown option '-%c'", letter, word);
	return error_state(err, FACT_UNKNOWN_LETTER, (char[]){letter, '\0'}, word);
}

static int no_value(const char *name, struct error *err)
{
	char option[80];

	snprintf(option, sizeof(option), "--%s", name);
	error_set(err, ERROR_INVALID, "option '%s' needs a value", option);
	return error_state(err, FACT_NO_VALUE, option, NULL);
}

static int no_letter_value(char letter, const char *word, struct error *err)
{
	error_set(err, ERROR_INVALID, "option '-%c' needs a value", letter);
	return error_state(err, FACT_NO_LETTER_VALUE, (char[]){letter, '\0'}, word);
}

static int parse_long(struct parser *parser, const char *word, struct error *err)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name);
	const char *value = equals ? equals + 1 : NULL;
	const struct option_set *set;
	const struct option_spec *spec = find(parser->sets, name, length, 0, &set);

	if (!spec && length == 4 && memcmp(name, "help", 4) == 0)
		return OPTIONS_HELP;
	if (!spec)
		return unknown_long(parser->sets, name, length, err);
	if (!value && takes_value(spec)) {
		value = *parser->argv;
		if (!value)
			return no_value(spec->name, err);
		parser->argv++;
	}
	return store_named(set, spec, value, err);
}

/* "-it", "-p80:80", "-p=80:80", "-p 80:80". */
static int parse_letters(struct parser *parser, const char *word, struct error *err)
{
	for (const char *at = word + 1; *at; at++) {
		const struct option_set *set;
		const struct option_spec *spec = find(parser->sets, NULL, 0, *at, &set);
		const char *value = NULL;

		if (!spec && *at == 'h')
			return OPTIONS_HELP;
		if (!spec)
			return unknown_letter(*at, word, err);
		if (at[1] == '=')
			value = at + 2;
		else if (takes_value(spec) && at[1])
			value = at + 1;
		else if (takes_value(spec)) {
			value = *parser->argv;
			if (!value)
				return no_letter_value(*at, word, err);
			parser->argv++;
		}
		if (store_named(set, spec, value, err) < 0)
			return -1;
		if (value)
			return 0;
	}
	return 0;
}

int options_parse(const struct option_set *sets, enum options_mode mode, char *const *argv,
		  struct strvec *arguments, struct error *err)
{
	struct parser parser = {.sets = sets, .arguments = arguments, .argv = argv};

	while (*parser.argv) {
		const char *word = *parser.argv++;
		int result;

		if (strcmp(word, "--") == 0)
			break;
		if (word[0] != '-' || !word[1]) {
			strvec_add(arguments, word);
			if (mode == OPTIONS_FIRST)
				break;
			continue;
		}
		result = word[1] == '-' ? parse_long(&parser, word, err)
					: parse_letters(&parser, word, err);
		if (result != 0)
			return result;
	}
	strvec_add_all(arguments, parser.argv);
	return 0;
}

const char *options_value_name(const struct option_spec *spec)
{
	if (!takes_value(spec))
		return "";
	if (spec->value)
		return spec->value;
	switch (spec->kind) {
	case OPTION_INT:
		return "N";
	case OPTION_SECONDS:
		return "SECONDS";
	case OPTION_SCALE:
		return "SERVICE=N";
	case OPTION_BOOL:
	case OPTION_TRISTATE:
	case OPTION_STRING:
	case OPTION_WORD:
	case OPTION_LIST:
	case OPTION_UNAVAILABLE:
		break;
	}
	return "TEXT";
}
