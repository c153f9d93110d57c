/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns the table of seccomp_default.h into a profile for one set of capabilities on this machine.
 */
#include "runtime/seccomp_default.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "runtime/seccomp_profile.h"

#include <errno.h>
#include <string.h>

struct native_arch {
	uint32_t token;
	const char *name;
	uint32_t others[2];
};

static const struct native_arch native_arches[] = {
	{SCMP_ARCH_X86_64, "amd64", {SCMP_ARCH_X86, SCMP_ARCH_X32}},
	{SCMP_ARCH_AARCH64, "arm64", {SCMP_ARCH_ARM}},
	{SCMP_ARCH_X86, "386", {0}},
	{SCMP_ARCH_ARM, "arm", {0}},
	{SCMP_ARCH_PPC64LE, "ppc64le", {0}},
	{SCMP_ARCH_S390X, "s390x", {SCMP_ARCH_S390}},
	{SCMP_ARCH_RISCV64, "riscv64", {0}},
};

static const struct native_arch *native(void)
{
	static const struct native_arch other = {0, "other", {0}};
	uint32_t token = seccomp_arch_native();

	for (size_t i = 0; i < array_length(native_arches); i++)
		if (native_arches[i].token == token)
			return &native_arches[i];
	return &other;
}

const char *seccomp_profile_native_name(void)
{
	return native()->name;
}

/* The architectures that run beside the native one: i386 and x32 on x86-64, arm on arm64. */
static void add_native_arches(struct seccomp_profile *profile)
{
	const struct native_arch *arch = native();

	for (size_t i = 0; i < array_length(arch->others) && arch->others[i]; i++)
		if (profile->arch_count < SECCOMP_MOST_ARCHES)
			profile->arches[profile->arch_count++] = arch->others[i];
}

struct seccomp_rule *seccomp_profile_add_rule(struct seccomp_profile *profile, struct arena *arena)
{
	profile->rules =
		arena_grow(arena, profile->rules, profile->rule_count, sizeof(*profile->rules));
	memset(&profile->rules[profile->rule_count], 0, sizeof(*profile->rules));
	return &profile->rules[profile->rule_count++];
}

static char **split(struct arena *arena, const char *words)
{
	char **names = NULL;
	size_t count = 0;

	for (size_t length; *words; words += length + (words[length] == ' ')) {
		length = strcspn(words, " ");
		names = arena_grow(arena, names, count, sizeof(*names));
		names[count++] = arena_string_n(arena, words, length);
	}
	names = arena_grow(arena, names, count, sizeof(*names));
	names[count] = NULL;
	return names;
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
	return false;
}

static bool holds(const struct default_rule *rule, uint64_t capabilities)
{
	if (rule->with != ALWAYS && !(capabilities >> rule->with & 1))
		return false;
	if (rule->without != ALWAYS && (capabilities >> rule->without & 1))
		return false;
	return !rule->arch || has_word(rule->arch, seccomp_profile_native_name());
}

void seccomp_profile_default(struct seccomp_profile *profile, struct arena *arena,
			     uint64_t capabilities)
{
	memset(profile, 0, sizeof(*profile));
	profile->default_action = SCMP_ACT_ERRNO(EPERM);
	add_native_arches(profile);
	for (size_t i = 0; i < array_length(default_rules); i++) {
		const struct default_rule *from = &default_rules[i];
		struct seccomp_rule *rule;

		if (!holds(from, capabilities))
			continue;
		rule = seccomp_profile_add_rule(profile, arena);
		rule->names = split(arena, from->names);
		rule->action = from->error ? SCMP_ACT_ERRNO((uint16_t)from->error) : SCMP_ACT_ALLOW;
		rule->argument_count = from->has_argument;
		rule->arguments[0] = from->argument;
	}
}
