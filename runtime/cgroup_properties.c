/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup_properties.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "runtime/cgroup_settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- from the files of a cgroup -------------------------------------------------------------- */

static void add_amount(struct strvec *out, const char *property, const char *text)
{
	strvec_addf(out, "%s=%s", property, strcmp(text, "max") == 0 ? "infinity" : text);
}

static void add_text(struct strvec *out, const char *property, const char *text)
{
	strvec_addf(out, "%s=%s", property, text);
}

/* systemd keeps whole percents, rounded down: so they are rounded up here. */
static void add_quota(struct strvec *out, const char *property, const char *text)
{
	uint64_t quota, period = 100000;
	int count = sscanf(text, "%" SCNu64 " %" SCNu64, &quota, &period);

	if (count < 1)
		sscanf(text, "max %" SCNu64, &period);
	if (count < 1 || period == 0)
		strvec_addf(out, "%s=", property);
	else
		strvec_addf(out, "%s=%" PRIu64 "%%", property, (quota * 100 + period - 1) / period);
	if (period > 0)
		strvec_addf(out, "CPUQuotaPeriodSec=%" PRIu64 "us", period);
}

static void add_idle(struct strvec *out, const char *property, const char *text)
{
	if (strcmp(text, "1") == 0)
		strvec_addf(out, "%s=idle", property);
}

/* Of all devices; weights of single ones stay as they are written. */
static void add_io_weight(struct strvec *out, const char *property, const char *text)
{
	const char *number = strncmp(text, "default ", 8) == 0 ? text + 8 : text;

	if (!strchr(number, ':'))
		strvec_addf(out, "%s=%s", property, number);
}

static void add_oom_policy(struct strvec *out, const char *property, const char *text)
{
	strvec_addf(out, "%s=%s", property, strcmp(text, "1") == 0 ? "kill" : "continue");
}

static const struct row {
	const char *file, *property;
	void (*add)(struct strvec *out, const char *property, const char *text);
	int since;	  /* this version of systemd */
	bool is_for_good; /* cannot be changed once it is there */
} rows[] = {
	{"memory.max", "MemoryMax", add_amount, 0, false},
	{"memory.swap.max", "MemorySwapMax", add_amount, 0, false},
	{"memory.high", "MemoryHigh", add_amount, 0, false},
	{"memory.low", "MemoryLow", add_amount, 0, false},
	{"memory.min", "MemoryMin", add_amount, 0, false},
	{"memory.zswap.max", "MemoryZSwapMax", add_amount, 253, false},
	{"memory.oom.group", "OOMPolicy", add_oom_policy, 253, true},
	{"cpu.max", "CPUQuota", add_quota, 0, false},
	{"cpu.weight", "CPUWeight", add_text, 0, false},
	{"cpu.idle", "CPUWeight", add_idle, 252, false},
	{"cpuset.cpus", "AllowedCPUs", add_text, 0, false},
	{"cpuset.mems", "AllowedMemoryNodes", add_text, 0, false},
	{"pids.max", "TasksMax", add_amount, 0, false},
	{"io.weight", "IOWeight", add_io_weight, 0, false},
};

static const struct row *find_row(const char *file)
{
	for (size_t i = 0; i < array_length(rows); i++)
		if (strcmp(rows[i].file, file) == 0)
			return &rows[i];
	return NULL;
}

struct work {
	struct strvec *out;
	bool is_new, needs_version;
	int version;
};

/* The first line is what is for all devices. */
static void add_setting(void *data, const char *file, const char *text)
{
	const struct row *row = find_row(file);
	struct work *work = data;
	auto_free char *line = alloc_string(text);

	line[strcspn(line, "\n")] = '\0';
	if (row && row->since > 0)
		work->needs_version = true;
	if (row && work->out && *line && row->since <= work->version &&
	    (work->is_new || !row->is_for_good))
		row->add(work->out, row->property, line);
}

void cgroup_properties_add(struct strvec *properties, const struct spec_resources *resources,
			   bool is_new, int version)
{
	struct work work = {
		.out = properties, .is_new = is_new, .version = version < 0 ? 0 : version};

	cgroup_settings_each(resources, add_setting, &work);
}

bool cgroup_properties_need_version(const struct spec_resources *resources)
{
	struct work work = {0};

	cgroup_settings_each(resources, add_setting, &work);
	return work.needs_version;
}

/* ---- from annotations ------------------------------------------------------------------------ */

#define PREFIX "org.systemd.property."

/* What stands between quotes; behind it, or NULL. */
static const char *take_quoted(struct strbuf *out, const char *at)
{
	char quote = *at++;

	for (; *at && *at != quote; at++) {
		if (*at == '\\' && at[1])
			at++;
		strbuf_add_char(out, *at);
	}
	return *at ? at + 1 : NULL;
}

static const char *skip_spaces(const char *at)
{
	return at + strspn(at, " ");
}

/* "['a', 'b']": units and paths, which stand beside each other in a unit's file. */
static bool read_list(struct strbuf *out, const char *at)
{
	at = skip_spaces(at + 1);
	while (at && (*at == '\'' || *at == '"')) {
		if (out->length > 0)
			strbuf_add_char(out, ' ');
		at = take_quoted(out, at);
		at = at ? skip_spaces(at) : NULL;
		if (at && *at == ',')
			at = skip_spaces(at + 1);
	}
	return at && strcmp(at, "]") == 0;
}

static bool read_number(struct strbuf *out, const char *at)
{
	static const char *const types[] = {"uint64 ", "int64 ", "uint32 ", "int32 "};
	char *end;

	for (size_t i = 0; i < array_length(types); i++)
		if (strncmp(at, types[i], strlen(types[i])) == 0)
			at = skip_spaces(at + strlen(types[i]));
	strtod(at, &end);
	strbuf_add(out, at);
	return end != at && !*end;
}

static bool read_value(struct strbuf *out, const char *at)
{
	if (*at == '[')
		return read_list(out, at);
	if (*at == '\'' || *at == '"') {
		at = take_quoted(out, at);
		return at && !*at;
	}
	if (strcmp(at, "true") == 0 || strcmp(at, "false") == 0) {
		strbuf_add(out, at);
		return true;
	}
	return read_number(out, at);
}

int cgroup_properties_annotate(struct strvec *properties, const struct pair *annotations,
			       size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = annotations[i].name + strlen(PREFIX);
		const char *value = annotations[i].value;
		auto_strbuf struct strbuf text = {0};
		size_t length;

		if (strncmp(annotations[i].name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		if (!read_value(&text, skip_spaces(value)))
			return error_set(err, ERROR_INVALID,
					 "the annotation '%s' is no value of D-Bus: '%s'",
					 annotations[i].name, value);
		/* Of microseconds a unit's file writes the name without, and the number with
		 * "us". */
		length = strlen(name);
		if (length > 4 && strcmp(name + length - 4, "USec") == 0)
			strvec_addf(properties, "%.*sSec=%sus", (int)length - 4, name,
				    strbuf_text(&text));
		else
			strvec_addf(properties, "%s=%s", name, strbuf_text(&text));
	}
	return 0;
}
