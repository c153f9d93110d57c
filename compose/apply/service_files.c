/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/service_files.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "compose/model/place.h"
#include "storage/secret/secret_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LARGEST_FILE ((size_t)1 << 20)

/* Secrets and configs differ in little more than their names. */
struct kind {
	const char *name, *plural, *directory;
	enum container_file_kind kind;
	enum secret_kind store;
	const struct project_file_list *list;
	const struct service_file *uses;
	size_t count;
};

struct loader {
	const struct service_instance *instance;
	const struct kind *kind;
	struct arena *arena;
};

/* "FILE:LINE:COLUMN: secrets.password: " of the attribute that says where the content is. */
static const char *place_of(const struct loader *loader, const struct project_file *source)
{
	const char *attribute = source->external == TRISTATE_TRUE ? "external"
				: source->file			  ? "file"
								  : "environment";
	struct location where =
		place_find(loader->instance->project->tree,
			   WAY(KEY(loader->kind->plural), KEY(source->key), KEY(attribute)));
	const char *way = arena_format(loader->arena, "%s.%s", loader->kind->plural, source->key);

	if (!where.file || !where.line)
		return way;
	return arena_format(loader->arena, "%s:%u:%u: %s", where.file, where.line, where.column,
			    way);
}

static int read_stored(struct container_file *file, const struct loader *loader,
		       const struct project_file *source, struct error *err)
{
	const char *kind = loader->kind->name;
	const char *name = source->name ? source->name : source->key;
	struct secret_object object;

	if (secret_store_read(&loader->instance->engine->layout, loader->kind->store, name, &object,
			      loader->arena, err) < 0) {
		if (err && err->code == ERROR_NOT_FOUND)
			error_set(err, ERROR_NOT_FOUND,
				  "external %s \"%s\" not found: make it with 'coracle %s create "
				  "%s FILE'",
				  kind, name, kind, name);
		return -1;
	}
	file->content = object.bytes;
	file->length = object.size;
	file->external = name;
	return 0;
}

static int read_file(struct container_file *file, const struct loader *loader, const char *path,
		     struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	if (file_read(AT_FDCWD, path, LARGEST_FILE, &text, err) < 0) {
		if (err && err->code == ENOENT)
			err->code = ERROR_NOT_FOUND;
		return -1;
	}
	file->length = text.length;
	file->content = arena_string_n(loader->arena, strbuf_text(&text), text.length);
	if (text.text)
		explicit_bzero(text.text, text.length);
	return 0;
}

static int read_content(struct container_file *file, const struct loader *loader,
			const struct project_file *source, struct error *err)
{
	if (source->external == TRISTATE_TRUE)
		return read_stored(file, loader, source, err);
	if (source->content || source->value) {
		file->content = source->content ? source->content : source->value;
		file->length = strlen(file->content);
		return 0;
	}
	if (source->file)
		return read_file(file, loader, source->file, err);
	return error_set(err, ERROR_NOT_FOUND, "the environment variable '%s' is not set",
			 source->environment ? source->environment : "");
}

static const char *target_of(const struct service_file *use, const char *directory,
			     struct arena *arena)
{
	if (use->target && use->target[0] == '/')
		return use->target;
	return arena_format(arena, "%s/%s", directory, use->target ? use->target : use->source);
}

static int load_one(struct container_file *file, const struct loader *loader,
		    const struct service_file *use, struct error *err)
{
	const struct service_instance *instance = loader->instance;
	const struct project_file *source = project_find_file(loader->kind->list, use->source);
	char digest[65];

	if (!source)
		return error_set(err, ERROR_INVALID, "service \"%s\" refers to undefined %s %s",
				 instance->service->name, loader->kind->name, use->source);
	*file = (struct container_file){
		.kind = loader->kind->kind,
		.source = use->source,
		.target = target_of(use, loader->kind->directory, loader->arena),
		.uid = use->uid,
		.gid = use->gid,
		.mode = (int)model_number(use->mode, -1),
	};
	if (read_content(file, loader, source, err) < 0)
		return error_wrap(err, "%s (of service \"%s\")", place_of(loader, source),
				  instance->service->name);
	if (secret_store_digest(&instance->engine->layout, file->content, file->length, digest,
				err) < 0)
		return -1;
	file->digest = arena_string(loader->arena, digest);
	return 0;
}

static const char *hash_of(const struct service_file_set *set, struct arena *arena)
{
	struct digest hash;
	char hex[65];

	if (!set->count)
		return "";
	digest_init(&hash);
	for (size_t i = 0; i < set->count; i++) {
		digest_add(&hash, set->items[i].target, strlen(set->items[i].target) + 1);
		digest_add(&hash, set->items[i].digest, strlen(set->items[i].digest) + 1);
	}
	digest_finish(&hash, hex);
	return arena_string(arena, hex);
}

int service_files_load(struct service_file_set *set, const struct service_instance *instance,
		       struct arena *arena, struct error *err)
{
	const struct service *service = instance->service;
	const struct kind kinds[] = {
		{"secret", "secrets", "/run/secrets", CONTAINER_SECRET, SECRET_STORE_SECRET,
		 &instance->project->secrets, service->secrets.items, service->secrets.count},
		{"config", "configs", "", CONTAINER_CONFIG, SECRET_STORE_CONFIG,
		 &instance->project->configs, service->configs.items, service->configs.count},
	};

	*set = (struct service_file_set){
		.items = arena_array(arena, service->secrets.count + service->configs.count + 1,
				     sizeof(*set->items))};
	for (size_t i = 0; i < 2; i++) {
		const struct loader loader = {instance, &kinds[i], arena};

		for (size_t j = 0; j < kinds[i].count; j++)
			if (load_one(&set->items[set->count++], &loader, &kinds[i].uses[j], err) <
			    0)
				return -1;
	}
	set->hash = hash_of(set, arena);
	return 0;
}

static bool has_changed(const struct container_file *file, const struct container *container)
{
	for (size_t i = 0; i < container->config.file_count; i++) {
		const struct container_file *old = &container->config.files[i];

		if (old->kind == file->kind && old->digest && file->digest &&
		    strcmp(old->target, file->target) == 0)
			return strcmp(old->digest, file->digest) != 0;
	}
	return false;
}

const char *service_files_changed(const struct service_file_set *set,
				  const struct container *container, struct arena *arena)
{
	auto_strbuf struct strbuf names = {0};

	for (size_t i = 0; set && i < set->count; i++)
		if (has_changed(&set->items[i], container))
			strbuf_printf(&names, "%s%s '%s'", names.length ? ", " : "",
				      container_file_kinds[set->items[i].kind],
				      set->items[i].source);
	return names.length ? arena_string(arena, names.text) : NULL;
}
