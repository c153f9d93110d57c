/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/metrics.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/pair.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/container.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNTER	     "counter"
#define GAUGE	     "gauge"
#define MICROSECONDS 1000000 /* of a second */
#define LABEL_PREFIX "container_label_"

/* --- tables ----------------------------------------------------------------------------------- */

struct metric {
	const char *name, *type, *help;
};

/* A number of struct container_usage. */
struct usage_metric {
	struct metric metric;
	const char *label; /* after the container's own; NULL */
	size_t offset;
	int64_t divisor; /* 0: the number as it is */
};

#define USAGE(name, type, help, member)                                                            \
	{                                                                                          \
		{name, type, help}, NULL, offsetof(struct container_usage, member), 0              \
	}
#define SECONDS(name, help, label, member)                                                         \
	{                                                                                          \
		{name, COUNTER, help}, label, offsetof(struct container_usage, member),            \
			MICROSECONDS                                                               \
	}

static const struct usage_metric usage_metrics[] = {
	SECONDS("container_cpu_usage_seconds_total", "Cumulative cpu time consumed in seconds.",
		"cpu=\"total\"", cpu_us),
	SECONDS("container_cpu_user_seconds_total", "Cumulative user cpu time consumed in seconds.",
		NULL, cpu_user_us),
	SECONDS("container_cpu_system_seconds_total",
		"Cumulative system cpu time consumed in seconds.", NULL, cpu_system_us),
	USAGE("container_cpu_cfs_periods_total", COUNTER,
	      "Number of elapsed enforcement period intervals.", cpu_periods),
	USAGE("container_cpu_cfs_throttled_periods_total", COUNTER,
	      "Number of throttled period intervals.", cpu_throttled_periods),
	SECONDS("container_cpu_cfs_throttled_seconds_total",
		"Total time duration the container has been throttled.", NULL, cpu_throttled_us),
	USAGE("container_memory_usage_bytes", GAUGE,
	      "Current memory usage in bytes, including all memory regardless of when it was "
	      "accessed.",
	      memory_whole),
	USAGE("container_memory_working_set_bytes", GAUGE, "Current working set in bytes.", memory),
	USAGE("container_memory_rss", GAUGE, "Size of anonymous memory in bytes.",
	      memory_anonymous),
	USAGE("container_memory_cache", GAUGE, "Number of bytes of page cache memory.",
	      memory_files),
	USAGE("container_memory_swap", GAUGE, "Container swap usage in bytes.", memory_swap),
	USAGE("container_oom_events_total", COUNTER,
	      "Count of out of memory events observed for the container.", oom_kills),
	USAGE("container_fs_reads_bytes_total", COUNTER, "Cumulative count of bytes read.", read),
	USAGE("container_fs_writes_bytes_total", COUNTER, "Cumulative count of bytes written.",
	      written),
	USAGE("container_fs_reads_total", COUNTER, "Cumulative count of reads completed.", reads),
	USAGE("container_fs_writes_total", COUNTER, "Cumulative count of writes completed.",
	      writes),
	{{"container_blkio_device_usage_total", COUNTER, "Blkio device bytes usage."},
	 "operation=\"Read\"",
	 offsetof(struct container_usage, read),
	 0},
	{{"container_blkio_device_usage_total", COUNTER, NULL},
	 "operation=\"Write\"",
	 offsetof(struct container_usage, written),
	 0},
	USAGE("container_threads", GAUGE, "Number of threads running inside the container.", tasks),
	USAGE("container_threads_max", GAUGE,
	      "Maximum number of threads allowed inside the container, 0: no limit.", task_limit),
};

#define TRAFFIC(name, help, member)                                                                \
	{                                                                                          \
		{name, COUNTER, help}, offsetof(struct container_interface, member)                \
	}

static const struct traffic_metric {
	struct metric metric;
	size_t offset;
} traffic_metrics[] = {
	TRAFFIC("container_network_receive_bytes_total", "Cumulative count of bytes received.",
		received.bytes),
	TRAFFIC("container_network_receive_packets_total", "Cumulative count of packets received.",
		received.packets),
	TRAFFIC("container_network_receive_errors_total",
		"Cumulative count of errors encountered while receiving.", received.errors),
	TRAFFIC("container_network_receive_packets_dropped_total",
		"Cumulative count of packets dropped while receiving.", received.dropped),
	TRAFFIC("container_network_transmit_bytes_total", "Cumulative count of bytes transmitted.",
		sent.bytes),
	TRAFFIC("container_network_transmit_packets_total",
		"Cumulative count of packets transmitted.", sent.packets),
	TRAFFIC("container_network_transmit_errors_total",
		"Cumulative count of errors encountered while transmitting.", sent.errors),
	TRAFFIC("container_network_transmit_packets_dropped_total",
		"Cumulative count of packets dropped while transmitting.", sent.dropped),
};

/* --- what stands in a container's description and state --------------------------------------- */

static int64_t cpu_period(const struct container *container)
{
	uint64_t period = container->config.resources.cpu_period_us;

	return period ? (int64_t)period : 100000;
}

static int64_t cpu_quota(const struct container *container)
{
	return container->config.resources.cpu_quota_us;
}

static int64_t cpu_shares(const struct container *container)
{
	uint64_t shares = container->config.resources.cpu_shares;

	return shares ? (int64_t)shares : 1024;
}

static int64_t limit(int64_t bytes)
{
	return bytes > 0 ? bytes : 0;
}

static int64_t memory_limit(const struct container *container)
{
	return limit(container->config.resources.memory_limit);
}

static int64_t memory_reservation(const struct container *container)
{
	return limit(container->config.resources.memory_reservation);
}

static int64_t memory_swap(const struct container *container)
{
	return limit(container->config.resources.memory_swap);
}

static int64_t start_time(const struct container *container)
{
	struct timespec time = {0};

	if (container->state.started_at)
		units_parse_time(&time, container->state.started_at, NULL);
	return time.tv_sec;
}

static int64_t restarts(const struct container *container)
{
	return container->state.restart_count;
}

/* As cAdvisor has it. */
static int64_t health(const struct container *container)
{
	static const int values[] = {[HEALTH_NONE] = -1,
				     [HEALTH_STARTING] = 0,
				     [HEALTH_HEALTHY] = 1,
				     [HEALTH_UNHEALTHY] = 0};

	return values[container->state.health];
}

static int64_t is_live(const struct container *container)
{
	return container_is_live(container);
}

static const struct state_metric {
	struct metric metric;
	bool is_of_all; /* of those that do not run, too */
	int64_t (*value)(const struct container *container);
} state_metrics[] = {
	{{"container_start_time_seconds", GAUGE,
	  "Start time of the container since unix epoch in seconds."},
	 false,
	 start_time},
	{{"container_spec_cpu_period", GAUGE, "CPU period of the container."}, false, cpu_period},
	{{"container_spec_cpu_quota", GAUGE, "CPU quota of the container, 0: none."},
	 false,
	 cpu_quota},
	{{"container_spec_cpu_shares", GAUGE, "CPU share of the container."}, false, cpu_shares},
	{{"container_spec_memory_limit_bytes", GAUGE, "Memory limit for the container, 0: none."},
	 false,
	 memory_limit},
	{{"container_spec_memory_reservation_limit_bytes", GAUGE,
	  "Memory reservation limit for the container."},
	 false,
	 memory_reservation},
	{{"container_spec_memory_swap_limit_bytes", GAUGE, "Memory swap limit for the container."},
	 false,
	 memory_swap},
	{{"container_health_state", GAUGE,
	  "The result of the container's health check: 1 healthy, 0 starting or unhealthy, -1 it "
	  "has none."},
	 true,
	 health},
	{{"container_restarts_total", COUNTER,
	  "How often the restart policy has started the container again."},
	 true,
	 restarts},
	{{"container_running", GAUGE, "1 for a container that runs, else 0."}, true, is_live},
};

/* --- text ------------------------------------------------------------------------------------- */

static void add_value(struct strbuf *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n')
			strbuf_add(out, "\\n");
		else if (*value == '"' || *value == '\\')
			strbuf_printf(out, "\\%c", *value);
		else
			strbuf_add_char(out, *value);
	}
}

static void add_label(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, "%s%s=\"", out->length ? "," : "", name);
	add_value(out, value ? value : "");
	strbuf_add_char(out, '"');
}

/* "com.docker.compose.project" as cAdvisor writes it; different names may come out the same, and of
 * those Prometheus takes only one. */
static void add_own_label(struct strbuf *out, const struct pair *label, struct map *seen)
{
	auto_strbuf struct strbuf name = {0};

	strbuf_printf(&name, LABEL_PREFIX "%s", label->name);
	for (char *at = name.text; *at; at++)
		if (!isalnum((unsigned char)*at) || (unsigned char)*at > 127)
			*at = '_';
	if (map_has(seen, name.text))
		return;
	map_set(seen, name.text, name.text);
	add_label(out, name.text, label->value);
}

static char *format_labels(const struct container *container)
{
	auto_strbuf struct strbuf labels = {0}, id = {0};
	auto_map struct map seen = {0};

	strbuf_printf(&id, "/docker/%s", container->id);
	add_label(&labels, "id", strbuf_text(&id));
	add_label(&labels, "image", container->config.image);
	add_label(&labels, "name", container->name);
	for (size_t i = 0; i < container->config.label_count; i++)
		add_own_label(&labels, &container->config.labels[i], &seen);
	return strbuf_take(&labels);
}

static void add_head(struct strbuf *out, const struct metric *metric)
{
	if (metric->help)
		strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
			      metric->name, metric->type);
}

/* @more: a label besides, with its value; NULL. */
static void add_name(struct strbuf *out, const struct metric *metric, const char *labels,
		     const char *more)
{
	strbuf_printf(out, "%s{%s%s%s} ", metric->name, labels, more ? "," : "", more ? more : "");
}

struct page {
	struct strbuf *out;
	const struct metrics_subject *subjects;
	char **labels; /* of each */
	size_t count;
};

static void add_usages(const struct page *page)
{
	for (size_t i = 0; i < array_length(usage_metrics); i++) {
		const struct usage_metric *row = &usage_metrics[i];

		add_head(page->out, &row->metric);
		for (size_t j = 0; j < page->count; j++) {
			const struct container_usage *usage = &page->subjects[j].usage;
			int64_t number = *(const int64_t *)((const char *)usage + row->offset);

			if (!usage->time_ns)
				continue;
			add_name(page->out, &row->metric, page->labels[j], row->label);
			if (row->divisor)
				strbuf_printf(page->out, "%" PRId64 ".%06" PRId64 "\n",
					      number / row->divisor, number % row->divisor);
			else
				strbuf_printf(page->out, "%" PRId64 "\n", number);
		}
	}
}

static void add_traffic(const struct page *page)
{
	for (size_t i = 0; i < array_length(traffic_metrics); i++) {
		const struct traffic_metric *row = &traffic_metrics[i];

		add_head(page->out, &row->metric);
		for (size_t j = 0; j < page->count; j++) {
			const struct container_usage *usage = &page->subjects[j].usage;

			for (size_t k = 0; k < usage->interface_count; k++) {
				const struct container_interface *interface = &usage->interfaces[k];
				auto_strbuf struct strbuf name = {0};

				add_label(&name, "interface", interface->name);
				add_name(page->out, &row->metric, page->labels[j], name.text);
				strbuf_printf(
					page->out, "%" PRId64 "\n",
					*(const int64_t *)((const char *)interface + row->offset));
			}
		}
	}
}

static void add_states(const struct page *page)
{
	for (size_t i = 0; i < array_length(state_metrics); i++) {
		const struct state_metric *row = &state_metrics[i];

		add_head(page->out, &row->metric);
		for (size_t j = 0; j < page->count; j++) {
			if (!row->is_of_all && !page->subjects[j].usage.time_ns)
				continue;
			add_name(page->out, &row->metric, page->labels[j], NULL);
			strbuf_printf(page->out, "%" PRId64 "\n",
				      row->value(page->subjects[j].container));
		}
	}
}

static void add_last_seen(const struct page *page, int64_t now)
{
	static const struct metric metric = {"container_last_seen", GAUGE,
					     "Last time a container was seen by the exporter."};

	add_head(page->out, &metric);
	for (size_t i = 0; i < page->count; i++) {
		if (!page->subjects[i].usage.time_ns)
			continue;
		add_name(page->out, &metric, page->labels[i], NULL);
		strbuf_printf(page->out, "%" PRId64 "\n", now);
	}
}

static void add_host(struct strbuf *out, const char *name, const char *help, int64_t number)
{
	const struct metric metric = {name, GAUGE, help};

	add_head(out, &metric);
	strbuf_printf(out, "%s %" PRId64 "\n", name, number);
}

void metrics_format(struct strbuf *out, const struct metrics_host *host,
		    const struct metrics_subject *subjects, size_t count)
{
	struct page page = {out, subjects, alloc_zeroed(count + 1, sizeof(*page.labels)), count};

	for (size_t i = 0; i < count; i++)
		page.labels[i] = format_labels(subjects[i].container);
	add_last_seen(&page, host->now);
	add_usages(&page);
	add_traffic(&page);
	add_states(&page);
	add_host(out, "machine_cpu_cores", "Number of logical CPU cores.", host->processors);
	add_host(out, "machine_memory_bytes", "Amount of memory installed on the machine.",
		 host->memory);
	for (size_t i = 0; i < count; i++)
		free(page.labels[i]);
	free(page.labels);
}
