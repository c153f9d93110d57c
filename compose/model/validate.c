/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/validate.h"

#include "compose/model/effects.h"
#include "compose/model/model.h"
#include "compose/model/place.h"
#include "compose/model/problems.h"
#include "compose/model/tree.h"
#include "compose/model/validate_service.h"
#include "compose/model/validate_values.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/map.h"
#include "base/path.h"

#include <string.h>

#define INVALID ": invalid compose project"

struct check {
	const struct project *project;
	const struct map *asked;
	struct problems *problems;
	const char *section, *key; /* the resource: networks.front */
};

static struct location place_of(const struct check *check, const char *attribute)
{
	return place_find(check->project->tree,
			  WAY(KEY(check->section), KEY(check->key), KEY(attribute)));
}

/* An external volume is not ours to describe: it has a name only. What else says so is passed over,
 * as in Docker Compose. */
static void check_external(const struct check *check, enum tristate external)
{
	const struct node *map =
		node_get(node_get(check->project->tree, check->section), check->key);

	if (external != TRISTATE_TRUE || !node_is_map(map))
		return;
	each_pair (pair, map) {
		if (strcmp(pair->key, "external") == 0 || strcmp(pair->key, "name") == 0 ||
		    strncmp(pair->key, "x-", 2) == 0 || *pair->key == '#' ||
		    node_is_null(pair->value))
			continue;
		problem_add_at(check->problems, place_of(check, pair->key),
			       "%s.%s: conflicting parameters \"external\" and \"%s\" specified",
			       check->section, check->key, pair->key);
		return;
	}
}

static void check_object_name(const struct check *check, const char *name)
{
	if (name && !path_is_name(name))
		problem_add_at(check->problems, place_of(check, "name"),
			       "%s.%s.name: '%.60s' is not a valid name; letters, digits, '_', '.' "
			       "and '-', starting with a letter or digit",
			       check->section, check->key, name);
}

static void check_network_driver(const struct check *check, const char *name)
{
	static const char *const drivers[] = {"",     "default", "bridge", "host",
					      "none", "macvlan", "ipvlan", NULL};
	auto_strbuf struct strbuf hint = {0};
	const char *const *driver = drivers;

	if (strcmp(name, "overlay") == 0) {
		log_warning_once("networks.%s: driver 'overlay' is a bridge on a single host",
				 check->key);
		return;
	}
	while (*driver && strcmp(*driver, name) != 0)
		driver++;
	if (*driver)
		return;
	problem_add_suggestion(&hint, drivers, name);
	problem_add_limit(
		check->problems, place_of(check, "driver"),
		"networks.%s.driver: '%s' is not supported; bridge, host, none, macvlan or "
		"ipvlan%s",
		check->key, name, strbuf_text(&hint));
}

static void check_network(const struct check *check, const struct project_network *network)
{
	check_object_name(check, network->name);
	if (network->driver)
		check_network_driver(check, network->driver);
	validate_network_values(check->project, network, check->problems);
}

static void check_volume(const struct check *check, const struct project_volume *volume)
{
	check_object_name(check, volume->name);
	check_external(check, volume->external);
	if (volume->driver && *volume->driver && strcmp(volume->driver, "local") != 0)
		problem_add_limit(check->problems, place_of(check, "driver"),
				  "volumes.%s.driver: '%s' is not supported; only local is",
				  check->key, volume->driver);
}

static void check_file(const struct check *check, const struct project_file *file)
{
	bool is_config = strcmp(check->section, "configs") == 0;
	int sources = !!file->file + !!file->environment + !!file->content;

	check_object_name(check, file->name);
	if (sources > 1)
		problem_add_at(check->problems,
			       place_of(check, file->content ? "content" : "environment"),
			       "%s.%s: file|environment%s attributes are mutually exclusive",
			       check->section, check->key, is_config ? "|content" : "");
	if (sources || file->external == TRISTATE_TRUE || file->driver)
		return;
	problem_add_at(check->problems, file->where,
		       "%s \"%s\" must declare either `file` or `environment`%s" INVALID,
		       is_config ? "config" : "secret", check->key,
		       is_config ? " or `content`" : "");
}

/* What nobody asks for is not looked at, nor what has a mistake already: the rest may only follow
 * from it. */
static bool skips(struct check *check, const char *section, const char *key)
{
	auto_strbuf struct strbuf path = {0};

	check->section = section;
	check->key = key;
	place_format(&path, WAY(KEY(section), KEY(key)));
	return !map_has(check->asked, strbuf_text(&path)) ||
	       problems_touch(check->problems, strbuf_text(&path));
}

static void check_resources(const struct project *project, const struct map *asked,
			    struct problems *problems)
{
	struct check check = {.project = project, .asked = asked, .problems = problems};

	for (size_t i = 0; i < project->networks.count; i++)
		if (!skips(&check, "networks", project->networks.items[i].key))
			check_network(&check, &project->networks.items[i]);
	for (size_t i = 0; i < project->volumes.count; i++)
		if (!skips(&check, "volumes", project->volumes.items[i].key))
			check_volume(&check, &project->volumes.items[i]);
	for (size_t i = 0; i < project->secrets.count; i++)
		if (!skips(&check, "secrets", project->secrets.items[i].key))
			check_file(&check, &project->secrets.items[i]);
	for (size_t i = 0; i < project->configs.count; i++)
		if (!skips(&check, "configs", project->configs.items[i].key))
			check_file(&check, &project->configs.items[i]);
}

/* ------------------------------------------------------------------ cycles */

enum color { WHITE, GREY, BLACK };

/* Who needs whom: depends_on to start, additional contexts to build. */
struct graph {
	const struct project *project;
	struct problems *problems;
	const char *kind;
	/* The @index'th need of a service, NULL behind the last; "" is none of this project. */
	const char *(*need)(const struct service *service, size_t index);
	struct location (*find)(const struct project *project, const char *from, const char *to);
	unsigned char *colors;
	struct visit {
		size_t service, next; /* its next need */
	} * stack;
};

static const char *need_to_start(const struct service *service, size_t index)
{
	return index < service->depends_on.count ? service->depends_on.items[index].service : NULL;
}

static const char *need_to_build(const struct service *service, size_t index)
{
	char *const *contexts = service->build ? service->build->additional_contexts : NULL;
	const char *value;

	if (!contexts || !contexts[index]) /* asked for in order */
		return NULL;
	value = strchr(contexts[index], '=');
	return value && strncmp(value, "=service:", 9) == 0 ? value + 9 : "";
}

static struct location find_dependency(const struct project *project, const char *from,
				       const char *to)
{
	return place_find(project->tree,
			  WAY(KEY("services"), KEY(from), KEY("depends_on"), KEY(to)));
}

static struct location find_contexts(const struct project *project, const char *from,
				     const char *to)
{
	(void)to;
	return place_find(project->tree, WAY(KEY("services"), KEY(from), KEY("build"),
					     KEY("additional_contexts")));
}

static void report_cycle(const struct graph *graph, size_t depth, size_t again)
{
	const struct service *services = graph->project->services.items;
	auto_strbuf struct strbuf text = {0};
	const char *last = services[graph->stack[depth - 1].service].name;
	size_t start = 0;

	while (graph->stack[start].service != again)
		start++;
	for (size_t i = start; i < depth; i++)
		strbuf_printf(&text, "%s -> ", services[graph->stack[i].service].name);
	problem_add_at(graph->problems, graph->find(graph->project, last, services[again].name),
		       "%s cycle detected: %s%s" INVALID, graph->kind, strbuf_text(&text),
		       services[again].name);
}

/* Walks from one service with a stack of our own: chains may be as long as the file. Every way back
 * into the stack is a cycle. */
static void walk_from(const struct graph *graph, size_t start)
{
	const struct project *project = graph->project;
	size_t depth = 0;

	graph->stack[depth++] = (struct visit){.service = start};
	graph->colors[start] = GREY;
	while (depth) {
		struct visit *top = &graph->stack[depth - 1];
		const char *name = graph->need(&project->services.items[top->service], top->next++);
		const struct service *other;
		size_t index;

		if (!name) {
			graph->colors[top->service] = BLACK;
			depth--;
			continue;
		}
		other = project_find_service(project, name);
		if (!other)
			continue;
		index = (size_t)(other - project->services.items);
		if (graph->colors[index] == GREY) {
			report_cycle(graph, depth, index);
		} else if (graph->colors[index] == WHITE) {
			graph->colors[index] = GREY;
			graph->stack[depth++] = (struct visit){.service = index};
		}
	}
}

static bool is_asked(const struct map *asked, const struct service *service)
{
	auto_free char *path = alloc_format("services.%s", service->name);

	return map_has(asked, path);
}

static void check_cycles(const struct graph *rules, const struct check *check, struct arena *arena)
{
	const struct project *project = check->project;
	size_t count = project->services.count;
	struct graph graph = *rules;

	graph.project = project;
	graph.problems = check->problems;
	graph.colors = arena_array(arena, count, 1);
	graph.stack = arena_array(arena, count, sizeof(*graph.stack));
	for (size_t i = 0; i < count; i++)
		if (graph.colors[i] == WHITE && is_asked(check->asked, &project->services.items[i]))
			walk_from(&graph, i);
}

/* ------------------------------------------------------------------ the project */

static void check_container_names(const struct check *check)
{
	const struct project *project = check->project;
	auto_map struct map owners = {0};

	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *service = &project->services.items[i];
		const struct service *owner;

		if (!service->container_name || !*service->container_name ||
		    !is_asked(check->asked, service))
			continue;
		owner = map_get(&owners, service->container_name);
		if (owner)
			problem_add_at(
				check->problems,
				place_find(project->tree, WAY(KEY("services"), KEY(service->name),
							      KEY("container_name"))),
				"services.%s: container name \"%s\" is already in use by "
				"service \"%s\"" INVALID,
				service->name, service->container_name, owner->name);
		map_set(&owners, service->container_name, (void *)service);
	}
}

void validate_project(const struct project *project, const struct map *asked, struct arena *arena,
		      struct problems *problems)
{
	static const struct graph graphs[] = {
		{.kind = "dependency", .need = need_to_start, .find = find_dependency},
		{.kind = "build", .need = need_to_build, .find = find_contexts},
	};
	const struct check check = {.project = project, .asked = asked, .problems = problems};

	check_resources(project, asked, problems);
	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *service = &project->services.items[i];

		if (!is_asked(asked, service))
			continue;
		validate_service(project, service, problems);
		effects_check(project, service, problems);
	}
	check_container_names(&check);
	for (size_t i = 0; i < array_length(graphs); i++)
		check_cycles(&graphs[i], &check, arena);
}
