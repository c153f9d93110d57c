/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/include.h"

#include "compose/model/load_private.h"
#include "compose/model/merge.h"
#include "compose/model/paths.h"
#include "compose/model/schema.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"

#include <errno.h>
#include <string.h>

struct entry {
	struct strvec files, env_files; /* absolute */
	char *directory;
	bool has_env_files;
};

static void release_entry(struct entry *entry)
{
	strvec_release(&entry->files);
	strvec_release(&entry->env_files);
	free(entry->directory);
}

static int fail_at(const struct scope *scope, const struct node *at, const char *text)
{
	return error_set(scope->loader->err, ERROR_INVALID, "%s:%u:%u: include: %s", at->file,
			 at->line, at->column, text);
}

/* One path or a list of them. */
static int add_paths(const struct scope *scope, const struct node *node, struct strvec *paths)
{
	if (node_is_string(node)) {
		if (discover_is_remote(node->text))
			return error_set(scope->loader->err, ERROR_UNSUPPORTED,
					 "%s:%u:%u: include: '%s': remote files are not supported; "
					 "fetch it first",
					 node->file, node->line, node->column, node->text);
		strvec_add_owned(paths, path_join(scope->directory, node->text));
		return 0;
	}
	if (!node_is_list(node))
		return fail_at(scope, node, "must be a path or a list of paths");
	for (unsigned i = 0; i < node->count; i++)
		if (!node_is_string(node->items[i]))
			return fail_at(scope, node->items[i], "must be a path of a local file");
		else if (add_paths(scope, node->items[i], paths) < 0)
			return -1;
	return 0;
}

static int read_member(const struct scope *scope, const struct node_pair *pair, struct entry *entry)
{
	static const char *const members[] = {"path", "project_directory", "env_file", NULL};
	auto_strbuf struct strbuf hint = {0};
	struct node at = {.file = pair->value->file, .line = pair->line, .column = pair->column};

	if (strcmp(pair->key, "path") == 0)
		return add_paths(scope, pair->value, &entry->files);
	if (strcmp(pair->key, "env_file") == 0) {
		entry->has_env_files = !node_is_null(pair->value);
		return entry->has_env_files ? add_paths(scope, pair->value, &entry->env_files) : 0;
	}
	if (strcmp(pair->key, "project_directory") == 0) {
		if (node_text(pair->value))
			entry->directory = path_join(scope->directory, pair->value->text);
		return 0;
	}
	if (strncmp(pair->key, "x-", 2) == 0)
		return 0;
	problem_add_suggestion(&hint, members, pair->key);
	return error_set(scope->loader->err, ERROR_INVALID,
			 "%s:%u:%u: include: additional properties '%.60s' not allowed; path, "
			 "project_directory and env_file are%s",
			 at.file, at.line, at.column, pair->key, strbuf_text(&hint));
}

static int read_entry(const struct scope *scope, const struct node *node, struct entry *entry)
{
	char *slash;

	if (node_is_map(node)) {
		each_pair (pair, node)
			if (read_member(scope, pair, entry) < 0)
				return -1;
	} else if (add_paths(scope, node, &entry->files) < 0) {
		return -1;
	}
	if (!entry->files.count)
		return fail_at(scope, node, "path is required");
	if (entry->directory)
		return 0;
	entry->directory = alloc_string(entry->files.items[0]);
	slash = strrchr(entry->directory, '/');
	slash[slash == entry->directory] = '\0';
	return 0;
}

static int check_cycle(const struct scope *scope, const struct node *at, const char *file)
{
	auto_strbuf struct strbuf text = {0};

	for (const struct scope *above = scope; above; above = above->parent) {
		if (above->depth > LOADER_DEPTH_LIMIT)
			return fail_at(scope, at, "nested too deeply");
		if (!above->file || strcmp(above->file, file) != 0)
			continue;
		strbuf_printf(&text, "include cycle detected: %s", file);
		for (const struct scope *link = scope; link; link = link->parent) {
			strbuf_printf(&text, " included by %s", link->file);
			if (link == above)
				break;
		}
		return error_set(scope->loader->err, ERROR_INVALID, "%s:%u:%u: %s", at->file,
				 at->line, at->column, strbuf_text(&text));
	}
	return 0;
}

static int read_environment(const struct scope *scope, const struct node *node,
			    const struct entry *entry, struct environment *environment)
{
	struct error err = {0};

	strvec_each (file, &entry->env_files) {
		if (!entry->has_env_files) { /* the .env beside it, if there is one */
			if (environment_load(environment, *file, &err) == 0 || err.code == ENOENT ||
			    err.code == ENOTDIR || err.code == EISDIR)
				return 0;
			*scope->loader->err = err;
			return -1;
		}
		if (environment_load(environment, *file, &err) == 0)
			continue;
		if (err.code == ENOENT)
			return error_set(scope->loader->err, ERROR_NOT_FOUND,
					 "%s:%u:%u: include: couldn't find env file: %s",
					 node->file, node->line, node->column, *file);
		*scope->loader->err = err;
		return -1;
	}
	return 0;
}

/* The variables of an included file: its own ones below those of the including one. They live as
 * long as the loader, for the service's env_file is read at the end. */
static int open_environment(const struct scope *scope, const struct node *node, struct entry *entry,
			    struct scope *inner)
{
	struct arena *arena = scope->loader->arena;
	auto_strbuf struct strbuf key = {0};
	struct environment *environment;

	if (!entry->has_env_files)
		strvec_add_owned(&entry->env_files, path_join(entry->directory, ".env"));
	strbuf_add(&key, scope->variables);
	strvec_each (file, &entry->env_files)
		strbuf_printf(&key, "\n%s", *file);
	inner->variables = arena_string(arena, strbuf_text(&key));
	inner->environment = map_get(&scope->loader->environments, inner->variables);
	if (inner->environment)
		return 0;
	environment = arena_alloc(arena, sizeof(*environment));
	environment_init(environment, scope->environment, arena);
	map_set(&scope->loader->environments, inner->variables, environment);
	inner->environment = environment;
	return read_environment(scope, node, entry, environment);
}

/* ------------------------------------------------------------------ what depends on its .env */

static void resolve_nulls(const struct scope *scope, const struct node *map)
{
	if (!node_is_map(map))
		return;
	each_pair (pair, map) {
		const char *value;

		if (!node_is_null(pair->value))
			continue;
		value = environment_lookup(scope->environment, pair->key);
		if (value)
			pair->value = node_new_string(scope->loader->arena, pair->value, value);
	}
}

static void resolve_files(const struct scope *scope, const struct node *files)
{
	if (!node_is_map(files))
		return;
	each_pair (pair, files) {
		const char *name = node_text(node_get(pair->value, "environment"));
		const char *value = name ? environment_lookup(scope->environment, name) : NULL;

		if (value && !node_get(pair->value, "#value"))
			node_set(scope->loader->arena, pair->value, "#value",
				 node_new_string(scope->loader->arena, pair->value, value));
	}
}

/* Says of the files of env_file whose variables they see, unless a file included here said so. */
static void mark_env_files(const struct scope *scope, const struct node *files)
{
	if (!node_is_list(files))
		return;
	for (unsigned i = 0; i < files->count; i++) {
		struct node *file = files->items[i];

		if (node_is_map(file) && !node_get(file, "#scope"))
			node_set(scope->loader->arena, file, "#scope",
				 node_new_string(scope->loader->arena, file, scope->variables));
	}
}

static void settle(const struct scope *scope, struct node *tree)
{
	static const char *const dropped[] = {"name", "version", "include"};
	struct walk walk = source_begin_walk(scope->loader);
	const struct node *services = node_get(tree, "services");

	for (size_t i = 0; i < array_length(dropped); i++) {
		struct node_pair *pair = node_find(tree, dropped[i]);

		if (pair)
			node_remove(tree, pair);
	}
	if (!scope->loader->request->no_path_resolution)
		paths_rebase(&walk, &schema_project, tree, scope->directory);
	resolve_files(scope, node_get(tree, "secrets"));
	resolve_files(scope, node_get(tree, "configs"));
	if (node_is_map(services) && !scope->loader->request->no_interpolate)
		each_pair (pair, services) {
			mark_env_files(scope, node_get(pair->value, "env_file"));
			resolve_nulls(scope, node_get(pair->value, "environment"));
			resolve_nulls(scope, node_get(node_get(pair->value, "build"), "args"));
		}
	walk_release(&walk);
}

/* Merges one included model below those before it: the first one that says something is right. What
 * two of them share is not doubled. */
static void import_tree(const struct scope *scope, struct node **tree, struct node *added)
{
	struct walk walk;

	if (!*tree) {
		*tree = added;
		return;
	}
	for (unsigned i = 0; i < added->count; i++) {
		const struct node *known = node_get(*tree, added->pairs[i].key);
		struct node *kind = added->pairs[i].value;
		unsigned kept = 0;

		if (!node_is_map(known) || !node_is_map(kind))
			continue;
		for (unsigned j = 0; j < kind->count; j++) {
			const struct node *old = node_get(known, kind->pairs[j].key);

			if (!old || !node_is_equal(old, kind->pairs[j].value))
				kind->pairs[kept++] = kind->pairs[j];
		}
		kind->count = kept;
	}
	walk = source_begin_walk(scope->loader);
	merge_map(&walk, &schema_project, added, *tree);
	*tree = added;
	walk_release(&walk);
}

static int load_entry(const struct scope *scope, const struct node *node, struct entry *entry,
		      struct node **tree)
{
	struct scope inner = {.loader = scope->loader, .parent = scope, .depth = scope->depth + 1};
	struct node *root = NULL;
	int status;

	if (read_entry(scope, node, entry) < 0 ||
	    check_cycle(scope, node, entry->files.items[0]) < 0)
		return -1;
	inner.directory = arena_string(scope->loader->arena, entry->directory);
	status = open_environment(scope, node, entry, &inner);
	strvec_each (file, &entry->files) {
		struct source source;

		if (status < 0)
			break;
		inner.file = arena_string(scope->loader->arena, *file);
		status = source_read(scope->loader, *file, &source);
		if (status < 0) {
			error_wrap(scope->loader->err, "%s:%u:%u: include", node->file, node->line,
				   node->column);
			break;
		}
		source_interpolate(&inner, &source);
		status = load_add(&inner, &source, &root);
	}
	if (status == 0 && root) {
		settle(&inner, root);
		import_tree(scope, tree, root);
	}
	return status;
}

int include_load(const struct scope *scope, const struct node *include, struct node **tree)
{
	int status = 0;

	*tree = NULL;
	if (node_is_null(include))
		return 0;
	if (!node_is_list(include))
		return fail_at(scope, include,
			       "`include` must be a list; begin each entry with '- '");
	for (unsigned i = 0; i < include->count; i++) {
		struct entry entry = {0};

		if (load_entry(scope, include->items[i], &entry, tree) < 0)
			status = source_note_error(scope->loader);
		release_entry(&entry);
	}
	return status;
}
