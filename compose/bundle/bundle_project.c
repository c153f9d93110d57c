/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/bundle/bundle_project.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "compose/bundle/gather.h"

#include <string.h>

struct bundling {
	struct gathering gathering;
	struct strvec images;
};

static void add_image(struct bundling *bundling, const char *name)
{
	if (name && !strvec_contains(&bundling->images, name))
		strvec_add(&bundling->images, name);
}

static int add_service(struct bundling *bundling, struct service *service, struct error *err)
{
	static char never[] = "never";
	struct gathering *gathering = &bundling->gathering;

	gather_settle(gathering, service);
	if (service->provider)
		gather_note(gathering, WAY(KEY("services"), KEY(service->name), KEY("provider")),
			    "'%s' has to be on the machine", service->provider->type);
	else
		service->pull_policy = never;
	add_image(bundling, service->image);
	for (size_t i = 0; i < service->pre_start.count; i++)
		add_image(bundling, service->pre_start.items[i].image);
	for (size_t i = 0; i < service->volumes.count; i++) {
		const struct service_volume *use = &service->volumes.items[i];

		if (strcmp(use->type, "image") == 0)
			add_image(bundling, use->source);
		else if (strcmp(use->type, "bind") == 0 &&
			 gather_bind(gathering, service, i, err) < 0)
			return -1;
	}
	return 0;
}

static void leave_out(struct gathering *gathering, struct project_file *file)
{
	if (!file->name)
		file->name = arena_string(gathering->arena, file->key);
	if (file->external != TRISTATE_TRUE)
		gather_note(gathering, WAY(KEY("secrets"), KEY(file->key)),
			    "it is left out: 'coracle secret create %s FILE' on the machine, or "
			    "--secrets",
			    file->name);
	file->external = TRISTATE_TRUE;
	file->file = file->environment = file->value = file->content = NULL;
}

static int gather(struct bundling *bundling, bool has_secrets, struct error *err)
{
	struct gathering *gathering = &bundling->gathering;
	struct project *project = gathering->project;

	for (size_t i = 0; i < project->services.count; i++)
		if (add_service(bundling, &project->services.items[i], err) < 0)
			return -1;
	/* What only builds used has no user any more. */
	project_drop_unused(project);
	for (size_t i = 0; i < project->configs.count; i++)
		if (gather_content(gathering, &project->configs.items[i], "configs", 0644, err) < 0)
			return -1;
	for (size_t i = 0; i < project->secrets.count; i++) {
		if (!has_secrets)
			leave_out(gathering, &project->secrets.items[i]);
		else if (gather_content(gathering, &project->secrets.items[i], "secrets", 0600,
					err) < 0)
			return -1;
	}
	return 0;
}

int bundle_project(struct bundle_write *write, struct project *project, bool has_secrets,
		   struct arena *arena, struct error *err)
{
	struct bundling bundling = {.gathering = {.project = project, .arena = arena}};
	struct gathering *gathering = &bundling.gathering;
	auto_strbuf struct strbuf text = {0};
	/* It comes first, and is known last. */
	int result = gather_text(gathering, BUNDLE_COMPOSE, "", 0644, err);

	if (result == 0)
		result = gather(&bundling, has_secrets, err);
	project_print(&text, project, PROJECT_YAML);
	if (result == 0 && bundling.images.count == 0)
		result = error_set(err, ERROR_INVALID, "the project has no service with an image");
	if (result == 0) {
		gathering->files[0].text = arena_string(arena, strbuf_text(&text));
		*write = (struct bundle_write){
			.project = project->name,
			.images = strvec_copy(&bundling.images, arena),
			.files = gathering->files,
			.count = gathering->count,
		};
		export_say_notes(gathering->notes, gathering->note_count);
	}
	gather_release(gathering);
	strvec_release(&bundling.images);
	return result;
}
