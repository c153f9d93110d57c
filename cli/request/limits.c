/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/request/limits.h"

#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "engine/limit_check.h"
#include "runtime/spec.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_PERIOD_US 100000

int limits_parse_bytes(int64_t *bytes, const char *option, const char *text, struct error *err)
{
	if (text && units_parse_size(bytes, text, err) < 0)
		return error_wrap(err, "invalid argument \"%s\" for \"--%s\" flag", text, option);
	return 0;
}

int limits_parse_number(int64_t *number, const char *option, const char *text, struct error *err)
{
	if (text && units_parse_int(number, text, INT64_MIN, INT64_MAX, err) < 0)
		return error_wrap(err, "invalid argument \"%s\" for \"--%s\" flag", text, option);
	return 0;
}

static int fill_memory(struct spec_resources *resources, const struct limit_options *options,
		       struct error *err)
{
	int64_t *limit = &resources->memory_limit, *swap = &resources->memory_swap;
	int64_t *low = &resources->memory_reservation;

	return limits_parse_bytes(limit, "memory", options->memory, err) < 0 ||
			       limits_parse_bytes(swap, "memory-swap", options->memory_swap, err) <
				       0 ||
			       limits_parse_bytes(low, "memory-reservation",
						  options->memory_reservation, err) < 0
		       ? -1
		       : 0;
}

/* "1.5" CPUs are a quota of the default period. */
static int parse_cpus(int64_t *quota_us, const char *text, struct error *err)
{
	long there = sysconf(_SC_NPROCESSORS_ONLN);
	char *end;
	double cpus = strtod(text, &end);

	if (*end || end == text || !isfinite(cpus))
		return error_set(
			err, ERROR_INVALID,
			"invalid argument \"%s\" for \"--cpus\" flag: it must be a number of "
			"CPUs such as 1.5",
			text);
	if (cpus < 0 || cpus > (double)there || (cpus > 0 && cpus < 0.01))
		return error_set(err, ERROR_INVALID,
				 "range of CPUs is from 0.01 to %ld.00, as there are only %ld CPUs "
				 "available",
				 there, there);
	*quota_us = (int64_t)lround(cpus * DEFAULT_PERIOD_US);
	return 0;
}

static int fill_time(struct spec_resources *resources, const struct limit_options *options,
		     struct error *err)
{
	int64_t period = 0, quota = 0;

	if (limits_parse_number(&period, "cpu-period", options->cpu_period, err) < 0 ||
	    limits_parse_number(&quota, "cpu-quota", options->cpu_quota, err) < 0 ||
	    limit_check_quota(period, quota, err) < 0)
		return -1;
	if (options->cpus && (period || quota))
		return error_set(err, ERROR_INVALID,
				 "Conflicting options: Nano CPUs and CPU %s cannot both be set",
				 period ? "Period" : "Quota");
	if (options->cpus && parse_cpus(&quota, options->cpus, err) < 0)
		return -1;
	resources->cpu_quota_us = quota;
	resources->cpu_period_us = (uint64_t)period;
	if (options->cpus && quota)
		resources->cpu_period_us = DEFAULT_PERIOD_US;
	return 0;
}

static int fill_shares(struct spec_resources *resources, const struct limit_options *options,
		       struct error *err)
{
	int64_t shares = 0, weight = 0;

	if (limits_parse_number(&shares, "cpu-shares", options->cpu_shares, err) < 0 ||
	    limits_parse_number(&weight, "blkio-weight", options->blkio_weight, err) < 0 ||
	    limits_parse_number(&resources->pids_limit, "pids-limit", options->pids_limit, err) < 0)
		return -1;
	if (shares < 0)
		return error_set(err, ERROR_INVALID,
				 "invalid CPU shares (%" PRId64
				 "): value must be a positive integer",
				 shares);
	if (weight < 0 || weight > UINT16_MAX)
		weight = UINT16_MAX; /* no weight either */
	resources->cpu_shares = (uint64_t)shares;
	resources->io_weight = (unsigned)weight;
	if (resources->pids_limit < 0)
		resources->pids_limit = -1;
	return 0;
}

static const char *unless_empty(const char *text)
{
	return text && *text ? text : NULL;
}

int limits_fill(struct spec_resources *resources, const struct limit_options *options,
		struct error *err)
{
	resources->cpuset_cpus = unless_empty(options->cpuset_cpus);
	resources->cpuset_mems = unless_empty(options->cpuset_mems);
	return fill_memory(resources, options, err) < 0 || fill_time(resources, options, err) < 0 ||
			       fill_shares(resources, options, err) < 0 ||
			       limit_check(resources, err) < 0
		       ? -1
		       : 0;
}

void limits_warn(const struct limit_options *options)
{
	if (options->kernel_memory)
		log_warning("Flag --kernel-memory has been deprecated, and no longer supported by "
			    "the kernel");
}
