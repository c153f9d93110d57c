/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/labelled_project.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "compose/stack/stack.h"
#include "engine/engine.h"
#include "engine/labels.h"

#include <string.h>

static char **services_of(struct invocation *invocation, const struct container_list *list)
{
	char **names = arena_array(invocation->arena, list->count + 1, sizeof(char *));
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *name = labels_service(&list->items[i]);
		size_t j = 0;

		while (j < count && strcmp(names[j], name) != 0)
			j++;
		if (j == count)
			names[count++] = arena_string(invocation->arena, name);
	}
	return names;
}

/* A stack is what was written down of it, wherever its files are by now. */
static int load_stack(struct invocation *invocation, struct project *project, struct error *err)
{
	auto_stack struct stack stack = {0};

	if (stack_load(&stack, &invocation->engine->layout, invocation->project_name, err) < 0)
		return -1;
	return stack_project(project, &stack, invocation->arena, err);
}

static int load_files(struct invocation *invocation, const struct container_list *list,
		      char ***services, struct project *project, struct error *err)
{
	auto_strvec struct strvec files = {0};
	struct project_request request = {0};
	const char *at =
		list->count > 0 ? container_label(&list->items[0], LABEL_CONFIG_FILES) : NULL;

	if (!at || !*at)
		return error_set(err, ERROR_NOT_FOUND, "project \"%s\" has no container to start",
				 invocation->project_name);
	for (;; at += strcspn(at, ",") + 1) {
		strvec_add_n(&files, at, strcspn(at, ","));
		if (!strchr(at, ','))
			break;
	}
	globals_project_request(invocation->globals, &request);
	request.name = invocation->project_name;
	/* What has containers is what there is to start, whatever its profile. */
	if (!*services)
		*services = services_of(invocation, list);
	request.services = *services;
	request.files = files.items;
	if (!request.directory)
		request.directory = container_label(&list->items[0], LABEL_WORKING_DIR);
	if (project_load(project, &request, invocation->arena, NULL, err) < 0)
		return error_wrap(err, "the compose files of project '%s'",
				  invocation->project_name);
	return 0;
}

int labelled_project_load(struct invocation *invocation, char ***services, struct project *project,
			  struct error *err)
{
	struct container_list list;
	struct error reason = {0};

	if (load_stack(invocation, project, &reason) == 0)
		return 0;
	if (reason.code != ERROR_NOT_FOUND)
		return error_pass(err, &reason);
	if (invocation_list(invocation, NULL, false, &list, err) < 0)
		return -1;
	return load_files(invocation, &list, services, project, err);
}
