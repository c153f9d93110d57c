/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/nouns.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/pair.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "engine/engine.h"
#include "net/network.h"
#include "storage/image/image.h"
#include "storage/volume/volume.h"

#include <string.h>

#define WRONG_TEMPLATE 64 /* Docker's exit code for it */

const struct option_spec nouns_inspect_options[] = {
	NOUNS_INSPECT_FORMAT,
	{0},
};

/* Rows that follow each other may be one object under several names. */
static void print_keys(const json *rows, const char *key)
{
	const char *last = "";

	for (size_t i = 0; i < json_length(rows); i++) {
		const char *text = json_string(json_at(rows, i), key, "");

		if (strcmp(text, last) != 0)
			output_line(text);
		last = text;
	}
}

int nouns_ls(struct invocation *invocation, struct error *err)
{
	return nouns_ls_as(invocation, invocation->command->data, err);
}

int nouns_ls_as(struct invocation *invocation, const struct noun *noun, struct error *err)
{
	const struct nouns_ls_options *options = invocation->options;
	struct format_request request = {options->format, noun->columns, FORMAT_JSON_LINES,
					 noun->setting};
	auto_json json *rows = json_new_array();

	if (format_check(options->format, err) < 0 ||
	    filters_check(noun->filters, &options->filters, err) < 0 ||
	    noun->add_rows(invocation, rows, err) < 0)
		return -1;
	if (!options->quiet)
		return format_print(&request, rows, err);
	print_keys(rows, noun->key);
	return 0;
}

int nouns_inspect(struct invocation *invocation, struct error *err)
{
	const struct nouns_inspect_options *options = invocation->options;
	const struct noun *noun = invocation->command->data;
	auto_json json *documents = json_new_array();
	struct error *problems =
		arena_array(invocation->arena, invocation->argument_count, sizeof(*problems));
	size_t count = 0;
	int result;

	if (format_check_documents(options->format, err) < 0) {
		invocation_error(invocation, err);
		return WRONG_TEMPLATE;
	}
	for (size_t i = 0; i < invocation->argument_count; i++) {
		json *document =
			noun->describe(invocation, invocation->arguments[i], &problems[count]);

		if (document)
			json_add(documents, document);
		else
			count++;
	}
	result = format_documents(options->format, documents, err);
	for (size_t i = 0; i < count; i++)
		invocation_error(invocation, &problems[i]);
	return result < 0 ? -1 : count > 0;
}

json *nouns_describe_container(struct invocation *invocation, const char *name, struct error *err)
{
	const struct nouns_inspect_options *options = invocation->options;
	struct container container;

	if (container_find_healed(invocation->engine, name, &container, invocation->arena, err) < 0)
		return NULL;
	return describe_container(&container, invocation->engine, options->size);
}

json *nouns_describe_image(struct invocation *invocation, const char *name, struct error *err)
{
	struct image image;

	if (image_find(&invocation->engine->layout, name, &image, invocation->arena, err) < 0)
		return NULL;
	return describe_image(invocation->engine, &image, err);
}

json *nouns_describe_network(struct invocation *invocation, const char *name, struct error *err)
{
	struct network network;

	if (network_load(&invocation->engine->net, name, &network, invocation->arena, err) < 0)
		return NULL;
	return describe_network(invocation->engine, &network, err);
}

json *nouns_describe_volume(struct invocation *invocation, const char *name, struct error *err)
{
	struct volume volume = {0};

	if (volume_load(&invocation->engine->layout, name, &volume, invocation->arena, err) < 0)
		return NULL;
	return describe_volume(&volume);
}

struct pair *nouns_pairs(struct invocation *invocation, const struct strvec *rows)
{
	struct pair *pairs = arena_array(invocation->arena, rows->count + 1, sizeof(*pairs));

	for (size_t i = 0; i < rows->count; i++) {
		const char *equals = strchr(rows->items[i], '=');
		size_t length = equals ? (size_t)(equals - rows->items[i]) : strlen(rows->items[i]);

		pairs[i].name = arena_string_n(invocation->arena, rows->items[i], length);
		pairs[i].value = arena_string(invocation->arena, equals ? equals + 1 : "");
	}
	return pairs;
}
