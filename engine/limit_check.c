/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/limit_check.h"

#include "base/error.h"
#include "engine/option_text.h"
#include "runtime/spec.h"

#define LEAST_MEMORY (INT64_C(6) << 20)

static int check_memory(int64_t limit, int64_t swap, int64_t low, struct error *err)
{
	if (limit && limit < LEAST_MEMORY)
		return error_set(err, ERROR_INVALID, "Minimum memory limit allowed is 6MB");
	if (low && low < LEAST_MEMORY)
		return error_set(err, ERROR_INVALID, "Minimum memory reservation allowed is 6MB");
	if (limit && swap > 0 && swap < limit)
		return error_set(err, ERROR_INVALID,
				 "Minimum memoryswap limit should be larger than memory limit, see "
				 "usage");
	if (limit && limit < low)
		return error_set(err, ERROR_INVALID,
				 "Minimum memory limit can not be less than memory reservation "
				 "limit, see usage");
	return 0;
}

int limit_check_quota(int64_t period_us, int64_t quota_us, struct error *err)
{
	if (period_us && (period_us < 1000 || period_us > 1000000))
		return error_set(err, ERROR_INVALID,
				 "CPU cfs period can not be less than 1ms (i.e. 1000) or larger "
				 "than 1s (i.e. 1000000)");
	if (quota_us > 0 && quota_us < 1000)
		return error_set(err, ERROR_INVALID,
				 "CPU cfs quota can not be less than 1ms (i.e. 1000)");
	return 0;
}

static int check_set(const char *what, const char *text, struct error *err)
{
	if (!text || option_text_is_cpu_set(text))
		return 0;
	return error_set(err, ERROR_INVALID, "Invalid value %s for cpuset %s", text, what);
}

int limit_check(const struct spec_resources *resources, struct error *err)
{
	if (check_memory(resources->memory_limit, resources->memory_swap,
			 resources->memory_reservation, err) < 0)
		return -1;
	if (resources->io_weight && (resources->io_weight < 10 || resources->io_weight > 1000))
		return error_set(err, ERROR_INVALID, "Range of blkio weight is from 10 to 1000");
	return check_set("cpus", resources->cpuset_cpus, err) < 0 ||
			       check_set("mems", resources->cpuset_mems, err) < 0
		       ? -1
		       : 0;
}

int64_t limit_default_swap(int64_t memory_limit)
{
	return memory_limit > INT64_MAX / 2 ? -1 : memory_limit * 2;
}

int limit_settle(struct spec_resources *resources, int64_t shm_size, struct error *err)
{
	if (shm_size < 0)
		return error_set(err, ERROR_INVALID, "SHM size can not be less than 0");
	if (!resources->memory_limit && resources->memory_swap > 0)
		return error_set(err, ERROR_INVALID,
				 "You should always set the Memory limit when using Memoryswap "
				 "limit, see usage");
	if (resources->memory_limit > 0 && !resources->memory_swap)
		resources->memory_swap = limit_default_swap(resources->memory_limit);
	return 0;
}

int limit_check_oom_score(int64_t score, struct error *err)
{
	if (score >= -1000 && score <= 1000)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "Invalid value %jd, range for oom score adj is [-1000, 1000]",
			 (intmax_t)score);
}
