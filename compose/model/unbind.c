/* SPDX-License-Identifier: Apache-2.0 */
/* From the model's structs back to trees, by the table (compose/model/bind.h). */
#include "compose/model/bind.h"
#include "compose/model/schema.h"
#include "compose/model/tree.h"

#include "base/arena.h"
#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a member prints as; NULL: not at all. */
typedef struct node *unbind_function(const struct unbind *unbind, const struct field *field,
				     const void *member);

struct list {
	const char *items;
	size_t count;
};

static struct node *unbind_string(const struct unbind *unbind, const struct field *field,
				  const void *member)
{
	const char *text = *(char *const *)member;

	(void)field;
	return text && (*text || unbind->for_hash) ? node_new_string(unbind->arena, NULL, text)
						   : NULL;
}

/* What the file need not have said. */
static bool hides_zero(const struct unbind *unbind, const struct field *field)
{
	return !unbind->for_hash && !(field->flags & (FIELD_ZERO | FIELD_TRUE_HIDDEN));
}

static struct node *unbind_bool(const struct unbind *unbind, const struct field *field,
				const void *member)
{
	enum tristate value = *(const enum tristate *)member;

	if (value == TRISTATE_UNSET ||
	    (value == TRISTATE_TRUE && field->flags & FIELD_TRUE_HIDDEN) ||
	    (value == TRISTATE_FALSE && hides_zero(unbind, field)))
		return NULL;
	return node_new_scalar(unbind->arena, NULL, NODE_BOOL,
			       value == TRISTATE_TRUE ? "true" : "false");
}

static struct node *unbind_number(const struct unbind *unbind, const struct field *field,
				  const void *member)
{
	int64_t value = *(const int64_t *)member;
	bool is_decimal = field->flags & FIELD_DECIMAL && !unbind->for_hash;
	char text[64];

	if (value == MODEL_UNSET || (value == 0 && hides_zero(unbind, field)))
		return NULL;
	if (field->kind == KIND_DURATION)
		units_format_duration(text, sizeof(text), value);
	else if (field->kind == KIND_MODE && !is_decimal)
		snprintf(text, sizeof(text), "0%llo", (long long)value);
	else
		snprintf(text, sizeof(text), "%lld", (long long)value);
	return node_new_scalar(unbind->arena, NULL,
			       field->kind == KIND_INT || is_decimal ? NODE_INT : NODE_STRING,
			       text);
}

static struct node *unbind_fraction(const struct unbind *unbind, const struct field *field,
				    const void *member)
{
	double value = *(const double *)member;
	char text[64];

	if (value < 0 || (value == 0 && hides_zero(unbind, field)))
		return NULL;
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return node_new_scalar(unbind->arena, NULL, NODE_FLOAT, text);
}

static struct node *unbind_strings(const struct unbind *unbind, const struct field *field,
				   const void *member)
{
	char *const *items = *(char *const *const *)member;
	struct node *list;

	if (!items) {
		bool shows_null = field->flags & FIELD_JSON_NULL && unbind->is_json;

		return shows_null ? node_new_null(unbind->arena, NULL) : NULL;
	}
	/* Only an empty command says something: not the image's. */
	if (!*items && field->kind != KIND_COMMAND)
		return NULL;
	list = node_new_list(unbind->arena, NULL);
	for (; *items; items++)
		node_append(unbind->arena, list, node_new_string(unbind->arena, NULL, *items));
	return list;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp((*(struct node *const *)a)->text, (*(struct node *const *)b)->text);
}

static struct node *unbind_hosts(const struct unbind *unbind, const struct field *field,
				 const void *member)
{
	struct node *list = unbind_strings(unbind, field, member);

	if (list && !unbind->for_hash)
		qsort(list->items, list->count, sizeof(*list->items), compare_texts);
	return list;
}

static int compare_pairs(const void *a, const void *b)
{
	return strcmp(((const struct node_pair *)a)->key, ((const struct node_pair *)b)->key);
}

static void sort_pairs(struct node *map)
{
	for (unsigned i = 1; i < map->count; i++)
		if (strcmp(map->pairs[i - 1].key, map->pairs[i].key) > 0) {
			qsort(map->pairs, map->count, sizeof(*map->pairs), compare_pairs);
			return;
		}
}

static struct node *unbind_pairs(const struct unbind *unbind, const struct field *field,
				 const void *member)
{
	char *const *items = *(char *const *const *)member;
	struct node *map;

	(void)field;
	if (!items || !*items)
		return NULL;
	map = node_new_map(unbind->arena, NULL);
	for (; *items; items++) {
		const char *equals = strchr(*items, '=');
		struct node_pair pair = {.key = *items};

		if (equals) {
			pair.key = arena_string_n(unbind->arena, *items, (size_t)(equals - *items));
			pair.value = node_new_string(unbind->arena, NULL, equals + 1);
		} else {
			pair.value = node_new_null(unbind->arena, NULL);
		}
		node_append_pair(unbind->arena, map, &pair);
	}
	sort_pairs(map);
	return map;
}

static struct node *unbind_pointer(const struct unbind *unbind, const struct field *field,
				   const void *member)
{
	const void *object = *(const void *const *)member;
	struct node *map = object ? unbind_object(unbind, field->shape, object) : NULL;
	void *empty;

	if (map && (map->count || field->flags & FIELD_SHOW_EMPTY))
		return map;
	if (!(field->flags & FIELD_JSON_EMPTY) || !unbind->is_json || unbind->for_hash)
		return NULL;
	empty = arena_alloc(unbind->arena, field->shape->size);
	bind_defaults(field->shape, empty);
	return unbind_object(unbind, field->shape, empty);
}

static struct node *unbind_list(const struct unbind *unbind, const struct field *field,
				const void *member)
{
	const struct list *list = member;
	struct node *node;

	if (!list->count)
		return NULL;
	node = node_new_list(unbind->arena, NULL);
	for (size_t i = 0; i < list->count; i++)
		node_append(
			unbind->arena, node,
			unbind_object(unbind, field->shape, list->items + i * field->shape->size));
	return node;
}

/* A mapping, the scalar that stands for it (ulimits), or null when nothing is in it. */
static struct node *unbind_member(const struct unbind *unbind, const struct shape *shape,
				  const void *object)
{
	struct node *map = unbind_object(unbind, shape, object);
	struct node *scalar = shape->scalar_key ? node_get(map, shape->scalar_key) : NULL;
	bool is_mapping = !unbind->for_hash && shape->extensions &&
			  *(struct node *const *)((const char *)object + shape->extensions);

	if (scalar)
		return scalar;
	return map->count || is_mapping ? map : node_new_null(unbind->arena, NULL);
}

static struct node *unbind_members(const struct unbind *unbind, const struct field *field,
				   const void *member)
{
	const struct list *list = member;
	struct node *map;

	if (!list->count && !(field->flags & FIELD_SHOW_EMPTY))
		return NULL;
	map = node_new_map(unbind->arena, NULL);
	for (size_t i = 0; i < list->count; i++) {
		const char *object = list->items + i * field->shape->size;
		struct node_pair pair = {.key = *(char *const *)object};

		pair.value = unbind_member(unbind, field->shape, object);
		node_append_pair(unbind->arena, map, &pair);
	}
	sort_pairs(map);
	return map;
}

static struct node *list_of_texts(const struct unbind *unbind, struct node *value)
{
	struct node *list = node_new_list(unbind->arena, value);
	bool is_list = node_is_list(value);

	for (unsigned i = 0; i < (is_list ? value->count : 1); i++) {
		const char *text = node_text(is_list ? value->items[i] : value);

		node_append(unbind->arena, list,
			    node_new_string(unbind->arena, NULL, text ? text : ""));
	}
	return list;
}

static struct node *unbind_node(const struct unbind *unbind, const struct field *field,
				const void *member)
{
	struct node *node = *(struct node *const *)member, *map;

	if (!(field->flags & FIELD_TEXT_LISTS) || !node_is_map(node) || unbind->for_hash)
		return node;
	map = node_new_map(unbind->arena, node);
	each_pair (pair, node)
		node_set(unbind->arena, map, pair->key, list_of_texts(unbind, pair->value));
	return map;
}

static struct node *unbind_condition(const struct unbind *unbind, const struct field *field,
				     const void *member)
{
	const char *word = model_conditions[*(const enum service_condition *)member];

	(void)field;
	return *word ? node_new_string(unbind->arena, NULL, word) : NULL;
}

static unbind_function *const functions[] = {
	[KIND_STRING] = unbind_string,	 [KIND_BOOL] = unbind_bool,
	[KIND_INT] = unbind_number,	 [KIND_FRACTION] = unbind_fraction,
	[KIND_DURATION] = unbind_number, [KIND_SIZE] = unbind_number,
	[KIND_MODE] = unbind_number,	 [KIND_STRINGS] = unbind_strings,
	[KIND_COMMAND] = unbind_strings, [KIND_PAIRS] = unbind_pairs,
	[KIND_HOSTS] = unbind_hosts,	 [KIND_OBJECT] = unbind_pointer,
	[KIND_LIST] = unbind_list,	 [KIND_MAP] = unbind_members,
	[KIND_NODE] = unbind_node,	 [KIND_CONDITION] = unbind_condition,
};

struct node *unbind_object(const struct unbind *unbind, const struct shape *shape,
			   const void *object)
{
	struct node *map = node_new_map(unbind->arena, NULL), *extensions = NULL;

	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		struct node_pair pair = {.key = (char *)field->key};
		bool is_hidden = field->flags & FIELD_HIDDEN &&
				 !(shape->scalar_key && strcmp(field->key, shape->scalar_key) == 0);

		if (is_hidden || field->flags & FIELD_LOADER ||
		    (unbind->for_hash && field->flags & FIELD_SHAPELESS))
			continue;
		pair.value =
			functions[field->kind](unbind, field, (const char *)object + field->offset);
		if (pair.value)
			node_append_pair(unbind->arena, map, &pair);
	}
	if (shape->extensions && !unbind->for_hash &&
	    (!unbind->is_json || shape == &schema_project))
		extensions = *(struct node *const *)((const char *)object + shape->extensions);
	if (extensions)
		each_pair (pair, extensions)
			node_append_pair(unbind->arena, map, pair);
	return map;
}
