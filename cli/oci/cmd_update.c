/* SPDX-License-Identifier: Apache-2.0 */
/* `oci update`: other limits for a container. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "oci/update.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct update_options {
	const char *resources;
	const char *blkio_weight, *cpu_period, *cpu_quota, *cpu_burst, *cpu_shares, *cpu_idle;
	const char *cpuset_cpus, *cpuset_mems;
	const char *memory, *memory_reservation, *memory_swap, *pids_limit;
};

#define NOT_IN_V2 "version 2 of cgroups has no such limit"

static const struct option_spec options_table[] = {
	OPTION(STRING, "blkio-weight", 0, update_options, blkio_weight,
	       "Share of block devices, 10 to 1000", .value = "N"),
	OPTION(STRING, "cpu-burst", 0, update_options, cpu_burst,
	       "Unused time that may be saved up, in microseconds", .value = "N"),
	OPTION(STRING, "cpu-idle", 0, update_options, cpu_idle,
	       "Whether it gets only time that nobody else wants: 1 or 0", .value = "N"),
	OPTION(STRING, "cpu-period", 0, update_options, cpu_period,
	       "Length of a period, in microseconds", .value = "N"),
	OPTION(STRING, "cpu-quota", 0, update_options, cpu_quota,
	       "Processor time in a period, in microseconds", .value = "N"),
	OPTION_REFUSED("cpu-rt-period", 0, NOT_IN_V2, .value = "N"),
	OPTION_REFUSED("cpu-rt-runtime", 0, NOT_IN_V2, .value = "N"),
	OPTION(STRING, "cpu-share", 0, update_options, cpu_shares,
	       "Share of the processors, 2 to 262144", .value = "N"),
	OPTION(STRING, "cpuset-cpus", 0, update_options, cpuset_cpus, "Processors that it may use",
	       .value = "LIST"),
	OPTION(STRING, "cpuset-mems", 0, update_options, cpuset_mems,
	       "Memory nodes that it may use", .value = "LIST"),
	OPTION_REFUSED("kernel-memory", 0, NOT_IN_V2, .value = "BYTES"),
	OPTION_REFUSED("kernel-memory-tcp", 0, NOT_IN_V2, .value = "BYTES"),
	OPTION_REFUSED("l3-cache-schema", 0, "groups of Intel's RDT are not changed",
		       .value = "SCHEMA"),
	OPTION_REFUSED("mem-bw-schema", 0, "groups of Intel's RDT are not changed",
		       .value = "SCHEMA"),
	OPTION(STRING, "memory", 0, update_options, memory, "Memory, -1 for no limit",
	       .value = "BYTES"),
	OPTION(STRING, "memory-reservation", 0, update_options, memory_reservation,
	       "Memory that is left to it when there is little", .value = "BYTES"),
	OPTION(STRING, "memory-swap", 0, update_options, memory_swap,
	       "Memory and swap together, -1 for no limit", .value = "BYTES"),
	OPTION(STRING, "pids-limit", 0, update_options, pids_limit, "Processes, -1 for no limit",
	       .value = "N"),
	OPTION(STRING, "resources", 'r', update_options, resources,
	       "Take what this JSON says, or - for standard input, and no other option",
	       .value = "FILE"),
	{0},
};

enum value_kind { VALUE_NUMBER, VALUE_SIZE, VALUE_TEXT };

/* Where the value of an option belongs in "linux.resources". */
static const struct place {
	size_t offset;
	const char *option, *group, *name;
	enum value_kind kind;
} places[] = {
#define PLACE(member, option, group, name, kind)                                                   \
	{                                                                                          \
		offsetof(struct update_options, member), option, group, name, kind                 \
	}
	PLACE(blkio_weight, "blkio-weight", "blockIO", "weight", VALUE_NUMBER),
	PLACE(cpu_burst, "cpu-burst", "cpu", "burst", VALUE_NUMBER),
	PLACE(cpu_idle, "cpu-idle", "cpu", "idle", VALUE_NUMBER),
	PLACE(cpu_period, "cpu-period", "cpu", "period", VALUE_NUMBER),
	PLACE(cpu_quota, "cpu-quota", "cpu", "quota", VALUE_NUMBER),
	PLACE(cpu_shares, "cpu-share", "cpu", "shares", VALUE_NUMBER),
	PLACE(cpuset_cpus, "cpuset-cpus", "cpu", "cpus", VALUE_TEXT),
	PLACE(cpuset_mems, "cpuset-mems", "cpu", "mems", VALUE_TEXT),
	PLACE(memory, "memory", "memory", "limit", VALUE_SIZE),
	PLACE(memory_reservation, "memory-reservation", "memory", "reservation", VALUE_SIZE),
	PLACE(memory_swap, "memory-swap", "memory", "swap", VALUE_SIZE),
	PLACE(pids_limit, "pids-limit", "pids", "limit", VALUE_NUMBER),
};

static const char *text_of(const struct update_options *options, const struct place *place)
{
	return *(const char *const *)((const char *)options + place->offset);
}

static json *value_of(const struct place *place, const char *text, struct error *err)
{
	int64_t number;
	int result;

	if (place->kind == VALUE_TEXT)
		return json_new_string(text, strlen(text));
	result = place->kind == VALUE_SIZE
			 ? units_parse_size(&number, text, err)
			 : units_parse_int(&number, text, INT64_MIN, INT64_MAX, err);
	if (result == 0)
		return json_new_int(number);
	error_wrap(err, "--%s", place->option);
	return NULL;
}

static int add_options(json *resources, const struct update_options *options, struct error *err)
{
	for (size_t i = 0; i < array_length(places); i++) {
		const struct place *place = &places[i];
		const char *text = text_of(options, place);
		json *value = text ? value_of(place, text, err) : NULL;

		if (text && !value)
			return -1;
		if (!value)
			continue;
		if (!json_get(resources, place->group))
			json_set(resources, place->group, json_new_object());
		json_set(json_get(resources, place->group), place->name, value);
	}
	return 0;
}

static json *read_input(struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	for (;;) {
		ssize_t n = read(STDIN_FILENO, strbuf_reserve(&text, 4096), 4096);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_errno(err, "cannot read standard input");
			return NULL;
		}
		if (n == 0)
			return json_parse(strbuf_text(&text), text.length, "standard input", err);
		text.length += (size_t)n;
	}
}

static int update_run(struct invocation *invocation, struct error *err)
{
	const struct update_options *options = invocation->options;
	const char *file = options->resources;
	auto_json json *resources = !file		     ? json_new_object()
				    : strcmp(file, "-") == 0 ? read_input(err)
							     : json_load(AT_FDCWD, file, err);

	if (!resources || (!file && add_options(resources, options, err) < 0))
		return -1;
	return oci_update(invocation->globals->oci_root, invocation->arguments[0], resources, err);
}

const struct command cmd_oci_update = COMMAND(
	"update", "CONTAINER", "Change the limits of a container",
	EXAMPLE("--memory 512m web", "Let web have 512 MiB from now on"), .needs = NEEDS_ROOT,
	.least = 1, .most = 1, COMMAND_OPTIONS(update_options, options_table), .run = update_run);
