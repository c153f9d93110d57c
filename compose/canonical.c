/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/canonical.h"

#include "compose/merge.h"
#include "compose/problems.h"
#include "compose/schema.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/map.h"

#include <ctype.h>
#include <string.h>

typedef struct node *canonical_function(struct walk *walk, const struct field *field,
					struct node *node);

/* Notes the problem and gives the null that stands for the bad value. */
static struct node *refuse(struct walk *walk, const struct node *node, const char *allowed)
{
	problem_add(walk, node, "must be %s, not %s", allowed, node_describe(node));
	return node_new_null(walk->arena, node);
}

static bool is_text(const struct node *node)
{
	return node_is_scalar(node) && node->type != NODE_BOOL;
}

static bool is_variable(const struct walk *walk, const struct node *node)
{
	return walk->keep_variables && node_is_string(node) && strchr(node->text, '$');
}

/* ------------------------------------------------------------------ scalars and their lists */

static struct node *canonical_string(struct walk *walk, const struct field *field,
				     struct node *node)
{
	if (is_text(node) || (node_is_scalar(node) && field->flags & FIELD_ANY_SCALAR))
		return node;
	return refuse(walk, node, "a string");
}

static struct node *canonical_external(struct walk *walk, struct node *map, struct node *node)
{
	struct node *name = node_get(node, "name");
	const struct node *other = node_get(map, "name");

	log_warning_once("%s:%u: %s.external.name is deprecated; write 'external: true' and 'name'",
			 node->file, node->line, strbuf_text(&walk->path));
	if (node_text(name) && node_text(other) && strcmp(name->text, other->text) != 0)
		problem_add(walk, name, "name and external.name conflict; only use name");
	else if (node_text(name) && !other)
		node_set(walk->arena, map, "name", name);
	return node_new_scalar(walk->arena, node, NODE_BOOL, "true");
}

static struct node *canonical_scalar(struct walk *walk, const struct field *field,
				     struct node *node)
{
	static const char *const allowed[] = {
		[KIND_BOOL] = "true or false",	     [KIND_INT] = "an integer",
		[KIND_FRACTION] = "a number",	     [KIND_DURATION] = "a duration such as 1m30s",
		[KIND_SIZE] = "a size such as 512m", [KIND_MODE] = "an octal mode such as 0440",
		[KIND_CONDITION] = "a condition",
	};

	return node_is_scalar(node) ? node : refuse(walk, node, allowed[field->kind]);
}

static struct node *list_around(struct walk *walk, struct node *item)
{
	struct node *list = node_new_list(walk->arena, item);

	item->tag = NODE_PLAIN;
	node_append(walk->arena, list, item);
	return list;
}

static void check_items(struct walk *walk, const struct field *field, struct node *list)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < list->count; i++) {
		struct node *item = list->items[i];
		size_t length = walk_enter_item(walk, i);

		if (!is_text(item) && !(node_is_scalar(item) && field->kind == KIND_COMMAND))
			refuse(walk, item, "a string");
		else if (*item->text ||
			 !(field->kind == KIND_STRINGS && field->flags & FIELD_NO_EMPTY))
			list->items[kept++] = item;
		walk_leave(walk, length);
	}
	list->count = kept;
}

static struct node *canonical_strings(struct walk *walk, const struct field *field,
				      struct node *node)
{
	if (is_text(node) && field->flags & FIELD_SHELL) {
		struct node *list = node_new_list(walk->arena, node);

		node_append(walk->arena, list, node_new_string(walk->arena, NULL, "CMD-SHELL"));
		node_append(walk->arena, list, node);
		node->tag = NODE_PLAIN;
		return list;
	}
	if (is_text(node) && field->flags & FIELD_OR_STRING)
		node = list_around(walk, node);
	if (!node_is_list(node))
		return refuse(walk, node,
			      field->flags & FIELD_OR_STRING ? "a string or a list of strings"
							     : "a list of strings");
	check_items(walk, field, node);
	return node;
}

struct node *canonical_split(struct walk *walk, const struct node *node)
{
	struct node *list = node_new_list(walk->arena, node);
	auto_strbuf struct strbuf word = {0};
	bool has_word = false;
	char quote = 0;

	for (const char *p = node->text; *p; p++) {
		if (quote == '\'' ? *p == '\'' : quote && *p == '"') {
			quote = 0;
		} else if (*p == '\\' && quote != '\'' && p[1] &&
			   (!quote || strchr("\\\"$`\n", p[1]))) {
			if (*++p != '\n')
				strbuf_add_char(&word, *p);
			has_word = true;
		} else if (!quote && (*p == '\'' || *p == '"')) {
			quote = *p;
			has_word = true;
		} else if (!quote && isspace((unsigned char)*p)) {
			if (has_word)
				node_append(walk->arena, list,
					    node_new_string(walk->arena, NULL, strbuf_text(&word)));
			strbuf_clear(&word);
			has_word = false;
		} else {
			strbuf_add_char(&word, *p);
			has_word = true;
		}
	}
	if (quote) {
		problem_add(walk, node, "an open %c quote in '%.100s'; close it or write a list",
			    quote, node->text);
		return NULL;
	}
	if (has_word)
		node_append(walk->arena, list,
			    node_new_string(walk->arena, NULL, strbuf_text(&word)));
	return list;
}

static struct node *canonical_command(struct walk *walk, const struct field *field,
				      struct node *node)
{
	if (node_is_list(node)) {
		check_items(walk, field, node);
		return node;
	}
	if (!is_text(node))
		return refuse(walk, node, "a string or a list of strings");
	node = canonical_split(walk, node);
	return node ? node : node_new_null(walk->arena, NULL);
}

/* ------------------------------------------------------------------ NAME=value and HOST=IP */

static struct node *canonical_pair_value(struct walk *walk, const struct field *field,
					 struct node *node)
{
	if (node_is_scalar(node) && node->type == NODE_BOOL)
		return node_new_string(walk->arena, node,
				       strcasecmp(node->text, "true") == 0 ? "true" : "false");
	if (node_is_scalar(node))
		return node;
	if (!node_is_null(node))
		return refuse(walk, node, "a string, a number, a boolean or null");
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
	if (strcmp(field->key, "environment") != 0)
		return true;
	if (isspace((unsigned char)name[length - 1])) {
		problem_add(walk, at, "environment variable %s is declared with a trailing space",
			    name);
		return false;
	}
	if (strchr(name, '=')) {
		problem_add(walk, at, "environment variable '%s' has '=' in its name", name);
		return false;
	}
	return true;
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
			 &(struct pair){.key = arena_string(walk->arena, name),
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

		if (is_text(list->items[i]))
			add_assignment(walk, field, map, list->items[i], &places);
		else if (node_is_map(list->items[i]))
			problem_add(walk, list->items[i],
				    "must be a string, not a mapping; write 'NAME=value' or leave "
				    "the '-' out of all lines");
		else
			refuse(walk, list->items[i], "a string");
		walk_leave(walk, length);
	}
	return map;
}

static struct node *canonical_pairs(struct walk *walk, const struct field *field, struct node *node)
{
	if (node_is_list(node) && field->flags & FIELD_OR_LIST)
		return pairs_from_list(walk, field, node);
	if (!node_is_map(node))
		return refuse(walk, node,
			      field->flags & FIELD_OR_LIST ? "a mapping or a list of NAME=value"
							   : "a mapping");
	for (unsigned i = 0; i < node->count; i++) {
		struct pair *pair = &node->pairs[i];
		size_t length = walk_enter(walk, pair->key);

		if (pair->value->tag != NODE_RESET) {
			check_variable(walk, field, pair->value, pair->key);
			pair->value = canonical_pair_value(walk, field, pair->value);
		}
		walk_leave(walk, length);
	}
	return node;
}

static void add_host(struct walk *walk, struct node *list, const char *host,
		     const struct node *address)
{
	const char *text = address->text;
	size_t length = strlen(text);

	if (*text == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	node_append(walk->arena, list,
		    node_new_string(walk->arena, address,
				    arena_format(walk->arena, "%s=%.*s", host, (int)length, text)));
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

static void add_hosts(struct walk *walk, struct node *list, const struct pair *pair)
{
	size_t length = walk_enter(walk, pair->key);
	const struct node *value = pair->value;

	if (is_text(value))
		add_host(walk, list, pair->key, value);
	for (unsigned i = 0; node_is_list(value) && i < value->count; i++) {
		if (is_text(value->items[i]))
			add_host(walk, list, pair->key, value->items[i]);
		else
			refuse(walk, value->items[i], "an address");
	}
	if (!is_text(value) && !node_is_list(value))
		refuse(walk, value, "an address or a list of addresses");
	walk_leave(walk, length);
}

static struct node *canonical_hosts(struct walk *walk, const struct field *field, struct node *node)
{
	struct node *list = node_new_list(walk->arena, node);

	(void)field;
	if (node_is_map(node)) {
		each_pair (pair, node)
			add_hosts(walk, list, pair);
		return list;
	}
	if (!node_is_list(node))
		return refuse(walk, node, "a mapping or a list of HOST=IP");
	for (unsigned i = 0; i < node->count; i++) {
		size_t length = walk_enter_item(walk, i);

		if (is_text(node->items[i]))
			add_host_text(walk, list, node->items[i]);
		else
			refuse(walk, node->items[i], "a string");
		walk_leave(walk, length);
	}
	return list;
}

/* ------------------------------------------------------------------ objects */

static struct node *canonical_object(struct walk *walk, const struct field *field,
				     struct node *node)
{
	if (!node_is_map(node) && field->shape->expand) {
		struct node *list = field->shape->expand(walk, node);

		if (!list)
			return node_new_null(walk->arena, node);
		list->items[0]->tag = node->tag;
		return list->items[0];
	}
	if (!node_is_map(node))
		return refuse(walk, node, "a mapping");
	canonical_map(walk, field->shape, node);
	return node;
}

static void add_items(struct walk *walk, const struct shape *shape, struct node *list,
		      struct node *item)
{
	const struct node *expanded;

	if (node_is_map(item)) {
		canonical_map(walk, shape, item);
		node_append(walk->arena, list, item);
		return;
	}
	if (!shape->expand) {
		node_append(walk->arena, list, refuse(walk, item, "a mapping"));
		return;
	}
	expanded = shape->expand(walk, item);
	if (!expanded) /* later items keep their numbers */
		node_append(walk->arena, list, node_new_null(walk->arena, item));
	for (unsigned i = 0; expanded && i < expanded->count; i++)
		node_append(walk->arena, list, expanded->items[i]);
}

static struct node *canonical_list(struct walk *walk, const struct field *field, struct node *node)
{
	struct node *list;

	if (is_text(node) && field->flags & FIELD_OR_STRING)
		node = list_around(walk, node);
	if (!node_is_list(node))
		return refuse(walk, node,
			      field->flags & FIELD_OR_STRING ? "a string or a list" : "a list");
	list = node_new_list(walk->arena, node);
	for (unsigned i = 0; i < node->count; i++) {
		size_t length = walk_enter_item(walk, i);

		add_items(walk, field->shape, list, node->items[i]);
		walk_leave(walk, length);
	}
	return list;
}

static struct node *map_from_list(struct walk *walk, const struct field *field,
				  const struct node *list)
{
	struct node *map = node_new_map(walk->arena, list);

	for (unsigned i = 0; i < list->count; i++) {
		size_t length = walk_enter_item(walk, i);
		struct node *name = list->items[i];

		if (is_text(name)) {
			struct node *value = node_new_null(walk->arena, name);

			if (field->shape->expand)
				value = field->shape->expand(walk, value)->items[0];
			node_set(walk->arena, map, name->text, value);
		} else {
			refuse(walk, name, "a name");
		}
		walk_leave(walk, length);
	}
	return map;
}

static struct node *canonical_member(struct walk *walk, const struct shape *shape,
				     struct node *node)
{
	struct node *map;

	if (node_is_map(node)) {
		canonical_map(walk, shape, node);
		return node;
	}
	if (node_is_null(node))
		return node;
	if (!shape->scalar_key || !node_is_scalar(node))
		return refuse(walk, node, "a mapping");
	map = node_new_map(walk->arena, node);
	node->tag = NODE_PLAIN;
	node_set(walk->arena, map, shape->scalar_key, node);
	return map;
}

/* Names of services and resources: part of file names and host names elsewhere. */
static void check_name(struct walk *walk, const struct shape *shape, const struct pair *pair)
{
	struct node at = {.file = pair->value->file, .line = pair->line, .column = pair->column};
	bool is_good = *pair->key && *pair->key != '-' && strlen(pair->key) <= 200;

	for (const char *p = pair->key; *p; p++)
		is_good = is_good && (isalnum((unsigned char)*p) || strchr("._-", *p));
	if (!is_good || strspn(pair->key, ".") == strlen(pair->key))
		problem_add(walk, &at,
			    "invalid %s name '%.60s'; letters, digits, '.', '_' and '-' are "
			    "allowed, not starting with '-'",
			    shape->name, pair->key);
}

static struct node *canonical_members(struct walk *walk, const struct field *field,
				      struct node *node)
{
	if (node_is_list(node) && field->flags & FIELD_OR_LIST)
		return map_from_list(walk, field, node);
	if (!node_is_map(node))
		return refuse(walk, node,
			      field->flags & FIELD_OR_LIST ? "a mapping or a list" : "a mapping");
	for (unsigned i = 0; i < node->count; i++) {
		struct pair *pair = &node->pairs[i];
		size_t length;

		if (field->shape->where)
			check_name(walk, field->shape, pair);
		length = walk_enter(walk, pair->key);
		if (pair->value->tag != NODE_RESET)
			pair->value = canonical_member(walk, field->shape, pair->value);
		walk_leave(walk, length);
	}
	return node;
}

static struct node *canonical_node(struct walk *walk, const struct field *field, struct node *node)
{
	(void)walk;
	(void)field;
	return node;
}

static canonical_function *const functions[] = {
	[KIND_STRING] = canonical_string,   [KIND_BOOL] = canonical_scalar,
	[KIND_INT] = canonical_scalar,	    [KIND_FRACTION] = canonical_scalar,
	[KIND_DURATION] = canonical_scalar, [KIND_SIZE] = canonical_scalar,
	[KIND_MODE] = canonical_scalar,	    [KIND_STRINGS] = canonical_strings,
	[KIND_COMMAND] = canonical_command, [KIND_PAIRS] = canonical_pairs,
	[KIND_HOSTS] = canonical_hosts,	    [KIND_OBJECT] = canonical_object,
	[KIND_LIST] = canonical_list,	    [KIND_MAP] = canonical_members,
	[KIND_NODE] = canonical_node,	    [KIND_CONDITION] = canonical_scalar,
};

void canonical_map(struct walk *walk, const struct shape *shape, struct node *map)
{
	for (unsigned i = 0; i < map->count; i++) {
		struct pair *pair = &map->pairs[i];
		const char *names[SCHEMA_MOST_NAMES];
		const struct field *field;
		struct node *value;
		size_t length;

		if (shape->extensions && strncmp(pair->key, "x-", 2) == 0)
			continue;
		field = schema_find(shape, pair->key);
		if (!field || field->flags & FIELD_HIDDEN) {
			schema_names(shape, names);
			problem_add_unknown(walk, map, pair, names);
			continue;
		}
		if (pair->value->tag == NODE_RESET || node_is_null(pair->value))
			continue;
		length = walk_enter(walk, pair->key);
		if (field->flags & FIELD_EXTERNAL && node_is_map(pair->value))
			value = canonical_external(walk, map, pair->value);
		else
			value = functions[field->kind](walk, field, pair->value);
		/* canonical_external may have moved the pairs */
		map->pairs[i].value = value;
		if (node_is_list(value))
			merge_drop_duplicates(walk, field, value);
		walk_leave(walk, length);
	}
}
