/* SPDX-License-Identifier: Apache-2.0 */
/* `inspect`: whatever has that name or id; the kinds are asked in their order. */
#include "base/error.h"
#include "cli/nouns.h"

#include <string.h>

struct typed_inspect_options {
	struct nouns_inspect_options inspect; /* first: nouns_inspect */
	const char *type;
};

static const struct option_spec inspect_options[] = {
	OPTION(STRING, "format", 'f', typed_inspect_options, inspect.format, "json or a template",
	       .value = "FORMAT"),
	OPTION(STRING, "type", 0, typed_inspect_options, type,
	       "container, image, network or volume", .value = "TYPE"),
	{0},
};

/* In the order in which a name is looked for. */
static const struct {
	const char *type;
	nouns_describe *describe;
} kinds[] = {
	{"container", nouns_describe_container},
	{"image", nouns_describe_image},
	{"network", nouns_describe_network},
	{"volume", nouns_describe_volume},
	{0},
};

static int inspect_check(const void *data, struct error *err)
{
	const struct typed_inspect_options *options = data;

	for (size_t i = 0; options->type && kinds[i].type; i++)
		if (strcmp(options->type, kinds[i].type) == 0)
			return 0;
	if (!options->type)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "--type must be container, image, network or volume, not '%s'",
			 options->type);
}

static json *describe_any(struct invocation *invocation, const char *name, struct error *err)
{
	const struct typed_inspect_options *options = invocation->options;

	for (size_t i = 0; kinds[i].type; i++) {
		json *document;

		if (options->type && strcmp(options->type, kinds[i].type) != 0)
			continue;
		document = kinds[i].describe(invocation, name, err);
		if (document || options->type)
			return document;
		if (err->code != ERROR_NOT_FOUND && err->code != ERROR_INVALID)
			return NULL;
	}
	error_set(err, ERROR_NOT_FOUND, "no such object: %s", name);
	return NULL;
}

static const struct noun any_noun = {.describe = describe_any};

const struct command cmd_inspect = COMMAND(
	"inspect", "NAME...", "show all about containers, images, networks or volumes as JSON",
	.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = ANY_NUMBER,
	COMMAND_OPTIONS(typed_inspect_options, inspect_options), .check = inspect_check,
	.run = nouns_inspect, .data = &any_noun);
