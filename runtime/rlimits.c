/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rlimits.h"

#include "base/error.h"
#include "base/log.h"
#include "runtime/spec.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

static const char *format_limit(char out[24], rlim_t value)
{
	if (value == RLIM_INFINITY)
		snprintf(out, 24, "unlimited");
	else
		snprintf(out, 24, "%llu", (unsigned long long)value);
	return out;
}

static int set_one(pid_t pid, const struct spec_rlimit *limit, struct error *err)
{
	const char *name = spec_rlimit_name(limit->resource);
	struct rlimit wanted = limit->limit;
	struct rlimit now;
	char asked[24], given[24];

	if (prlimit(pid, (__rlimit_resource_t)limit->resource, &wanted, NULL) == 0)
		return 0;
	if (errno != EPERM || prlimit(pid, (__rlimit_resource_t)limit->resource, NULL, &now) < 0)
		return error_errno(err, "cannot set the limit '%s'", name);
	if (wanted.rlim_max > now.rlim_max)
		wanted.rlim_max = now.rlim_max;
	if (wanted.rlim_cur > wanted.rlim_max)
		wanted.rlim_cur = wanted.rlim_max;
	log_warning("cannot raise the limit '%s' to %s without CAP_SYS_RESOURCE: it is %s", name,
		    format_limit(asked, limit->limit.rlim_max),
		    format_limit(given, wanted.rlim_max));
	if (prlimit(pid, (__rlimit_resource_t)limit->resource, &wanted, NULL) < 0)
		return error_errno(err, "cannot set the limit '%s'", name);
	return 0;
}

int rlimits_set(pid_t pid, const struct spec_rlimit *limits, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (set_one(pid, &limits[i], err) < 0)
			return -1;
	return 0;
}
