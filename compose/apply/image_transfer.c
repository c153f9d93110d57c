/* SPDX-License-Identifier: Apache-2.0 */
/* apply_pull_image and apply_push_image of compose/apply/apply.h: one image by its name. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "compose/apply/image_view.h"
#include "compose/apply/transfer.h"

static void begun(const struct transfer_item *item, void *data)
{
	(void)item;
	image_view_begin(data);
}

static void moved(const struct transfer_item *item, const struct image_step *step, void *data)
{
	(void)item;
	image_view_step(data, step);
}

/* Why it failed is the command's to say. */
static void finished(const struct transfer_item *item, void *data)
{
	struct image_view *view = data;

	if (item->has_failed)
		image_view_end(view, APPLY_FAILED, "Error", NULL);
	else
		image_view_end(view, APPLY_DONE, view->is_push ? "Pushed" : "Pulled", NULL);
}

static int move(struct image_view *view, struct transfer_item *item, struct error *err)
{
	auto_free char *executable = engine_helper_path("transport", err);
	struct transfer transfer = {
		.apply = view->apply,
		.executable = executable,
		.is_push = view->is_push,
		.items = item,
		.count = 1,
		.begun = begun,
		.step = moved,
		.finished = finished,
		.data = view,
	};

	if (!executable)
		return -1;
	if (transfer_run(&transfer, err) < 0)
		return image_view_interrupt(view, 1, err);
	return item->has_failed ? error_pass(err, &item->err) : 0;
}

static int run(const struct apply *apply, const struct apply_image *image, bool is_push,
	       struct apply_image_result *result, struct arena *arena, struct error *err)
{
	auto_image_view struct image_view view;
	struct transfer_item item = {
		.reference = image->reference, .platform = image->platform, .blobs = image->blobs};

	image_view_init(&view, apply, image->reference);
	view.is_push = is_push;
	view.is_silent = image->quiet;
	if (move(&view, &item, err) < 0)
		return -1;
	*result = (struct apply_image_result){
		.name = arena_string(arena, item.name),
		.digest = arena_string(arena, item.digest),
		.is_new = item.is_new,
		.size = item.size,
	};
	return 0;
}

int apply_pull_image(const struct apply *apply, const struct apply_image *image,
		     struct apply_image_result *result, struct arena *arena, struct error *err)
{
	return run(apply, image, false, result, arena, err);
}

int apply_push_image(const struct apply *apply, const struct apply_image *image,
		     struct apply_image_result *result, struct arena *arena, struct error *err)
{
	return run(apply, image, true, result, arena, err);
}
