/* SPDX-License-Identifier: Apache-2.0 */
/* HEALTHCHECK: its flags and its two types. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "builder/dockerfile/dockerfile.h"
#include "builder/dockerfile/form_private.h"
#include "builder/dockerfile/words.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct duration_flag {
	const char *name;
	size_t offset;
} durations[] = {
	{"interval", offsetof(struct image_healthcheck, interval_ns)},
	{"timeout", offsetof(struct image_healthcheck, timeout_ns)},
	{"start-period", offsetof(struct image_healthcheck, start_period_ns)},
	{"start-interval", offsetof(struct image_healthcheck, start_interval_ns)},
};

/* 0 is the same as not given: then it is Docker's default, or the base image's. */
static int read_duration(struct instruction *instruction, const struct duration_flag *flag,
			 struct error *err)
{
	int64_t *out = (int64_t *)((char *)&instruction->healthcheck + flag->offset);
	const char *text = instruction_flag(instruction, flag->name);

	if (!text || !*text)
		return 0;
	if (units_parse_duration(out, text, err) < 0)
		return error_wrap(err, "--%s", flag->name);
	if (*out != 0 && *out < MILLISECOND)
		return error_set(err, ERROR_INVALID, "--%s: '%.40s' is less than 1ms", flag->name,
				 text);
	return 0;
}

static int read_flags(struct instruction *instruction, struct error *err)
{
	const char *retries = instruction_flag(instruction, "retries");
	int64_t number = 0;

	for (size_t i = 0; i < array_length(durations); i++)
		if (read_duration(instruction, &durations[i], err) < 0)
			return -1;
	if (retries && *retries && units_parse_int(&number, retries, 0, INT32_MAX, err) < 0)
		return error_wrap(err, "--retries");
	instruction->healthcheck.retries = (int)number;
	return 0;
}

static void set_test(struct instruction *instruction, const char *type, struct arena *arena)
{
	char **test = arena_array(arena, instruction->word_count + 2, sizeof(*test));

	test[0] = arena_string(arena, type);
	for (size_t i = 0; i < instruction->word_count; i++)
		test[i + 1] = instruction->words[i];
	instruction->healthcheck.test = test;
}

int form_check_health(struct instruction *instruction, struct arena *arena, struct error *err)
{
	const char *type = instruction->arguments;
	size_t length = (size_t)(words_end(type) - type);

	if (!length)
		return error_set(err, ERROR_INVALID, "HEALTHCHECK requires at least one argument");
	if (length == 4 && strncasecmp(type, "NONE", 4) == 0) {
		if (instruction->word_count)
			return error_set(err, ERROR_INVALID, "HEALTHCHECK NONE takes no arguments");
		set_test(instruction, "NONE", arena);
		return 0;
	}
	if (length != 3 || strncasecmp(type, "CMD", 3) != 0)
		return error_set(err, ERROR_INVALID,
				 "unknown type '%.*s' of HEALTHCHECK; it is CMD or NONE",
				 (int)(length < 60 ? length : 60), type);
	if (!instruction->word_count)
		return error_set(err, ERROR_INVALID, "there is no command after HEALTHCHECK CMD");
	set_test(instruction, instruction->is_json ? "CMD" : "CMD-SHELL", arena);
	return read_flags(instruction, err);
}
