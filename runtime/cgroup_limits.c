/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup_limits.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "runtime/cgroup.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static void add_number(struct strbuf *out, int64_t value)
{
	if (value == -1)
		strbuf_add(out, "max\n");
	else if (value > 0)
		strbuf_printf(out, "%" PRId64 "\n", value);
}

static void format_memory(struct strbuf *out, const struct spec_resources *resources)
{
	add_number(out, resources->memory_limit);
}

/* Docker counts memory and swap together, cgroup v2 swap alone. */
static void format_swap(struct strbuf *out, const struct spec_resources *resources)
{
	int64_t swap = resources->memory_swap, memory = resources->memory_limit;

	if (swap == -1)
		strbuf_add(out, "max\n");
	else if (swap > 0 && memory > 0)
		strbuf_printf(out, "%" PRId64 "\n", swap > memory ? swap - memory : 0);
}

static void format_low(struct strbuf *out, const struct spec_resources *resources)
{
	add_number(out, resources->memory_reservation);
}

static void format_cpu_max(struct strbuf *out, const struct spec_resources *resources)
{
	uint64_t period = resources->cpu_period_us ? resources->cpu_period_us : 100000;

	if (resources->cpu_quota_us > 0)
		strbuf_printf(out, "%" PRId64 " %" PRIu64 "\n", resources->cpu_quota_us, period);
	else if (resources->cpu_quota_us < 0 || resources->cpu_period_us)
		strbuf_printf(out, "max %" PRIu64 "\n", period);
}

#define LOGARITHM_OF_10 2.302585092994045684

/* The next two stand in for log2 and exp: the library that has them would be 40 KiB of every
 * monitor. */
static double logarithm2(double value)
{
	double result = 0, bit = 1;

	for (; value >= 2; value /= 2)
		result++;
	for (int i = 0; i < 40; i++) {
		bit /= 2;
		value *= value;
		if (value >= 2) {
			value /= 2;
			result += bit;
		}
	}
	return result;
}

static double exponential(double x)
{
	double sum = 1, term = 1;

	for (int i = 1; i < 60; i++) {
		term *= x / i;
		sum += term;
	}
	return sum;
}

/* A curve through (2, 1), (1024, 100) and (262144, 10000): the linear formula that runtimes used
 * to have gave a default container 39, so that it lost against everything outside. */
unsigned cgroup_limits_weight(uint64_t shares)
{
	double l, weight;
	unsigned whole;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = logarithm2((double)shares);
	weight = exponential(LOGARITHM_OF_10 * ((l * l + 125 * l) / 612.0 - 7.0 / 34.0));
	whole = (unsigned)weight;
	return weight - whole > 1e-6 ? whole + 1
				     : whole; /* rounded up, but not for an error of ours */
}

static void format_weight(struct strbuf *out, const struct spec_resources *resources)
{
	if (resources->cpu_shares)
		strbuf_printf(out, "%u\n", cgroup_limits_weight(resources->cpu_shares));
}

static void format_cpus(struct strbuf *out, const struct spec_resources *resources)
{
	if (resources->cpuset_cpus && *resources->cpuset_cpus)
		strbuf_printf(out, "%s\n", resources->cpuset_cpus);
}

static void format_mems(struct strbuf *out, const struct spec_resources *resources)
{
	if (resources->cpuset_mems && *resources->cpuset_mems)
		strbuf_printf(out, "%s\n", resources->cpuset_mems);
}

static void format_pids(struct strbuf *out, const struct spec_resources *resources)
{
	add_number(out, resources->pids_limit);
}

/* Docker's 10..1000 is BFQ's own scale; io.weight has 1..10000. */
static unsigned to_io_weight(uint64_t weight)
{
	return (unsigned)(1 + (weight - 10) * 9999 / 990);
}

static void format_io_weight(struct strbuf *out, const struct spec_resources *resources)
{
	if (resources->io_weight)
		strbuf_printf(out, "default %u\n", to_io_weight(resources->io_weight));
	for (size_t i = 0; i < resources->io_weight_count; i++)
		strbuf_printf(out, "%u:%u %u\n", resources->io_weights[i].major,
			      resources->io_weights[i].minor,
			      to_io_weight(resources->io_weights[i].rate));
}

static void format_bfq_weight(struct strbuf *out, const struct spec_resources *resources)
{
	if (resources->io_weight)
		strbuf_printf(out, "%u\n", resources->io_weight);
	for (size_t i = 0; i < resources->io_weight_count; i++)
		strbuf_printf(out, "%u:%u %" PRIu64 "\n", resources->io_weights[i].major,
			      resources->io_weights[i].minor, resources->io_weights[i].rate);
}

static void add_throttles(struct strbuf *out, const struct spec_throttle *list, size_t count,
			  const char *key)
{
	for (size_t i = 0; i < count; i++)
		strbuf_printf(out, "%u:%u %s=%" PRIu64 "\n", list[i].major, list[i].minor, key,
			      list[i].rate);
}

static void format_io_max(struct strbuf *out, const struct spec_resources *resources)
{
	add_throttles(out, resources->read_bps, resources->read_bps_count, "rbps");
	add_throttles(out, resources->write_bps, resources->write_bps_count, "wbps");
	add_throttles(out, resources->read_iops, resources->read_iops_count, "riops");
	add_throttles(out, resources->write_iops, resources->write_iops_count, "wiops");
}

const struct cgroup_limit cgroup_limits[] = {
	{"memory limit", "memory", "memory.max", NULL, format_memory, NULL},
	{"memory limit", "memory", "memory.swap.max", NULL, format_swap, NULL},
	{"memory reservation", "memory", "memory.low", NULL, format_low, NULL},
	{"CPU limit", "cpu", "cpu.max", NULL, format_cpu_max, NULL},
	{"CPU shares", "cpu", "cpu.weight", NULL, format_weight, NULL},
	{"CPU set", "cpuset", "cpuset.cpus", NULL, format_cpus, NULL},
	{"memory node set", "cpuset", "cpuset.mems", NULL, format_mems, NULL},
	{"process limit", "pids", "pids.max", NULL, format_pids, NULL},
	{"block I/O weight", "io", "io.weight", "io.bfq.weight", format_io_weight,
	 format_bfq_weight},
	{"block I/O limit", "io", "io.max", NULL, format_io_max, NULL},
	{0},
};

bool cgroup_limits_need(const struct spec_resources *resources, const char *controller)
{
	auto_strbuf struct strbuf text = {0};

	for (const struct cgroup_limit *limit = cgroup_limits; limit->name; limit++)
		if (strcmp(limit->controller, controller) == 0)
			limit->format(&text, resources);
	return text.length > 0;
}

static void warn_missing(int cgroup_fd, const struct cgroup_limit *limit)
{
	auto_strbuf struct strbuf controllers = {0};
	const char *why =
		"is not enabled for this cgroup: a parent cgroup has processes of its own "
		"or is not delegated to us";

	file_read(cgroup_fd, "cgroup.controllers", 4096, &controllers, NULL);
	if (strstr(strbuf_text(&controllers), limit->controller))
		why = "does not offer it (a kernel option or boot parameter is missing)";
	else if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) < 0)
		why = "is not in the cgroup v2 hierarchy: this host binds it to cgroup v1";
	log_warning_once("the %s has no effect: the %s controller %s", limit->name,
			 limit->controller, why);
}

void cgroup_warn_without(const struct spec_resources *resources)
{
	for (const struct cgroup_limit *limit = cgroup_limits; limit->name; limit++) {
		auto_strbuf struct strbuf text = {0};

		limit->format(&text, resources);
		if (text.length)
			log_warning_once("the %s has no effect: containers have no cgroup of "
					 "their own here",
					 limit->name);
	}
}

static int write_lines(int fd, const struct cgroup_limit *limit, const char *file, char *text,
		       struct error *err)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (write(fd, line, strlen(line)) < 0)
			return error_errno(err, "cannot set the %s: cannot write '%s' to %s",
					   limit->name, line, file);
	return 0;
}

/* Whichever of its two files is there; -1 with errno. */
static int open_limit(int cgroup_fd, const struct cgroup_limit *limit, int flags, const char **file)
{
	int fd = -1;

	*file = limit->other_file;
	if (*file)
		fd = openat(cgroup_fd, *file, flags | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	*file = limit->file;
	return openat(cgroup_fd, *file, flags | O_CLOEXEC);
}

static int apply_limit(int cgroup_fd, const struct cgroup_limit *limit,
		       const struct spec_resources *resources, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	auto_close int fd = -1;
	const char *file;

	limit->format(&text, resources);
	if (!text.length)
		return 0;
	fd = open_limit(cgroup_fd, limit, O_WRONLY, &file);
	if (fd < 0 && errno != ENOENT)
		return error_errno(err, "cannot set the %s: cannot open '%s'", limit->name, file);
	if (fd < 0) {
		warn_missing(cgroup_fd, limit);
		return 0;
	}
	if (file != limit->file) {
		strbuf_clear(&text);
		limit->format_other(&text, resources);
	}
	return write_lines(fd, limit, file, text.text, err);
}

int cgroup_limits_apply(int cgroup_fd, const struct spec_resources *resources, struct error *err)
{
	for (const struct cgroup_limit *limit = cgroup_limits; limit->name; limit++)
		if (apply_limit(cgroup_fd, limit, resources, err) < 0)
			return -1;
	return 0;
}

static void keep_limit(int cgroup_fd, const struct cgroup_limit *limit, struct strbuf *text)
{
	const char *file;
	auto_close int fd = open_limit(cgroup_fd, limit, O_RDONLY, &file);

	if (fd >= 0)
		file_read(cgroup_fd, file, 65536, text, NULL);
}

/* An empty one (a set of CPUs) is written as a line, too. */
static void restore_limit(int cgroup_fd, const struct cgroup_limit *limit, struct strbuf *text)
{
	const char *file;
	auto_close int fd = open_limit(cgroup_fd, limit, O_WRONLY, &file);

	if (fd >= 0 && text->length > 1)
		write_lines(fd, limit, file, text->text, NULL);
	else if (fd >= 0 && text->length == 1 && write(fd, text->text, 1) < 0)
		log_debug("cannot set the %s back", limit->name);
}

int cgroup_limits_change(int cgroup_fd, const struct spec_resources *resources, struct error *err)
{
	struct strbuf before[array_length(cgroup_limits)] = {0};
	size_t count = 0;
	int result = 0;

	for (; result == 0 && cgroup_limits[count].name; count++) {
		keep_limit(cgroup_fd, &cgroup_limits[count], &before[count]);
		result = apply_limit(cgroup_fd, &cgroup_limits[count], resources, err);
	}
	while (count-- > 0) {
		if (result < 0)
			restore_limit(cgroup_fd, &cgroup_limits[count], &before[count]);
		strbuf_release(&before[count]);
	}
	return result;
}
