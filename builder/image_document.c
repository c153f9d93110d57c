/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/image_document.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "builder/build_private.h"
#include "builder/cache_exchange.h"
#include "builder/key.h"
#include "storage/build_cache/build_cache.h"
#include "storage/store_lock.h"

static void add_labels(const struct build *build, json *document)
{
	json *config = json_get(document, "config");
	json *labels = json_get(config, "Labels");

	if (build->request->label_count == 0)
		return;
	if (!json_is_object(labels)) {
		labels = json_new_object();
		json_set(config, "Labels", labels);
	}
	for (size_t i = 0; i < build->request->label_count; i++) {
		const struct pair *label = &build->request->labels[i];

		json_set_string(labels, label->name, label->value ? label->value : "");
	}
}

/* --- times ------------------------------------------------------------------------------------ */

static const char *format_time(const struct build *build, int64_t seconds)
{
	struct timespec time = {.tv_sec = build->has_epoch ? build->epoch_s : seconds};
	char text[UNITS_TIME_SIZE];

	return arena_string(build->arena, units_format_time(text, &time));
}

/* When the layers above those of an image were made, in order. */
static size_t collect_times(const struct stage *stage, int64_t *times, size_t count)
{
	if (stage->base)
		count = collect_times(stage->base, times, count);
	for (size_t i = 0; i < stage->step_count; i++)
		times[count++] = stage->steps[i]->result.created_s;
	return count;
}

static size_t count_steps(const struct stage *stage)
{
	return stage->step_count + (stage->base ? count_steps(stage->base) : 0);
}

/* What has no layer of its own is as old as the layer before it. */
static void date_history(const struct build *build, const struct stage *stage, int64_t made_s)
{
	json *history = json_get(stage->document, "history");
	int64_t *times = arena_array(build->arena, count_steps(stage) + 1, sizeof(*times));
	size_t count = collect_times(stage, times, 0), next = 0;
	int64_t last_s = made_s;

	for (size_t i = stage->inherited_history; i < json_length(history); i++) {
		json *entry = json_at(history, i);

		if (!json_flag(entry, "empty_layer", false) && next < count)
			last_s = times[next++];
		json_set_string(entry, "created", format_time(build, last_s));
	}
}

/* --- the image's own time --------------------------------------------------------------------- */

static void document_key(const struct stage *stage, char hex[DIGEST_HEX_SIZE])
{
	const struct layer_stack *layers = plan_result(stage);
	auto_strbuf struct strbuf text = {0};
	auto_key struct key key = {0};

	json_print_exact(&text, stage->document);
	key_add(&key, "image", strbuf_text(&text));
	key_add_strings(&key, "layer", layers->diff_ids);
	key_finish(&key, hex);
}

static int remember(const struct build *build, const struct stage *stage, const char *key,
		    int64_t made_s, struct error *err)
{
	const struct layer_stack *layers = plan_result(stage);
	struct build_record record = {
		.key = key,
		.chain_ids = layers->chain_ids,
		.diff_ids = layers->diff_ids,
		.layer_count = layers->count,
		.value = "image",
		.description = "configuration of an image",
		.kind = "internal",
		.created_s = made_s,
	};
	auto_close int lock = store_lock_share(&build->engine->layout, err);

	return lock < 0 ? -1 : build_cache_put(&build->engine->layout, &record, err);
}

/* When this configuration on these layers was made for the first time: 0, it is now. */
static int find_time(const struct build *build, const char *key, int64_t *made_s, struct error *err)
{
	struct build_record record;
	int found = 0;

	*made_s = 0;
	if (!build->request->no_cache)
		found = cache_exchange_find(build, key, &record, true, err);
	if (found > 0)
		*made_s = record.created_s;
	return found < 0 ? -1 : 0;
}

int image_document_finish(struct build *build, struct error *err)
{
	struct stage *stage = build->plan.target;
	char key[DIGEST_HEX_SIZE];
	int64_t made_s = 0;

	add_labels(build, stage->document);
	document_key(stage, key);
	if (!build->has_epoch && find_time(build, key, &made_s, err) < 0)
		return -1;
	if (made_s == 0) {
		made_s = units_now().tv_sec;
		if (!build->has_epoch && remember(build, stage, key, made_s, err) < 0)
			return -1;
	}
	date_history(build, stage, made_s);
	json_set_string(stage->document, "created", format_time(build, made_s));
	return 0;
}
