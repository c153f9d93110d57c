/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/yaml_tree.h"

#include "compose/model/yaml_mistake.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <yaml.h>

struct parse {
	yaml_parser_t yaml;
	yaml_event_t event;
	struct arena *arena;
	struct node_budget *budget;
	const char *file;
	struct map anchors; /* name -> node; NULL while it is being read */
	yaml_mark_t quote,
		quote_end; /* of the last quoted text; of several lines, one with blanks */
	size_t nodes;
	unsigned depth;
	const char *keys[YAML_TREE_DEPTH_LIMIT + 1]; /* the way to where we are; NULL in a list */
	struct error *err;
};

static struct node *parse_node(struct parse *parse);

static void release_parse(struct parse *parse)
{
	yaml_event_delete(&parse->event);
	yaml_parser_delete(&parse->yaml);
	map_release(&parse->anchors);
}

__attribute__((format(printf, 3, 4))) static void *fail_at(struct parse *parse, yaml_mark_t mark,
							   const char *format, ...)
{
	auto_strbuf struct strbuf text = {0};
	va_list args;
	char *formatted;

	va_start(args, format);
	if (vasprintf(&formatted, format, args) >= 0) {
		strbuf_add(&text, formatted);
		free(formatted);
	}
	va_end(args);
	error_set(parse->err, ERROR_INVALID, "%s:%zu:%zu: %s", parse->file, mark.line + 1,
		  mark.column + 1, strbuf_text(&text));
	return NULL;
}

static int fail_syntax(struct parse *parse)
{
	const struct yaml_mistake mistake = {.parser = &parse->yaml,
					     .file = parse->file,
					     .quote = parse->quote,
					     .quote_end = parse->quote_end};

	return yaml_mistake_explain(&mistake, parse->err);
}

static int next_event(struct parse *parse)
{
	yaml_event_delete(&parse->event);
	if (yaml_parser_parse(&parse->yaml, &parse->event))
		return 0;
	memset(&parse->event, 0, sizeof(parse->event));
	return fail_syntax(parse);
}

static struct node *new_node(struct parse *parse, enum node_kind kind, const yaml_char_t *tag)
{
	struct node *node;
	yaml_mark_t mark = parse->event.start_mark;

	if (++parse->nodes > YAML_TREE_NODE_LIMIT)
		return fail_at(parse, mark, "compose file exceeds maximum node visit limit (%d)",
			       YAML_TREE_NODE_LIMIT);
	node = arena_alloc(parse->arena, sizeof(*node));
	node->kind = (uint8_t)kind;
	node->type = NODE_STRING;
	node->file = parse->file;
	node->line = (unsigned)mark.line + 1;
	node->column = (unsigned)mark.column + 1;
	if (tag && strcmp((const char *)tag, "!reset") == 0)
		node->tag = NODE_RESET;
	else if (tag && strcmp((const char *)tag, "!override") == 0)
		node->tag = NODE_OVERRIDE;
	return node;
}

static struct node *parse_scalar(struct parse *parse)
{
	const char *tag = (const char *)parse->event.data.scalar.tag;
	const char *value = (const char *)parse->event.data.scalar.value;
	bool is_plain = parse->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct node *node = new_node(parse, NODE_SCALAR, parse->event.data.scalar.tag);

	if (!node)
		return NULL;
	if ((strchr(value, ' ') || parse->event.start_mark.line == parse->event.end_mark.line) &&
	    (parse->event.data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
	     parse->event.data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)) {
		parse->quote = parse->event.start_mark;
		parse->quote_end = parse->event.end_mark;
	}
	if (strlen(value) != parse->event.data.scalar.length)
		return fail_at(parse, parse->event.start_mark, "a NUL character in a string");
	node->text = arena_string(parse->arena, value);
	if (tag && (strcmp(tag, YAML_STR_TAG) == 0 || strcmp(tag, "!") == 0))
		return node;
	/* Custom tags leave the text's own type: `!reset null`. So do !!int and its like, which
	 * make even a quoted text what it says. */
	if (is_plain || (tag && strncmp(tag, "tag:yaml.org,2002:", 18) == 0))
		node->type = (uint8_t)node_guess_type(value);
	return node;
}

static struct node *parse_alias(struct parse *parse)
{
	const char *name = (const char *)parse->event.data.alias.anchor;
	struct node *node;

	if (!map_has(&parse->anchors, name))
		return fail_at(parse, parse->event.start_mark, "unknown anchor '%s' referenced",
			       name);
	node = map_get(&parse->anchors, name);
	if (!node)
		return fail_at(parse, parse->event.start_mark,
			       "cycle detected: anchor '%s' contains a reference to itself", name);
	node = node_copy(parse->arena, node, parse->budget, parse->err);
	if (!node)
		return fail_at(parse, parse->event.start_mark,
			       "alias '%s' makes too many nodes: the compose file exceeds the "
			       "maximum node visit limit",
			       name);
	return node;
}

static void describe_path(const struct parse *parse, struct strbuf *path)
{
	for (unsigned i = 1; i < parse->depth; i++)
		strbuf_printf(path, "%s%s", path->length ? "." : "",
			      parse->keys[i] ? parse->keys[i] : "[]");
}

static char *parse_key(struct parse *parse)
{
	auto_strbuf struct strbuf path = {0};
	const struct node *key;

	parse->nodes++;
	/* Nearly all keys: no node is needed for them. */
	if (parse->event.type == YAML_SCALAR_EVENT && !parse->event.data.scalar.anchor &&
	    !parse->event.data.scalar.tag &&
	    node_guess_type((const char *)parse->event.data.scalar.value) == NODE_STRING &&
	    strlen((const char *)parse->event.data.scalar.value) == parse->event.data.scalar.length)
		return arena_string(parse->arena, (const char *)parse->event.data.scalar.value);
	if (parse->event.type == YAML_MAPPING_START_EVENT ||
	    parse->event.type == YAML_SEQUENCE_START_EVENT)
		return fail_at(parse, parse->event.start_mark,
			       "a mapping's key must be a string; quote the value that starts with "
			       "'{' or '['");
	key = parse_node(parse);
	if (!key)
		return NULL;
	if (node_is_string(key))
		return key->text;
	describe_path(parse, &path);
	if (!path.length)
		return fail_at(parse, parse->event.start_mark,
			       "non-string key at top level: %s; put it in quotes",
			       key->kind == NODE_SCALAR ? key->text : "alias");
	return fail_at(parse, parse->event.start_mark, "non-string key in %s: %s; put it in quotes",
		       strbuf_text(&path), key->kind == NODE_SCALAR ? key->text : "alias");
}

/* Small maps are searched, large ones hashed: keys come from a file that somebody else wrote. */
static int check_duplicate(struct parse *parse, struct map *index, const struct node *map,
			   const struct node_pair *added, yaml_mark_t mark)
{
	unsigned before = 0;

	if (map->count <= 16) {
		const struct node_pair *found = node_find(map, added->key);

		before = found ? found->line : 0;
	} else {
		if (index->count == 0)
			each_pair (pair, map)
				map_set(index, pair->key, (void *)(uintptr_t)pair->line);
		before = (unsigned)(uintptr_t)map_get(index, added->key);
		if (!before)
			map_set(index, added->key, (void *)(uintptr_t)added->line);
	}
	if (!before)
		return 0;
	fail_at(parse, mark, "mapping key \"%s\" already defined at line %u", added->key, before);
	return -1;
}

static int fail_merge(struct parse *parse, const struct node_pair *merge, const struct node *from)
{
	return error_set(parse->err, ERROR_INVALID,
			 "%s:%u:%u: '<<' needs a mapping or a list of mappings, not %s",
			 parse->file, merge->line, merge->column, node_describe(from));
}

static void merge_from(struct parse *parse, struct node *map, struct map *index,
		       const struct node *from)
{
	each_pair (pair, from) {
		if (map_has(index, pair->key))
			continue;
		map_set(index, pair->key, pair);
		node_append_pair(parse->arena, map, pair);
	}
}

/* Only a plain << merges; "<<" is a key like others. */
static bool is_merge_key(const struct parse *parse)
{
	return parse->event.type == YAML_SCALAR_EVENT &&
	       parse->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       strcmp((const char *)parse->event.data.scalar.value, "<<") == 0;
}

/* `<<: *a` or `<<: [*a, *b]`, the @found one (-1: none): the map's own keys win, then those of the
 * earlier map. */
static int apply_merge_key(struct parse *parse, struct node *map, int64_t found)
{
	auto_map struct map index = {0};
	struct node_pair merge;

	if (found < 0)
		return 0;
	merge = map->pairs[found];
	node_remove(map, &map->pairs[found]);
	each_pair (pair, map)
		map_set(&index, pair->key, pair);
	if (merge.value->kind == NODE_SCALAR)
		return fail_merge(parse, &merge, merge.value);
	if (merge.value->kind == NODE_MAP)
		merge_from(parse, map, &index, merge.value);
	for (unsigned i = 0; merge.value->kind == NODE_LIST && i < merge.value->count; i++) {
		if (merge.value->items[i]->kind != NODE_MAP)
			return fail_merge(parse, &merge, merge.value->items[i]);
		merge_from(parse, map, &index, merge.value->items[i]);
	}
	return 0;
}

static int parse_pairs(struct parse *parse, struct node *map)
{
	auto_map struct map index = {0};
	int64_t merge_key = -1;

	for (;;) {
		struct node_pair pair = {0};
		yaml_mark_t mark;

		if (next_event(parse) < 0)
			return -1;
		if (parse->event.type == YAML_MAPPING_END_EVENT)
			return apply_merge_key(parse, map, merge_key);
		mark = parse->event.start_mark;
		if (is_merge_key(parse))
			merge_key = map->count;
		pair.line = (unsigned)mark.line + 1;
		pair.column = (unsigned)mark.column + 1;
		pair.key = parse_key(parse);
		if (!pair.key || check_duplicate(parse, &index, map, &pair, mark) < 0 ||
		    next_event(parse) < 0)
			return -1;
		parse->keys[parse->depth] = pair.key;
		pair.value = parse_node(parse);
		parse->keys[parse->depth] = NULL;
		if (!pair.value)
			return -1;
		node_append_pair(parse->arena, map, &pair);
	}
}

static int parse_items(struct parse *parse, struct node *list)
{
	for (;;) {
		struct node *item;

		if (next_event(parse) < 0)
			return -1;
		if (parse->event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		item = parse_node(parse);
		if (!item)
			return -1;
		node_append(parse->arena, list, item);
	}
}

/* The node that starts with the current event. */
static struct node *parse_node(struct parse *parse)
{
	const char *anchor = NULL;
	struct node *node;
	int status;

	if (parse->event.type == YAML_ALIAS_EVENT)
		return parse_alias(parse);
	if (parse->event.type == YAML_SCALAR_EVENT)
		anchor = (const char *)parse->event.data.scalar.anchor;
	else if (parse->event.type == YAML_MAPPING_START_EVENT)
		anchor = (const char *)parse->event.data.mapping_start.anchor;
	else
		anchor = (const char *)parse->event.data.sequence_start.anchor;
	anchor = arena_string(parse->arena, anchor);
	if (parse->event.type == YAML_SCALAR_EVENT) {
		node = parse_scalar(parse);
		if (node && anchor)
			map_set(&parse->anchors, anchor, node);
		return node;
	}
	if (anchor)
		map_set(&parse->anchors, anchor, NULL);
	if (parse->depth >= YAML_TREE_DEPTH_LIMIT)
		return fail_at(parse, parse->event.start_mark, "nested deeper than %d levels",
			       YAML_TREE_DEPTH_LIMIT);
	parse->depth++;
	if (parse->event.type == YAML_MAPPING_START_EVENT) {
		node = new_node(parse, NODE_MAP, parse->event.data.mapping_start.tag);
		status = node ? parse_pairs(parse, node) : -1;
	} else {
		node = new_node(parse, NODE_LIST, parse->event.data.sequence_start.tag);
		status = node ? parse_items(parse, node) : -1;
	}
	parse->depth--;
	if (status < 0)
		return NULL;
	if (anchor)
		map_set(&parse->anchors, anchor, node);
	return node;
}

static int parse_documents(struct parse *parse, struct yaml_documents *documents)
{
	for (;;) {
		struct node *root;

		if (next_event(parse) < 0)
			return -1;
		if (parse->event.type == YAML_STREAM_END_EVENT)
			return 0;
		if (parse->event.type != YAML_DOCUMENT_START_EVENT)
			continue;
		map_release(&parse->anchors);
		if (next_event(parse) < 0)
			return -1;
		root = parse_node(parse);
		if (!root || next_event(parse) < 0)
			return -1;
		if (node_is_null(root))
			continue;
		documents->items = arena_grow(parse->arena, documents->items, documents->count,
					      sizeof(*documents->items));
		documents->items[documents->count++] = root;
	}
}

int yaml_tree_parse(struct yaml_documents *documents, const struct yaml_input *input,
		    struct arena *arena, struct node_budget *budget, struct error *err)
{
	struct parse parse = {.arena = arena, .budget = budget, .err = err};
	int status;

	*documents = (struct yaml_documents){0};
	if (input->length > YAML_TREE_SIZE_LIMIT)
		return error_set(err, ERROR_INVALID, "%s: larger than %zu bytes", input->file,
				 YAML_TREE_SIZE_LIMIT);
	parse.file = arena_string(arena, input->file);
	if (!yaml_parser_initialize(&parse.yaml))
		return error_set(err, ENOMEM, "%s: out of memory", input->file);
	yaml_parser_set_input_string(&parse.yaml, (const unsigned char *)input->text,
				     input->length);
	status = parse_documents(&parse, documents);
	release_parse(&parse);
	return status;
}
