/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/provider_metadata.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "compose/model/tree.h"

#include <string.h>

static json *parameters_of(json *metadata, const char *verb)
{
	json *command = metadata ? json_get(metadata, verb) : NULL;

	return command ? json_get(command, "parameters") : NULL;
}

static bool says_something(json *metadata)
{
	return *json_string(metadata, "description", "") || parameters_of(metadata, "up") ||
	       parameters_of(metadata, "down");
}

json *provider_metadata_ask(char *program, char *const *env)
{
	static char compose[] = "compose", word[] = "metadata";
	char *argv[] = {program, compose, word, NULL};
	auto_strbuf struct strbuf output = {0};
	auto_json json *metadata = NULL;

	if (process_ask(argv, env, &output, NULL) != 0 || !output.length)
		return NULL;
	metadata = json_parse(output.text, output.length, "its metadata", NULL);
	if (!metadata || !json_is_object(metadata) || !says_something(metadata))
		return NULL;
	return take_ptr(metadata);
}

bool provider_metadata_has(json *metadata, const char *verb)
{
	if (strcmp(verb, "up") == 0 || strcmp(verb, "down") == 0)
		return true;
	return metadata && json_get(metadata, verb);
}

bool provider_metadata_takes(json *metadata, const char *verb, const char *option)
{
	json *parameters = parameters_of(metadata, verb);

	for (size_t i = 0; i < json_length(parameters); i++)
		if (strcmp(json_string(json_at(parameters, i), "name", ""), option) == 0)
			return true;
	return !metadata;
}

int provider_metadata_check(json *metadata, const char *verb, const char *type,
			    const struct node *options, struct error *err)
{
	json *parameters = parameters_of(metadata, verb);

	for (size_t i = 0; i < json_length(parameters); i++) {
		json *one = json_at(parameters, i);
		const char *name = json_string(one, "name", "");

		if (json_flag(one, "required", false) &&
		    !(node_is_map(options) && node_get(options, name)))
			return error_set(
				err, ERROR_INVALID,
				"required parameter \"%s\" is missing from provider \"%s\" "
				"definition",
				name, type);
	}
	return 0;
}
