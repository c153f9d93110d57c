/* SPDX-License-Identifier: Apache-2.0 */
/* project_load: files to trees, trees to one tree, that tree to the model; each phase in a file
 * of its own. */
#include "compose/model/project.h"

#include "compose/model/bind.h"
#include "compose/model/canonical.h"
#include "compose/model/env_resolve.h"
#include "compose/model/extends.h"
#include "compose/model/include.h"
#include "compose/model/load_private.h"
#include "compose/model/merge.h"
#include "compose/model/normalize.h"
#include "compose/model/normalize_tree.h"
#include "compose/model/paths.h"
#include "compose/model/profiles.h"
#include "compose/model/schema.h"
#include "compose/model/validate.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

#define COPY_BUDGET 400000 /* nodes made by aliases, merge keys, extends and port ranges */

static void warn_about_version(const struct project_request *request, struct node *document)
{
	struct node_pair *version = node_find(document, "version");

	if (!version)
		return;
	if (!request->for_stack)
		log_warning_once("%s: the attribute `version` is obsolete, it will be ignored, "
				 "please remove it to avoid potential confusion",
				 version->value->file);
	node_remove(document, version);
}

static int add_document(const struct scope *scope, const struct source *source,
			struct node *document, struct node **root)
{
	struct loader *loader = scope->loader;
	struct walk walk = source_begin_walk(loader);
	struct node *included = NULL;
	struct node_pair *include;
	int status;

	if (!node_is_map(document))
		return error_set(loader->err, ERROR_INVALID,
				 "%s:%u:%u: top-level object must be a mapping, not %s",
				 document->file, document->line, document->column,
				 node_describe(document));
	include = node_find(document, "include");
	if (include && include_load(scope, include->value, &included) < 0)
		return -1;
	if (include)
		node_remove(document, node_find(document, "include"));
	warn_about_version(loader->request, document);
	canonical_map(&walk, &schema_project, document);
	if (*root)
		merge_apply_tags(*root, document);
	if (included) {
		merge_map(&walk, &schema_project, included, document);
		included->file = document->file;
		document = included;
	}
	status = extends_resolve(scope, source, document, *root);
	if (status == 0 && *root) {
		merge_map(&walk, &schema_project, *root, document);
	} else if (status == 0) {
		merge_strip_tags(document);
		*root = document;
	}
	walk_release(&walk);
	return status;
}

int load_add(const struct scope *scope, struct source *source, struct node **root)
{
	for (size_t i = 0; i < source->documents.count; i++)
		if (add_document(scope, source, source->documents.items[i], root) < 0)
			return -1;
	return 0;
}

/* ------------------------------------------------------------------ the project's name */

/* The last top-level `name` that is not empty as written, with its variables. */
static int find_written_name(struct loader *loader, const struct source *sources, size_t count,
			     char **name)
{
	struct interpolation interpolation = {.lookup = environment_lookup,
					      .data = &loader->discovery->project};
	const struct node *found = NULL;
	auto_strbuf struct strbuf text = {0};
	struct error err = {0};

	*name = NULL;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < sources[i].documents.count; j++) {
			const struct node *node = node_get(sources[i].documents.items[j], "name");

			if (node_text(node) && *node->text)
				found = node;
		}
	if (!found)
		return 0;
	if (interpolate_text(&text, found->text, &interpolation, &err) < 0)
		return error_set(loader->err, ERROR_INVALID,
				 "%s:%u:%u: error while interpolating name: %s", found->file,
				 found->line, found->column, err.text);
	*name = discover_normalize_name(strbuf_text(&text));
	return 0;
}

/* The directory's name, a link's own one where one leads there. */
static char *name_from_directory(const char *directory)
{
	auto_free char *real = realpath(directory, NULL), *real_name = NULL;
	const char *slash = strrchr(directory, '/');
	char *name = discover_normalize_name(slash ? slash + 1 : "");

	if (!real)
		return name;
	slash = strrchr(real, '/');
	real_name = discover_normalize_name(slash + 1);
	if (strcmp(name, real_name) != 0)
		log_warning_once("the project is called '%s' by the link '%s', not '%s' by its "
				 "directory; give a name with -p or 'name:'",
				 name, directory, real_name);
	return name;
}

static int find_name(struct loader *loader, const struct source *sources, size_t count,
		     char **result)
{
	const char *explicit_name;
	auto_free char *name = NULL;

	if (discover_explicit_name(loader->discovery, loader->request, &explicit_name,
				   loader->err) < 0)
		return -1;
	if (explicit_name)
		name = alloc_string(explicit_name);
	else if (find_written_name(loader, sources, count, &name) < 0)
		return -1;
	if (!name)
		name = name_from_directory(loader->discovery->directory);
	if (!*name)
		return error_set(loader->err, ERROR_INVALID,
				 "project name must not be empty; give one with -p or 'name:'");
	*result = take_ptr(name);
	return 0;
}

/* ------------------------------------------------------------------ the project */

static int read_sources(struct loader *loader, struct source **sources)
{
	const struct strvec *files = &loader->discovery->files;

	*sources = arena_array(loader->arena, files->count, sizeof(**sources));
	for (size_t i = 0; i < files->count; i++)
		if (source_read(loader, files->items[i], &(*sources)[i]) < 0)
			return -1;
	return 0;
}

static int build_tree(struct loader *loader, struct source *sources, size_t count,
		      struct node **root)
{
	struct scope scope = {.loader = loader,
			      .environment = &loader->discovery->project,
			      .variables = "",
			      .directory = loader->discovery->directory};
	struct walk walk;

	*root = NULL;
	for (size_t i = 0; i < count; i++) {
		scope.file = sources[i].path;
		source_interpolate(&scope, &sources[i]);
		if (load_add(&scope, &sources[i], root) < 0)
			return -1;
	}
	if (!*root)
		return error_set(loader->err, ERROR_INVALID, "%s: empty compose file",
				 sources[0].display);
	if (loader->request->no_path_resolution)
		return 0;
	walk = source_begin_walk(loader);
	paths_rebase(&walk, &schema_project, *root, scope.directory);
	walk_release(&walk);
	return 0;
}

static char **copy_strings(struct arena *arena, const struct strvec *strings)
{
	char **items = arena_array(arena, strings->count + 1, sizeof(*items));

	for (size_t i = 0; i < strings->count; i++)
		items[i] = arena_string(arena, strings->items[i]);
	return items;
}

static int find_separator(const struct loader *loader, const char **separator)
{
	static const char variable[] = "COMPOSE_COMPATIBILITY";
	const char *text = environment_lookup(&loader->discovery->project, variable);
	bool value = false;

	*separator = loader->request->name_separator;
	if (*separator)
		return 0;
	if (text && *text && units_parse_bool(&value, text, loader->err) < 0)
		return error_wrap(loader->err, variable);
	*separator = value ? "_" : "-";
	return 0;
}

static void fill_project(struct loader *loader, struct project *project, struct node *root,
			 const char *name)
{
	struct walk walk = source_begin_walk(loader);

	bind_map(&walk, &schema_project, root, project);
	project->tree = root;
	project->name = arena_string(loader->arena, name);
	project->working_dir = arena_string(loader->arena, loader->discovery->directory);
	project->files = copy_strings(loader->arena, &loader->discovery->files);
	project->env_files = copy_strings(loader->arena, &loader->discovery->env_files);
	project->environment = environment_list(&loader->discovery->project);
	if (loader->request->no_interpolate) {
		node_set(loader->arena, root, "name", node_new_string(loader->arena, NULL, name));
		project->raw = root;
		if (!loader->request->no_normalize)
			normalize_tree(root, name, loader->arena);
	}
	walk_release(&walk);
}

/* Can what is asked for be run? Who only looks for what is there need not know. */
static void judge_project(struct loader *loader, const struct project *project,
			  const struct map *asked)
{
	const struct project_request *request = loader->request;

	if (request->use == PROJECT_TO_FIND)
		return;
	loader->problems.limits_warn = request->use == PROJECT_TO_SHOW || request->no_consistency ||
				       request->no_interpolate;
	judge_settle(&loader->judge, asked, &loader->problems);
	if (!request->no_consistency && !request->no_interpolate)
		validate_project(project, asked, loader->arena, &loader->problems);
}

/* The containers of a swarm have names of their own. */
static void drop_container_names(struct project *project)
{
	bool had_one = false;

	for (size_t i = 0; i < project->services.count; i++) {
		had_one = had_one || project->services.items[i].container_name;
		project->services.items[i].container_name = NULL;
	}
	if (had_one)
		log_info("Ignoring deprecated options:\n\ncontainer_name: Setting the container "
			 "name is not supported.\n");
}

/* From the filled model on: what the phases behind the tree do. */
static int finish_project(struct loader *loader, struct project *project)
{
	const struct project_request *request = loader->request;
	struct environment *environment = &loader->discovery->project;
	auto_map struct map asked = {0};

	if (request->for_stack)
		drop_container_names(project);
	env_resolve_variables(project, environment, loader->arena);
	if (!request->no_normalize)
		normalize_project(project, loader->arena);
	profiles_apply(project, request, environment, loader->arena);
	if (!request->no_normalize)
		normalize_default_network(project, loader->arena);
	project_list_asked(&asked, project, request->services);
	judge_project(loader, project, &asked);
	if (loader->problems.count)
		return -1;
	if (request->no_env_resolution || request->no_interpolate)
		return 0;
	env_resolve_files(project, &asked,
			  &(struct env_sources){environment, &loader->environments}, loader->arena,
			  &loader->problems);
	return loader->problems.count ? -1 : 0;
}

static int load_discovered(struct loader *loader, struct project *project)
{
	auto_free char *name = NULL;
	struct source *sources;
	struct node *root;
	size_t count = loader->discovery->files.count;

	if (read_sources(loader, &sources) < 0 || find_name(loader, sources, count, &name) < 0)
		return -1;
	environment_set(&loader->discovery->process, "COMPOSE_PROJECT_NAME", name);
	if (build_tree(loader, sources, count, &root) < 0)
		return -1;
	fill_project(loader, project, root, name);
	if (find_separator(loader, &project->name_separator) < 0)
		return -1;
	return finish_project(loader, project);
}

static void release_loader(struct loader *loader)
{
	problems_release(&loader->problems);
	map_each (entry, &loader->environments)
		environment_release(entry->value);
	map_release(&loader->environments);
	discover_release(loader->discovery);
}

int project_load(struct project *project, const struct project_request *request,
		 struct arena *arena, struct strbuf *problems, struct error *err)
{
	struct discovery discovery = {0};
	struct error first = {0}, last = {0};
	struct loader loader = {.request = request,
				.discovery = &discovery,
				.arena = arena,
				.budget = {.left = COPY_BUDGET},
				.err = &last};
	int status;

	memset(project, 0, sizeof(*project));
	status = discover_project(&discovery, request, arena, &last);
	if (status == 0) {
		loader.home = environment_lookup(&discovery.process, "HOME");
		status = load_discovered(&loader, project);
	}
	/* Mistakes that were noted come before the one that ended the work. */
	problems_print(&loader.problems, problems, &first);
	if (loader.problems.count) {
		if (status < 0 && problems && *last.text)
			strbuf_printf(problems, "%s\n", last.text);
		last = first;
		status = -1;
	}
	if (status < 0)
		error_pass(err, &last);
	release_loader(&loader);
	return status;
}

int project_find_name(const struct project_request *request, char **name, struct error *err)
{
	struct discovery discovery = {0};
	struct arena arena = {0};
	struct error failure = {0};
	struct loader loader = {.request = request,
				.discovery = &discovery,
				.arena = &arena,
				.budget = {.left = COPY_BUDGET},
				.err = &failure};
	struct source *sources = NULL;
	int status = discover_project(&discovery, request, &arena, &failure);

	*name = NULL;
	/* A file that cannot be read or parsed must not keep labels from being used. */
	if (status == 0 || failure.code == ERROR_NOT_FOUND) {
		if (status == 0 && read_sources(&loader, &sources) < 0)
			sources = NULL;
		loader.err = err;
		status = find_name(&loader, sources, sources ? discovery.files.count : 0, name);
	} else {
		error_pass(err, &failure);
	}
	release_loader(&loader);
	arena_release(&arena);
	return status;
}
