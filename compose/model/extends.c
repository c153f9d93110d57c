/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/extends.h"

#include "compose/model/canonical.h"
#include "compose/model/load_private.h"
#include "compose/model/merge.h"
#include "compose/model/paths.h"
#include "compose/model/schema.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"

#include <string.h>

/* A file whose services can be extended. */
struct base_file {
	const struct source *source;
	char *directory;	 /* what its paths are relative to; NULL: the project's own file */
	struct node **documents; /* canonical for the own file, raw for others */
	size_t document_count;
	const struct node *earlier;
	struct map found;    /* name -> struct node *: its documents merged */
	struct map services; /* name -> struct node *, as far as resolved; NULL while in work */
};

struct extending {
	const struct scope *scope;
	struct walk walk;
	struct map files;  /* path -> struct base_file * */
	struct map failed; /* services of the own file whose mistake is noted */
	char *own_directory;
};

struct chain { /* who extends whom, for cycles */
	const struct base_file *file;
	const char *service;
	const struct node *at; /* the `extends` that led here; NULL for the first */
	const struct chain *parent;
	unsigned depth;
};

static struct node *resolve(struct extending *extending, struct base_file *file,
			    const struct chain *chain);

static void release(struct extending *extending)
{
	map_each (entry, &extending->files) {
		struct base_file *file = entry->value;

		map_release(&file->found);
		map_release(&file->services);
		free(file->directory);
		free(file);
	}
	map_release(&extending->files);
	map_release(&extending->failed);
	free(extending->own_directory);
	walk_release(&extending->walk);
}

static int fail_cycle(struct extending *extending, const struct chain *chain)
{
	const struct node *at = chain->at;
	auto_strbuf struct strbuf text = {0};

	strbuf_printf(&text, "Circular reference: %s in %s", chain->service,
		      chain->file->source->display);
	for (const struct chain *link = chain->parent; link; link = link->parent) {
		strbuf_printf(&text, ", extended by %s in %s", link->service,
			      link->file->source->display);
		if (link->file == chain->file && strcmp(link->service, chain->service) == 0)
			break;
	}
	return error_set(extending->scope->loader->err, ERROR_INVALID, "%s:%u:%u: %s", at->file,
			 at->line, at->column, strbuf_text(&text));
}

static int check_chain(struct extending *extending, const struct chain *chain)
{
	for (const struct chain *link = chain->parent; link; link = link->parent)
		if (link->file == chain->file && strcmp(link->service, chain->service) == 0)
			return fail_cycle(extending, chain);
	if (chain->depth > LOADER_DEPTH_LIMIT)
		return error_set(extending->scope->loader->err, ERROR_INVALID,
				 "%s:%u:%u: service '%s' in %s extends through more than %d "
				 "services",
				 chain->at->file, chain->at->line, chain->at->column,
				 chain->service, chain->file->source->display, LOADER_DEPTH_LIMIT);
	return 0;
}

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return alloc_string_n(path, slash == path ? 1 : (size_t)(slash - path));
}

static struct base_file *open_file(struct extending *extending, const struct node *name)
{
	struct loader *loader = extending->scope->loader;
	auto_free char *path = path_join(extending->own_directory, name->text);
	struct base_file *file = map_get(&extending->files, path);
	struct source *source;

	if (file)
		return file;
	source = arena_alloc(loader->arena, sizeof(*source));
	if (source_read(loader, path, source) < 0) {
		error_wrap(loader->err, "%s:%u:%u: extends", name->file, name->line, name->column);
		return NULL;
	}
	source_interpolate(extending->scope, source);
	file = alloc_zeroed(1, sizeof(*file));
	file->source = source;
	file->documents = source->documents.items;
	file->document_count = source->documents.count;
	file->directory = directory_of(path);
	map_set(&extending->files, path, file);
	return file;
}

/* A service as its file has it, canonical; its documents merged. NULL: not there. */
static struct node_pair *find_service(struct extending *extending, struct base_file *file,
				      const char *name, struct node **found)
{
	struct node_pair *place = NULL;
	bool is_known = map_has(&file->found, name);

	*found = map_get(&file->found, name);
	for (size_t i = 0; i < file->document_count; i++) {
		struct node_pair *pair = node_find(node_get(file->documents[i], "services"), name);
		size_t length;

		if (!pair)
			continue;
		place = pair;
		if (!file->directory)
			*found = pair->value;
		if (!file->directory || is_known)
			continue;
		length = walk_enter(&extending->walk, name);
		if (node_is_map(pair->value))
			canonical_map(&extending->walk, &schema_service, pair->value);
		if (node_is_map(*found) && node_is_map(pair->value))
			merge_map(&extending->walk, &schema_service, *found, pair->value);
		else
			*found = pair->value;
		walk_leave(&extending->walk, length);
	}
	if (file->directory)
		map_set(&file->found, name, *found);
	if (!place && file->earlier) {
		place = node_find(node_get(file->earlier, "services"), name);
		*found = place ? place->value : NULL;
	}
	return place;
}

static int fail_missing(struct extending *extending, const struct chain *chain,
			const struct base_file *base, const char *name, const struct node *at)
{
	const char *own = chain->file->source->display;
	bool has_services = false;

	for (size_t i = 0; i < base->document_count; i++)
		has_services = has_services || node_get(base->documents[i], "services");
	if (!has_services)
		return error_set(
			extending->scope->loader->err, ERROR_INVALID,
			"%s:%u:%u: cannot extend service \"%s\" in %s: no services section",
			at->file, at->line, at->column, chain->service, own);
	return error_set(
		extending->scope->loader->err, ERROR_INVALID,
		"%s:%u:%u: cannot extend service \"%s\" in %s: service \"%s\" not found%s%s",
		at->file, at->line, at->column, chain->service, own, name,
		base == chain->file ? "" : " in ",
		base == chain->file ? "" : base->source->display);
}

static void check_extends(struct extending *extending, const struct chain *chain,
			  const struct node *extends)
{
	static const char *const members[] = {"service", "file", NULL};
	struct walk *walk = &extending->walk;
	size_t length = walk_enter(walk, chain->service);

	walk_enter(walk, "extends");
	each_pair (pair, extends)
		if (strcmp(pair->key, "service") != 0 && strcmp(pair->key, "file") != 0 &&
		    strncmp(pair->key, "x-", 2) != 0)
			problem_add_unknown(walk, extends, pair, members);
	walk_leave(walk, length);
}

/* Who is extended; fills @base and returns its name, or NULL with the error set. */
static const char *read_extends(struct extending *extending, const struct chain *chain,
				const struct node *extends, struct base_file **base)
{
	const struct node *service = extends, *file = NULL;
	const struct node *at = extends;

	*base = (struct base_file *)chain->file;
	if (node_is_map(extends)) {
		service = node_get(extends, "service");
		file = node_get(extends, "file");
		check_extends(extending, chain, extends);
	}
	if (!node_text(service)) {
		error_set(extending->scope->loader->err, ERROR_INVALID,
			  "%s:%u:%u: extends.%s.service is required", at->file, at->line,
			  at->column, chain->service);
		return NULL;
	}
	if (node_text(file) && discover_is_remote(file->text)) {
		error_set(extending->scope->loader->err, ERROR_UNSUPPORTED,
			  "%s:%u:%u: '%s': remote files are not supported; fetch it first",
			  file->file, file->line, file->column, file->text);
		return NULL;
	}
	if (node_text(file)) {
		auto_free char *relative = chain->file->directory
						   ? path_join(chain->file->directory, file->text)
						   : NULL;
		struct node name = *file;

		if (relative)
			name.text = relative;
		*base = open_file(extending, &name);
	}
	return *base ? service->text : NULL;
}

static struct node *merge_base(struct extending *extending, struct node *base_service,
			       const struct base_file *base, bool is_other_file,
			       struct node *service)
{
	struct loader *loader = extending->scope->loader;
	struct node *merged;

	if (!node_is_map(base_service))
		return service;
	merged = node_copy(loader->arena, base_service, &loader->budget, loader->err);
	if (!merged)
		return NULL;
	if (is_other_file && !loader->request->no_path_resolution)
		paths_rebase(&extending->walk, &schema_service, merged, base->directory);
	merged->file = service->file;
	merged->line = service->line;
	merged->column = service->column;
	merged->tag = service->tag;
	merge_map(&extending->walk, &schema_service, merged, service);
	return merged;
}

static struct node *resolve_service(struct extending *extending, struct base_file *file,
				    const struct chain *chain)
{
	struct chain next = {.parent = chain, .depth = chain->depth + 1};
	struct node_pair *place, *extends = NULL;
	struct node *service = map_get(&file->services, chain->service), *base_service;
	struct base_file *base;

	if (service)
		return service;
	if (check_chain(extending, chain) < 0)
		return NULL;
	place = find_service(extending, file, chain->service, &service);
	if (node_is_map(service))
		extends = node_find(service, "extends");
	if (place && extends && !node_is_null(extends->value)) {
		struct node *node = extends->value, *unresolved;

		next.service = read_extends(extending, chain, node, &base);
		next.file = base;
		next.at = node;
		if (!next.service)
			return NULL;
		if (!find_service(extending, base, next.service, &unresolved)) {
			fail_missing(extending, chain, base, next.service, node);
			return NULL;
		}
		base_service = resolve(extending, base, &next);
		if (!base_service)
			return NULL;
		extends = node_find(service, "extends");
		if (extends)
			node_remove(service, extends);
		service = merge_base(extending, base_service, base, base != file, service);
		if (!service)
			return NULL;
		if (!file->directory)
			place->value = service;
	}
	map_set(&file->services, chain->service, service);
	return service;
}

/* The merged service; NULL with the error set. */
static struct node *resolve(struct extending *extending, struct base_file *file,
			    const struct chain *chain)
{
	struct node *service = resolve_service(extending, file, chain);

	if (!service && !file->directory)
		map_set(&extending->failed, chain->service, file);
	return service;
}

int extends_resolve(const struct scope *scope, const struct source *source, struct node *document,
		    const struct node *earlier)
{
	struct extending extending = {.scope = scope, .walk = source_begin_walk(scope->loader)};
	struct base_file *own = alloc_zeroed(1, sizeof(*own));
	struct node *services = node_get(document, "services");
	size_t length = walk_enter(&extending.walk, "services");
	int status = 0;

	*own = (struct base_file){
		.source = source, .documents = &document, .document_count = 1, .earlier = earlier};
	map_set(&extending.files, "", own);
	extending.own_directory = strcmp(source->path, "-") == 0 ? alloc_string(scope->directory)
								 : directory_of(source->path);
	for (unsigned i = 0; node_is_map(services) && i < services->count; i++) {
		struct chain chain = {.file = own, .service = services->pairs[i].key};

		if (node_is_map(services->pairs[i].value) &&
		    services->pairs[i].value->tag != NODE_RESET &&
		    node_get(services->pairs[i].value, "extends") &&
		    !map_has(&extending.failed, chain.service) && !resolve(&extending, own, &chain))
			status = source_note_error(scope->loader);
	}
	walk_leave(&extending.walk, length);
	release(&extending);
	return status;
}
