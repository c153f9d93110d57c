/* SPDX-License-Identifier: Apache-2.0 */
/* `inspect`: whatever has that name or id; the kinds are asked in their order. */
#include "base/error.h"
#include "cli/command/cmd_stack.h"
#include "cli/nouns.h"
#include "cli/store_objects.h"
#include "compose/stack/swarm.h"
#include "engine/engine.h"

#include <string.h>

struct typed_inspect_options {
	struct nouns_inspect_options inspect; /* first: nouns_inspect */
	const char *type;
};

static const struct option_spec inspect_options[] = {
	OPTION(STRING, "format", 'f', typed_inspect_options, inspect.format,
	       "Print JSON, or what a template says", .value = "FORMAT", .fallback = "json"),
	OPTION(BOOL, "size", 's', typed_inspect_options, inspect.size,
	       "Count what containers have written"),
	OPTION(STRING, "type", 0, typed_inspect_options, type, "Look only for objects of this kind",
	       .value = "TYPE",
	       .words = "container image network volume service node secret config"),
	{0},
};

static json *find_secret(struct invocation *invocation, const char *name, struct error *err)
{
	return store_objects_secret.noun.describe(invocation, name, err);
}

static json *find_config(struct invocation *invocation, const char *name, struct error *err)
{
	return store_objects_config.noun.describe(invocation, name, err);
}

/* Where no swarm was asked for, the host's name is nobody's. */
static json *find_node(struct invocation *invocation, const char *name, struct error *err)
{
	const struct typed_inspect_options *options = invocation->options;

	if (options->type || swarm_is_active(&invocation->engine->layout))
		return cmd_stack_describe_node(invocation, name, err);
	error_set(err, ERROR_NOT_FOUND, "no such node: %s", name);
	return NULL;
}

/* In the order in which a name is looked for. */
static const struct {
	const char *type;
	nouns_describe *describe;
	const char *instead; /* without a function: where it is shown */
} kinds[] = {
	{"container", nouns_describe_container, NULL},
	{"image", nouns_describe_image, NULL},
	{"network", nouns_describe_network, NULL},
	{"volume", nouns_describe_volume, NULL},
	{"service", cmd_stack_describe_service, NULL},
	{"task", NULL, "tasks are containers, and 'coracle service ps' lists them"},
	{"node", find_node, NULL},
	{"plugin", NULL, "there are none here; 'coracle info' lists the drivers that there are"},
	{"secret", find_secret, NULL},
	{"config", find_config, NULL},
	{0},
};

static int inspect_check(const void *data, struct error *err)
{
	const struct typed_inspect_options *options = data;

	if (!options->type)
		return 0;
	for (size_t i = 0; kinds[i].type; i++) {
		if (strcmp(options->type, kinds[i].type) != 0)
			continue;
		return kinds[i].describe ? 0
					 : error_set(err, ERROR_UNSUPPORTED, "--type %s: %s",
						     options->type, kinds[i].instead);
	}
	return error_set(err, ERROR_INVALID,
			 "unknown type: \"%s\": must be one of \"config\", \"container\", "
			 "\"image\", \"network\", \"node\", \"plugin\", \"secret\", \"service\", "
			 "\"task\", \"volume\"",
			 options->type);
}

static json *describe_any(struct invocation *invocation, const char *name, struct error *err)
{
	const struct typed_inspect_options *options = invocation->options;
	const char *type = options->type;

	for (size_t i = 0; kinds[i].type; i++) {
		json *document;

		if ((type && strcmp(type, kinds[i].type) != 0) || !kinds[i].describe)
			continue;
		document = kinds[i].describe(invocation, name, err);
		if (document || type)
			return document;
		if (err->code != ERROR_NOT_FOUND && err->code != ERROR_INVALID)
			return NULL;
	}
	error_set(err, ERROR_NOT_FOUND, "no such %s: %s", type ? type : "object", name);
	if (!type)
		error_state(err, FACT_NO_OBJECT, name, NULL);
	return NULL;
}

static const struct noun any_noun = {.describe = describe_any};

const struct command cmd_inspect =
	COMMAND("inspect", "OBJECT...", "Show all that is known of objects of any kind, as JSON",
		EXAMPLE("--type volume shop_data", "Show the volume shop_data"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = ANY_NUMBER,
		COMMAND_OPTIONS(typed_inspect_options, inspect_options), .check = inspect_check,
		.run = nouns_inspect, .data = &any_noun);
