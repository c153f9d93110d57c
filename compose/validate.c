/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/validate.h"

#include "compose/model.h"
#include "compose/problems.h"
#include "compose/validate_service.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/path.h"

#include <string.h>

#define INVALID ": invalid compose project"

static void check_external(struct problems *problems, struct location where, const char *path,
			   enum tristate external, const char *other)
{
	if (external == TRISTATE_TRUE && other)
		problem_add_at(problems, where,
			       "%s: conflicting parameters \"external\" and \"%s\" specified", path,
			       other);
}

static void check_object_name(struct problems *problems, struct location where, const char *path,
			      const char *name)
{
	if (name && !path_is_name(name))
		problem_add_at(problems, where,
			       "%s.name: '%.60s' is not a valid name; letters, digits, '_', '.' "
			       "and '-', starting with a letter or digit",
			       path, name);
}

static void check_networks(const struct project *project, struct arena *arena,
			   struct problems *problems)
{
	static const char *const drivers[] = {"",     "default", "bridge", "host",
					      "none", "macvlan", "ipvlan", NULL};

	for (size_t i = 0; i < project->networks.count; i++) {
		const struct project_network *network = &project->networks.items[i];
		const char *path = arena_format(arena, "networks.%s", network->key);
		const char *const *driver = drivers;

		check_object_name(problems, network->where, path, network->name);
		check_external(problems, network->where, path, network->external,
			       network->driver	      ? "driver"
			       : network->driver_opts ? "driver_opts"
			       : network->ipam	      ? "ipam"
			       : network->labels      ? "labels"
			       : network->internal    ? "internal"
						      : NULL);
		if (!network->driver)
			continue;
		while (*driver && strcmp(*driver, network->driver) != 0)
			driver++;
		if (strcmp(network->driver, "overlay") == 0)
			log_warning_once("%s: driver 'overlay' is a bridge on a single host", path);
		else if (!*driver)
			problem_add_at(problems, network->where,
				       "%s.driver: '%s' is not supported; bridge, host, none, "
				       "macvlan or ipvlan",
				       path, network->driver);
	}
}

static void check_volumes(const struct project *project, struct arena *arena,
			  struct problems *problems)
{
	for (size_t i = 0; i < project->volumes.count; i++) {
		const struct project_volume *volume = &project->volumes.items[i];
		const char *path = arena_format(arena, "volumes.%s", volume->key);

		check_object_name(problems, volume->where, path, volume->name);
		check_external(problems, volume->where, path, volume->external,
			       volume->driver	     ? "driver"
			       : volume->driver_opts ? "driver_opts"
			       : volume->labels	     ? "labels"
						     : NULL);
		if (volume->driver && *volume->driver && strcmp(volume->driver, "local") != 0)
			problem_add_at(problems, volume->where,
				       "%s.driver: '%s' is not supported; only local is", path,
				       volume->driver);
	}
}

static void check_files(const struct project_file_list *list, bool is_config, struct arena *arena,
			struct problems *problems)
{
	const char *kind = is_config ? "config" : "secret";

	for (size_t i = 0; i < list->count; i++) {
		const struct project_file *file = &list->items[i];
		const char *path = arena_format(arena, "%ss.%s", kind, file->key);
		int sources = !!file->file + !!file->environment + !!file->content;

		check_object_name(problems, file->where, path, file->name);
		check_external(problems, file->where, path, file->external,
			       file->file	   ? "file"
			       : file->environment ? "environment"
			       : file->content	   ? "content"
						   : NULL);
		if (sources > 1)
			problem_add_at(problems, file->where,
				       "%s: file|environment%s attributes are mutually exclusive",
				       path, is_config ? "|content" : "");
		if (sources || file->external == TRISTATE_TRUE || file->driver)
			continue;
		problem_add_at(problems, file->where,
			       "%s \"%s\" must declare either `file` or `environment`%s" INVALID,
			       kind, file->key, is_config ? " or `content`" : "");
	}
}

/* ------------------------------------------------------------------ cycles */

enum color { WHITE, GREY, BLACK };

struct visit {
	size_t service, next; /* its next dependency */
};

static void report_cycle(const struct project *project, const struct visit *stack, size_t depth,
			 size_t again, struct problems *problems)
{
	auto_strbuf struct strbuf text = {0};
	size_t start = 0;

	while (stack[start].service != again)
		start++;
	for (size_t i = start; i < depth; i++)
		strbuf_printf(&text, "%s -> ", project->services.items[stack[i].service].name);
	problem_add_at(problems, project->services.items[again].where,
		       "dependency cycle detected: %s%s" INVALID, strbuf_text(&text),
		       project->services.items[again].name);
}

/* Walks from one service with a stack of our own: chains may be as long as the file. False when a
 * cycle was found. */
static bool walk_from(const struct project *project, size_t start, unsigned char *colors,
		      struct visit *stack, struct problems *problems)
{
	size_t depth = 0;

	stack[depth++] = (struct visit){.service = start};
	colors[start] = GREY;
	while (depth) {
		struct visit *top = &stack[depth - 1];
		const struct service *service = &project->services.items[top->service];
		const struct service *other;
		size_t index;

		if (top->next == service->depends_on.count) {
			colors[top->service] = BLACK;
			depth--;
			continue;
		}
		other = project_find_service(project,
					     service->depends_on.items[top->next++].service);
		if (!other)
			continue;
		index = (size_t)(other - project->services.items);
		if (colors[index] == GREY) {
			report_cycle(project, stack, depth, index, problems);
			return false;
		}
		if (colors[index] == WHITE) {
			colors[index] = GREY;
			stack[depth++] = (struct visit){.service = index};
		}
	}
	return true;
}

static void check_cycles(const struct project *project, struct arena *arena,
			 struct problems *problems)
{
	unsigned char *colors = arena_array(arena, project->services.count, 1);
	struct visit *stack = arena_array(arena, project->services.count, sizeof(*stack));

	for (size_t i = 0; i < project->services.count; i++)
		if (colors[i] == WHITE && !walk_from(project, i, colors, stack, problems))
			return;
}

void validate_project(const struct project *project, struct arena *arena, struct problems *problems)
{
	check_networks(project, arena, problems);
	check_volumes(project, arena, problems);
	check_files(&project->secrets, false, arena, problems);
	check_files(&project->configs, true, arena, problems);
	for (size_t i = 0; i < project->services.count; i++)
		validate_service(project, &project->services.items[i], problems);
	check_cycles(project, arena, problems);
}
