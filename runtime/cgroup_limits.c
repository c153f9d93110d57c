/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup_limits.h"

#include "base/strbuf.h"
#include "runtime/spec.h"

#include <inttypes.h>

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

/* Behind the quota, which it may not exceed. */
static void format_burst(struct strbuf *out, const struct spec_resources *resources)
{
	if (resources->cpu_burst_us)
		strbuf_printf(out, "%" PRIu64 "\n", resources->cpu_burst_us);
}

/* Behind the weight, which an idle cgroup cannot have. */
static void format_idle(struct strbuf *out, const struct spec_resources *resources)
{
	if (resources->has_cpu_idle)
		strbuf_printf(out, "%d\n", resources->cpu_idle);
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

/* What a device is not limited in stays as it is. */
static void format_rdma(struct strbuf *out, const struct spec_resources *resources)
{
	for (size_t i = 0; i < resources->rdma_count; i++) {
		const struct spec_rdma *rdma = &resources->rdma[i];

		strbuf_add(out, rdma->device);
		if (rdma->has_handles)
			strbuf_printf(out, " hca_handle=%u", rdma->handles);
		if (rdma->has_objects)
			strbuf_printf(out, " hca_object=%u", rdma->objects);
		strbuf_add(out, "\n");
	}
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
	{"CPU burst", "cpu", "cpu.max.burst", NULL, format_burst, NULL},
	{"CPU weight", "cpu", "cpu.weight", NULL, format_weight, NULL},
	{"idle scheduling", "cpu", "cpu.idle", NULL, format_idle, NULL},
	{"CPU set", "cpuset", "cpuset.cpus", NULL, format_cpus, NULL},
	{"memory node set", "cpuset", "cpuset.mems", NULL, format_mems, NULL},
	{"process limit", "pids", "pids.max", NULL, format_pids, NULL},
	{"block I/O weight", "io", "io.weight", "io.bfq.weight", format_io_weight,
	 format_bfq_weight},
	{"block I/O limit", "io", "io.max", NULL, format_io_max, NULL},
	{"RDMA limit", "rdma", "rdma.max", NULL, format_rdma, NULL},
	{0},
};
