/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/canonical_pairs.h"

#include "compose/model/canonical_refuse.h"
#include "compose/model/problems.h"
#include "compose/model/schema.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/map.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ NAME=value */

/* An integer is its decimal text, as in Docker Compose: 010 is 8. Fractions and numbers that do not
 * fit keep the text of the file. */
struct node *canonical_number(struct walk *walk, struct node *node)
{
	char text[32];
	int64_t value;

	if (!node_parse_integer(node->text, &value))
		return node;
	snprintf(text, sizeof(text), "%lld", (long long)value);
	if (strcmp(text, node->text) == 0)
		return node;
	log_warning_once("%s:%u: %s: %s is the number %s; put it in quotes to keep the text",
			 node->file, node->line, strbuf_text(&walk->path), node->text, text);
	return node_new_string(walk->arena, node, text);
}

static struct node *canonical_pair_value(struct walk *walk, const struct field *field,
					 struct node *node)
{
	if (node_is_scalar(node) && node->type == NODE_BOOL)
		return node_new_string(walk->arena, node,
				       strcasecmp(node->text, "true") == 0 ? "true" : "false");
	if (node_is_scalar(node) && node->type == NODE_INT)
		return canonical_number(walk, node);
	if (node_is_scalar(node))
		return node;
	if (!node_is_null(node))
		return canonical_refuse(walk, node, "a string, a number, a boolean or null");
	if (field->flags & FIELD_NULLS)
		return node;
	return node_new_string(walk->arena, node, "");
}

static bool check_variable(struct walk *walk, const struct field *field, const struct node *at,
			   const char *name)
{
	size_t length = strlen(name);

	if (!length) {
		problem_add(walk, at, "an entry without a name; NAME=value");
		return false;
	}
	if (strchr(name, '=')) {
		problem_add(walk, at, "the name '%.80s' has '=' in it", name);
		return false;
	}
	if (strcmp(field->key, "environment") != 0 || !isspace((unsigned char)name[length - 1]))
		return true;
	problem_add(walk, at, "environment variable %s is declared with a trailing space", name);
	return false;
}

static void add_assignment(struct walk *walk, const struct field *field, struct node *map,
			   struct node *item, struct map *places)
{
	const char *equals = strchr(item->text, '=');
	auto_free char *name =
		equals ? strndup(item->text, (size_t)(equals - item->text)) : strdup(item->text);
	size_t place;
	struct node *value;

	if (!check_variable(walk, field, item, name))
		return;
	if (equals)
		value = node_new_string(walk->arena, item, equals + 1);
	else
		value = canonical_pair_value(walk, field, node_new_null(walk->arena, item));
	place = (size_t)map_get(places, name);
	if (place) {
		map->pairs[place - 1].value = value;
		map->pairs[place - 1].line = item->line;
		map->pairs[place - 1].column = item->column;
		return;
	}
	node_append_pair(walk->arena, map,
			 &(struct node_pair){.key = arena_string(walk->arena, name),
					     .value = value,
					     .line = item->line,
					     .column = item->column});
	map_set(places, name, (void *)(size_t)map->count);
}

static struct node *pairs_from_list(struct walk *walk, const struct field *field,
				    const struct node *list)
{
	struct node *map = node_new_map(walk->arena, list);
	auto_map struct map places = {0};

	for (unsigned i = 0; i < list->count; i++) {
		size_t length = walk_enter_item(walk, i);

		if (node_is_string(list->items[i]))
			add_assignment(walk, field, map, list->items[i], &places);
		else if (node_is_map(list->items[i]))
			problem_add(walk, list->items[i],
				    "must be a string, not a mapping; write 'NAME=value' or leave "
				    "the '-' out of all lines");
		else
			canonical_refuse(walk, list->items[i], "a string");
		walk_leave(walk, length);
	}
	return map;
}

struct node *canonical_pairs(struct walk *walk, const struct field *field, struct node *node)
{
	if (node_is_list(node) && field->flags & FIELD_OR_LIST)
		return pairs_from_list(walk, field, node);
	if (!node_is_map(node))
		return canonical_refuse(walk, node,
					field->flags & FIELD_OR_LIST
						? "a mapping or a list of NAME=value"
						: "a mapping");
	for (unsigned i = 0; i < node->count; i++) {
		struct node_pair *pair = &node->pairs[i];
		size_t length = walk_enter(walk, pair->key);

		if (pair->value->tag != NODE_RESET) {
			check_variable(walk, field, pair->value, pair->key);
			pair->value = canonical_pair_value(walk, field, pair->value);
		}
		walk_leave(walk, length);
	}
	return node;
}

/* ------------------------------------------------------------------ HOST=IP */

static bool is_variable(const struct walk *walk, const struct node *node)
{
	return walk->keep_variables && node_is_string(node) && strchr(node->text, '$');
}

/* One address, or several with commas between them. */
static void add_host(struct walk *walk, struct node *list, const char *host,
		     const struct node *address)
{
	const char *text = address->text;

	for (bool is_last = false; !is_last;) {
		size_t length = strcspn(text, ",");
		bool is_bracketed = length > 2 && *text == '[' && text[length - 1] == ']';
		char *entry = arena_format(walk->arena, "%s=%.*s", host,
					   (int)length - 2 * is_bracketed, text + is_bracketed);

		node_append(walk->arena, list, node_new_string(walk->arena, address, entry));
		is_last = !text[length];
		text += length + 1;
	}
}

static void add_host_text(struct walk *walk, struct node *list, const struct node *item)
{
	size_t at = strcspn(item->text, "=");
	struct node address = *item;

	if (!item->text[at])
		at = strcspn(item->text, ":");
	if (!at || !item->text[at]) {
		if (is_variable(walk, item))
			node_append(walk->arena, list,
				    node_new_string(walk->arena, item, item->text));
		else
			problem_add(walk, item, "bad host name and address '%s'; HOST=IP",
				    item->text);
		return;
	}
	address.text += at + 1;
	add_host(walk, list, arena_string_n(walk->arena, item->text, at), &address);
}

static void add_hosts(struct walk *walk, struct node *list, const struct node_pair *pair)
{
	size_t length = walk_enter(walk, pair->key);
	const struct node *value = pair->value;

	if (node_is_string(value))
		add_host(walk, list, pair->key, value);
	for (unsigned i = 0; node_is_list(value) && i < value->count; i++) {
		if (node_is_string(value->items[i]))
			add_host(walk, list, pair->key, value->items[i]);
		else
			canonical_refuse(walk, value->items[i], "an address");
	}
	if (!node_is_string(value) && !node_is_list(value))
		canonical_refuse(walk, value, "an address or a list of addresses");
	walk_leave(walk, length);
}

struct node *canonical_hosts(struct walk *walk, const struct field *field, struct node *node)
{
	struct node *list = node_new_list(walk->arena, node);

	(void)field;
	if (node_is_map(node)) {
		each_pair (pair, node)
			add_hosts(walk, list, pair);
		return list;
	}
	if (!node_is_list(node))
		return canonical_refuse(walk, node, "a mapping or a list of HOST=IP");
	for (unsigned i = 0; i < node->count; i++) {
		size_t length = walk_enter_item(walk, i);

		if (node_is_string(node->items[i]))
			add_host_text(walk, list, node->items[i]);
		else
			canonical_refuse(walk, node->items[i], "a string");
		walk_leave(walk, length);
	}
	return list;
}
