/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/flags.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/nearest.h"
#include "builder/dockerfile/dockerfile.h"
#include "builder/dockerfile/mount_private.h"

#include <string.h>
#include <strings.h>

#define MOST_FLAGS_OF_ONE 16

enum flag_kind { FLAG_TEXT, FLAG_IS_SET, FLAG_LIST };

/* COPY --from=$X would have to be known before anything is planned. */
static int check_from(const char *value, struct error *err)
{
	if (strchr(value, '$'))
		return error_set(err, ERROR_INVALID,
				 "--from does not take variables: '%.60s'; give the stage a name "
				 "with FROM $X AS NAME and use that",
				 value);
	return 0;
}

static int check_word(const char *flag, const char *value, const char *const *allowed,
		      struct error *err)
{
	for (const char *const *word = allowed; *word; word++)
		if (strcmp(value, *word) == 0)
			return 0;
	return error_set(err, ERROR_INVALID, "invalid value for --%s: '%.60s'", flag, value);
}

static int check_network(const char *value, struct error *err)
{
	static const char *const modes[] = {"default", "none", "host", NULL};

	return check_word("network", value, modes, err);
}

static int check_security(const char *value, struct error *err)
{
	static const char *const modes[] = {"sandbox", "insecure", NULL};

	return check_word("security", value, modes, err);
}

static const struct flag_rule {
	enum instruction_kind instruction;
	const char *name;
	enum flag_kind kind;
	int (*check)(const char *value, struct error *err); /* NULL: any */
} rules[] = {
	{INSTRUCTION_ADD, "checksum", FLAG_TEXT, NULL},
	{INSTRUCTION_ADD, "chmod", FLAG_TEXT, NULL},
	{INSTRUCTION_ADD, "chown", FLAG_TEXT, NULL},
	{INSTRUCTION_ADD, "exclude", FLAG_LIST, NULL},
	{INSTRUCTION_ADD, "keep-git-dir", FLAG_IS_SET, NULL},
	{INSTRUCTION_ADD, "link", FLAG_IS_SET, NULL},
	{INSTRUCTION_ADD, "unpack", FLAG_IS_SET, NULL},
	{INSTRUCTION_COPY, "chmod", FLAG_TEXT, NULL},
	{INSTRUCTION_COPY, "chown", FLAG_TEXT, NULL},
	{INSTRUCTION_COPY, "exclude", FLAG_LIST, NULL},
	{INSTRUCTION_COPY, "from", FLAG_TEXT, check_from},
	{INSTRUCTION_COPY, "link", FLAG_IS_SET, NULL},
	{INSTRUCTION_COPY, "parents", FLAG_IS_SET, NULL},
	{INSTRUCTION_FROM, "platform", FLAG_TEXT, NULL},
	{INSTRUCTION_HEALTHCHECK, "interval", FLAG_TEXT, NULL},
	{INSTRUCTION_HEALTHCHECK, "retries", FLAG_TEXT, NULL},
	{INSTRUCTION_HEALTHCHECK, "start-interval", FLAG_TEXT, NULL},
	{INSTRUCTION_HEALTHCHECK, "start-period", FLAG_TEXT, NULL},
	{INSTRUCTION_HEALTHCHECK, "timeout", FLAG_TEXT, NULL},
	{INSTRUCTION_RUN, "mount", FLAG_LIST, mount_check_early},
	{INSTRUCTION_RUN, "network", FLAG_TEXT, check_network},
	{INSTRUCTION_RUN, "security", FLAG_TEXT, check_security},
};

static const struct flag_rule *find_rule(enum instruction_kind kind, const char *name)
{
	for (size_t i = 0; i < array_length(rules); i++)
		if (rules[i].instruction == kind && strcmp(rules[i].name, name) == 0)
			return &rules[i];
	return NULL;
}

static int refuse_unknown(enum instruction_kind kind, const char *name, struct error *err)
{
	const char *names[MOST_FLAGS_OF_ONE + 1], *near;
	size_t count = 0;

	for (size_t i = 0; i < array_length(rules) && count < MOST_FLAGS_OF_ONE; i++)
		if (rules[i].instruction == kind)
			names[count++] = rules[i].name;
	names[count] = NULL;
	near = nearest_word(name, names);
	return error_set(err, ERROR_INVALID, "unknown flag of %s: --%.60s%s%s%s",
			 instruction_names[kind], name, near ? " (did you mean --" : "",
			 near ? near : "", near ? "?)" : "");
}

static int check_flag(const struct instruction *instruction, size_t index, struct error *err)
{
	const struct instruction_flag *flag = &instruction->flags[index];
	const struct flag_rule *rule = find_rule(instruction->kind, flag->name);
	bool is_set;

	if (!rule)
		return refuse_unknown(instruction->kind, flag->name, err);
	for (size_t i = 0; i < index && rule->kind != FLAG_LIST; i++)
		if (strcmp(instruction->flags[i].name, flag->name) == 0)
			return error_set(err, ERROR_INVALID, "--%s stands twice", flag->name);
	if (rule->kind == FLAG_IS_SET)
		return instruction_flag_is_set(instruction, flag->name, &is_set, err);
	if (!flag->value)
		return error_set(err, ERROR_INVALID, "--%s needs a value: --%s=VALUE", flag->name,
				 flag->name);
	return rule->check ? rule->check(flag->value, err) : 0;
}

int flags_check(const struct instruction *instruction, struct error *err)
{
	for (size_t i = 0; i < instruction->flag_count; i++)
		if (check_flag(instruction, i, err) < 0)
			return -1;
	return 0;
}
