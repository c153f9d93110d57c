/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/pull.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/units.h"
#include "builder/build_private.h"
#include "builder/tell.h"
#include "builder/worker.h"
#include "storage/image/image.h"

struct pull {
	struct build *build;
	const struct stage *stage;
	int number; /* of the step that says it */
	const char *name;
};

static void say_step(const struct image_step *step, void *data)
{
	struct worker_progress progress = {.done = step->done, .total = step->total};

	if (step->kind != IMAGE_STEP_MOVING && step->kind != IMAGE_STEP_DONE)
		return;
	snprintf(progress.text, sizeof(progress.text), "sha256:%s", step->blob);
	worker_say(*(int *)data, WORKER_PROGRESS, &progress, sizeof(progress));
}

static int work(int fd, void *data, struct error *err)
{
	const struct pull *pull = data;
	auto_arena struct arena arena = {0};
	struct image_pulled pulled;
	struct image_pull request = {
		.transport = pull->build->transport,
		.reference = pull->stage->base_name,
		.platform = pull->stage->platform,
		.progress = say_step,
		.data = &fd,
	};

	if (!request.transport)
		return error_set(err, ERROR_NOT_FOUND, "the program that pulls is missing");
	if (image_pull(&pull->build->engine->layout, &request, &pulled, &arena, err) < 0)
		return -1;
	worker_say(fd, WORKER_RESULT, "", 0);
	return 0;
}

static void take_frame(const struct worker_frame *frame, void *data)
{
	const struct pull *pull = data;
	struct worker_progress progress;

	if (frame->kind == WORKER_WARNING)
		tell_event(pull->build,
			   &(struct build_event){.kind = BUILD_WARNING, .text = frame->bytes});
	if (frame->kind != WORKER_PROGRESS || frame->length != sizeof(progress))
		return;
	memcpy(&progress, frame->bytes, sizeof(progress));
	tell_event(pull->build, &(struct build_event){.kind = BUILD_STEP_PROGRESS,
						      .step = pull->number,
						      .name = pull->name,
						      .text = progress.text,
						      .done = progress.done,
						      .total = progress.total});
}

int pull_base(struct build *build, const struct stage *stage, struct error *err)
{
	struct pull pull = {.build = build, .stage = stage};
	struct worker_call call = {
		.work = work,
		.data = &pull,
		.handle = take_frame,
		.handle_data = &pull,
		.cancel_fd = build->caller_fd,
	};
	int64_t begun_ns = units_monotonic_ns();

	pull.name = arena_format(build->arena, "[internal] load metadata for %s", stage->base_name);
	pull.number = tell_begin(build, pull.name);
	if (worker_run(&call, err) < 0) {
		tell_failure(build, pull.number, pull.name, err);
		return -1;
	}
	tell_end(build, pull.number, pull.name, begun_ns);
	return 0;
}
