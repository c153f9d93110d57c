/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/build_targets.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "compose/apply/service_instance.h"

#include <string.h>

/* What bake calls a service: dots mean something there. */
static const char *target_name(const char *service, struct arena *arena)
{
	char *name = arena_string(arena, service);

	for (char *at = name; (at = strchr(at, '.')) != NULL;)
		*at = '_';
	return name;
}

static json *pairs_document(const struct pair *pairs, size_t count)
{
	return count > 0 ? pair_to_json(pairs, count) : NULL;
}

static void set_document(json *object, const char *name, json *value)
{
	if (value)
		json_set(object, name, value);
}

static void set_strings(json *object, const char *name, char *const *items)
{
	if (items && *items)
		json_set(object, name, json_from_strings(items));
}

static json *contexts_document(const struct service_build *build, struct arena *arena)
{
	struct pair *pairs = NULL;
	size_t count = 0;

	pair_set_entries(&pairs, &count, build->additional_contexts, arena);
	for (size_t i = 0; i < count; i++) {
		const char *service = build_request_service(pairs[i].value);

		if (service)
			pairs[i].value =
				arena_format(arena, "target:%s", target_name(service, arena));
	}
	return pairs_document(pairs, count);
}

static json *secrets_document(const struct build_wish *wish)
{
	const struct service_build *build = wish->service->build;
	json *secrets = build->secrets.count ? json_new_array() : NULL;

	for (size_t i = 0; i < build->secrets.count; i++) {
		const struct service_file *use = &build->secrets.items[i];
		const struct project_file *file =
			project_find_file(&wish->apply->project->secrets, use->source);
		const char *id = use->target ? use->target : use->source;
		auto_strbuf struct strbuf text = {0};

		if (file && file->environment)
			strbuf_printf(&text, "id=%s,type=env,env=%s", id, file->environment);
		else if (file && file->file)
			strbuf_printf(&text, "id=%s,type=file,src=%s", id, file->file);
		if (text.length > 0)
			json_add_string(secrets, text.text);
	}
	return secrets;
}

static json *ssh_document(const struct build_wish *wish)
{
	auto_strvec struct strvec keys = {0};

	strvec_add_all(&keys, wish->service->build->ssh);
	if (wish->options && wish->options->ssh)
		strvec_add(&keys, wish->options->ssh);
	return keys.count > 0 ? json_from_strings(keys.items) : NULL;
}

static json *ulimits_document(const struct service_build *build, struct arena *arena)
{
	json *ulimits = build->ulimits.count ? json_new_array() : NULL;

	for (size_t i = 0; i < build->ulimits.count; i++) {
		const struct service_ulimit *limit = &build->ulimits.items[i];

		json_add_string(ulimits, limit->single != MODEL_UNSET
						 ? arena_format(arena, "%s=%jd", limit->name,
								(intmax_t)limit->single)
						 : arena_format(arena, "%s=%jd:%jd", limit->name,
								(intmax_t)limit->soft,
								(intmax_t)limit->hard));
	}
	return ulimits;
}

static json *hosts_document(const struct service_build *build, struct arena *arena)
{
	struct pair *pairs = NULL;
	size_t count = 0;

	pair_set_entries(&pairs, &count, build->extra_hosts, arena);
	return pairs_document(pairs, count);
}

static json *entitlements_document(const struct service_build *build)
{
	auto_strvec struct strvec names = {0};

	strvec_add_all(&names, build->entitlements);
	if (build->privileged == TRISTATE_TRUE && !strvec_contains(&names, "security.insecure"))
		strvec_add(&names, "security.insecure");
	return names.count > 0 ? json_from_strings(names.items) : NULL;
}

static void set_context(json *object, const struct service_build *build, struct arena *arena)
{
	bool is_path = build->dockerfile && build->dockerfile[0] != '/' &&
		       build->context[0] == '/' && !build->dockerfile_inline;

	json_set_string(object, "context", build->context);
	set_document(object, "contexts", contexts_document(build, arena));
	if (!build->dockerfile_inline)
		json_set_string(
			object, "dockerfile",
			is_path ? arena_format(arena, "%s/%s", build->context, build->dockerfile)
				: build->dockerfile);
	json_set_string(object, "dockerfile-inline", build->dockerfile_inline);
}

static void set_switches(json *object, const struct build_wish *wish)
{
	const struct service_build *build = wish->service->build;
	const struct apply_build *options = wish->options;

	if (build->pull == TRISTATE_TRUE || (options && options->pulls))
		json_set_bool(object, "pull", true);
	if (build->no_cache == TRISTATE_TRUE || (options && options->no_cache))
		json_set_bool(object, "no-cache", true);
	json_set_string(object, "network", build->network);
	set_strings(object, "no-cache-filter", build->no_cache_filter);
	if (model_number(build->shm_size, 0) > 0)
		json_set_int(object, "shm-size", build->shm_size);
}

/* In bake's order of members. Without labels and names: what is built, not for whom. */
static json *build_document(const struct build_wish *wish, char *const *platforms,
			    struct arena *arena)
{
	const struct service_build *build = wish->service->build;
	json *object = json_new_object();
	struct pair *args;
	size_t count;

	set_context(object, build, arena);
	args = build_request_args(wish, &count, arena);
	set_document(object, "args", pairs_document(args, count));
	set_strings(object, "cache-from", build->cache_from);
	set_strings(object, "cache-to", build->cache_to);
	json_set_string(object, "target", build->target);
	set_document(object, "secret", secrets_document(wish));
	set_document(object, "ssh", ssh_document(wish));
	set_strings(object, "platforms", platforms);
	set_switches(object, wish);
	set_document(object, "ulimits", ulimits_document(build, arena));
	set_document(object, "entitlements", entitlements_document(build));
	set_document(object, "extra-hosts", hosts_document(build, arena));
	return object;
}

static void add_tags(json *object, const struct build_target *target)
{
	auto_strvec struct strvec tags = {0};

	strvec_add_all(&tags, target->service->build->tags);
	strvec_add(&tags, target->image);
	json_set(object, "tags", json_from_strings(tags.items));
}

json *build_targets_document(const struct build_targets *targets)
{
	json *document = json_new_object(), *group = json_new_object();
	json *names = json_new_array(), *members = json_new_object(), *all = json_new_object();

	for (size_t i = 0; i < targets->count; i++) {
		const struct build_target *target = &targets->items[i];
		const struct build_wish wish = {targets->apply, targets->options, target->service,
						NULL};
		const char *name = target_name(target->service->name, targets->arena);
		bool pushes = targets->options && targets->options->push && target->service->image;
		json *object = build_document(&wish, target->platforms, targets->arena);
		struct pair *labels;
		size_t count;

		labels = build_request_labels(&wish, &count, targets->arena);
		json_set(object, "labels", pair_to_json(labels, count));
		add_tags(object, target);
		json_set(object, "output",
			 json_from_strings((char *[]){
				 (char *)(pushes ? "type=registry" : "type=docker"), NULL}));
		json_set(members, name, object);
		json_add_string(names, name);
	}
	json_set(group, "targets", names);
	json_set(all, "default", group);
	json_set(document, "group", all);
	json_set(document, "target", members);
	return document;
}

static const char *make_key(const struct build_targets *targets, const struct build_target *target)
{
	const struct build_wish wish = {targets->apply, targets->options, target->service, NULL};
	auto_json json *document = build_document(&wish, target->platforms, targets->arena);
	auto_strbuf struct strbuf text = {0};

	add_tags(document, target);
	json_print_exact(&text, document);
	return arena_string(targets->arena, text.text);
}

struct build_target *build_targets_find(const struct build_targets *targets, const char *service)
{
	const struct service *found = project_find_any_service(targets->apply->project, service);
	struct build_target wanted = {.service = found};
	const struct build_wish wish = {targets->apply, targets->options, found, NULL};

	if (!found || !found->build ||
	    build_request_platforms(&wanted.platforms, &wish, targets->one_platform, targets->arena,
				    NULL) < 0)
		return NULL;
	wanted.image = service_image(targets->apply->project, found, targets->arena);
	wanted.key = make_key(targets, &wanted);
	for (size_t i = 0; i < targets->count; i++)
		if (strcmp(targets->items[i].key, wanted.key) == 0)
			return &targets->items[i];
	return NULL;
}

static int add_one(struct build_targets *targets, const struct service *service, struct error *err)
{
	const struct build_wish wish = {targets->apply, targets->options, service, NULL};
	struct build_target target = {
		.service = service,
		.image = service_image(targets->apply->project, service, targets->arena),
	};

	if (build_request_platforms(&target.platforms, &wish, targets->one_platform, targets->arena,
				    err) < 0)
		return -1;
	target.key = make_key(targets, &target);
	targets->items =
		arena_grow(targets->arena, targets->items, targets->count, sizeof(*targets->items));
	targets->items[targets->count++] = target;
	return 0;
}

/* The list grows while it is walked: contexts of contexts. */
int build_targets_add(struct build_targets *targets, const struct service *service,
		      struct error *err)
{
	size_t at = targets->count;

	if (!service->build || build_targets_find(targets, service->name))
		return 0;
	if (add_one(targets, service, err) < 0)
		return -1;
	for (; at < targets->count; at++) {
		char *const *context = targets->items[at].service->build->additional_contexts;

		for (; context && *context; context++) {
			const char *name = build_request_service(strchr(*context, '=') + 1);
			const struct service *other =
				name ? project_find_any_service(targets->apply->project, name)
				     : NULL;

			if (other && other->build && !build_targets_find(targets, name) &&
			    add_one(targets, other, err) < 0)
				return -1;
		}
	}
	return 0;
}
