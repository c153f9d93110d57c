/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/service_files.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LARGEST_FILE ((size_t)1 << 20)

struct content {
	const char *bytes;
	size_t length;
};

static int read_content(struct content *content, const struct project_file *file, const char *kind,
			struct arena *arena, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	if (file->external == TRISTATE_TRUE)
		return error_set(err, ERROR_UNSUPPORTED,
				 "%s '%s' is external: there is no store of %ss yet, so give it a "
				 "'file' or 'environment'",
				 kind, file->key, kind);
	if (file->content || file->value) {
		content->bytes = file->content ? file->content : file->value;
		content->length = strlen(content->bytes);
		return 0;
	}
	if (!file->file)
		return error_set(err, ERROR_NOT_FOUND,
				 "%s '%s': the environment variable '%s' is not set", kind,
				 file->key, file->environment ? file->environment : "");
	if (file_read(AT_FDCWD, file->file, LARGEST_FILE, &text, err) < 0) {
		if (err && err->code == ENOENT)
			err->code = ERROR_NOT_FOUND;
		return error_wrap(err, "%s '%s'", kind, file->key);
	}
	content->length = text.length;
	content->bytes = arena_string_n(arena, strbuf_text(&text), text.length);
	return 0;
}

static const char *target_of(const struct service_file *use, const char *directory,
			     struct arena *arena)
{
	if (use->target && use->target[0] == '/')
		return use->target;
	return arena_format(arena, "%s/%s", directory, use->target ? use->target : use->source);
}

struct kind {
	const char *name, *directory;
	enum container_file_kind kind;
	const struct project_file_list *list;
	const struct service_file *uses;
	size_t count;
};

static int visit(const struct kind *kind, const struct service_instance *instance,
		 struct arena *arena, void (*each)(const struct container_file *file, void *data),
		 void *data, struct error *err)
{
	for (size_t i = 0; i < kind->count; i++) {
		const struct service_file *use = &kind->uses[i];
		const struct project_file *source = project_find_file(kind->list, use->source);
		struct content content = {0};
		struct container_file file;

		if (!source)
			return error_set(err, ERROR_INVALID,
					 "service \"%s\" refers to undefined %s %s",
					 instance->service->name, kind->name, use->source);
		if (read_content(&content, source, kind->name, arena, err) < 0)
			return error_wrap(err, "service \"%s\"", instance->service->name);
		file = (struct container_file){
			.kind = kind->kind,
			.source = use->source,
			.target = target_of(use, kind->directory, arena),
			.content = content.bytes,
			.length = content.length,
			.uid = use->uid,
			.gid = use->gid,
			.mode = (int)model_number(use->mode, -1),
		};
		each(&file, data);
	}
	return 0;
}

static int visit_all(const struct service_instance *instance, struct arena *arena,
		     void (*each)(const struct container_file *file, void *data), void *data,
		     struct error *err)
{
	const struct service *service = instance->service;
	const struct kind kinds[] = {
		{"secret", "/run/secrets", CONTAINER_SECRET, &instance->project->secrets,
		 service->secrets.items, service->secrets.count},
		{"config", "", CONTAINER_CONFIG, &instance->project->configs,
		 service->configs.items, service->configs.count},
	};

	for (size_t i = 0; i < 2; i++)
		if (visit(&kinds[i], instance, arena, each, data, err) < 0)
			return -1;
	return 0;
}

static void add_to_hash(const struct container_file *file, void *data)
{
	struct digest *hash = data;

	digest_add(hash, file->target, strlen(file->target) + 1);
	digest_add(hash, &file->length, sizeof(file->length));
	digest_add(hash, file->content, file->length);
}

int service_files_hash(char hex[65], const struct project *project, const struct service *service,
		       struct arena *arena, struct error *err)
{
	struct service_instance instance = {.project = project, .service = service};
	struct digest hash;

	hex[0] = '\0';
	if (!service->secrets.count && !service->configs.count)
		return 0;
	digest_init(&hash);
	if (visit_all(&instance, arena, add_to_hash, &hash, err) < 0)
		return -1;
	digest_finish(&hash, hex);
	return 0;
}

struct collector {
	struct container_config *config;
	struct arena *arena;
};

static void collect(const struct container_file *file, void *data)
{
	struct collector *collector = data;
	struct container_config *config = collector->config;

	config->files = arena_grow(collector->arena, config->files, config->file_count,
				   sizeof(*config->files));
	config->files[config->file_count++] = *file;
}

int service_files_set(struct container_config *config, const struct service_instance *instance,
		      struct arena *arena, struct error *err)
{
	struct collector collector = {config, arena};

	return visit_all(instance, arena, collect, &collector, err);
}
