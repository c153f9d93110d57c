/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/tell.h"

#include "base/error.h"
#include "base/units.h"
#include "builder/build_private.h"

void tell_event(const struct build *build, const struct build_event *event)
{
	struct build_event told = *event;

	if (!build->request->progress)
		return;
	told.time_ns = units_monotonic_ns();
	build->request->progress(&told, build->request->data);
}

int tell_begin(struct build *build, const char *name)
{
	int number = ++build->plan.numbers;

	tell_event(build,
		   &(struct build_event){.kind = BUILD_STEP_BEGUN, .step = number, .name = name});
	return number;
}

void tell_end(const struct build *build, int number, const char *name, int64_t begun_ns)
{
	tell_event(build, &(struct build_event){.kind = BUILD_STEP_DONE,
						.step = number,
						.name = name,
						.duration_ns = units_monotonic_ns() - begun_ns});
}

void tell_failure(const struct build *build, int number, const char *name, const struct error *err)
{
	tell_event(build, &(struct build_event){.kind = BUILD_STEP_FAILED,
						.step = number,
						.name = name,
						.text = err->text});
}
