/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads seccomp profiles in JSON: OCI's form (architectures, flags) and Docker's (archMap,
 * conditions by capability, architecture and kernel, one "name" for a rule).
 */
#include "runtime/seccomp_profile.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strvec.h"
#include "runtime/spec.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* since Linux 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

struct word {
	const char *name;
	uint32_t value;
};

static const struct word actions[] = {
	{"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
	{"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
	{"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
	{"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
	{"SCMP_ACT_LOG", SCMP_ACT_LOG},
	{"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
	{"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
	{"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
	{"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY},
};

static const struct word operators[] = {
	{"SCMP_CMP_NE", SCMP_CMP_NE},
	{"SCMP_CMP_LT", SCMP_CMP_LT},
	{"SCMP_CMP_LE", SCMP_CMP_LE},
	{"SCMP_CMP_EQ", SCMP_CMP_EQ},
	{"SCMP_CMP_GE", SCMP_CMP_GE},
	{"SCMP_CMP_GT", SCMP_CMP_GT},
	{"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static const struct word arches[] = {
	{"SCMP_ARCH_X86", SCMP_ARCH_X86},
	{"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},
	{"SCMP_ARCH_X32", SCMP_ARCH_X32},
	{"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
	{"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
	{"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS},
	{"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64},
	{"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32},
	{"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL},
	{"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
	{"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32},
	{"SCMP_ARCH_PPC", SCMP_ARCH_PPC},
	{"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64},
	{"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE},
	{"SCMP_ARCH_S390", SCMP_ARCH_S390},
	{"SCMP_ARCH_S390X", SCMP_ARCH_S390X},
	{"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},
	/* Not known to every libseccomp, and never ours. */
	{"SCMP_ARCH_PARISC", 0},
	{"SCMP_ARCH_PARISC64", 0},
	{"SCMP_ARCH_LOONGARCH64", 0},
	{"SCMP_ARCH_M68K", 0},
	{"SCMP_ARCH_SH", 0},
	{"SCMP_ARCH_SHEB", 0},
};

/* TSYNC has no effect here: the filter is loaded by a process of one thread. */
static const struct word flags[] = {
	{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
	{"SECCOMP_FILTER_FLAG_TSYNC", 0},
	{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};

static const struct word *find_word(const struct word *words, size_t count, const char *name)
{
	for (size_t i = 0; name && i < count; i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

static const struct {
	const struct word *words;
	size_t count;
	bool all; /* a value of 0 is one, too */
} lists[] = {
	[SECCOMP_ACTIONS] = {actions, array_length(actions), true},
	[SECCOMP_OPERATORS] = {operators, array_length(operators), true},
	[SECCOMP_ARCHES] = {arches, array_length(arches), false},
	[SECCOMP_FLAGS] = {flags, array_length(flags), true},
};

void seccomp_profile_words(struct strvec *out, enum seccomp_words which)
{
	for (size_t i = 0; i < lists[which].count; i++)
		if (lists[which].all || lists[which].words[i].value)
			strvec_add(out, lists[which].words[i].name);
}

static int parse_action(uint32_t *action, const char *name, const json *errno_value,
			struct error *err)
{
	const struct word *word = find_word(actions, array_length(actions), name);
	int64_t number = EPERM;

	if (!word)
		return error_set(err, ERROR_INVALID, "seccomp profile: unknown action '%s'",
				 name ? name : "");
	if (errno_value && !json_object_is_type(errno_value, json_type_null)) {
		if (word->value != SCMP_ACT_ERRNO(0) && word->value != SCMP_ACT_TRACE(0))
			return error_set(err, ERROR_INVALID,
					 "seccomp profile: %s has no errno to return", name);
		if (!json_object_is_type(errno_value, json_type_int))
			return error_set(err, ERROR_INVALID,
					 "seccomp profile: errnoRet is not a number");
		number = json_object_get_int64(errno_value);
	}
	if (number < 0 || number > 4095)
		return error_set(err, ERROR_INVALID, "seccomp profile: errnoRet %lld is not 0-4095",
				 (long long)number);
	*action = word->value;
	if (word->value == SCMP_ACT_ERRNO(0))
		*action = SCMP_ACT_ERRNO((uint32_t)number);
	else if (word->value == SCMP_ACT_TRACE(0))
		*action = SCMP_ACT_TRACE((uint32_t)number);
	return 0;
}

static bool lists_string(const json *array, const char *text)
{
	for (size_t i = 0; i < json_length(array); i++) {
		const char *item = json_string_at(array, i);

		if (item && strcmp(item, text) == 0)
			return true;
	}
	return false;
}

static bool kernel_is_at_least(const char *wanted)
{
	int major = 0, minor = 0, has_major = 0, has_minor = 0;
	struct utsname name;

	uname(&name);
	if (sscanf(wanted, "%d.%d", &major, &minor) < 1 ||
	    sscanf(name.release, "%d.%d", &has_major, &has_minor) < 2)
		return true;
	return has_major > major || (has_major == major && has_minor >= minor);
}

/* Docker's conditions: includes must all hold, no exclude may. */
static bool conditions_hold(const json *rule, uint64_t capabilities)
{
	json *includes = json_get(rule, "includes");
	json *excludes = json_get(rule, "excludes");
	json *caps = json_get(includes, "caps");
	const char *arch = seccomp_profile_native_name();
	const char *kernel = json_string(includes, "minKernel", NULL);

	for (size_t i = 0; i < json_length(caps); i++) {
		const char *name = json_string_at(caps, i);
		int cap = name ? spec_capability(name) : -1;

		if (cap < 0 || !(capabilities >> cap & 1))
			return false;
	}
	caps = json_get(excludes, "caps");
	for (size_t i = 0; i < json_length(caps); i++) {
		const char *name = json_string_at(caps, i);
		int cap = name ? spec_capability(name) : -1;

		if (cap >= 0 && (capabilities >> cap & 1))
			return false;
	}
	if (json_length(json_get(includes, "arches")) &&
	    !lists_string(json_get(includes, "arches"), arch))
		return false;
	if (lists_string(json_get(excludes, "arches"), arch))
		return false;
	return !kernel || kernel_is_at_least(kernel);
}

static int parse_argument(struct scmp_arg_cmp *argument, const json *value, struct error *err)
{
	const char *name = json_string(value, "op", NULL);
	const struct word *op = find_word(operators, array_length(operators), name);
	int64_t index = json_int(value, "index", -1);

	if (!op)
		return error_set(err, ERROR_INVALID, "seccomp profile: unknown operator '%s'",
				 name ? name : "");
	if (index < 0 || index > 5)
		return error_set(err, ERROR_INVALID,
				 "seccomp profile: argument index %lld is not 0-5",
				 (long long)index);
	*argument = (struct scmp_arg_cmp){
		.arg = (unsigned)index,
		.op = (enum scmp_compare)op->value,
		.datum_a = json_object_get_uint64(json_get(value, "value")),
		.datum_b = json_object_get_uint64(json_get(value, "valueTwo")),
	};
	return 0;
}

static char **parse_names(const json *value, struct arena *arena, struct error *err)
{
	json *names = json_get(value, "names");
	size_t count = json_length(names), used = 0;
	char **list = arena_array(arena, count + 2, sizeof(*list));

	if (json_string(value, "name", NULL))
		list[used++] = arena_string(arena, json_string(value, "name", NULL));
	for (size_t i = 0; i < count; i++) {
		if (!json_string_at(names, i)) {
			error_set(err, ERROR_INVALID,
				  "seccomp profile: a name of a system call is not a text");
			return NULL;
		}
		list[used++] = arena_string(arena, json_string_at(names, i));
	}
	if (used == 0) {
		error_set(err, ERROR_INVALID, "seccomp profile: a rule without system calls");
		return NULL;
	}
	return list;
}

/* Two comparisons of one argument in one rule cannot be ANDed by libseccomp: as runc does, each
 * becomes a rule of its own. */
static bool repeats_an_argument(const struct seccomp_rule *rule)
{
	unsigned seen = 0;

	for (unsigned i = 0; i < rule->argument_count; i++) {
		unsigned bit = 1U << rule->arguments[i].arg;

		if (seen & bit)
			return true;
		seen |= bit;
	}
	return false;
}

static void add_rules(struct seccomp_profile *profile, struct arena *arena,
		      const struct seccomp_rule *rule)
{
	if (!repeats_an_argument(rule)) {
		*seccomp_profile_add_rule(profile, arena) = *rule;
		return;
	}
	for (unsigned i = 0; i < rule->argument_count; i++) {
		struct seccomp_rule *one = seccomp_profile_add_rule(profile, arena);

		one->names = rule->names;
		one->action = rule->action;
		one->arguments[0] = rule->arguments[i];
		one->argument_count = 1;
	}
}

static int parse_rule(struct seccomp_profile *profile, struct arena *arena, const json *value,
		      uint64_t capabilities, struct error *err)
{
	struct seccomp_rule rule = {0};
	json *arguments = json_get(value, "args");

	if (!json_is_object(value))
		return error_set(err, ERROR_INVALID, "seccomp profile: a rule is not an object");
	if (parse_action(&rule.action, json_string(value, "action", NULL),
			 json_get(value, "errnoRet"), err) < 0)
		return -1;
	if (json_length(arguments) > SECCOMP_MOST_ARGUMENTS)
		return error_set(err, ERROR_INVALID, "seccomp profile: a rule with %zu arguments",
				 json_length(arguments));
	for (size_t i = 0; i < json_length(arguments); i++)
		if (parse_argument(&rule.arguments[rule.argument_count++], json_at(arguments, i),
				   err) < 0)
			return -1;
	rule.names = parse_names(value, arena, err);
	if (!rule.names)
		return -1;
	if (conditions_hold(value, capabilities)) {
		add_rules(profile, arena, &rule);
		profile->notifies |= rule.action == SCMP_ACT_NOTIFY;
	}
	return 0;
}

static int add_arch(struct seccomp_profile *profile, const char *name, struct error *err)
{
	const struct word *arch = find_word(arches, array_length(arches), name);

	if (!arch)
		return error_set(err, ERROR_INVALID, "seccomp profile: unknown architecture '%s'",
				 name ? name : "");
	if (!arch->value)
		return 0;
	if (profile->arch_count == SECCOMP_MOST_ARCHES)
		return error_set(err, ERROR_INVALID, "seccomp profile: more than %d architectures",
				 SECCOMP_MOST_ARCHES);
	for (size_t i = 0; i < profile->arch_count; i++)
		if (profile->arches[i] == arch->value)
			return 0;
	profile->arches[profile->arch_count++] = arch->value;
	return 0;
}

static int parse_arches(struct seccomp_profile *profile, const json *document, struct error *err)
{
	json *list = json_get(document, "architectures");
	json *map = json_get(document, "archMap");

	if (json_length(list) && json_length(map))
		return error_set(err, ERROR_INVALID,
				 "seccomp profile: both 'architectures' and 'archMap'");
	for (size_t i = 0; i < json_length(list); i++)
		if (add_arch(profile, json_string_at(list, i), err) < 0)
			return -1;
	for (size_t i = 0; i < json_length(map); i++) {
		json *others = json_get(json_at(map, i), "subArchitectures");
		const char *name = json_string(json_at(map, i), "architecture", NULL);
		const struct word *arch = find_word(arches, array_length(arches), name);

		if (!arch || arch->value != seccomp_arch_native())
			continue;
		for (size_t j = 0; j < json_length(others); j++)
			if (add_arch(profile, json_string_at(others, j), err) < 0)
				return -1;
	}
	return 0;
}

static int parse_flags(struct seccomp_profile *profile, const json *list, struct error *err)
{
	for (size_t i = 0; i < json_length(list); i++) {
		const char *name = json_string_at(list, i);
		const struct word *flag = find_word(flags, array_length(flags), name);

		if (!flag)
			return error_set(err, ERROR_INVALID, "seccomp profile: unknown flag '%s'",
					 name ? name : "");
		profile->flags |= flag->value;
	}
	return 0;
}

/* Who answers, and what it is told. */
static int check_listener(struct seccomp_profile *profile, const json *document, struct error *err)
{
	const char *path = json_string(document, "listenerPath", "");

	if (profile->default_action == SCMP_ACT_NOTIFY)
		return error_set(err, ERROR_INVALID,
				 "seccomp profile: SCMP_ACT_NOTIFY cannot be the default action: "
				 "who starts the container would wait for an answer, too");
	if (!*path && json_string(document, "listenerMetadata", NULL))
		return error_set(err, ERROR_INVALID,
				 "seccomp profile: listenerMetadata without listenerPath");
	if (profile->notifies && *path != '/')
		return error_set(err, ERROR_INVALID,
				 "seccomp profile: SCMP_ACT_NOTIFY needs an absolute listenerPath");
	if (profile->notifies)
		profile->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	else
		profile->flags &= ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	return 0;
}

static int parse_document(struct seccomp_profile *profile, struct arena *arena,
			  const json *document, uint64_t capabilities, struct error *err)
{
	json *rules = json_get(document, "syscalls");

	if (parse_action(&profile->default_action, json_string(document, "defaultAction", NULL),
			 json_get(document, "defaultErrnoRet"), err) < 0 ||
	    parse_arches(profile, document, err) < 0 ||
	    parse_flags(profile, json_get(document, "flags"), err) < 0)
		return -1;
	for (size_t i = 0; i < json_length(rules); i++)
		if (parse_rule(profile, arena, json_at(rules, i), capabilities, err) < 0)
			return -1;
	return check_listener(profile, document, err);
}

int seccomp_profile_parse(struct seccomp_profile *profile, struct arena *arena, const char *text,
			  uint64_t capabilities, struct error *err)
{
	auto_json json *document = json_parse(text, strlen(text), "seccomp profile", err);

	memset(profile, 0, sizeof(*profile));
	if (!document)
		return -1;
	if (!json_is_object(document))
		return error_set(err, ERROR_INVALID, "seccomp profile: not an object");
	return parse_document(profile, arena, document, capabilities, err);
}
