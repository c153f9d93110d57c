/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/bundle/compose_project.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "compose/bundle/gather.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <string.h>

struct composing {
	struct gathering gathering;
	const struct compose_request *request;
};

/* ------------------------------------------------------------------ images */

/* Where an image is named, and whether it is built then. */
struct use {
	const struct step *way;
	const char *platform;
	bool is_built;
};

/* Why a name has no digest, and what gives it one. */
static const char *explain(const struct composing *composing, const struct image_wish *wish,
			   bool is_built)
{
	auto_arena struct arena arena = {0};
	struct image image;

	if (!composing->request->layout)
		return "only root can look for its digest";
	if (image_find_for(composing->request->layout, wish, &image, &arena, NULL) < 0)
		return is_built ? "it is not here: 'coracle build' and 'coracle push' give it a "
				  "digest"
				: "it is not here: 'coracle pull' finds out its digest";
	return "it was built or loaded here, so no registry knows it: 'coracle push' gives it a "
	       "digest, 'coracle bundle' takes it along";
}

/* @image becomes "NAME:TAG@sha256:…", the digest being the one with which it was pulled or
 * pushed; without one it stays, and is told of. */
static int pin(struct composing *composing, char **image, const struct use *use, struct error *err)
{
	struct gathering *gathering = &composing->gathering;
	const struct layout *layout = composing->request->layout;
	struct image_wish wish = {.reference = *image, .platform = use->platform};
	struct error problem = {0};
	auto_free char *full = NULL;
	char digest[72];
	int64_t checked;
	int found;

	if (!*image || strchr(*image, '@'))
		return 0;
	full = reference_normalize(*image, &problem);
	if (!full) {
		gather_note(gathering, use->way, "%s", problem.text);
		return 0;
	}
	found = layout ? image_last_check(layout, &wish, digest, &checked, err) : 0;
	if (found < 0)
		return -1;
	if (found)
		*image = arena_format(gathering->arena, "%s@%s", full, digest);
	else
		gather_note(gathering, use->way, "'%s' stays a name without a digest: %s", *image,
			    explain(composing, &wish, use->is_built));
	return 0;
}

static int pin_images(struct composing *composing, struct service *service, bool is_built,
		      struct error *err)
{
	const char *name = service->name, *platform = service->platform;
	const struct use own = {WAY(KEY("services"), KEY(name), KEY(is_built ? "build" : "image")),
				platform, is_built};

	if (pin(composing, &service->image, &own, err) < 0)
		return -1;
	for (size_t i = 0; i < service->pre_start.count; i++) {
		const struct use use = {
			WAY(KEY("services"), KEY(name), KEY("pre_start"), ITEM(i), KEY("image")),
			platform, false};

		if (pin(composing, &service->pre_start.items[i].image, &use, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < service->volumes.count; i++) {
		struct service_volume *volume = &service->volumes.items[i];
		const struct use use = {
			WAY(KEY("services"), KEY(name), KEY("volumes"), ITEM(i), KEY("source")),
			NULL, false};

		if (strcmp(volume->type, "image") == 0 &&
		    pin(composing, &volume->source, &use, err) < 0)
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------------ the rest */

static int add_service(struct composing *composing, struct service *service, struct error *err)
{
	struct gathering *gathering = &composing->gathering;
	bool is_built = service->build;

	gather_settle(gathering, service);
	/* It is on. */
	service->profiles = NULL;
	if (service->pull_policy && strcmp(service->pull_policy, "build") == 0)
		service->pull_policy = NULL;
	if (pin_images(composing, service, is_built, err) < 0)
		return error_wrap(err, "services.%s", service->name);
	for (size_t i = 0; composing->request->is_folder && i < service->volumes.count; i++)
		if (strcmp(service->volumes.items[i].type, "bind") == 0 &&
		    gather_bind(gathering, service, i, err) < 0)
			return -1;
	return 0;
}

static int add_config(struct composing *composing, struct project_file *file, struct error *err)
{
	if (file->environment && file->value) {
		file->content = file->value;
		file->environment = file->value = NULL;
	}
	if (!composing->request->is_folder && file->file)
		return 0;
	return gather_content(&composing->gathering, file, "configs", 0644, err);
}

static int add_secret(struct composing *composing, struct project_file *file, struct error *err)
{
	struct gathering *gathering = &composing->gathering;

	if (!composing->request->is_folder || file->external == TRISTATE_TRUE)
		return 0;
	/* The folder keeps others away: the files have to be readable for whoever the container's
	 * process is, where they are bound as they are. */
	if (composing->request->has_secrets)
		return gather_folder(gathering, "secrets", 0700, err) < 0
			       ? -1
			       : gather_content(gathering, file, "secrets", 0444, err);
	if (!file->file)
		return 0;
	file->file = arena_format(gathering->arena, "./secrets/%s", file->key);
	gather_note(gathering, WAY(KEY("secrets"), KEY(file->key)),
		    "it is not written but with --secrets: put it into the folder as secrets/%s",
		    file->key);
	return 0;
}

static int compose_all(struct composing *composing, struct error *err)
{
	struct project *project = composing->request->project;

	for (size_t i = 0; i < project->services.count; i++)
		if (add_service(composing, &project->services.items[i], err) < 0)
			return -1;
	/* What only builds used has no user any more. */
	project_drop_unused(project);
	for (size_t i = 0; i < project->configs.count; i++)
		if (add_config(composing, &project->configs.items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < project->secrets.count; i++)
		if (add_secret(composing, &project->secrets.items[i], err) < 0)
			return -1;
	return 0;
}

int compose_project(struct compose_result *result, const struct compose_request *request,
		    struct arena *arena, struct error *err)
{
	struct composing composing = {.gathering = {.project = request->project, .arena = arena},
				      .request = request};
	struct gathering *gathering = &composing.gathering;
	auto_strbuf struct strbuf text = {0};
	/* It comes first, and is known last. */
	int status = gather_text(gathering, BUNDLE_COMPOSE, "", 0644, err);

	if (status == 0)
		status = compose_all(&composing, err);
	if (status == 0) {
		project_print(&text, request->project, PROJECT_YAML);
		gathering->files[0].text = arena_string(arena, strbuf_text(&text));
		gathering->files[0].size = (int64_t)text.length;
	}
	*result = (struct compose_result){.files = gathering->files,
					  .count = gathering->count,
					  .notes = gathering->notes,
					  .note_count = gathering->note_count};
	gather_release(gathering);
	return status;
}
