/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/canonical.h"

#include "compose/model/canonical_pairs.h"
#include "compose/model/canonical_refuse.h"
#include "compose/model/merge.h"
#include "compose/model/problems.h"
#include "compose/model/schema.h"
#include "compose/model/shell_words.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>

typedef struct node *canonical_function(struct walk *walk, const struct field *field,
					struct node *node);

/* No mapping: "image nginx" without its colon? */
static struct node *refuse_object(struct walk *walk, const struct shape *shape,
				  const struct node *node)
{
	const char *space = node_is_string(node) ? strchr(node->text, ' ') : NULL;
	auto_free char *key = space ? strndup(node->text, (size_t)(space - node->text)) : NULL;

	if (!key || !schema_find(shape, key))
		return canonical_refuse(walk, node, "a mapping");
	problem_add(walk, node, "must be a mapping, not a string; a ':' is missing behind '%s'",
		    key);
	return node_new_null(walk->arena, node);
}

/* As the specification's schema has it: few attributes take a number for a string. */
static bool is_text(const struct field *field, const struct node *node)
{
	bool takes_numbers = field->flags & (FIELD_NUMBER | FIELD_ANY_SCALAR);

	return node_is_string(node) ||
	       (takes_numbers && node_is_scalar(node) && node->type != NODE_BOOL);
}

/* ------------------------------------------------------------------ scalars and their lists */

static struct node *canonical_string(struct walk *walk, const struct field *field,
				     struct node *node)
{
	if (node->type == NODE_INT && is_text(field, node))
		return canonical_number(walk, node);
	if (is_text(field, node) || (node_is_scalar(node) && field->flags & FIELD_ANY_SCALAR))
		return node;
	return canonical_refuse(walk, node, "a string");
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

	return node_is_scalar(node) ? node : canonical_refuse(walk, node, allowed[field->kind]);
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

		if (!is_text(field, item))
			canonical_refuse(walk, item, "a string");
		else if (*item->text || !(field->flags & FIELD_DROPS_EMPTY))
			list->items[kept++] =
				item->type == NODE_INT ? canonical_number(walk, item) : item;
		walk_leave(walk, length);
	}
	list->count = kept;
}

static struct node *canonical_strings(struct walk *walk, const struct field *field,
				      struct node *node)
{
	if (walk->keep_variables && node_is_string(node) && field->flags & FIELD_SHELL)
		return node;
	if (node_is_string(node) && field->flags & FIELD_SHELL) {
		struct node *list = node_new_list(walk->arena, node);

		node_append(walk->arena, list, node_new_string(walk->arena, NULL, "CMD-SHELL"));
		node_append(walk->arena, list, node);
		node->tag = NODE_PLAIN;
		return list;
	}
	if (is_text(field, node) && field->flags & FIELD_OR_STRING)
		node = list_around(walk, node);
	if (!node_is_list(node))
		return canonical_refuse(walk, node,
					field->flags & FIELD_OR_STRING
						? "a string or a list of strings"
						: "a list of strings");
	check_items(walk, field, node);
	return node;
}

static struct node *canonical_command(struct walk *walk, const struct field *field,
				      struct node *node)
{
	if (node_is_list(node)) {
		check_items(walk, field, node);
		return node;
	}
	if (!node_is_string(node))
		return canonical_refuse(walk, node, "a string or a list of strings");
	if (walk->keep_variables)
		return node;
	node = shell_words_split(walk, node);
	return node ? node : node_new_null(walk->arena, NULL);
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
		return refuse_object(walk, field->shape, node);
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
		node_append(walk->arena, list, canonical_refuse(walk, item, "a mapping"));
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

	if (node_is_string(node) && field->flags & FIELD_OR_STRING)
		node = list_around(walk, node);
	if (!node_is_list(node))
		return canonical_refuse(walk, node,
					field->flags & FIELD_OR_STRING ? "a string or a list"
					: field->shape->expand	       ? "a list"
								       : "a list of mappings");
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

		if (node_is_string(name)) {
			struct node *value = node_new_null(walk->arena, name);

			if (field->shape->expand)
				value = field->shape->expand(walk, value)->items[0];
			node_set(walk->arena, map, name->text, value);
		} else {
			canonical_refuse(walk, name, "a name");
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
		return refuse_object(walk, shape, node);
	map = node_new_map(walk->arena, node);
	node->tag = NODE_PLAIN;
	node_set(walk->arena, map, shape->scalar_key, node);
	return map;
}

/* Names of services and resources: part of file names and host names elsewhere. */
static void check_name(struct walk *walk, const struct shape *shape, const struct node_pair *pair)
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

/* An attribute beside its service: "web:" and "image: x" below each other. */
static bool is_outdented(struct walk *walk, const struct shape *shape, const struct node *map,
			 unsigned index)
{
	const struct node_pair *pair = &map->pairs[index];
	struct node at = {.file = pair->value->file, .line = pair->line, .column = pair->column};
	unsigned owner = index;
	size_t length;

	if (!shape->where || node_is_map(pair->value) || node_is_null(pair->value) ||
	    !schema_find(shape, pair->key))
		return false;
	while (owner && !node_is_null(map->pairs[owner].value))
		owner--;
	if (!node_is_null(map->pairs[owner].value))
		return false;
	length = walk_enter(walk, map->pairs[owner].key);
	problem_add(walk, &at, "'%s' stands beside '%s'; indent it to make it part of that",
		    pair->key, map->pairs[owner].key);
	walk_leave(walk, length);
	length = walk_enter(walk, pair->key); /* which is no service of its own */
	problems_add_path(walk->problems, strbuf_text(&walk->path));
	walk_leave(walk, length);
	map->pairs[index].value = node_new_null(walk->arena, pair->value);
	return true;
}

static struct node *canonical_members(struct walk *walk, const struct field *field,
				      struct node *node)
{
	if (node_is_list(node) && field->flags & FIELD_OR_LIST)
		return map_from_list(walk, field, node);
	if (!node_is_map(node))
		return canonical_refuse(walk, node,
					field->flags & FIELD_OR_LIST ? "a mapping or a list"
								     : "a mapping");
	for (unsigned i = 0; i < node->count; i++) {
		struct node_pair *pair = &node->pairs[i];
		size_t length;

		if (field->shape->where)
			check_name(walk, field->shape, pair);
		if (pair->value->tag == NODE_RESET || is_outdented(walk, field->shape, node, i))
			continue;
		length = walk_enter(walk, pair->key);
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

/* "image: nginx" at the top level. */
static bool is_misplaced(struct walk *walk, const struct shape *shape, const struct node_pair *pair,
			 const char *const *names)
{
	auto_strbuf struct strbuf keys = {0};

	if (shape != &schema_project || !schema_find(&schema_service, pair->key))
		return false;
	problem_list(&keys, names);
	problem_add_at(
		walk->problems, (struct location){pair->value->file, pair->line, pair->column},
		"additional properties '%s' not allowed; it belongs below 'services: NAME:', "
		"the top level has %s",
		pair->key, strbuf_text(&keys));
	return true;
}

void canonical_map(struct walk *walk, const struct shape *shape, struct node *map)
{
	for (unsigned i = 0; i < map->count; i++) {
		struct node_pair *pair = &map->pairs[i];
		const char *names[SCHEMA_MOST_NAMES];
		const struct field *field;
		struct node *value;
		size_t length;

		if (shape->extensions && strncmp(pair->key, "x-", 2) == 0)
			continue;
		field = schema_find(shape, pair->key);
		if (!field || field->flags & FIELD_HIDDEN) {
			schema_names(shape, names);
			if (!is_misplaced(walk, shape, pair, names))
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
			merge_drop_duplicates(field, value);
		walk_leave(walk, length);
	}
}
