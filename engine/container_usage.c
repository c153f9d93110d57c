/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_usage.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/container.h"
#include "engine/container_cgroup.h"
#include "runtime/cgroup.h"
#include "runtime/residents.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define LARGEST_FILE ((size_t)1 << 20)

static int64_t host_memory(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 ? (int64_t)info.totalram * info.mem_unit : 0;
}

/* Anonymous and shared memory of one process; pages of files are not its own. */
static int64_t resident_bytes(const char *status)
{
	static const char *const fields[] = {"\nRssAnon:", "\nRssShmem:"};
	int64_t sum = 0;

	for (size_t i = 0; i < array_length(fields); i++) {
		const char *at = strstr(status, fields[i]);

		if (at)
			sum += strtoll(at + strlen(fields[i]), NULL, 10) * 1024;
	}
	return sum;
}

static int64_t task_count(const char *status)
{
	const char *at = strstr(status, "\nThreads:");

	return at ? strtoll(at + strlen("\nThreads:"), NULL, 10) : 0;
}

static void count_processes(const pid_t *pids, size_t count, struct container_usage *usage)
{
	usage->memory = usage->tasks = 0;
	for (size_t i = 0; i < count; i++) {
		auto_strbuf struct strbuf status = {0};
		char path[40];

		snprintf(path, sizeof(path), "/proc/%d/status", pids[i]);
		if (file_read(AT_FDCWD, path, LARGEST_FILE, &status, NULL) < 0)
			continue;
		usage->memory += resident_bytes(strbuf_text(&status));
		usage->tasks += task_count(strbuf_text(&status));
	}
}

static void count_cgroup(int cgroup_fd, struct container_usage *usage)
{
	auto_free pid_t *pids = NULL;
	size_t count = 0;

	if (cgroup_list_pids(cgroup_fd, &pids, &count, NULL) == 0)
		count_processes(pids, count, usage);
}

/* Its own time and that of children that it has waited for: fields 14 to 17 of /proc/PID/stat. */
static void count_processor(pid_t pid, struct container_usage *usage)
{
	auto_strbuf struct strbuf text = {0};
	long long own[2], children[2], tick_us = 1000000 / sysconf(_SC_CLK_TCK);
	const char *at;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_read(AT_FDCWD, path, LARGEST_FILE, &text, NULL) < 0)
		return;
	at = strrchr(strbuf_text(&text), ')');
	if (!at ||
	    sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld", own,
		   own + 1, children, children + 1) != 4)
		return;
	usage->cpu_user_us += (own[0] + children[0]) * tick_us;
	usage->cpu_system_us += (own[1] + children[1]) * tick_us;
}

/* Without a cgroup of its own: what its processes have used that are there now. */
static int read_processes(const struct container *container, struct container_usage *usage)
{
	auto_free pid_t *pids = NULL;
	size_t count = 0;

	if (residents_list(container->state.pid, &pids, &count, NULL) < 0)
		return -1;
	count_processes(pids, count, usage);
	for (size_t i = 0; i < count; i++)
		count_processor(pids[i], usage);
	usage->cpu_us = usage->cpu_user_us + usage->cpu_system_us;
	usage->memory_whole = usage->memory_anonymous = usage->memory;
	usage->memory_limit = host_memory();
	return 0;
}

/* "  eth0: RECEIVED packets errors dropped (4 more) SENT …"; false for another line, and for the
 * loopback's. */
static bool parse_interface(const char *line, struct container_interface *found,
			    struct arena *arena)
{
	const char *name = line + strspn(line, "\n ");
	const char *colon = strchr(name, ':');
	struct container_traffic *in = &found->received, *out = &found->sent;
	long long numbers[8];

	if (!colon || colon == name || memchr(name, '\n', (size_t)(colon - name)) ||
	    strncmp(name, "lo:", 3) == 0)
		return false;
	if (sscanf(colon + 1, "%lld %lld %lld %lld %*d %*d %*d %*d %lld %lld %lld %lld", numbers,
		   numbers + 1, numbers + 2, numbers + 3, numbers + 4, numbers + 5, numbers + 6,
		   numbers + 7) != 8)
		return false;
	*in = (struct container_traffic){numbers[0], numbers[1], numbers[2], numbers[3]};
	*out = (struct container_traffic){numbers[4], numbers[5], numbers[6], numbers[7]};
	found->name = arena_string_n(arena, name, (size_t)(colon - name));
	return true;
}

static void read_traffic(pid_t pid, struct container_usage *usage, struct arena *arena)
{
	auto_strbuf struct strbuf text = {0};
	size_t lines = 1;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/net/dev", pid);
	if (file_read(AT_FDCWD, path, LARGEST_FILE, &text, NULL) < 0)
		return;
	for (const char *at = strbuf_text(&text); *at; at++)
		lines += *at == '\n';
	usage->interfaces = arena_array(arena, lines, sizeof(*usage->interfaces));
	for (const char *line = strbuf_text(&text); line; line = strchr(line + 1, '\n')) {
		struct container_interface *found = &usage->interfaces[usage->interface_count];

		if (!parse_interface(line, found, arena))
			continue;
		usage->received += found->received.bytes;
		usage->sent += found->sent.bytes;
		usage->interface_count++;
	}
}

static void read_memory(const struct cgroup_stats *stats, struct container_usage *usage)
{
	bool can_drop = stats->memory_cache > 0 && stats->memory_cache < stats->memory_usage;

	if (stats->memory_usage >= 0) {
		usage->memory_whole = stats->memory_usage;
		usage->memory = stats->memory_usage - (can_drop ? stats->memory_cache : 0);
		usage->memory_anonymous = stats->memory_anonymous;
		usage->memory_files = stats->memory_files;
		usage->memory_swap = stats->memory_swap;
	} else {
		usage->memory_whole = usage->memory_anonymous = usage->memory;
	}
	usage->oom_kills = (int64_t)stats->oom_kills;
	usage->memory_limit = host_memory();
	if (stats->memory_limit > 0 && stats->memory_limit < usage->memory_limit)
		usage->memory_limit = stats->memory_limit;
}

static int read_cgroup(int fd, struct container_usage *usage)
{
	struct cgroup_stats stats;

	if (cgroup_read_stats(fd, &stats, NULL) < 0)
		return -1;
	if (stats.memory_usage < 0 || stats.pids < 0)
		count_cgroup(fd, usage);
	read_memory(&stats, usage);
	if (stats.pids >= 0)
		usage->tasks = stats.pids;
	if (stats.pids_limit > 0)
		usage->task_limit = stats.pids_limit;
	usage->cpu_us = (int64_t)stats.cpu_usage_us;
	usage->cpu_user_us = (int64_t)stats.cpu_user_us;
	usage->cpu_system_us = (int64_t)stats.cpu_system_us;
	usage->cpu_periods = (int64_t)stats.cpu_periods;
	usage->cpu_throttled_periods = (int64_t)stats.cpu_throttled_periods;
	usage->cpu_throttled_us = (int64_t)stats.cpu_throttled_us;
	usage->read = (int64_t)stats.io_read_bytes;
	usage->written = (int64_t)stats.io_write_bytes;
	usage->reads = (int64_t)stats.io_reads;
	usage->writes = (int64_t)stats.io_writes;
	return 0;
}

void container_usage_read(const struct container *container, struct container_usage *usage,
			  struct arena *arena)
{
	struct timespec now;
	auto_close int fd = -1;

	*usage = (struct container_usage){0};
	if (container->state.pid <= 0 || !container_is_live(container))
		return;
	fd = cgroup_open(container_cgroup_path(container, arena), NULL);
	if ((fd >= 0 ? read_cgroup(fd, usage) : read_processes(container, usage)) < 0)
		return;
	read_traffic(container->state.pid, usage, arena);
	clock_gettime(CLOCK_MONOTONIC, &now);
	usage->time_ns = now.tv_sec * SECOND + now.tv_nsec;
}
