/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/stage_source.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/build_private.h"
#include "builder/cache_exchange.h"
#include "builder/key.h"
#include "storage/build_cache/build_cache.h"
#include "storage/overlay.h"
#include "storage/store_lock.h"

bool stage_source_is_context(const struct stage *stage)
{
	return !stage || (stage->base_kind == BASE_CONTEXT && stage->step_count == 0);
}

static const struct context *context_of(const struct build *build, const struct stage *stage)
{
	if (!stage_source_is_context(stage))
		return NULL;
	return stage ? stage->context : &build->context;
}

int stage_source_open(const struct build *build, const struct stage *stage, struct source *source,
		      int *fd, struct error *err)
{
	const struct context *context = context_of(build, stage);
	const struct layer_stack *layers;
	struct overlay_request overlay = {.container_fd = -1};

	*fd = -1;
	if (context) {
		*source = context->source;
		return 0;
	}
	layers = plan_result(stage);
	overlay.chain_ids = layers->chain_ids;
	overlay.layer_count = layers->count;
	*fd = overlay_mount(&build->engine->layout, &overlay, err);
	*source = (struct source){.name = stage->label, .fd = *fd};
	return *fd < 0 ? error_wrap(err, "cannot read the files of %s", stage->label) : 0;
}

static void selection_key(const struct layer_stack *layers, const struct stage_selection *selection,
			  char hex[DIGEST_HEX_SIZE])
{
	auto_key struct key key = {0};

	key_add(&key, "digest of", layers->count > 0 ? layers->chain_ids[layers->count - 1] : NULL);
	key_add_strings(&key, "path", selection->select.patterns);
	key_add_strings(&key, "exclude", selection->excludes);
	key_add_number(&key, "parents", selection->select.keeps_parents);
	key_add_number(&key, "archive", selection->select.is_archive);
	key_finish(&key, hex);
}

/* A digest is no layer: it outlives nothing and keeps nothing. */
static int keep_digest(const struct build *build, const char *key, const char *hex,
		       const struct layer_stack *layers, struct error *err)
{
	struct build_record record = {
		.key = key,
		.chain_ids = layers->chain_ids,
		.diff_ids = layers->diff_ids,
		.layer_count = layers->count,
		.value = hex,
		.description = "digest of files",
		.kind = "internal",
	};
	auto_close int lock = store_lock_share(&build->engine->layout, err);

	return lock < 0 ? -1 : build_cache_put(&build->engine->layout, &record, err);
}

static int look(const struct build *build, const struct stage *stage,
		const struct stage_selection *selection, char hex[DIGEST_HEX_SIZE],
		struct error *err)
{
	auto_close int fd = -1;
	struct source source;

	if (stage_source_open(build, stage, &source, &fd, err) < 0)
		return -1;
	return source_digest(&source, &selection->select, hex, err);
}

int stage_source_digest(const struct build *build, const struct stage *stage,
			const struct stage_selection *selection, bool may_look,
			char hex[DIGEST_HEX_SIZE], struct error *err)
{
	const struct context *context = context_of(build, stage);
	struct build_record record;
	char key[DIGEST_HEX_SIZE];
	int found;

	if (context)
		return source_digest(&context->source, &selection->select, hex, err) < 0 ? -1 : 1;
	selection_key(plan_result(stage), selection, key);
	found = cache_exchange_find(build, key, &record, may_look, err);
	if (found < 0)
		return -1;
	if (found && record.value && strlen(record.value) == DIGEST_HEX_SIZE - 1) {
		memcpy(hex, record.value, DIGEST_HEX_SIZE);
		return 1;
	}
	if (!may_look)
		return 0;
	if (look(build, stage, selection, hex, err) < 0 ||
	    keep_digest(build, key, hex, plan_result(stage), err) < 0)
		return -1;
	return 1;
}

bool stage_source_has_changed(const struct build *build, const struct stage *stage,
			      const struct stage_selection *selection, const char *hex)
{
	char now[DIGEST_HEX_SIZE];

	return stage_source_is_context(stage) &&
	       (stage_source_digest(build, stage, selection, true, now, NULL) < 0 ||
		strcmp(now, hex) != 0);
}
