/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What containers use: statistics, and their processes.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/http.h"
#include "api/request.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "describe/process_list.h"
#include "engine/container.h"
#include "engine/container_usage.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PERIOD_MS 1000
#define NEVER	  "0001-01-01T00:00:00Z"

/* ---- stats ---- */

struct reading {
	struct container_usage usage;
	int64_t system_ns; /* of all processors */
	char time[UNITS_TIME_SIZE];
};

/* The first line of /proc/stat, but for guests, which are counted as users already. */
static int64_t read_system(void)
{
	auto_strbuf struct strbuf text = {0};
	int64_t ticks = 0;
	char *at;

	file_read(AT_FDCWD, "/proc/stat", 1 << 20, &text, NULL);
	at = text.text && strncmp(text.text, "cpu ", 4) == 0 ? text.text + 4 : NULL;
	for (int i = 0; at && i < 8; i++)
		ticks += strtoll(at, &at, 10);
	return ticks * (SECOND / sysconf(_SC_CLK_TCK));
}

static void take(struct reading *reading, const struct container *container, struct arena *arena)
{
	struct timespec now = units_now();

	*reading = (struct reading){.time = NEVER};
	container_usage_read(container, &reading->usage, arena);
	if (!reading->usage.time_ns)
		return;
	reading->system_ns = read_system();
	units_format_time(reading->time, &now);
}

static json *describe_processors(const struct reading *reading)
{
	const struct container_usage *used = &reading->usage;
	json *value = json_new_object(), *usage = json_new_object(), *limits = json_new_object();

	json_set_int(usage, "total_usage", used->cpu_us * MICROSECOND);
	json_set_int(usage, "usage_in_kernelmode", used->cpu_system_us * MICROSECOND);
	json_set_int(usage, "usage_in_usermode", used->cpu_user_us * MICROSECOND);
	json_set_int(limits, "periods", used->cpu_periods);
	json_set_int(limits, "throttled_periods", used->cpu_throttled_periods);
	json_set_int(limits, "throttled_time", used->cpu_throttled_us * MICROSECOND);
	json_set(value, "cpu_usage", usage);
	if (reading->usage.time_ns) {
		json_set_int(value, "system_cpu_usage", reading->system_ns);
		json_set_int(value, "online_cpus", sysconf(_SC_NPROCESSORS_ONLN));
	}
	json_set(value, "throttling_data", limits);
	return value;
}

/* Clients take inactive_file, what the kernel can drop at once, from the usage. */
static json *describe_memory(const struct container_usage *usage)
{
	json *value = json_new_object(), *stats = json_new_object();

	if (!usage->time_ns)
		return value;
	json_set_int(value, "usage", usage->memory_whole);
	json_set_int(value, "limit", usage->memory_limit);
	json_set_int(stats, "anon", usage->memory_anonymous);
	json_set_int(stats, "file", usage->memory_files);
	json_set_int(stats, "inactive_file", usage->memory_whole - usage->memory);
	json_set(value, "stats", stats);
	return value;
}

static json *describe_disks(const struct container_usage *usage)
{
	const struct {
		const char *op;
		int64_t bytes;
	} rows[] = {{"read", usage->read}, {"write", usage->written}};
	json *value = json_new_object(), *list = json_new_array();

	for (size_t i = 0; i < array_length(rows); i++) {
		json *item = json_new_object();

		json_set_int(item, "major", 0);
		json_set_int(item, "minor", 0);
		json_set_string(item, "op", rows[i].op);
		json_set_int(item, "value", rows[i].bytes);
		json_add(list, item);
	}
	json_set(value, "io_service_bytes_recursive", list);
	return value;
}

static void set_traffic(json *value, const char *direction, const struct container_traffic *traffic)
{
	const struct {
		const char *name;
		int64_t number;
	} rows[] = {{"bytes", traffic->bytes},
		    {"packets", traffic->packets},
		    {"errors", traffic->errors},
		    {"dropped", traffic->dropped}};
	char name[32];

	for (size_t i = 0; i < array_length(rows); i++) {
		snprintf(name, sizeof(name), "%s_%s", direction, rows[i].name);
		json_set_int(value, name, rows[i].number);
	}
}

static json *describe_traffic(const struct container_usage *usage)
{
	json *value = json_new_object();

	for (size_t i = 0; i < usage->interface_count; i++) {
		const struct container_interface *interface = &usage->interfaces[i];
		json *item = json_new_object();

		set_traffic(item, "rx", &interface->received);
		set_traffic(item, "tx", &interface->sent);
		json_set(value, interface->name, item);
	}
	return value;
}

static json *describe(const struct container *container, const struct reading *before,
		      const struct reading *now)
{
	json *value = json_new_object(), *processes = json_new_object();
	auto_strbuf struct strbuf name = {0};

	strbuf_printf(&name, "/%s", container->name ? container->name : "");
	json_set_string(value, "read", now->time);
	json_set_string(value, "preread", before->time);
	json_set_string(value, "id", container->id);
	json_set_string(value, "name", strbuf_text(&name));
	json_set_int(value, "num_procs", 0);
	if (now->usage.time_ns)
		json_set_int(processes, "current", now->usage.tasks);
	if (now->usage.task_limit)
		json_set_int(processes, "limit", now->usage.task_limit);
	json_set(value, "pids_stats", processes);
	json_set(value, "cpu_stats", describe_processors(now));
	json_set(value, "precpu_stats", describe_processors(before));
	json_set(value, "memory_stats", describe_memory(&now->usage));
	json_set(value, "blkio_stats", describe_disks(&now->usage));
	if (now->usage.interface_count)
		json_set(value, "networks", describe_traffic(&now->usage));
	json_set(value, "storage_stats", json_new_object());
	return value;
}

/* False: the client has gone. */
static bool wait_a_period(const struct request *request)
{
	struct pollfd item = {.fd = http_fd(request->http), .events = POLLRDHUP};

	return poll(&item, 1, PERIOD_MS) <= 0;
}

static int give_once(struct request *request, const struct container *container)
{
	struct reading before = {.time = NEVER}, now;

	if (!request_flag(request, "one-shot") && container_is_live(container)) {
		take(&before, container, &request->arena);
		if (!wait_a_period(request))
			return 0;
	}
	take(&now, container, &request->arena);
	answer_json(request, 200, describe(container, &before, &now));
	return 0;
}

int endpoint_container_stats(struct request *request, struct error *err)
{
	const char *streams = request_query(request, "stream", "1");
	struct reading before = {.time = NEVER}, now;
	struct container container;

	if (request_container(request, &container, err) < 0)
		return -1;
	if (strcmp(streams, "1") != 0 && !request_flag(request, "stream"))
		return give_once(request, &container);
	if (answer_begin(request, ANSWER_JSON) < 0)
		return 0;
	for (;;) {
		auto_arena struct arena arena = {0};
		auto_json json *document = NULL;

		if (container_refresh(request->engine, &container, &arena, NULL) < 0)
			break;
		take(&now, &container, &arena);
		document = describe(&container, &before, &now);
		if (answer_line(request, document, "\n") < 0 || !wait_a_period(request))
			return 0;
		before = now;
	}
	answer_end(request);
	return 0;
}

/* ---- top ---- */

static void add_row(const struct strvec *cells, void *data)
{
	json_add(data, json_from_strings(cells->items));
}

int endpoint_container_top(struct request *request, struct error *err)
{
	auto_strvec struct strvec words = {0};
	struct process_columns columns;
	struct container container;
	json *document, *titles, *rows;
	char *text, *word;

	text = arena_string(&request->arena, request_query(request, "ps_args", "-ef"));
	while ((word = strsep(&text, " ")))
		if (*word)
			strvec_add(&words, word);
	if (process_columns_parse(&columns, words.items, err) < 0 ||
	    request_container(request, &container, err) < 0)
		return -1;
	if (container.state.pid <= 0) {
		error_set(err, ERROR_CONFLICT, "container %s is not running", container.name);
		return error_state(err, FACT_NOT_RUNNING, container.id, NULL);
	}
	rows = json_new_array();
	if (process_list(&container, &columns, add_row, rows, err) < 0) {
		json_object_put(rows);
		return -1;
	}
	titles = json_new_array();
	for (size_t i = 0; i < columns.count; i++)
		json_add_string(titles, columns.titles[i]);
	document = json_new_object();
	json_set(document, "Titles", titles);
	json_set(document, "Processes", rows);
	answer_json(request, 200, document);
	return 0;
}
