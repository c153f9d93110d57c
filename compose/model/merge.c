/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/merge.h"

#include "compose/model/problems.h"
#include "compose/model/schema.h"

#include "base/map.h"

#include <string.h>

static void merge_pair(struct walk *walk, const struct field *field, struct node_pair *base,
		       const struct node_pair *pair);

/* A value and where it stands go together. */
static void replace(struct node_pair *base, const struct node_pair *over)
{
	base->value = over->value;
	base->line = over->line;
	base->column = over->column;
}

void merge_apply_tags(struct node *base, const struct node *over)
{
	if (!node_is_map(base) || !node_is_map(over))
		return;
	each_pair (pair, over) {
		struct node_pair *old = node_find(base, pair->key);

		if (!old)
			continue;
		if (pair->value->tag != NODE_PLAIN)
			node_remove(base, old);
		else
			merge_apply_tags(old->value, pair->value);
	}
}

void merge_strip_tags(struct node *node)
{
	unsigned kept = 0;

	node->tag = NODE_PLAIN;
	for (unsigned i = 0; node->kind == NODE_LIST && i < node->count; i++)
		merge_strip_tags(node->items[i]);
	if (node->kind != NODE_MAP)
		return;
	for (unsigned i = 0; i < node->count; i++) {
		if (node->pairs[i].value->tag == NODE_RESET)
			continue;
		merge_strip_tags(node->pairs[i].value);
		node->pairs[kept++] = node->pairs[i];
	}
	node->count = kept;
}

/* ------------------------------------------------------------------ lists */

static void identify(struct strbuf *out, const struct field *field, const struct node *item)
{
	const char *text = node_text(item);

	strbuf_clear(out);
	if (item->kind == NODE_MAP) {
		if (field->shape && field->shape->identity)
			field->shape->identity(out, item);
	} else if (text && field->kind == KIND_HOSTS) {
		strbuf_add(out, text);
	} else if (text) {
		strbuf_add_n(out, text, strcspn(text, field->merge == MERGE_TMPFS ? ":" : "="));
	}
}

static bool has_identities(const struct field *field)
{
	return field->merge == MERGE_UNIQUE || field->merge == MERGE_TMPFS ||
	       field->merge == MERGE_KEYED || field->kind == KIND_HOSTS;
}

void merge_drop_duplicates(const struct field *field, struct node *list)
{
	auto_map struct map places = {0};
	auto_strbuf struct strbuf key = {0};
	unsigned kept = 0;

	if (!has_identities(field) || list->count < 2)
		return;
	for (unsigned i = 0; i < list->count; i++) {
		struct node *item = list->items[i];
		size_t place;

		identify(&key, field, item);
		place = key.length ? (size_t)map_get(&places, strbuf_text(&key)) : 0;
		if (place) {
			list->items[place - 1] = item;
			continue;
		}
		list->items[kept++] = item;
		if (key.length)
			map_set(&places, strbuf_text(&key), (void *)(size_t)kept);
	}
	list->count = kept;
}

/* MERGE_MATCHING: the later items, each over the earlier one that it is the same as. */
static void merge_matching(struct walk *walk, const struct field *field, struct node *base,
			   const struct node *over)
{
	auto_strbuf struct strbuf key = {0}, other = {0};
	struct node *earlier = node_new_list(walk->arena, base);

	*earlier = *base;
	base->items = NULL;
	base->count = 0;
	for (unsigned i = 0; i < over->count; i++) {
		struct node *item = over->items[i];

		identify(&key, field, item);
		for (unsigned j = 0; j < earlier->count; j++) {
			identify(&other, field, earlier->items[j]);
			if (strcmp(strbuf_text(&key), strbuf_text(&other)) != 0)
				continue;
			merge_map(walk, field->shape, earlier->items[j], item);
			item = earlier->items[j];
			break;
		}
		node_append(walk->arena, base, item);
	}
}

static void merge_lists(struct walk *walk, const struct field *field, struct node *base,
			const struct node *over)
{
	if (field && field->merge == MERGE_MATCHING && over->count) {
		merge_matching(walk, field, base, over);
		return;
	}
	for (unsigned i = 0; i < over->count; i++)
		node_append(walk->arena, base, over->items[i]);
	if (field)
		merge_drop_duplicates(field, base);
}

/* ------------------------------------------------------------------ maps */

/* The members of a mapping whose names the file makes up: values merge by @value_shape (NULL:
 * generically); with @replaces every value replaces, null too. */
struct members {
	const struct shape *shape; /* rows by key; NULL: @value_field for every key */
	const struct field *value_field;
	bool replaces;
};

static const struct field *field_of(const struct members *members, const char *key)
{
	return members->shape ? schema_find(members->shape, key) : members->value_field;
}

static struct node_pair *find_indexed(struct map *index, struct node *map, const char *key)
{
	size_t place;

	if (map->count <= 32)
		return node_find(map, key);
	if (!index->count)
		for (unsigned i = 0; i < map->count; i++)
			map_set(index, map->pairs[i].key, (void *)(size_t)(i + 1));
	place = (size_t)map_get(index, key);
	return place ? &map->pairs[place - 1] : NULL;
}

static void merge_members(struct walk *walk, const struct members *members, struct node *base,
			  struct node *over)
{
	auto_map struct map index = {0};

	each_pair (pair, over) {
		struct node_pair *old = find_indexed(&index, base, pair->key);
		size_t length;

		if (pair->value->tag == NODE_RESET) {
			if (old) {
				node_remove(base, old);
				map_release(&index);
			}
			continue;
		}
		if (!old || pair->value->tag == NODE_OVERRIDE || members->replaces) {
			merge_strip_tags(pair->value);
			if (old) {
				replace(old, pair);
				continue;
			}
			node_append_pair(walk->arena, base, pair);
			if (index.count)
				map_set(&index, pair->key, (void *)(size_t)base->count);
			continue;
		}
		length = walk_enter(walk, pair->key);
		merge_pair(walk, field_of(members, pair->key), old, pair);
		walk_leave(walk, length);
	}
}

void merge_map(struct walk *walk, const struct shape *shape, struct node *base, struct node *over)
{
	/* A scalar value (a ulimit's number) and members exclude one another. */
	if (shape->scalar_key &&
	    (node_get(base, shape->scalar_key) || node_get(over, shape->scalar_key)))
		base->count = 0;
	merge_members(walk, &(struct members){.shape = shape}, base, over);
}

static bool has_other_driver(const struct node *base, const struct node *over)
{
	const char *one = node_text(node_get(base, "driver"));
	const char *other = node_text(node_get(over, "driver"));

	return one && other && strcmp(one, other) != 0;
}

static void merge_maps(struct walk *walk, const struct field *field, struct node_pair *base,
		       const struct node_pair *pair)
{
	struct field value = {.kind = KIND_NODE};
	struct node *over = pair->value;

	if (!field || field->kind == KIND_NODE) {
		merge_members(walk, &(struct members){.value_field = &value}, base->value, over);
	} else if (field->kind == KIND_OBJECT) {
		if (field->merge == MERGE_LOGGING && has_other_driver(base->value, over))
			replace(base, pair);
		else
			merge_map(walk, field->shape, base->value, over);
	} else if (field->kind == KIND_MAP) {
		value = (struct field){.kind = KIND_OBJECT, .shape = field->shape};
		merge_members(walk, &(struct members){.value_field = &value}, base->value, over);
	} else {
		merge_members(walk, &(struct members){.replaces = true}, base->value, over);
	}
}

static void merge_pair(struct walk *walk, const struct field *field, struct node_pair *base,
		       const struct node_pair *pair)
{
	struct node *over = pair->value;

	if (node_is_null(over) && !(field && field->merge == MERGE_REPLACE))
		return;
	if (node_is_null(base->value) || (field && field->merge == MERGE_REPLACE)) {
		merge_strip_tags(over);
		replace(base, pair);
		return;
	}
	if (base->value->kind != over->kind) {
		problem_add(walk, over,
			    "cannot override %s: it is %s here and %s at %s:%u; write '!override' "
			    "before the value to replace it",
			    strbuf_text(&walk->path), node_describe(over),
			    node_describe(base->value), base->value->file, base->value->line);
		return;
	}
	if (over->kind == NODE_MAP) {
		merge_maps(walk, field, base, pair);
	} else if (over->kind == NODE_LIST) {
		merge_strip_tags(over);
		merge_lists(walk, field, base->value, over);
	} else {
		replace(base, pair);
	}
}
