/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/bases.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/build_private.h"
#include "builder/pull.h"
#include "builder/watch.h"
#include "engine/platform.h"
#include "storage/image/image.h"
#include "storage/image/manifest.h"
#include "storage/reference.h"

/* --- images ----------------------------------------------------------------------------------- */

static int take_diff_ids(struct build *build, struct stage *stage, const struct image *image,
			 struct error *err)
{
	json *ids = json_path(stage->document, "rootfs", "diff_ids", NULL);

	if (json_length(ids) != image->layer_count)
		return error_set(err, ERROR_INVALID, "image %s has %zu layers, but names %zu",
				 stage->base_name, image->layer_count, json_length(ids));
	stage->bottom.diff_ids = arena_array(build->arena, image->layer_count + 1, sizeof(char *));
	for (size_t i = 0; i < image->layer_count; i++)
		stage->bottom.diff_ids[i] = arena_string(build->arena, json_string_at(ids, i));
	stage->bottom.chain_ids = image->chain_ids;
	stage->bottom.count = image->layer_count;
	return build_hold_add(build->hold, image->chain_ids, image->layer_count, err);
}

/* What said how that image was made by Docker's first builder means nothing for the next one. */
static void forget(json *document)
{
	static const char *const members[] = {"created",	"container", "container_config",
					      "docker_version", "id",	     "parent"};

	for (size_t i = 0; i < array_length(members); i++)
		json_object_object_del(document, members[i]);
	if (!json_is_object(json_get(document, "config")))
		json_set(document, "config", json_new_object());
}

static int use_image(struct build *build, struct stage *stage, const struct image *image,
		     struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	int held;

	if (image_read_config(&build->engine->layout, image, &text, err) < 0)
		return -1;
	stage->document = json_parse(text.text, text.length, stage->base_name, err);
	if (!stage->document)
		return -1;
	held = take_diff_ids(build, stage, image, err);
	if (held == 0)
		return error_set(err, ERROR_NOT_FOUND, "image %s was removed meanwhile",
				 stage->base_name);
	forget(stage->document);
	return held < 0 ? -1 : 0;
}

static int find_image(struct build *build, const struct stage *stage, struct image *image,
		      struct error *err)
{
	struct image_wish wish = {.reference = stage->base_name, .platform = stage->platform};

	if (image_find_for(&build->engine->layout, &wish, image, build->arena, err) < 0)
		return -1;
	return platform_check(stage->platform, image, err);
}

/* No registry knows of it: an image that was built just now and is another one's base. */
static bool is_id(const char *reference)
{
	return strncmp(reference, "sha256:", 7) == 0;
}

static int provide_image(struct build *build, struct stage *stage, struct image *image,
			 struct error *err)
{
	struct error problem = {0};
	bool asks = build->request->pulls && !is_id(stage->base_name);

	if (!asks && find_image(build, stage, image, &problem) == 0)
		return 0;
	if (problem.code && problem.code != ERROR_NOT_FOUND)
		return error_pass(err, &problem);
	if (pull_base(build, stage, err) < 0)
		return -1;
	return find_image(build, stage, image, err);
}

static int load_layout(struct build *build, struct stage *stage, struct error *err)
{
	static const char scheme[] = "oci-layout://";
	struct image_load load = {.fd = -1};
	char **loaded;

	if (!stage->context_value || strncmp(stage->context_value, scheme, strlen(scheme)) != 0)
		return 0;
	load.path = stage->context_value + strlen(scheme);
	if (image_load(&build->engine->layout, &load, &loaded, build->arena, err) < 0)
		return -1;
	if (!loaded[0] || loaded[1])
		return error_set(err, ERROR_INVALID, "'%s' has not exactly one image", load.path);
	stage->base_name = loaded[0];
	return 0;
}

/* What COPY takes from may have been meant to be a stage. */
static int explain_image(const struct stage *stage, struct error *err)
{
	if (!stage->from && !strpbrk(stage->base_name, "/:@"))
		error_append(err, "; nor is a stage called so, as by 'FROM IMAGE AS %s'",
			     stage->base_name);
	return error_wrap(err, "%s", stage->base_name);
}

static int resolve_image(struct build *build, struct stage *stage, struct error *err)
{
	auto_free char *full = NULL;
	struct image image;

	if (load_layout(build, stage, err) < 0)
		return -1;
	full = reference_normalize(stage->base_name, err);
	if (!full)
		return error_wrap(err, "failed to parse stage name \"%s\"", stage->base_name);
	if (provide_image(build, stage, &image, err) < 0)
		return explain_image(stage, err);
	if (use_image(build, stage, &image, err) < 0)
		return -1;
	stage->base_name = arena_string(build->arena, full);
	return 0;
}

/* --- the other kinds -------------------------------------------------------------------------- */

static json *make_document(const char *platform, struct arena *arena)
{
	json *document = json_new_object(), *config = json_new_object();
	json *rootfs = json_new_object();
	struct platform parts;

	manifest_name_platform(&parts, platform, arena);
	json_set_string(document, "architecture", parts.architecture);
	json_set_string(document, "os", parts.os);
	if (*parts.variant && strcmp(parts.architecture, "amd64") != 0)
		json_set_string(document, "variant", parts.variant);
	json_set_string(config, "WorkingDir", "/");
	json_set(document, "config", config);
	json_set_string(rootfs, "type", "layers");
	json_set(rootfs, "diff_ids", json_new_array());
	json_set(document, "rootfs", rootfs);
	return document;
}

static int open_context(struct build *build, struct stage *stage, struct error *err)
{
	struct context_request request = {
		.location = stage->context_value,
		.stdin_fd = -1,
		.transport = build->transport,
		.ssh_auth_socket = build->ssh_auth_socket,
	};

	stage->context = arena_alloc(build->arena, sizeof(*stage->context));
	stage->context->fd = -1;
	if (context_open_named(stage->context, &build->engine->layout, &request, &build->staging,
			       build->arena, err) < 0) {
		stage->context = NULL;
		return -1;
	}
	watch_source(build, &stage->context->source);
	return 0;
}

static int resolve(struct build *build, struct stage *stage, struct error *err)
{
	stage->is_resolved = true;
	if (stage->base_kind == BASE_IMAGE)
		return resolve_image(build, stage, err);
	if (stage->base_kind == BASE_STAGE)
		return 0;
	stage->document = make_document(stage->platform, build->arena);
	return stage->base_kind == BASE_CONTEXT ? open_context(build, stage, err) : 0;
}

/* --- triggers --------------------------------------------------------------------------------- */

static char **triggers_of(const struct build *build, const struct stage *stage)
{
	const struct stage *base = stage->base;
	size_t count = base ? base->line_count : 0;
	json *list = json_path(stage->document, "config", "OnBuild", NULL);
	char **triggers =
		arena_array(build->arena, count + json_length(list) + 1, sizeof(*triggers));
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		if (base->lines[i].instruction.kind == INSTRUCTION_ONBUILD)
			triggers[used++] = base->lines[i].instruction.words[0];
	for (size_t i = 0; i < json_length(list); i++)
		triggers[used++] = arena_string(build->arena, json_string_at(list, i));
	return triggers;
}

static int resolve_with_triggers(struct build *build, struct stage *stage, struct error *err)
{
	char **triggers;

	if (resolve(build, stage, err) < 0)
		return dockerfile_complain(&build->dockerfile, stage->line, stage->end_line, err);
	triggers = stage->from ? triggers_of(build, stage) : NULL;
	if (stage->document)
		json_object_object_del(json_get(stage->document, "config"), "OnBuild");
	return triggers && *triggers ? plan_add_triggers(build, stage, triggers, err) : 0;
}

static struct stage *next_unresolved(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->stages[i]->is_needed && !plan->stages[i]->is_resolved)
			return plan->stages[i];
	return NULL;
}

int bases_resolve(struct build *build, struct error *err)
{
	struct stage *stage;

	while ((stage = next_unresolved(&build->plan)))
		if (resolve_with_triggers(build, stage, err) < 0 || plan_need(build, err) < 0)
			return -1;
	return 0;
}

void bases_release(struct build *build)
{
	for (size_t i = 0; i < build->plan.count; i++) {
		struct stage *stage = build->plan.stages[i];

		if (stage->document)
			json_object_put(stage->document);
		if (stage->context)
			context_close(stage->context);
	}
}
