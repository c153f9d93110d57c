/* SPDX-License-Identifier: Apache-2.0 */
/* What can be said of a Dockerfile without building anything. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/build.h"
#include "builder/build_private.h"
#include "builder/preparation.h"
#include "builder/warnings.h"

int build_check(struct engine *engine, const struct build_request *request,
		struct build_checked *checked, struct arena *arena, struct error *err)
{
	struct build_hold hold = {.fd = -1};
	struct build_result result = {0};
	struct build build = BUILD_CLOSED;
	int done;

	*checked = (struct build_checked){0};
	build.engine = engine;
	build.request = request;
	build.arena = arena;
	build.result = &result;
	build.hold = &hold;
	done = preparation_open(&build, err);
	if (done == 0) {
		checked->dockerfile_name = build.dockerfile.name;
		checked->text = build.dockerfile.bytes;
		checked->length = build.dockerfile.length;
		checked->is_error = build.dockerfile.check.is_error;
		checked->warnings = warnings_find(&build, !request->target, &checked->count);
		/* Names of stages and their like: what a build would refuse at once. */
		done = plan_make(&build, err);
	}
	preparation_close(&build);
	return done;
}
