/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/strbuf.h"
#include "compose/apply/image_view.h"

#include <inttypes.h>

static void note(const struct apply_event *event, void *data)
{
	strbuf_printf(data, "%s%s %s %" PRId64 "/%" PRId64 "%s%s\n", event->parent ? "  " : "",
		      event->object, event->action, event->done, event->total,
		      event->detail ? " " : "", event->detail ? event->detail : "");
}

static const struct image_step pending_a = {.kind = IMAGE_STEP_PENDING, .blob = "aa", .total = 100};
static const struct image_step pending_b = {.kind = IMAGE_STEP_PENDING, .blob = "bb", .total = 50};

static void step(struct image_view *view, enum image_step_kind kind, const char *blob, int64_t done,
		 int64_t total)
{
	image_view_step(view, &(struct image_step){
				      .kind = kind, .blob = blob, .done = done, .total = total});
}

TEST(an_image_has_the_sums_of_its_layers)
{
	auto_strbuf struct strbuf told = {0};
	const struct apply apply = {.progress = note, .data = &told};
	auto_image_view struct image_view view;

	image_view_init(&view, &apply, "redis:7");
	image_view_begin(&view);
	image_view_step(&view, &pending_a);
	image_view_step(&view, &pending_b);
	step(&view, IMAGE_STEP_MOVING, "aa", 40, 100);
	step(&view, IMAGE_STEP_UNPACKED, "aa", 0, 0);
	step(&view, IMAGE_STEP_EXISTS, "bb", 0, 0);
	step(&view, IMAGE_STEP_DONE, "aa", 400, 400);
	image_view_end(&view, APPLY_DONE, "Pulled", NULL);
	CHECK_TEXT(told.text, "Image redis:7 Pulling 0/0\n"
			      "  aa Waiting 0/0\nImage redis:7 Pulling 0/100\n"
			      "  bb Waiting 0/0\nImage redis:7 Pulling 0/150\n"
			      "  aa Downloading 40/100\nImage redis:7 Pulling 40/150\n"
			      "  aa Download complete 0/0 waits for the layer below\n"
			      "Image redis:7 Pulling 100/150\n"
			      "  bb Already exists 0/0\nImage redis:7 Pulling 100/100\n"
			      "  aa Pull complete 100/100\nImage redis:7 Pulling 100/100\n"
			      "Image redis:7 Pulled 100/100\n");
}

TEST(what_came_before_and_what_only_needs_unpacking_is_said_as_that)
{
	auto_strbuf struct strbuf told = {0};
	const struct apply apply = {.progress = note, .data = &told};
	auto_image_view struct image_view view;

	image_view_init(&view, &apply, "a");
	image_view_step(&view, &(struct image_step){.kind = IMAGE_STEP_MOVING,
						    .blob = "aa",
						    .done = 30000,
						    .total = 100000,
						    .resumed = 30000});
	strbuf_add(&told, "--\n");
	image_view_step(&view, &pending_b);
	step(&view, IMAGE_STEP_UNPACKING, "bb", 7, 0);
	CHECK_TEXT(told.text, "  aa Downloading 30000/100000 goes on from 30kB\n"
			      "Image a Pulling 30000/100000\n--\n"
			      "  bb Waiting 0/0\nImage a Pulling 30000/100050\n"
			      "  bb Extracting 0/0\nImage a Pulling 30000/100000\n");
}

TEST(quiet_ones_say_nothing_of_layers_and_silent_ones_nothing)
{
	auto_strbuf struct strbuf told = {0};
	const struct apply apply = {.progress = note, .data = &told};
	auto_image_view struct image_view view;

	image_view_init(&view, &apply, "a");
	view.is_push = view.is_quiet = true;
	image_view_begin(&view);
	step(&view, IMAGE_STEP_MOVING, "aa", 0, 9);
	step(&view, IMAGE_STEP_DONE, "aa", 9, 9);
	image_view_end(&view, APPLY_DONE, "Pushed", NULL);
	CHECK_TEXT(told.text, "Image a Pushing 0/0\nImage a Pushed 9/9\n");
	strbuf_clear(&told);
	view.is_silent = true;
	image_view_end(&view, APPLY_FAILED, "Error", "gone");
	CHECK_TEXT(strbuf_text(&told), "");
}
