/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/scheduling.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/spec.h"

#include <ctype.h>
#include <linux/ioprio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

/* More than any kernel has. */
#define MOST_NUMBERS 8192
#define WORD_BITS    (8 * sizeof(unsigned long))

struct mask {
	unsigned long words[MOST_NUMBERS / WORD_BITS];
};

/* As the kernel has it; the libc's is too young, and the header that has it clashes with <sched.h>.
 */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int set_scheduler(pid_t pid, const struct spec_scheduler *wanted, struct error *err)
{
	struct attributes attributes = {
		.size = sizeof(attributes),
		.policy = (uint32_t)wanted->policy,
		.flags = wanted->flags,
		.nice = wanted->nice,
		.priority = (uint32_t)wanted->priority,
		.runtime = wanted->runtime_ns,
		.deadline = wanted->deadline_ns,
		.period = wanted->period_ns,
	};

	if (syscall(SYS_sched_setattr, pid, &attributes, 0) < 0)
		return error_errno(err, "cannot set process.scheduler");
	return 0;
}

int scheduling_set(pid_t pid, const struct spec *spec, struct error *err)
{
	const struct spec_io_priority *io = &spec->io_priority;

	if (spec->has_scheduler && set_scheduler(pid, &spec->scheduler, err) < 0)
		return -1;
	if (spec->has_io_priority && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid,
					     IOPRIO_PRIO_VALUE(io->class, io->level)) < 0)
		return error_errno(err, "cannot set process.ioPriority");
	return 0;
}

/* ---- lists of numbers ------------------------------------------------------------------------ */

/* "3" or "0-2"; returns what stands behind it, NULL when it is neither. */
static const char *parse_range(const char *text, unsigned long *first, unsigned long *last)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	*first = *last = strtoul(text, &end, 10);
	if (*end == '-') {
		if (!isdigit((unsigned char)end[1]))
			return NULL;
		*last = strtoul(end + 1, &end, 10);
	}
	return *first <= *last && *last < MOST_NUMBERS ? end : NULL;
}

static int parse_mask(struct mask *mask, const char *text, const char *member, struct error *err)
{
	unsigned long first = 0, last = 0;

	*mask = (struct mask){{0}};
	for (const char *at = text;;) {
		at = parse_range(at, &first, &last);
		if (!at || (*at && *at != ','))
			return error_set(err, ERROR_INVALID, "%s: '%s' is not a list like '0-3,7'",
					 member, text);
		for (unsigned long i = first; i <= last; i++)
			mask->words[i / WORD_BITS] |= 1UL << i % WORD_BITS;
		if (!*at++)
			return 0;
	}
}

int scheduling_set_cpus(pid_t pid, const char *cpus, struct error *err)
{
	struct mask mask;

	if (parse_mask(&mask, cpus, "process.execCPUAffinity", err) < 0)
		return -1;
	if (syscall(SYS_sched_setaffinity, pid, sizeof(mask), &mask) < 0)
		return error_errno(err, "process.execCPUAffinity: cannot set '%s'", cpus);
	return 0;
}

static int set_memory_policy(const struct spec_memory_policy *policy, struct error *err)
{
	bool has_nodes = policy->nodes && *policy->nodes;
	struct mask mask;

	if (has_nodes && parse_mask(&mask, policy->nodes, "linux.memoryPolicy.nodes", err) < 0)
		return -1;
	/* The kernel takes one bit less than it is told. */
	if (syscall(SYS_set_mempolicy, (unsigned long)policy->mode | policy->flags,
		    has_nodes ? mask.words : NULL, has_nodes ? MOST_NUMBERS + 1UL : 0UL) < 0)
		return error_errno(err, "cannot set linux.memoryPolicy");
	return 0;
}

int scheduling_set_own(const struct spec *spec, struct error *err)
{
	if (spec->has_personality && personality((unsigned long)spec->personality) < 0)
		return error_errno(err, "cannot set linux.personality");
	return spec->has_memory_policy ? set_memory_policy(&spec->memory_policy, err) : 0;
}
