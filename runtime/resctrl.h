/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/resctrl.h - door: groups of Intel's resource director: shares of caches and of memory
 * bandwidth. A group is a directory of the file system resctrl, and a line of its file schemata
 * ("L3:0=7f0;1=1f") a resource with what of each of its domains the group has.
 */
#pragma once

#include "base/strvec.h"

#include <sys/types.h>

struct error;
struct spec_intel_rdt;

struct resctrl_plan {
	struct strvec groups; /* what its processes are put into, in this order */
	struct strvec own;    /* what of it comes and goes with the container */
};

#define auto_resctrl_plan __attribute__((cleanup(resctrl_plan_release)))

void resctrl_plan_release(struct resctrl_plan *plan);
/* Where it is mounted; malloc'ed. ERROR_UNSUPPORTED says what is missing. */
char *resctrl_find(struct error *err);
/* What the container @id wants of the file system at @mount. Changes nothing there. ERROR_INVALID:
 * its closID is the name of no group, "/" being that of the root's. */
int resctrl_plan(struct resctrl_plan *plan, const char *mount, const struct spec_intel_rdt *rdt,
		 const char *id, struct error *err);
/* Makes what is missing of it, under the lock (flock) of the file system that Linux' resctrl.rst
 * wants who changes it to have. A group that is there already is somebody else's: its schemata must
 * be what is wanted (ERROR_CONFLICT), or it must be there when nothing is (ERROR_NOT_FOUND). After
 * an error, what was made is for resctrl_remove. */
int resctrl_make(const struct resctrl_plan *plan, const char *mount,
		 const struct spec_intel_rdt *rdt, struct error *err);
/* A process, with all that it starts from then on. NULL: no groups. */
int resctrl_join(char *const *groups, pid_t pid, struct error *err);
/* Whoever is in it is in the one above then; a missing one is fine. */
int resctrl_remove(const char *group, struct error *err);
