/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of "process".
 */
#include "runtime/spec_schema.h"

#include "base/arena.h"
#include "base/log.h"

#include <ctype.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#define ROW(name, kind, member) SPEC_ROW(name, kind, struct spec, member)

/* ---- the user -------------------------------------------------------------------------------- */

static const struct spec_field user_rows[] = {
	{ROW("uid", FIELD_UNSIGNED, user.uid), .always = true, .minimum = 0,
	 .maximum = UINT32_MAX - 1},
	{ROW("gid", FIELD_UNSIGNED, user.gid), .always = true, .minimum = 0,
	 .maximum = UINT32_MAX - 1},
	{ROW("umask", FIELD_UNSIGNED, user.umask), .also = offsetof(struct spec, user.has_umask),
	 .minimum = 0, .maximum = 0777},
	{ROW("additionalGids", FIELD_NUMBERS, user.groups),
	 .also = offsetof(struct spec, user.group_count), .minimum = 0, .maximum = UINT32_MAX - 1},
	{0},
};

/* What the kernel does not have is a warning, not an error, as the standard asks. */
static int read_capability_set(void *member, const json *value, const struct spec_place *place,
			       const struct spec_reader *reader)
{
	if (!json_is_array(value))
		return spec_fields_refuse(place, reader, "is not a list");
	for (size_t i = 0; i < json_length(value); i++) {
		struct spec_place item = {place, NULL, i};
		const char *text = spec_fields_text(json_at(value, i), &item, reader);
		int capability = text ? spec_capability(text) : -1;

		if (!text)
			return -1;
		if (capability < 0)
			log_warning_once("unknown capability '%s' ignored", text);
		else
			*(uint64_t *)member |= UINT64_C(1) << capability;
	}
	return 0;
}

static json *write_capability_set(const void *member)
{
	uint64_t set = *(const uint64_t *)member;
	json *list = json_new_array();

	for (int capability = 0; capability < 64; capability++)
		if (set >> capability & 1)
			json_add_string(list, spec_capability_name(capability));
	return list;
}

#define CAPABILITIES(name)                                                                         \
	{                                                                                          \
		ROW(#name, FIELD_CUSTOM, capabilities.name), .read = read_capability_set,          \
							     .write = write_capability_set         \
	}

static const struct spec_field capability_rows[] = {
	CAPABILITIES(bounding),	   CAPABILITIES(effective), CAPABILITIES(permitted),
	CAPABILITIES(inheritable), CAPABILITIES(ambient),   {0},
};

/* ---- limits ---------------------------------------------------------------------------------- */

static int read_limit_type(void *member, const json *value, const struct spec_place *place,
			   const struct spec_reader *reader)
{
	const char *text = spec_fields_text(value, place, reader);
	int resource = text ? spec_rlimit(text) : -1;

	if (text && resource < 0)
		return spec_fields_refuse(place, reader, "is an unknown limit");
	*(int *)member = resource;
	return text ? 0 : -1;
}

static json *write_limit_type(const void *member)
{
	char name[32];
	int length =
		snprintf(name, sizeof(name), "RLIMIT_%s", spec_rlimit_name(*(const int *)member));

	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return json_new_string(name, (size_t)length);
}

/* -1 and 2^64-1 both mean "unlimited". */
static int read_limit(void *member, const json *value, const struct spec_place *place,
		      const struct spec_reader *reader)
{
	if (!json_object_is_type(value, json_type_int))
		return spec_fields_refuse(place, reader, "is not a limit");
	*(rlim_t *)member =
		json_object_get_int64(value) < 0 ? RLIM_INFINITY : json_object_get_uint64(value);
	return 0;
}

static json *write_limit(const void *member)
{
	return json_object_new_uint64(*(const rlim_t *)member);
}

static const struct spec_field limit_rows[] = {
	{SPEC_ROW("type", FIELD_CUSTOM, struct spec_rlimit, resource), .required = true,
	 .read = read_limit_type, .write = write_limit_type},
	{SPEC_ROW("soft", FIELD_CUSTOM, struct spec_rlimit, limit.rlim_cur), .required = true,
	 .read = read_limit, .write = write_limit},
	{SPEC_ROW("hard", FIELD_CUSTOM, struct spec_rlimit, limit.rlim_max), .required = true,
	 .read = read_limit, .write = write_limit},
	{0},
};

/* ---- scheduling ------------------------------------------------------------------------------ */

static const struct spec_word policies[] = {
	{"SCHED_OTHER", SCHED_NORMAL},
	{"SCHED_FIFO", SCHED_FIFO},
	{"SCHED_RR", SCHED_RR},
	{"SCHED_BATCH", SCHED_BATCH},
	{"SCHED_IDLE", SCHED_IDLE},
	{"SCHED_DEADLINE", SCHED_DEADLINE},
	{0},
};

static const struct spec_word scheduler_flags[] = {
	{"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
	{"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
	{"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
	{"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
	{"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
	{"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
	{"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
	{0},
};

static const struct spec_field scheduler_rows[] = {
	{SPEC_ROW("policy", FIELD_WORD, struct spec_scheduler, policy), .required = true,
	 .words = policies},
	{SPEC_ROW("nice", FIELD_INT, struct spec_scheduler, nice), .minimum = -20, .maximum = 19},
	{SPEC_ROW("priority", FIELD_INT, struct spec_scheduler, priority), .minimum = 0,
	 .maximum = 99},
	{SPEC_ROW("flags", FIELD_WORDS, struct spec_scheduler, flags), .words = scheduler_flags},
	{SPEC_ROW("runtime", FIELD_UINT64, struct spec_scheduler, runtime_ns)},
	{SPEC_ROW("deadline", FIELD_UINT64, struct spec_scheduler, deadline_ns)},
	{SPEC_ROW("period", FIELD_UINT64, struct spec_scheduler, period_ns)},
	{0},
};

static const struct spec_word io_classes[] = {
	{"IOPRIO_CLASS_RT", IOPRIO_CLASS_RT},
	{"IOPRIO_CLASS_BE", IOPRIO_CLASS_BE},
	{"IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE},
	{0},
};

static const struct spec_field io_priority_rows[] = {
	{SPEC_ROW("class", FIELD_WORD, struct spec_io_priority, class), .required = true,
	 .words = io_classes},
	{SPEC_ROW("priority", FIELD_INT, struct spec_io_priority, level), .always = true,
	 .minimum = 0, .maximum = 7},
	{0},
};

static const struct spec_field affinity_rows[] = {
	{ROW("initial", FIELD_TEXT, exec_cpus_initial)},
	{ROW("final", FIELD_TEXT, exec_cpus_final)},
	{0},
};

/* ---- all of it ------------------------------------------------------------------------------- */

static const struct spec_field size_rows[] = {
	{ROW("height", FIELD_SHORT, console_rows)},
	{ROW("width", FIELD_SHORT, console_columns)},
	{0},
};

/* "commandLine" and "user.username" are Windows's. */
const struct spec_field spec_process_rows[] = {
	{ROW("terminal", FIELD_FLAG, terminal)},
	{.name = "consoleSize", .kind = FIELD_OBJECT, .rows = size_rows},
	{.name = "user", .kind = FIELD_OBJECT, .rows = user_rows},
	{ROW("args", FIELD_TEXTS, args)},
	{ROW("env", FIELD_TEXTS, env)},
	{ROW("cwd", FIELD_TEXT, cwd)},
	{.name = "capabilities", .kind = FIELD_OBJECT, .rows = capability_rows},
	{ROW("rlimits", FIELD_LIST, rlimits), .also = offsetof(struct spec, rlimit_count),
	 .rows = limit_rows, .size = sizeof(struct spec_rlimit)},
	{ROW("noNewPrivileges", FIELD_FLAG, no_new_privileges)},
	{ROW("oomScoreAdj", FIELD_INT, oom_score_adj),
	 .also = offsetof(struct spec, has_oom_score_adj), .minimum = -1000, .maximum = 1000},
	{ROW("apparmorProfile", FIELD_TEXT, apparmor_profile)},
	{ROW("selinuxLabel", FIELD_TEXT, selinux_label)},
	{ROW("scheduler", FIELD_OBJECT, scheduler), .also = offsetof(struct spec, has_scheduler),
	 .rows = scheduler_rows},
	{ROW("ioPriority", FIELD_OBJECT, io_priority),
	 .also = offsetof(struct spec, has_io_priority), .rows = io_priority_rows},
	{.name = "execCPUAffinity", .kind = FIELD_OBJECT, .rows = affinity_rows},
	{0},
};
