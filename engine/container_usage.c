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
static int64_t processor_us(pid_t pid)
{
	auto_strbuf struct strbuf text = {0};
	long long own[2], children[2];
	const char *at;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_read(AT_FDCWD, path, LARGEST_FILE, &text, NULL) < 0)
		return 0;
	at = strrchr(strbuf_text(&text), ')');
	if (!at ||
	    sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld", own,
		   own + 1, children, children + 1) != 4)
		return 0;
	return (own[0] + own[1] + children[0] + children[1]) * 1000000 / sysconf(_SC_CLK_TCK);
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
		usage->cpu_us += processor_us(pids[i]);
	usage->memory_limit = host_memory();
	return 0;
}

/* Lines "  eth0: RECEIVED packets … (8 columns) SENT …". */
static void read_traffic(pid_t pid, struct container_usage *usage)
{
	auto_strbuf struct strbuf text = {0};
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/net/dev", pid);
	if (file_read(AT_FDCWD, path, LARGEST_FILE, &text, NULL) < 0)
		return;
	for (const char *line = strbuf_text(&text); line; line = strchr(line + 1, '\n')) {
		const char *colon = strchr(line, ':');
		const char *name = line + strspn(line, "\n ");
		long long received, sent;

		if (!colon || colon - name < 1 || memchr(name, '\n', (size_t)(colon - name)) ||
		    strncmp(name, "lo:", 3) == 0)
			continue;
		if (sscanf(colon + 1, "%lld %*d %*d %*d %*d %*d %*d %*d %lld", &received, &sent) !=
		    2)
			continue;
		usage->received += received;
		usage->sent += sent;
	}
}

static void read_memory(const struct cgroup_stats *stats, struct container_usage *usage)
{
	if (stats->memory_usage >= 0)
		usage->memory =
			stats->memory_usage -
			(stats->memory_cache > 0 && stats->memory_cache < stats->memory_usage
				 ? stats->memory_cache
				 : 0);
	if (stats->pids >= 0)
		usage->tasks = stats->pids;
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
	usage->cpu_us = (int64_t)stats.cpu_usage_us;
	usage->read = (int64_t)stats.io_read_bytes;
	usage->written = (int64_t)stats.io_write_bytes;
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
	read_traffic(container->state.pid, usage);
	clock_gettime(CLOCK_MONOTONIC, &now);
	usage->time_ns = now.tv_sec * SECOND + now.tv_nsec;
}
