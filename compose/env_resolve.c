/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/env_resolve.h"

#include "compose/dotenv.h"
#include "compose/environment.h"
#include "compose/model.h"
#include "compose/place.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

/* ------------------------------------------------------------------ null values */

static void resolve_nulls(char **items, struct environment *environment, struct arena *arena,
			  bool drops_unset)
{
	size_t kept = 0;

	for (size_t i = 0; items && items[i]; i++) {
		const char *value;

		if (strchr(items[i], '=')) {
			items[kept++] = items[i];
			continue;
		}
		value = environment_lookup(environment, items[i]);
		if (value)
			items[kept++] = arena_format(arena, "%s=%s", items[i], value);
		else if (!drops_unset)
			items[kept++] = items[i];
	}
	if (items)
		items[kept] = NULL;
}

static void resolve_file_values(struct project_file_list *list, struct environment *environment)
{
	for (size_t i = 0; i < list->count; i++) {
		struct project_file *file = &list->items[i];

		/* An included file's variable was settled there. */
		if (file->environment && !file->value)
			file->value = (char *)environment_lookup(environment, file->environment);
	}
}

void env_resolve_variables(struct project *project, struct environment *environment,
			   struct arena *arena)
{
	for (size_t i = 0; i < project->services.count; i++) {
		struct service *service = &project->services.items[i];

		resolve_nulls(service->environment, environment, arena, false);
		if (service->build)
			resolve_nulls(service->build->args, environment, arena, true);
	}
	resolve_file_values(&project->secrets, environment);
	resolve_file_values(&project->configs, environment);
}

/* ------------------------------------------------------------------ env_file and label_file */

/* The values read so far, under what a file may refer to. */
struct reading {
	struct environment *project;
	char *const *own;  /* the service's environment; NULL for labels */
	struct map values; /* name -> arena string, in order */
	struct arena *arena;
	const struct node *tree; /* for places */
};

static const char *find_own(char *const *items, const char *name)
{
	size_t length = strlen(name);

	for (; items && *items; items++)
		if (strncmp(*items, name, length) == 0 && (*items)[length] == '=')
			return *items + length + 1;
	return NULL;
}

static const char *lookup(void *data, const char *name)
{
	const struct reading *reading = data;
	const char *value = NULL;

	if (reading->project)
		value = environment_lookup(reading->project, name);
	if (!value)
		value = find_own(reading->own, name);
	return value ? value : map_get(&reading->values, name);
}

static void set(void *data, const char *name, const char *value)
{
	struct reading *reading = data;

	map_set(&reading->values, name, arena_string(reading->arena, value));
}

/* "FILE:LINE:COLUMN", where the service names its @item'th file. */
static const char *describe_place(const struct reading *reading, const struct service *service,
				  const char *attribute, size_t item)
{
	struct location where =
		place_find(reading->tree, WAY(KEY("services"), KEY(service->name), KEY(attribute),
					      ITEM(item), KEY("path")));

	if (!where.file)
		return arena_format(reading->arena, "services.%s.%s", service->name, attribute);
	return arena_format(reading->arena, "%s:%u:%u: services.%s.%s[%zu]", where.file, where.line,
			    where.column, service->name, attribute, item);
}

static int read_env_file(struct reading *reading, const struct service *service, size_t item,
			 struct error *err)
{
	const struct service_env_file *file = &service->env_files.items[item];
	const struct dotenv dotenv = {.lookup = lookup, .set = set, .data = reading};
	bool is_raw = file->format && strcmp(file->format, "raw") == 0;
	auto_strbuf struct strbuf text = {0};
	struct error failure = {0};

	if (file->format && *file->format && !is_raw)
		return error_set(err, ERROR_INVALID,
				 "%s: unsupported env_file format \"%s\"; 'raw' or none",
				 describe_place(reading, service, "env_file", item), file->format);
	if (strcmp(file->path, "/dev/null") == 0)
		return 0;
	if (file_read(AT_FDCWD, file->path, DOTENV_SIZE_LIMIT, &text, &failure) < 0) {
		bool is_missing = failure.code == ENOENT || failure.code == ENOTDIR;

		if (is_missing && !model_flag(file->required, true))
			return 0;
		if (is_missing)
			return error_set(err, ERROR_NOT_FOUND,
					 "%s: env file %s not found: no such file or directory",
					 describe_place(reading, service, "env_file", item),
					 file->path);
		if (err)
			*err = failure;
		return error_wrap(err, "%s", describe_place(reading, service, "env_file", item));
	}
	return (is_raw ? dotenv_parse_raw : dotenv_parse)(&dotenv, strbuf_text(&text), text.length,
							  file->path, err);
}

/* The values of the files, then @items over them; in the order of first mention. */
static char **overlay(struct map *values, char *const *items, struct arena *arena)
{
	char **result;
	size_t count = 0;

	for (; items && *items; items++) {
		auto_free char *name = strndup(*items, strcspn(*items, "="));
		const char *equals = strchr(*items, '=');

		map_set(values, name, equals ? arena_string(arena, equals + 1) : NULL);
	}
	result = arena_array(arena, values->count + 1, sizeof(*result));
	map_each (entry, values)
		result[count++] = entry->value ? arena_format(arena, "%s=%s", entry->key,
							      (char *)entry->value)
					       : arena_string(arena, entry->key);
	return result;
}

static int resolve_environment(const struct project *project, struct service *service,
			       struct environment *environment, struct arena *arena,
			       struct error *err)
{
	struct reading reading = {.project = environment,
				  .own = service->environment,
				  .arena = arena,
				  .tree = project->tree};
	int status = 0;

	for (size_t i = 0; i < service->env_files.count && status == 0; i++)
		status = read_env_file(&reading, service, i, err);
	if (status == 0 && service->env_files.count) {
		service->environment = overlay(&reading.values, service->environment, arena);
		if (!*service->environment)
			service->environment = NULL;
	}
	map_release(&reading.values);
	if (status == 0) {
		service->env_files.items = NULL;
		service->env_files.count = 0;
		service->is_env_resolved = true;
	}
	return status;
}

static int resolve_labels(const struct project *project, struct service *service,
			  struct arena *arena, struct error *err)
{
	struct reading reading = {.arena = arena, .tree = project->tree};
	int status = 0;

	for (size_t i = 0; service->label_files && service->label_files[i] && status == 0; i++) {
		const char *path = service->label_files[i];
		const struct dotenv dotenv = {.lookup = lookup, .set = set, .data = &reading};
		auto_strbuf struct strbuf text = {0};

		if (file_read(AT_FDCWD, path, DOTENV_SIZE_LIMIT, &text, err) < 0)
			status = error_wrap(err, "%s",
					    describe_place(&reading, service, "label_file", i));
		else
			status = dotenv_parse(&dotenv, strbuf_text(&text), text.length, path, err);
	}
	if (status == 0 && service->label_files)
		service->labels = overlay(&reading.values, service->labels, arena);
	map_release(&reading.values);
	if (status == 0)
		service->label_files = NULL;
	return status;
}

/* ------------------------------------------------------------------ who needs them */

/* Adds what the services of @wanted depend on; the map is its own work list. */
static void add_dependencies(const struct project *project, struct map *wanted)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct service *service = wanted->entries[i].value;

		for (size_t j = 0; j < service->depends_on.count; j++) {
			const char *name = service->depends_on.items[j].service;
			struct service *other = project_find_service(project, name);

			if (other && !map_has(wanted, name))
				map_set(wanted, name, other);
		}
	}
}

int env_resolve_files(struct project *project, char *const *services,
		      struct environment *environment, struct arena *arena, struct error *err)
{
	auto_map struct map wanted = {0};

	for (size_t i = 0; i < project->services.count; i++) {
		struct service *service = &project->services.items[i];
		bool is_named = !services || !*services;

		for (char *const *name = services; name && *name && !is_named; name++)
			is_named = fnmatch(*name, service->name, 0) == 0;
		if (is_named)
			map_set(&wanted, service->name, service);
	}
	add_dependencies(project, &wanted);
	map_each (entry, &wanted) {
		struct service *service = entry->value;

		if (resolve_environment(project, service, environment, arena, err) < 0 ||
		    resolve_labels(project, service, arena, err) < 0)
			return -1;
	}
	return 0;
}
