/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/image_view.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/units.h"
#include "compose/apply/interruption.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Bytes of one layer. One that is there already, or needs only to be unpacked, has none. */
struct part {
	int64_t done, total, resumed;
	bool is_moving;
};

void image_view_init(struct image_view *view, const struct apply *apply, const char *image)
{
	*view = (struct image_view){.apply = apply, .object = alloc_format("Image %s", image)};
}

void image_view_release(struct image_view *view)
{
	map_each (entry, &view->parts)
		free(entry->value);
	map_release(&view->parts);
	free(view->object);
	*view = (struct image_view){0};
}

static void tell(const struct image_view *view, const struct apply_event *event)
{
	if (!view->is_silent && view->apply->progress)
		view->apply->progress(event, view->apply->data);
}

static void tell_image(const struct image_view *view, enum apply_event_kind kind,
		       const char *action, const char *detail)
{
	const struct apply_event event = {
		.kind = kind,
		.object = view->object,
		.action = action,
		.detail = detail,
		.done = view->done,
		.total = view->total,
	};

	tell(view, &event);
}

void image_view_wait(const struct image_view *view, bool is_next)
{
	tell_image(view, is_next ? APPLY_PENDING : APPLY_WORKING, "Waiting", NULL);
}

static void tell_amounts(const struct image_view *view)
{
	tell_image(view, APPLY_WORKING, view->is_push ? "Pushing" : "Pulling", NULL);
}

void image_view_begin(struct image_view *view)
{
	view->has_begun = true;
	tell_amounts(view);
}

void image_view_end(struct image_view *view, enum apply_event_kind kind, const char *action,
		    const char *detail)
{
	view->has_ended = true;
	view->is_done = kind == APPLY_DONE;
	tell_image(view, kind, action, detail);
}

static void tell_layer(const struct image_view *view, const struct image_step *step,
		       const struct part *part)
{
	static const struct {
		enum apply_event_kind kind;
		const char *pull, *push; /* NULL: nothing to tell */
		const char *detail;
	} rows[] = {
		[IMAGE_STEP_EXISTS] = {APPLY_DONE, "Already exists", "Already exists", NULL},
		[IMAGE_STEP_PENDING] = {APPLY_WORKING, "Waiting", "Waiting", NULL},
		[IMAGE_STEP_WAITING] = {APPLY_WORKING, "Waiting", NULL,
					"another command fetches it"},
		[IMAGE_STEP_MOVING] = {APPLY_WORKING, "Downloading", "Pushing", NULL},
		[IMAGE_STEP_RETRYING] = {APPLY_WORKING, "Retrying", "Retrying", NULL},
		[IMAGE_STEP_UNPACKING] = {APPLY_WORKING, "Extracting", NULL, NULL},
		[IMAGE_STEP_UNPACKED] = {APPLY_WORKING, "Download complete", NULL,
					 "waits for the layer below"},
		[IMAGE_STEP_MOUNTED] = {APPLY_DONE, NULL, "Mounted", NULL},
		[IMAGE_STEP_DONE] = {APPLY_DONE, "Pull complete", "Pushed", NULL},
	};
	char object[32], detail[64], size[32];
	struct apply_event event = {
		.kind = rows[step->kind].kind,
		.object = object,
		.parent = view->object,
		.action = view->is_push ? rows[step->kind].push : rows[step->kind].pull,
		.detail = step->why ? step->why : rows[step->kind].detail,
	};

	snprintf(object, sizeof(object), "%.12s", step->blob);
	if (step->kind == IMAGE_STEP_MOVING || step->kind == IMAGE_STEP_DONE) {
		event.done = part->done;
		event.total = part->total;
	}
	if (step->kind == IMAGE_STEP_MOVING && part->resumed > 0) {
		units_format_size(size, sizeof(size), part->resumed);
		snprintf(detail, sizeof(detail), "goes on from %s", size);
		event.detail = detail;
	}
	if (event.action)
		tell(view, &event);
}

static struct part *find_part(struct image_view *view, const char *blob)
{
	void **slot = map_slot(&view->parts, blob);

	if (!*slot)
		*slot = alloc_zeroed(1, sizeof(struct part));
	return *slot;
}

static void note(struct part *part, const struct image_step *step)
{
	switch (step->kind) {
	case IMAGE_STEP_PENDING:
		*part = (struct part){.total = step->total};
		break;
	case IMAGE_STEP_MOVING:
		*part = (struct part){step->done, step->total, step->resumed, true};
		break;
	case IMAGE_STEP_WAITING:
	case IMAGE_STEP_RETRYING:
		break;
	case IMAGE_STEP_UNPACKING:
	case IMAGE_STEP_UNPACKED:
	case IMAGE_STEP_DONE:
		if (!part->is_moving)
			part->total = 0;
		part->done = part->total;
		break;
	case IMAGE_STEP_EXISTS:
	case IMAGE_STEP_MOUNTED:
		*part = (struct part){0};
		break;
	}
}

static void add_up(struct image_view *view)
{
	view->done = view->total = 0;
	map_each (entry, &view->parts) {
		const struct part *part = entry->value;

		view->done += part->done;
		view->total += part->total;
	}
}

void image_view_step(struct image_view *view, const struct image_step *step)
{
	struct part *part = find_part(view, step->blob);

	note(part, step);
	add_up(view);
	if (view->is_quiet)
		return;
	if (!step->is_config)
		tell_layer(view, step, part);
	if (view->total > 0)
		tell_amounts(view);
}

/* What has come of those that are not complete is there the next time. */
static int add_rest(const struct image_view *views, size_t count, struct error *err)
{
	struct error reason = *err;
	int64_t done = 0, total = 0;
	char sizes[2][32];

	for (size_t i = 0; i < count; i++) {
		done += views[i].is_done ? 0 : views[i].done;
		total += views[i].is_done ? 0 : views[i].total;
	}
	if (done == 0)
		return -1;
	units_format_size(sizes[0], sizeof(sizes[0]), done);
	units_format_size(sizes[1], sizeof(sizes[1]), total);
	return error_set(err, ECANCELED, "%s, %s of %s of the rest %s", reason.text, sizes[0],
			 sizes[1], views->is_push ? "is at the registry" : "is here and stays");
}

int image_view_interrupt(struct image_view *views, size_t count, struct error *err)
{
	size_t done = 0;

	if (err->code != ECANCELED)
		return -1;
	for (size_t i = 0; i < count; i++) {
		done += views[i].is_done;
		if (views[i].has_begun && !views[i].has_ended)
			image_view_end(&views[i], APPLY_SKIPPED, "Interrupted", NULL);
	}
	interruption_count(done, count, "image", views->is_push ? "pushed" : "pulled", err);
	return add_rest(views, count, err);
}
