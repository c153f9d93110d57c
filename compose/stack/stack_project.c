/* SPDX-License-Identifier: Apache-2.0 */
/* The model of a stack as a project, with what swarm takes for granted. */
#include "compose/stack/stack.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "compose/model/bind.h"
#include "compose/model/project.h"
#include "compose/model/schema_parts.h"
#include "compose/stack/stack_private.h"
#include "engine/labels.h"

#include <string.h>

/* ------------------------------------------------------------------ lists */

static void add_text(char ***list, struct arena *arena, const char *text)
{
	size_t count = 0;
	char **longer;

	while (*list && (*list)[count])
		count++;
	longer = arena_array(arena, count + 2, sizeof(*longer));
	if (count)
		memcpy(longer, *list, count * sizeof(*longer));
	longer[count] = arena_string(arena, text);
	*list = longer;
}

static void add_label(char ***labels, struct arena *arena, const char *name, const char *value)
{
	add_text(labels, arena, arena_format(arena, "%s=%s", name, value));
}

/* ------------------------------------------------------------------ what swarm adds */

/* Without an update_config one after the other is replaced; what ends is started again. */
static void fill_deploy(struct service *service, struct arena *arena)
{
	if (!service->deploy) {
		service->deploy = arena_alloc(arena, sizeof(*service->deploy));
		bind_defaults(&schema_deploy, service->deploy);
	}
	if (!service->deploy->update_config) {
		struct deploy_update *update = arena_alloc(arena, sizeof(*update));

		*update = (struct deploy_update){.parallelism = 1,
						 .delay = MODEL_UNSET,
						 .monitor = MODEL_UNSET,
						 .max_failure_ratio = MODEL_UNSET_FRACTION};
		service->deploy->update_config = update;
	}
	if (!service->deploy->restart_policy) {
		struct deploy_restart_policy *policy = arena_alloc(arena, sizeof(*policy));

		*policy = (struct deploy_restart_policy){
			.delay = MODEL_UNSET, .window = MODEL_UNSET, .max_attempts = MODEL_UNSET};
		service->deploy->restart_policy = policy;
	}
}

/* The names by which others reach it, beside its short one. */
static void fill_aliases(struct service *service, struct arena *arena)
{
	for (size_t i = 0; i < service->networks.count; i++) {
		struct service_network *network = &service->networks.items[i];

		add_text(&network->aliases, arena, service->full_name);
		add_text(&network->aliases, arena, arena_format(arena, "tasks.%s", service->name));
		if (strcmp(service->name, service->full_name) != 0)
			add_text(&network->aliases, arena,
				 arena_format(arena, "tasks.%s", service->full_name));
	}
}

static void fill_service(struct service *service, struct stack *stack, struct arena *arena)
{
	json *record = stack_record(stack, service->name);

	service->full_name = stack_full_name(stack, service->name, arena);
	fill_deploy(service, arena);
	fill_aliases(service, arena);
	if (!stack_is_service(stack))
		add_label(&service->labels, arena, LABEL_STACK, stack->name);
	add_label(&service->labels, arena, LABEL_SWARM_SERVICE, service->full_name);
	add_label(&service->labels, arena, LABEL_SWARM_SERVICE_ID, json_string(record, "id", ""));
}

static void fill_project(struct project *project, struct stack *stack, struct arena *arena)
{
	for (size_t i = 0; i < project->services.count; i++)
		fill_service(&project->services.items[i], stack, arena);
	for (size_t i = 0; i < project->networks.count && !stack_is_service(stack); i++)
		if (project->networks.items[i].external != TRISTATE_TRUE)
			add_label(&project->networks.items[i].labels, arena, LABEL_STACK,
				  stack->name);
	for (size_t i = 0; i < project->volumes.count && !stack_is_service(stack); i++)
		if (project->volumes.items[i].external != TRISTATE_TRUE)
			add_label(&project->volumes.items[i].labels, arena, LABEL_STACK,
				  stack->name);
}

/* ------------------------------------------------------------------ loading */

static char **strings_of(const json *array, struct arena *arena)
{
	size_t count = json_length(array);
	char **items = arena_array(arena, count + 1, sizeof(*items));

	for (size_t i = 0; i < count; i++)
		items[i] = arena_string(arena, json_string_at(array, i));
	return items;
}

int stack_read_model(struct project *project, const struct stack *stack, struct arena *arena,
		     struct error *err)
{
	static char no_env[] = "COMPOSE_DISABLE_ENV_FILE=1";
	char *environment[] = {no_env, NULL};
	char *files[] = {arena_format(arena, "stack %s", stack->name), NULL};
	auto_strbuf struct strbuf text = {0};
	struct project_request request = {
		.files = files,
		.name = stack->name,
		.directory = json_string(stack->document, "working_dir", "/"),
		.environment = environment,
		.name_separator = "_",
		.use = PROJECT_TO_RUN,
	};

	json_print_exact(&text, stack_model(stack));
	request.text = strbuf_text(&text);
	return project_load(project, &request, arena, NULL, err);
}

int stack_project(struct project *project, const struct stack *stack, struct arena *arena,
		  struct error *err)
{
	if (stack_read_model(project, stack, arena, err) < 0)
		return -1;
	project->files = strings_of(json_get(stack->document, "files"), arena);
	fill_project(project, (struct stack *)stack, arena);
	return 0;
}
