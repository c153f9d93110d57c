/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of stats: what a container uses now, between two readings.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/container.h"
#include "engine/container_usage.h"

#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 64

static void format_percent(char text[TEXT_SIZE], double part, double whole)
{
	snprintf(text, TEXT_SIZE, "%.2f%%", whole > 0 ? 100 * part / whole : 0);
}

/* "1.2kB / 3MB"; "--" while nothing is known. */
static void set_two(json *row, const char *name, const char *first, const char *second)
{
	char text[2 * TEXT_SIZE];

	snprintf(text, sizeof(text), "%s / %s", first, second);
	json_set_string(row, name, text);
}

static void set_bytes(json *row, const char *name, int64_t first, int64_t second)
{
	char left[TEXT_SIZE], right[TEXT_SIZE];

	set_two(row, name, units_format_size(left, sizeof(left), first),
		units_format_size(right, sizeof(right), second));
}

static void set_nothing(json *row)
{
	json_set_string(row, "CPUPerc", "--");
	json_set_string(row, "MemUsage", "-- / --");
	json_set_string(row, "MemPerc", "--");
	json_set_string(row, "NetIO", "--");
	json_set_string(row, "BlockIO", "--");
	json_set_string(row, "PIDs", "--");
}

static void set_usage(json *row, const struct container_usage *before,
		      const struct container_usage *now)
{
	int64_t span_ns = before->time_ns ? now->time_ns - before->time_ns : 0;
	int64_t used_us =
		before->time_ns && now->cpu_us > before->cpu_us ? now->cpu_us - before->cpu_us : 0;
	char text[TEXT_SIZE], limit[TEXT_SIZE];

	format_percent(text, (double)(used_us * MICROSECOND), (double)span_ns);
	json_set_string(row, "CPUPerc", text);
	set_two(row, "MemUsage", units_format_size_binary(text, sizeof(text), now->memory),
		units_format_size_binary(limit, sizeof(limit), now->memory_limit));
	format_percent(text, (double)now->memory, (double)now->memory_limit);
	json_set_string(row, "MemPerc", text);
	set_bytes(row, "NetIO", now->received, now->sent);
	set_bytes(row, "BlockIO", now->read, now->written);
	snprintf(text, sizeof(text), "%lld", (long long)now->tasks);
	json_set_string(row, "PIDs", text);
}

json *describe_usage_row(const struct container *container, const struct container_usage *before,
			 const struct container_usage *now, bool is_full)
{
	json *row = json_new_object();
	char id[13];

	describe_short_id(id, container->id);
	json_set_string(row, "Container", is_full ? container->id : id);
	json_set_string(row, "ID", is_full ? container->id : id);
	json_set_string(row, "Name", container->name);
	if (now->time_ns || !container_is_live(container))
		set_usage(row, before, now);
	else
		set_nothing(row);
	return row;
}
