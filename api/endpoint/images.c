/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of the store: what they are, and their names.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/body.h"
#include "api/prune.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "describe/pruning.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/image/usage.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define VIRTUAL_SIZE_UNTIL 44
#define NO_NAMES_SINCE	   43

/* --- list ------------------------------------------------------------------------------------- */

/* The names of it that fit; NULL when it does not. */
static char **fitting_names(struct request *request, const struct image *image,
			    const struct strvec *filters, char ***origins)
{
	struct image_filters_subject subject = {.image = image, .layout = &request->engine->layout};
	char **names;
	size_t count = 0, all = 0;

	while (image->names && image->names[all])
		all++;
	names = arena_array(&request->arena, all + 1, sizeof(*names));
	*origins = arena_array(&request->arena, all + 1, sizeof(**origins));
	if (all == 0)
		return filters_fit(image_filters, filters, &subject) ? names : NULL;
	for (size_t i = 0; i < all; i++) {
		subject.name = image->names[i];
		if (!filters_fit(image_filters, filters, &subject))
			continue;
		(*origins)[count] = image->origins[i];
		names[count++] = image->names[i];
	}
	return count ? names : NULL;
}

static void add_for_old_clients(const struct request *request, json *item)
{
	json *none;

	if (request->version < VIRTUAL_SIZE_UNTIL)
		json_set_int(item, "VirtualSize", json_int(item, "Size", 0));
	if (request->version >= NO_NAMES_SINCE || json_length(json_get(item, "RepoTags")) > 0 ||
	    json_length(json_get(item, "RepoDigests")) > 0)
		return;
	none = json_new_array();
	json_add_string(none, "<none>:<none>");
	json_set(item, "RepoTags", none);
	none = json_new_array();
	json_add_string(none, "<none>@<none>");
	json_set(item, "RepoDigests", none);
}

static void add_item(struct request *request, json *items, const struct usage_image *usage,
		     const struct strvec *filters)
{
	struct image shown = usage->image;
	json *item;

	shown.names = fitting_names(request, &usage->image, filters, &shown.origins);
	if (!shown.names)
		return;
	item = describe_image_item(&shown);
	if (request_flag(request, "shared-size"))
		json_set_int(item, "SharedSize", usage->shared);
	add_for_old_clients(request, item);
	json_add(items, item);
}

/* What they share is counted for those who ask. */
static int read_images(struct request *request, struct usage_images *usage, struct error *err)
{
	const struct layout *layout = &request->engine->layout;
	struct image *images;

	if (request_flag(request, "shared-size"))
		return usage_images(layout, usage, &request->arena, err);
	if (image_list(layout, &images, &usage->count, &request->arena, err) < 0)
		return -1;
	usage->items = arena_array(&request->arena, usage->count + 1, sizeof(*usage->items));
	for (size_t i = 0; i < usage->count; i++)
		usage->items[i].image = images[i];
	return 0;
}

int endpoint_image_list(struct request *request, struct error *err)
{
	auto_strvec struct strvec filters = {0};
	struct usage_images usage = {0};
	json *items;

	if (request_filters(request, image_filters, &filters, err) < 0 ||
	    image_filters_check(&request->engine->layout, &filters, err) < 0 ||
	    read_images(request, &usage, err) < 0)
		return -1;
	if (usage.count > 1) /* by their first member, the image */
		qsort(usage.items, usage.count, sizeof(*usage.items), describe_compare_ages);
	items = json_new_array();
	for (size_t i = 0; i < usage.count; i++)
		add_item(request, items, &usage.items[i], &filters);
	answer_json(request, 200, items);
	return 0;
}

/* --- one -------------------------------------------------------------------------------------- */

/* @platform is JSON: {"os", "architecture", "variant"}. */
static const char *read_platform(struct request *request)
{
	const char *text = request_query(request, "platform", NULL);
	auto_json json *platform = text ? json_parse(text, strlen(text), "platform", NULL) : NULL;
	const char *variant = body_text(platform, "variant");

	if (!json_is_object(platform))
		return text;
	return arena_format(&request->arena, "%s/%s%s%s", json_string(platform, "os", "linux"),
			    json_string(platform, "architecture", ""), variant ? "/" : "",
			    variant ? variant : "");
}

static int find(struct request *request, struct image *image, struct error *err)
{
	const struct image_wish wish = {request->name, read_platform(request)};

	if (image_find_for(&request->engine->layout, &wish, image, &request->arena, err) < 0)
		return -1;
	if (!wish.platform || image_is_for(image, wish.platform))
		return 0;
	return error_set(err, ERROR_NOT_FOUND,
			 "image with reference %s was found but does not match the specified "
			 "platform: wanted %s, actual: %s/%s",
			 request->name, wish.platform, image->os ? image->os : "",
			 image->architecture ? image->architecture : "");
}

int endpoint_image_inspect(struct request *request, struct error *err)
{
	struct image image;
	json *document;

	if (find(request, &image, err) < 0)
		return -1;
	document = describe_image(request->engine, &image, err);
	if (!document)
		return -1;
	if (request->version < VIRTUAL_SIZE_UNTIL)
		json_set_int(document, "VirtualSize", image.size);
	/* docker-compose 1.29 asks with the newest version that there is, and finds here which
	 * volumes a container's successor takes over. */
	json_set_string(document, "Container", "");
	json_set(document, "ContainerConfig", json_object_get(json_get(document, "Config")));
	answer_json(request, 200, document);
	return 0;
}

int endpoint_image_history(struct request *request, struct error *err)
{
	const struct describe_history_style style = {.is_item = true};
	struct image image;
	json *items;

	if (find(request, &image, err) < 0)
		return -1;
	items = describe_image_history(request->engine, &image, style, err);
	if (!items)
		return -1;
	if (json_length(items) > 0) {
		auto_json json *shown = describe_image_item(&image);
		json *tags = json_get(shown, "RepoTags");

		if (json_length(tags) > 0)
			json_set(json_at(items, 0), "Tags", json_object_get(tags));
	}
	answer_json(request, 200, items);
	return 0;
}

/* --- names ------------------------------------------------------------------------------------ */

int endpoint_image_tag(struct request *request, struct error *err)
{
	const char *repository = request_query(request, "repo", NULL);
	const char *tag = request_query(request, "tag", NULL);

	if (!repository)
		return error_set(err, ERROR_INVALID, "invalid reference format: repo is missing");
	if (tag)
		repository = arena_format(&request->arena, "%s:%s", repository, tag);
	if (image_tag(&request->engine->layout, request->name, repository, err) < 0)
		return -1;
	answer_empty(request, 201);
	return 0;
}

/* "Untagged: NAME" as {"Untagged": NAME}; what prune removes is told of in small letters. */
static void add_removed(json *items, const char *line)
{
	const char *colon = strstr(line, ": ");
	char name[16];
	json *item;

	if (!colon)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(colon - line), line);
	*name = (char)toupper((unsigned char)*name);
	item = json_new_object();
	json_set_string(item, name, colon + 2);
	json_add(items, item);
}

int endpoint_image_delete(struct request *request, struct error *err)
{
	auto_strbuf struct strbuf report = {0};
	char *rest, *line;
	json *items;

	if (image_remove(&request->engine->layout, request->name, request_flag(request, "force"),
			 NULL, &report, err) < 0)
		return -1;
	items = json_new_array();
	rest = report.text;
	while ((line = strsep(&rest, "\n")))
		add_removed(items, line);
	answer_json(request, 200, items);
	return 0;
}

int endpoint_image_prune(struct request *request, struct error *err)
{
	auto_strvec struct strvec filters = {0};
	auto_pruning struct pruning pruning = {.engine = request->engine, .filters = &filters};
	json *answer, *items = NULL;

	if (request_filters(request, prune_filters_of_images, &filters, err) < 0)
		return -1;
	pruning.all = !prune_take_flag(&filters, "dangling", true);
	if (pruning_images(&pruning, err) < 0)
		return -1;
	if (pruning.removed.count)
		items = json_new_array();
	strvec_each (line, &pruning.removed)
		add_removed(items, *line);
	answer = json_new_object();
	json_set(answer, "ImagesDeleted", items);
	json_set_int(answer, "SpaceReclaimed", pruning.bytes);
	answer_json(request, 200, answer);
	return 0;
}
