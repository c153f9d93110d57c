/* SPDX-License-Identifier: Apache-2.0 */
/* Compose files as `docker stack deploy` reads them. */
#include "compose/stack/stack_deploy.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "compose/model/project.h"
#include "compose/stack/stack_files_private.h"
#include "compose/stack/stack_private.h"

#include <ctype.h>
#include <string.h>

int stack_deploy_check_name(const char *name, struct error *err)
{
	bool fits = isalnum((unsigned char)*name) && strlen(name) <= 63;

	for (const char *c = name; *c && fits; c++)
		fits = islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '_' ||
		       *c == '-';
	return fits ? 0
		    : error_set(err, ERROR_INVALID,
				"invalid stack name: \"%.80s\": use lower-case letters, digits, "
				"'-' and '_', and begin with a letter or digit",
				name);
}

/* ------------------------------------------------------------------ what is left out */

static bool has_build(const struct service *service)
{
	return service->build && service->image;
}

static bool has_external_links(const struct service *service)
{
	return service->external_links && *service->external_links;
}

static bool has_links(const struct service *service)
{
	return service->links && *service->links;
}

static bool has_restart(const struct service *service)
{
	return service->restart;
}

/* What a service of a swarm does not have. With an image of its own nothing is built. */
static const struct left_out {
	const char *name;
	bool (*is_given)(const struct service *service);
} left_out[] = {
	{"build", has_build},
	{"external_links", has_external_links},
	{"links", has_links},
	{"restart", has_restart},
};

static bool is_given(const struct left_out *row, const struct project *project)
{
	for (size_t i = 0; i < project->services.count; i++)
		if (row->is_given(&project->services.items[i]))
			return true;
	return false;
}

static void say_left_out(const struct project *project)
{
	auto_strbuf struct strbuf names = {0};

	for (size_t i = 0; i < array_length(left_out); i++)
		if (is_given(&left_out[i], project))
			strbuf_printf(&names, "%s%s", names.length ? ", " : "", left_out[i].name);
	if (names.length)
		log_info("Ignoring unsupported options: %s\n", names.text);
}

/* One that has no image but a build is built: this host is the only one that needs it. */
static void leave_out(json *service)
{
	if (json_string(service, "image", NULL))
		stack_drop(service, "build");
	for (size_t i = 1; i < array_length(left_out); i++)
		stack_drop(service, left_out[i].name);
	stack_drop(service, "scale");
}

/* ------------------------------------------------------------------ old and new */

/* What the files do not mention (any more) stays as it was. */
static void keep_others(json *model, const json *old, const char *section)
{
	json *now = stack_object(model, section), *before = json_get(old, section);

	if (!json_is_object(before))
		return;
	json_each (name, value, before) {
		if (!json_get(now, name))
			json_set(now, name, stack_copy(value));
	}
}

/* An overlay network is what all are, and said to be a bridge once. */
static void leave_out_drivers(json *networks)
{
	json_each (name, network, networks) {
		(void)name;
		if (strcmp(json_string(network, "driver", ""), "overlay") == 0)
			stack_drop(network, "driver");
	}
}

static json *make_model(const struct project *project, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	json *model;

	project_print(&text, project, PROJECT_JSON);
	model = json_parse(strbuf_text(&text), text.length, "the model", err);
	if (!model)
		return NULL;
	json_each (name, service, stack_object(model, "services")) {
		(void)name;
		leave_out(service);
	}
	leave_out_drivers(json_get(model, "networks"));
	return model;
}

static void merge_old(json *model, const struct stack *stack, bool prune)
{
	static const char *const sections[] = {"networks", "volumes", "secrets", "configs",
					       "services"};

	for (size_t i = 0; i < array_length(sections) - prune; i++)
		keep_others(model, stack_model(stack), sections[i]);
}

/* ------------------------------------------------------------------ loading */

static bool is_of_compose(const char *variable)
{
	return strncmp(variable, "COMPOSE_", strlen("COMPOSE_")) == 0;
}

/* Neither .env nor COMPOSE_… say anything to a stack. */
static char **environment_of(const struct stack_deploy *deploy, struct arena *arena)
{
	auto_strvec struct strvec kept = {0};

	for (char **variable = deploy->environment; variable && *variable; variable++)
		if (!is_of_compose(*variable))
			strvec_add(&kept, *variable);
	strvec_add(&kept, "COMPOSE_DISABLE_ENV_FILE=1");
	return strvec_copy(&kept, arena);
}

static int check_services(const struct project *project, struct error *err)
{
	for (size_t i = 0; i < project->services.count; i++)
		if (!project->services.items[i].image && !project->services.items[i].build)
			return error_set(err, ERROR_INVALID,
					 "invalid image reference for service %s: no image "
					 "specified",
					 project->services.items[i].name);
	return 0;
}

static int load_files(struct project *project, const struct stack_change *change,
		      const struct stack_deploy *deploy, struct error *err)
{
	struct project_request request = {
		.files = deploy->files,
		.name = change->stack->name,
		.name_separator = "_",
		.environment = environment_of(deploy, change->arena),
		.for_stack = true,
		.use = PROJECT_TO_RUN,
	};

	if (project_load(project, &request, change->arena, NULL, err) < 0)
		return -1;
	return check_services(project, err);
}

int stack_deploy_model(json **model, struct stack_change *change, const struct stack_deploy *deploy,
		       struct error *err)
{
	struct stack *stack = change->stack;
	auto_json json *made = NULL;
	struct project project;

	if (load_files(&project, change, deploy, err) < 0)
		return error_state(err, FACT_OF_CLIENT, NULL, NULL);
	if (stack_check_containers(change, err) < 0)
		return -1;
	say_left_out(&project);
	made = make_model(&project, err);
	if (!made || stack_files_keep(change, &project, made, err) < 0)
		return -1;
	for (size_t i = 0; i < project.services.count; i++)
		strvec_add(deploy->services, project.services.items[i].name);
	merge_old(made, stack, deploy->prune);
	json_set_string(stack->document, "working_dir", project.working_dir);
	json_set(stack->document, "files", json_from_strings(project.files));
	*model = take_ptr(made);
	return 0;
}
