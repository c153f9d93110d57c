/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/env_resolve.h"

#include "compose/model/dotenv.h"
#include "compose/model/environment.h"
#include "compose/model/input.h"
#include "compose/model/model.h"
#include "compose/model/place.h"
#include "compose/model/problems.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
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
	const struct env_sources *sources;
	struct environment *project; /* or an included file's; NULL for labels */
	char *const *own;	     /* the service's environment; NULL for labels */
	struct map values;	     /* name -> arena string, in order */
	struct arena *arena;
	const struct node *tree; /* for places */
	struct problems *problems;
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

	if (value) /* a bare name of nothing: the image's stays */
		map_set(&reading->values, name, arena_string(reading->arena, value));
}

/* Notes what is wrong with the @item'th file that the service names, there. */
static void note(const struct reading *reading, const struct service *service,
		 const char *attribute, size_t item, const char *text)
{
	struct location where =
		place_find(reading->tree, WAY(KEY("services"), KEY(service->name), KEY(attribute),
					      ITEM(item), KEY("path")));

	problem_add_at(reading->problems, where, "services.%s.%s[%zu]: %s", service->name,
		       attribute, item, text);
}

static void read_env_file(struct reading *reading, const struct service *service, size_t item)
{
	const struct service_env_file *file = &service->env_files.items[item];
	const struct dotenv dotenv = {.lookup = lookup, .set = set, .data = reading};
	bool is_raw = file->format && strcmp(file->format, "raw") == 0;
	auto_strbuf struct strbuf text = {0};
	struct error err = {0};

	if (file->format && *file->format && !is_raw) {
		error_set(&err, ERROR_INVALID, "unsupported env_file format \"%s\"; 'raw' or none",
			  file->format);
		note(reading, service, "env_file", item, err.text);
		return;
	}
	if (input_is_null(file->path))
		return;
	if (file_read(AT_FDCWD, file->path, DOTENV_SIZE_LIMIT, &text, &err) < 0) {
		bool is_missing = err.code == ENOENT || err.code == ENOTDIR;

		if (is_missing && !model_flag(file->required, true))
			return;
		if (is_missing)
			error_set(&err, ERROR_NOT_FOUND,
				  "env file %s not found: no such file or directory", file->path);
		note(reading, service, "env_file", item, err.text);
		return;
	}
	reading->project = reading->sources->project;
	if (file->scope && map_get(reading->sources->included, file->scope))
		reading->project = map_get(reading->sources->included, file->scope);
	if ((is_raw ? dotenv_parse_raw : dotenv_parse)(&dotenv, strbuf_text(&text), text.length,
						       file->path, &err) < 0)
		problem_add_at(reading->problems, (struct location){0}, "%s", err.text);
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

static void resolve_environment(struct reading *reading, struct service *service)
{
	reading->own = service->environment;
	for (size_t i = 0; i < service->env_files.count; i++)
		read_env_file(reading, service, i);
	if (service->env_files.count) {
		service->environment =
			overlay(&reading->values, service->environment, reading->arena);
		if (!*service->environment)
			service->environment = NULL;
	}
	map_release(&reading->values);
	service->env_files.items = NULL;
	service->env_files.count = 0;
	service->is_env_resolved = true;
}

static void resolve_labels(struct reading *reading, struct service *service)
{
	const struct dotenv dotenv = {.lookup = lookup, .set = set, .data = reading};

	reading->own = NULL;
	reading->project = NULL;
	for (size_t i = 0; service->label_files && service->label_files[i]; i++) {
		const char *path = service->label_files[i];
		auto_strbuf struct strbuf text = {0};
		struct error err = {0};

		if (file_read(AT_FDCWD, path, DOTENV_SIZE_LIMIT, &text, &err) < 0)
			note(reading, service, "label_file", i, err.text);
		else if (dotenv_parse(&dotenv, strbuf_text(&text), text.length, path, &err) < 0)
			problem_add_at(reading->problems, (struct location){0}, "%s", err.text);
	}
	if (service->label_files)
		service->labels = overlay(&reading->values, service->labels, reading->arena);
	map_release(&reading->values);
}

/* ------------------------------------------------------------------ who needs them */

void env_resolve_files(struct project *project, const struct map *asked,
		       const struct env_sources *sources, struct arena *arena,
		       struct problems *problems)
{
	struct reading reading = {
		.sources = sources, .arena = arena, .tree = project->tree, .problems = problems};

	for (size_t i = 0; i < project->services.count; i++) {
		struct service *service = &project->services.items[i];
		auto_free char *path = alloc_format("services.%s", service->name);

		if (!map_has(asked, path))
			continue;
		resolve_environment(&reading, service);
		resolve_labels(&reading, service);
	}
}
