/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/events.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "oci/container.h"
#include "runtime/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

/* What runc shows where there is no limit. */
#define NO_LIMIT UINT64_MAX

static void set_unsigned(json *object, const char *name, uint64_t value)
{
	json_set(object, name, json_object_new_uint64(value));
}

static json *new_member(json *object, const char *name)
{
	json_set(object, name, json_new_object());
	return json_get(object, name);
}

/* ---- statistics ------------------------------------------------------------------------------ */

static void add_cpu(json *data, const struct cgroup_stats *stats)
{
	json *cpu = new_member(data, "cpu");
	json *usage = new_member(cpu, "usage"), *throttling = new_member(cpu, "throttling");

	set_unsigned(usage, "total", stats->cpu_usage_us * 1000);
	set_unsigned(usage, "kernel", stats->cpu_system_us * 1000);
	set_unsigned(usage, "user", stats->cpu_user_us * 1000);
	set_unsigned(throttling, "periods", stats->cpu_periods);
	set_unsigned(throttling, "throttledPeriods", stats->cpu_throttled_periods);
	set_unsigned(throttling, "throttledTime", stats->cpu_throttled_us * 1000);
}

/* Every line of memory.stat: "anon 4096". */
static void add_raw(json *memory, int cgroup_fd)
{
	auto_strbuf struct strbuf text = {0};
	json *raw = new_member(memory, "raw");
	char *save = NULL;

	if (file_read(cgroup_fd, "memory.stat", 1 << 20, &text, NULL) < 0 || !text.text)
		return;
	for (char *line = strtok_r(text.text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *blank = strchr(line, ' ');

		if (!blank)
			continue;
		*blank = '\0';
		set_unsigned(raw, line, strtoull(blank + 1, NULL, 10));
	}
}

/* -1 stands for "max", and for a file that is not there. */
static uint64_t read_limit(int cgroup_fd, const char *file)
{
	auto_strbuf struct strbuf text = {0};

	if (file_read(cgroup_fd, file, 64, &text, NULL) < 0 ||
	    strncmp(strbuf_text(&text), "max", 3) == 0)
		return NO_LIMIT;
	return strtoull(strbuf_text(&text), NULL, 10);
}

static void add_memory(json *data, const struct cgroup_stats *stats, int cgroup_fd)
{
	json *memory = new_member(data, "memory"), *usage = new_member(memory, "usage"),
	     *swap = new_member(memory, "swap");
	uint64_t peak = read_limit(cgroup_fd, "memory.peak");
	uint64_t used = stats->memory_usage > 0 ? (uint64_t)stats->memory_usage : 0;
	uint64_t swapped = stats->memory_swap > 0 ? (uint64_t)stats->memory_swap : 0;

	set_unsigned(memory, "cache", (uint64_t)stats->memory_files);
	set_unsigned(usage, "limit",
		     stats->memory_limit < 0 ? NO_LIMIT : (uint64_t)stats->memory_limit);
	set_unsigned(usage, "usage", used);
	set_unsigned(usage, "max", peak == NO_LIMIT ? 0 : peak);
	set_unsigned(usage, "failcnt", stats->oom_kills);
	set_unsigned(swap, "limit", read_limit(cgroup_fd, "memory.swap.max"));
	set_unsigned(swap, "usage", used + swapped);
	set_unsigned(swap, "failcnt", 0);
	json_set(memory, "kernel", json_new_object());
	json_set(memory, "kernelTCP", json_new_object());
	add_raw(memory, cgroup_fd);
}

static void add_operation(json *list, unsigned device[2], const char *operation, uint64_t value)
{
	json *row = json_new_object();

	json_set_int(row, "major", device[0]);
	json_set_int(row, "minor", device[1]);
	json_set_string(row, "op", operation);
	set_unsigned(row, "value", value);
	json_add(list, row);
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 …" */
static void add_device(json *bytes, json *requests, const char *line)
{
	static const struct {
		const char *key, *operation;
		bool is_bytes;
	} rows[] = {
		{" rbytes=", "Read", true},
		{" wbytes=", "Write", true},
		{" rios=", "Read", false},
		{" wios=", "Write", false},
	};
	unsigned device[2];

	if (sscanf(line, "%u:%u", &device[0], &device[1]) != 2)
		return;
	for (size_t i = 0; i < array_length(rows); i++) {
		const char *at = strstr(line, rows[i].key);

		if (at)
			add_operation(rows[i].is_bytes ? bytes : requests, device,
				      rows[i].operation,
				      strtoull(at + strlen(rows[i].key), NULL, 10));
	}
}

static void add_blocks(json *data, int cgroup_fd)
{
	auto_strbuf struct strbuf text = {0};
	json *blocks = new_member(data, "blkio");
	json *bytes = json_new_array(), *requests = json_new_array();
	char *save = NULL;

	json_set(blocks, "ioServiceBytesRecursive", bytes);
	json_set(blocks, "ioServicedRecursive", requests);
	if (file_read(cgroup_fd, "io.stat", 1 << 20, &text, NULL) < 0 || !text.text)
		return;
	for (char *line = strtok_r(text.text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		add_device(bytes, requests, line);
}

static int add_data(json *event, int cgroup_fd, struct error *err)
{
	json *data = new_member(event, "data"), *pids;
	struct cgroup_stats stats;

	if (cgroup_read_stats(cgroup_fd, &stats, err) < 0)
		return -1;
	add_cpu(data, &stats);
	json_set(data, "cpuset", json_new_object());
	add_memory(data, &stats, cgroup_fd);
	pids = new_member(data, "pids");
	json_set_int(pids, "current", stats.pids < 0 ? 0 : stats.pids);
	json_set_int(pids, "limit", stats.pids_limit < 0 ? 0 : stats.pids_limit);
	add_blocks(data, cgroup_fd);
	json_set(data, "hugetlb", json_new_object());
	json_set(data, "intel_rdt", json_new_object());
	json_set(data, "network_interfaces", NULL);
	return 0;
}

static json *new_event(const char *type, const char *id)
{
	json *event = json_new_object();

	json_set_string(event, "type", type);
	json_set_string(event, "id", id);
	return event;
}

static json *stats_of(const struct oci_container *container, struct error *err)
{
	auto_close int cgroup = oci_container_open_cgroup(container);
	auto_json json *event = new_event("stats", container->id);

	if (oci_container_status(container) == OCI_STOPPED) {
		error_set(err, ERROR_CONFLICT, "container not running: '%s' has stopped",
			  container->id);
		return NULL;
	}
	if (cgroup < 0) {
		error_set(err, ERROR_UNSUPPORTED,
			  "container '%s' has no cgroup of its own, which counts", container->id);
		return NULL;
	}
	return add_data(event, cgroup, err) < 0 ? NULL : take_ptr(event);
}

json *oci_stats(const char *root, const char *id, struct error *err)
{
	auto_oci_container struct oci_container container = OCI_NO_CONTAINER;

	if (oci_container_open(&container, root, id, err) < 0)
		return NULL;
	return stats_of(&container, err);
}

/* ---- one after the other --------------------------------------------------------------------- */

struct watch {
	int pidfd, events_fd, cgroup_fd;
	uint64_t kills;
};

/* 1: the time is over, 0: something has happened before. */
static int wait_for(const struct watch *watch, int64_t until_ns, struct error *err)
{
	struct pollfd polled[] = {{watch->pidfd, POLLIN, 0}, {watch->events_fd, POLLPRI, 0}};
	int64_t left = until_ns - units_monotonic_ns();
	int n = left > 0 ? poll(polled, 2, (int)((left + MILLISECOND - 1) / MILLISECOND)) : 0;

	if (n < 0 && errno != EINTR)
		return error_errno(err, "cannot wait for events");
	return n == 0;
}

static int tell_kills(struct watch *watch, const char *id,
		      int (*each)(const json *event, struct error *err), struct error *err)
{
	uint64_t kills = watch->events_fd < 0 ? 0 : cgroup_oom_kills(watch->cgroup_fd);
	auto_json json *event = new_event("oom", id);
	char byte;

	/* What was read is not told again. */
	if (watch->events_fd >= 0 && pread(watch->events_fd, &byte, 1, 0) < 0)
		return 0;
	if (kills == watch->kills)
		return 0;
	watch->kills = kills;
	return each(event, err);
}

int oci_events(const char *root, const char *id, int64_t interval_ns,
	       int (*each)(const json *event, struct error *err), struct error *err)
{
	auto_oci_container struct oci_container container = OCI_NO_CONTAINER;
	auto_close int pidfd = -1, cgroup = -1, events = -1;
	int64_t next_ns = units_monotonic_ns() + interval_ns;
	struct watch watch;

	if (oci_container_open(&container, root, id, err) < 0)
		return -1;
	pidfd = oci_container_pidfd(&container, err);
	if (pidfd < 0)
		return -1;
	cgroup = oci_container_open_cgroup(&container);
	events = cgroup < 0 ? -1 : openat(cgroup, "memory.events", O_RDONLY | O_CLOEXEC);
	watch = (struct watch){pidfd, events, cgroup, events < 0 ? 0 : cgroup_oom_kills(cgroup)};
	while (!process_has_exited(pidfd)) {
		auto_json json *event = NULL;
		int is_time = wait_for(&watch, next_ns, err);

		if (is_time < 0 || tell_kills(&watch, id, each, err) < 0)
			return -1;
		if (!is_time)
			continue;
		next_ns += interval_ns;
		event = stats_of(&container, NULL);
		if (event && each(event, err) < 0)
			return -1;
	}
	return 0;
}
