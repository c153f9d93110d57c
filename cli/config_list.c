/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config_list.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/screen/output.h"
#include "cli/unknown.h"
#include "compose/model/project.h"

#include <ctype.h>
#include <string.h>

static void add_services(struct strbuf *out, const struct project *project)
{
	for (size_t i = 0; i < project->services.count; i++)
		strbuf_printf(out, "%s\n", project->services.items[i].name);
}

static void add_volumes(struct strbuf *out, const struct project *project)
{
	for (size_t i = 0; i < project->volumes.count; i++)
		strbuf_printf(out, "%s\n", project->volumes.items[i].key);
}

static void add_networks(struct strbuf *out, const struct project *project)
{
	for (size_t i = 0; i < project->networks.count; i++)
		strbuf_printf(out, "%s\n", project->networks.items[i].key);
}

static void add_models(struct strbuf *out, const struct project *project)
{
	auto_strvec struct strvec names = {0};

	project_model_names(project, &names);
	strvec_each (name, &names)
		strbuf_printf(out, "%s\n", *name);
}

static void add_image(struct strbuf *out, const struct project *project,
		      const struct service *service)
{
	if (service->image && *service->image)
		strbuf_printf(out, "%s\n", service->image);
	else
		strbuf_printf(out, "%s%s%s\n", project->name, project->name_separator,
			      service->name);
}

static void add_images(struct strbuf *out, const struct project *project)
{
	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *service = &project->services.items[i];

		add_image(out, project, service);
		for (size_t j = 0; j < service->pre_start.count; j++) {
			const char *image = service->pre_start.items[j].image;

			if (image && !(service->image && strcmp(image, service->image) == 0))
				strbuf_printf(out, "%s\n", image);
		}
	}
}

static void add_profiles(struct strbuf *out, const struct project *project)
{
	auto_strvec struct strvec names = {0};

	for (size_t i = 0; i < project->services.count + project->disabled.count; i++) {
		const struct service *service =
			i < project->services.count
				? &project->services.items[i]
				: &project->disabled.items[i - project->services.count];

		for (char **name = service->profiles; name && *name; name++)
			if (!strvec_contains(&names, *name))
				strvec_add(&names, *name);
	}
	strvec_sort(&names);
	strvec_each (name, &names)
		strbuf_printf(out, "%s\n", *name);
}

/* Is the value of "NAME=value" a secret's? */
static bool is_secret(const struct project *project, const char *item)
{
	size_t length = strcspn(item, "=");

	for (size_t i = 0; i < project->secrets.count; i++) {
		const char *name = project->secrets.items[i].environment;

		if (name && strlen(name) == length && strncmp(name, item, length) == 0)
			return true;
	}
	return false;
}

static void add_environment(struct strbuf *out, const struct project *project)
{
	for (char **item = project->environment; item && *item; item++) {
		if (is_secret(project, *item))
			strbuf_printf(out, "%.*s=***\n", (int)strcspn(*item, "="), *item);
		else
			strbuf_printf(out, "%s\n", *item);
	}
}

void config_list_add(struct strbuf *out, const struct project *project, enum config_list list)
{
	static void (*const add[])(struct strbuf * out, const struct project *project) = {
		[CONFIG_LIST_SERVICES] = add_services,	     [CONFIG_LIST_VOLUMES] = add_volumes,
		[CONFIG_LIST_NETWORKS] = add_networks,	     [CONFIG_LIST_MODELS] = add_models,
		[CONFIG_LIST_IMAGES] = add_images,	     [CONFIG_LIST_PROFILES] = add_profiles,
		[CONFIG_LIST_ENVIRONMENT] = add_environment,
	};

	add[list](out, project);
}

void config_list_split(struct strvec *names, const char *text)
{
	for (;; text++) {
		size_t length = strcspn(text, ",");

		strvec_add_n(names, text, length);
		text += length;
		if (!*text)
			return;
	}
}

int config_list_hashes(struct strbuf *out, const struct project *project, const char *wanted,
		       struct error *err)
{
	auto_strvec struct strvec names = {0};
	char hash[65];

	if (strcmp(wanted, "*") == 0)
		for (size_t i = 0; i < project->services.count; i++)
			strvec_add(&names, project->services.items[i].name);
	else
		config_list_split(&names, wanted);
	strvec_sort(&names);
	strvec_each (name, &names) {
		const struct service *service = project_find_service(project, *name);

		if (!service)
			return unknown_service(project, *name, err);
		project_service_hash(hash, project, service);
		strbuf_printf(out, "%s %s\n", *name, hash);
	}
	return 0;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static json *describe_variable(const struct project_variable *variable)
{
	json *one = json_new_object();

	json_set_string(one, "Name", variable->name);
	json_set_string(one, "DefaultValue", or_empty(variable->default_value));
	json_set_string(one, "PresenceValue", or_empty(variable->alternate));
	json_set_bool(one, "Required", variable->is_required);
	return one;
}

static void add_variables_json(struct strbuf *out, const struct project_variable *variables,
			       size_t count)
{
	auto_json json *all = json_new_object();

	for (size_t i = 0; i < count; i++)
		json_set(all, variables[i].name, describe_variable(&variables[i]));
	json_print(out, all, true);
	strbuf_add_char(out, '\n');
}

/* The same members, in lower case. */
static void add_variables_yaml(struct strbuf *out, const struct project_variable *variables,
			       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		auto_json json *one = describe_variable(&variables[i]);

		strbuf_printf(out, "%s:\n", variables[i].name);
		json_each (name, value, one) {
			strbuf_add(out, "    ");
			for (const char *p = name; *p; p++)
				strbuf_add_char(out, (char)tolower((unsigned char)*p));
			strbuf_add(out, ": ");
			if (json_is_string(value))
				project_print_text(out, json_object_get_string(value));
			else
				json_print(out, value, false);
			strbuf_add_char(out, '\n');
		}
	}
	if (!count)
		strbuf_add(out, "{}\n");
}

static void add_variables_table(struct strbuf *out, const struct project_variable *variables,
				size_t count)
{
	auto_table struct table table = {0};
	struct strvec *row = table_row(&table);

	strvec_add(row, "NAME");
	strvec_add(row, "REQUIRED");
	strvec_add(row, "DEFAULT VALUE");
	strvec_add(row, "ALTERNATE VALUE");
	for (size_t i = 0; i < count; i++) {
		row = table_row(&table);
		strvec_add(row, variables[i].name);
		strvec_add(row, variables[i].is_required ? "true" : "false");
		strvec_add(row, or_empty(variables[i].default_value));
		strvec_add(row, or_empty(variables[i].alternate));
	}
	table_format(out, &table, false);
}

void config_list_variables(struct strbuf *out, const struct project *project, const char *format)
{
	auto_arena struct arena arena = {0};
	struct project_variable *variables;
	size_t count = project_variables(project, &variables, &arena);

	if (format && strcmp(format, "yaml") == 0)
		add_variables_yaml(out, variables, count);
	else if (format)
		add_variables_json(out, variables, count);
	else
		add_variables_table(out, variables, count);
}
