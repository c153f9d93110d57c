/* SPDX-License-Identifier: Apache-2.0 */
/* "name=…,alias=…,ip=…", as --network has it: a table of its fields. */
#include "cli/request/request_private.h"

#include "base/cleanup.h"
#include "base/pair.h"
#include "base/strvec.h"
#include "base/units.h"

struct words {
	struct endpoint_request *endpoint;
	struct strvec aliases, link_local, options;
};

/* Where a field goes: one of the three. */
struct endpoint_field {
	const char *key;
	const char **text;
	struct strvec *list;
	int *number;
};

static int take(const struct endpoint_field *field, const struct pair *pair, struct error *err)
{
	int64_t number;

	if (field->text) {
		*field->text = pair->value;
	} else if (field->list) {
		strvec_add(field->list, pair->value);
	} else {
		if (units_parse_int(&number, pair->value, INT32_MIN, INT32_MAX, err) < 0)
			return error_wrap(err, "invalid %s (%s)", field->key, pair->value);
		*field->number = (int)number;
	}
	return 0;
}

static int take_all(struct words *words, const struct pair *pairs, size_t count, struct error *err)
{
	struct endpoint_request *endpoint = words->endpoint;
	const struct endpoint_field fields[] = {
		{.key = "name", .text = &endpoint->network},
		{.key = "alias", .list = &words->aliases},
		{.key = "ip", .text = &endpoint->ipv4},
		{.key = "ip6", .text = &endpoint->ipv6},
		{.key = "mac-address", .text = &endpoint->mac},
		{.key = "link-local-ip", .list = &words->link_local},
		{.key = "driver-opt", .list = &words->options},
		{.key = "gw-priority", .number = &endpoint->gw_priority},
		{0},
	};

	for (size_t i = 0; i < count; i++) {
		const struct endpoint_field *field = fields;

		if (!pairs[i].value || !*pairs[i].name)
			return error_set(err, ERROR_INVALID, "invalid field %s", pairs[i].name);
		while (field->key && strcmp(field->key, pairs[i].name) != 0)
			field++;
		if (!field->key)
			return error_set(err, ERROR_INVALID, "invalid field key %s", pairs[i].name);
		if (take(field, &pairs[i], err) < 0)
			return -1;
	}
	return 0;
}

static int read_fields(struct words *words, const char *text, struct arena *arena,
		       struct error *err)
{
	struct endpoint_request *endpoint = words->endpoint;
	struct pair *pairs;
	size_t count;

	if (pair_from_csv(&pairs, &count, text, arena, err) < 0 ||
	    take_all(words, pairs, count, err) < 0)
		return -1;
	if (!endpoint->network || !*endpoint->network)
		return error_set(err, ERROR_INVALID, "network name/id is not specified");
	strvec_each (option, &words->options)
		if (!strchr(*option, '=') || **option == '=')
			return error_set(err, ERROR_INVALID,
					 "invalid key value pair format in driver options");
	pair_set_entries(&endpoint->options, &endpoint->option_count,
			 strvec_copy(&words->options, arena), arena);
	if (words->aliases.count)
		endpoint->aliases = strvec_copy(&words->aliases, arena);
	if (words->link_local.count)
		endpoint->link_local = strvec_copy(&words->link_local, arena);
	return 0;
}

int request_endpoint_parse(struct endpoint_request *endpoint, const char *text, struct arena *arena,
			   struct error *err)
{
	struct words words = {.endpoint = endpoint};
	int result;

	*endpoint = (struct endpoint_request){.network = text};
	if (!text[strspn(text, " ")])
		return error_set(err, ERROR_INVALID, "no name set for network");
	if (!strchr(text, '='))
		return 0;
	endpoint->network = NULL;
	result = read_fields(&words, text, arena, err);
	strvec_release(&words.aliases);
	strvec_release(&words.link_local);
	strvec_release(&words.options);
	return result;
}
