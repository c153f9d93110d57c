/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names in a specification: capabilities, resource limits, signals.
 */
#include "runtime/spec.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const capability_names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

struct name {
	const char *name;
	int number;
};

static const struct name rlimit_names[] = {
	{"as", RLIMIT_AS},
	{"core", RLIMIT_CORE},
	{"cpu", RLIMIT_CPU},
	{"data", RLIMIT_DATA},
	{"fsize", RLIMIT_FSIZE},
	{"locks", RLIMIT_LOCKS},
	{"memlock", RLIMIT_MEMLOCK},
	{"msgqueue", RLIMIT_MSGQUEUE},
	{"nice", RLIMIT_NICE},
	{"nofile", RLIMIT_NOFILE},
	{"nproc", RLIMIT_NPROC},
	{"rss", RLIMIT_RSS},
	{"rtprio", RLIMIT_RTPRIO},
	{"rttime", RLIMIT_RTTIME},
	{"sigpending", RLIMIT_SIGPENDING},
	{"stack", RLIMIT_STACK},
};

/* Older names beside those of sigabbrev_np. */
static const struct name signal_aliases[] = {
	{"CLD", SIGCHLD},
	{"IOT", SIGABRT},
	{"IO", SIGIO},
	{"UNUSED", SIGSYS},
};

int spec_capability(const char *name)
{
	if (strncasecmp(name, "CAP_", 4) == 0)
		name += 4;
	for (size_t i = 0; i < array_length(capability_names); i++)
		if (strcasecmp(name, capability_names[i] + 4) == 0)
			return (int)i;
	return -1;
}

const char *spec_capability_name(int capability)
{
	static char number[16];

	if (capability >= 0 && (size_t)capability < array_length(capability_names))
		return capability_names[capability];
	snprintf(number, sizeof(number), "CAP_%d", capability);
	return number;
}

int spec_rlimit(const char *name)
{
	if (strncasecmp(name, "RLIMIT_", 7) == 0)
		name += 7;
	for (size_t i = 0; i < array_length(rlimit_names); i++)
		if (strcasecmp(name, rlimit_names[i].name) == 0)
			return rlimit_names[i].number;
	return -1;
}

static int parse_limit(rlim_t *limit, const char *text, struct error *err)
{
	int64_t number;

	if (units_parse_int(&number, text, -1, INT64_MAX, err) < 0)
		return -1;
	*limit = number < 0 ? RLIM_INFINITY : (rlim_t)number;
	return 0;
}

int spec_rlimit_parse(struct spec_rlimit *ulimit, const char *text, struct error *err)
{
	size_t length = strcspn(text, "=");
	auto_free char *name = strndup(text, length);
	auto_free char *soft = NULL;
	const char *colon, *value = text + length + 1;

	if (!name || !text[length])
		return error_set(err, ERROR_INVALID, "ulimit '%s' must be NAME=SOFT[:HARD]", text);
	ulimit->resource = spec_rlimit(name);
	if (ulimit->resource < 0)
		return error_set(err, ERROR_INVALID, "ulimit '%s': there is no limit '%s'", text,
				 name);
	colon = strchr(value, ':');
	soft = strndup(value, colon ? (size_t)(colon - value) : strlen(value));
	if (!soft || parse_limit(&ulimit->limit.rlim_cur, soft, err) < 0 ||
	    parse_limit(&ulimit->limit.rlim_max, colon ? colon + 1 : soft, err) < 0)
		return error_wrap(err, "ulimit '%s'", text);
	return 0;
}

const char *spec_rlimit_name(int resource)
{
	for (size_t i = 0; i < array_length(rlimit_names); i++)
		if (rlimit_names[i].number == resource)
			return rlimit_names[i].name;
	return "unknown";
}

/* "RTMIN+3", "RTMAX-1": @rest stands behind the base name. */
static int realtime_signal(int base, char sign, const char *rest)
{
	int64_t offset;
	int number;

	if (!*rest)
		return base;
	if (*rest != sign || units_parse_int(&offset, rest + 1, 0, 64, NULL) < 0)
		return -1;
	number = sign == '+' ? base + (int)offset : base - (int)offset;
	return number >= SIGRTMIN && number <= SIGRTMAX ? number : -1;
}

int spec_signal(const char *name)
{
	int64_t number;

	if (units_parse_int(&number, name, 1, 64, NULL) == 0)
		return (int)number;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	if (strncasecmp(name, "RTMIN", 5) == 0)
		return realtime_signal(SIGRTMIN, '+', name + 5);
	if (strncasecmp(name, "RTMAX", 5) == 0)
		return realtime_signal(SIGRTMAX, '-', name + 5);
	for (int signal = 1; signal < SIGRTMIN; signal++)
		if (sigabbrev_np(signal) && strcasecmp(name, sigabbrev_np(signal)) == 0)
			return signal;
	for (size_t i = 0; i < array_length(signal_aliases); i++)
		if (strcasecmp(name, signal_aliases[i].name) == 0)
			return signal_aliases[i].number;
	return -1;
}

const char *spec_signal_name(int signal)
{
	static char text[16];
	const char *name = signal > 0 && signal < SIGRTMIN ? sigabbrev_np(signal) : NULL;

	if (name)
		snprintf(text, sizeof(text), "SIG%s", name);
	else if (signal >= SIGRTMIN && signal <= SIGRTMAX)
		snprintf(text, sizeof(text), "SIGRTMIN+%d", signal - SIGRTMIN);
	else
		snprintf(text, sizeof(text), "%d", signal);
	return text;
}

bool spec_shares_mounts(const struct spec *spec)
{
	const struct spec_namespace_use *use = &spec->namespaces[SPEC_NS_MOUNT];

	return !use->own || use->path;
}
