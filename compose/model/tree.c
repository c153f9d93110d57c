/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/tree.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct node *new_node(struct arena *arena, const struct node *at, enum node_kind kind)
{
	struct node *node = arena_alloc(arena, sizeof(*node));

	node->kind = (uint8_t)kind;
	node->type = NODE_STRING;
	if (at) {
		node->file = at->file;
		node->line = at->line;
		node->column = at->column;
		node->tag = at->tag;
		node->is_interpolated = at->is_interpolated;
	}
	return node;
}

struct node *node_new_scalar(struct arena *arena, const struct node *at, enum node_type type,
			     const char *text)
{
	struct node *node = new_node(arena, at, NODE_SCALAR);

	node->type = (uint8_t)type;
	node->text = arena_string(arena, text);
	return node;
}

struct node *node_new_string(struct arena *arena, const struct node *at, const char *text)
{
	return node_new_scalar(arena, at, NODE_STRING, text);
}

struct node *node_new_null(struct arena *arena, const struct node *at)
{
	return node_new_scalar(arena, at, NODE_NULL, NULL);
}

struct node *node_new_map(struct arena *arena, const struct node *at)
{
	return new_node(arena, at, NODE_MAP);
}

struct node *node_new_list(struct arena *arena, const struct node *at)
{
	return new_node(arena, at, NODE_LIST);
}

bool node_is_null(const struct node *node)
{
	return !node || (node->kind == NODE_SCALAR && node->type == NODE_NULL);
}

bool node_is_map(const struct node *node)
{
	return node && node->kind == NODE_MAP;
}

bool node_is_list(const struct node *node)
{
	return node && node->kind == NODE_LIST;
}

bool node_is_scalar(const struct node *node)
{
	return node && node->kind == NODE_SCALAR && node->type != NODE_NULL;
}

bool node_is_string(const struct node *node)
{
	return node_is_scalar(node) && node->type == NODE_STRING;
}

const char *node_text(const struct node *node)
{
	return node_is_scalar(node) ? node->text : NULL;
}

const char *node_describe(const struct node *node)
{
	static const char *const scalars[] = {
		[NODE_NULL] = "null",	   [NODE_BOOL] = "a boolean",  [NODE_INT] = "a number",
		[NODE_FLOAT] = "a number", [NODE_STRING] = "a string",
	};

	if (!node)
		return "nothing";
	if (node->kind == NODE_MAP)
		return "a mapping";
	return node->kind == NODE_LIST ? "a list" : scalars[node->type];
}

static bool all_digits(const char *text, const char *allowed)
{
	return *text && text[strspn(text, allowed)] == '\0';
}

static bool is_float(const char *text)
{
	bool has_digits = false, has_mark = false;

	text += *text == '-' || *text == '+';
	if (strcasecmp(text, ".inf") == 0)
		return true;
	for (; isdigit((unsigned char)*text); text++)
		has_digits = true;
	if (*text == '.') {
		has_mark = true;
		for (text++; isdigit((unsigned char)*text); text++)
			has_digits = true;
	}
	if (has_digits && (*text == 'e' || *text == 'E')) {
		has_mark = true;
		text++;
		text += *text == '-' || *text == '+';
		if (!isdigit((unsigned char)*text))
			return false;
		while (isdigit((unsigned char)*text))
			text++;
	}
	return has_digits && has_mark && !*text;
}

bool node_parse_integer(const char *text, int64_t *value)
{
	bool is_negative = *text == '-';
	char digits[72];
	size_t length = 0;
	unsigned long long number;
	int base = 10;
	char *end;

	text += *text == '-' || *text == '+';
	for (; *text && length < sizeof(digits) - 1; text++)
		if (*text != '_')
			digits[length++] = *text;
	digits[length] = '\0';
	text = digits;
	if (digits[0] == '0' && digits[1]) {
		base = strchr("xX", digits[1]) ? 16 : strchr("bB", digits[1]) ? 2 : 8;
		text += strchr("xXbBoO", digits[1]) ? 2 : 1;
	}
	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoull(text, &end, base);
	if (*end || errno || number > (unsigned long long)INT64_MAX + is_negative)
		return false;
	*value = is_negative ? (int64_t)(0 - number) : (int64_t)number;
	return true;
}

/* With what Go's reader of YAML takes beyond the specification: 0b11, 0X1F, 1_000. */
enum node_type node_guess_type(const char *text)
{
	static const struct {
		char letter;
		const char *digits;
	} bases[] = {{'x', "_0123456789abcdefABCDEF"}, {'o', "_01234567"}, {'b', "_01"}};
	const char *digits = text + (*text == '-' || *text == '+');

	if (!*text || !strcmp(text, "~") || !strcmp(text, "null") || !strcmp(text, "Null") ||
	    !strcmp(text, "NULL"))
		return NODE_NULL;
	if (!strcmp(text, "true") || !strcmp(text, "True") || !strcmp(text, "TRUE") ||
	    !strcmp(text, "false") || !strcmp(text, "False") || !strcmp(text, "FALSE"))
		return NODE_BOOL;
	if (!isdigit((unsigned char)*digits) && *digits != '.')
		return NODE_STRING;
	if (digits[0] == '0' && isalpha((unsigned char)digits[1]))
		for (size_t i = 0; i < array_length(bases); i++)
			if (tolower((unsigned char)digits[1]) == bases[i].letter)
				return all_digits(digits + 2, bases[i].digits) ? NODE_INT
									       : NODE_STRING;
	if (*digits != '_' && all_digits(digits, "_0123456789")) /* 08 is no octal number */
		return digits[0] == '0' && strpbrk(digits, "89") ? NODE_FLOAT : NODE_INT;
	if (!strcmp(text, ".nan") || !strcmp(text, ".NaN") || !strcmp(text, ".NAN"))
		return NODE_FLOAT;
	return is_float(text) ? NODE_FLOAT : NODE_STRING;
}

struct node_pair *node_find(const struct node *map, const char *key)
{
	if (!node_is_map(map))
		return NULL;
	each_pair (pair, map) {
		if (strcmp(pair->key, key) == 0)
			return pair;
	}
	return NULL;
}

struct node *node_get(const struct node *map, const char *key)
{
	struct node_pair *pair = node_find(map, key);

	return pair ? pair->value : NULL;
}

struct node_pair *node_append_pair(struct arena *arena, struct node *map,
				   const struct node_pair *pair)
{
	map->pairs = arena_grow(arena, map->pairs, map->count, sizeof(*map->pairs));
	map->pairs[map->count] = *pair;
	return &map->pairs[map->count++];
}

struct node_pair *node_set(struct arena *arena, struct node *map, const char *key,
			   struct node *value)
{
	struct node_pair *pair = node_find(map, key);

	if (!pair)
		return node_append_pair(arena, map,
					&(struct node_pair){.key = arena_string(arena, key),
							    .value = value,
							    .line = value->line,
							    .column = value->column});
	pair->value = value;
	return pair;
}

void node_remove(struct node *map, struct node_pair *pair)
{
	size_t index = (size_t)(pair - map->pairs);

	memmove(pair, pair + 1, (map->count - index - 1) * sizeof(*pair));
	map->count--;
}

void node_append(struct arena *arena, struct node *list, struct node *item)
{
	list->items = arena_grow(arena, list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = item;
}

struct node *node_copy(struct arena *arena, const struct node *node, struct node_budget *budget,
		       struct error *err)
{
	struct node *copy;

	if (!budget->left) {
		error_set(err, ERROR_INVALID,
			  "%s:%u:%u: aliases, merge keys and extends make too many nodes: the "
			  "compose file exceeds the maximum node visit limit",
			  node->file ? node->file : "?", node->line, node->column);
		return NULL;
	}
	budget->left--;
	copy = arena_alloc(arena, sizeof(*copy));
	*copy = *node;
	if (node->kind == NODE_SCALAR)
		return copy;
	copy->count = 0;
	copy->items = NULL;
	for (unsigned i = 0; i < node->count; i++) {
		const struct node *from =
			node->kind == NODE_MAP ? node->pairs[i].value : node->items[i];
		struct node *child = node_copy(arena, from, budget, err);

		if (!child)
			return NULL;
		if (node->kind == NODE_LIST) {
			node_append(arena, copy, child);
			continue;
		}
		node_append_pair(arena, copy, &node->pairs[i])->value = child;
	}
	return copy;
}

bool node_is_equal(const struct node *a, const struct node *b)
{
	if (a->kind != b->kind || a->type != b->type || a->count != b->count)
		return false;
	if (a->kind == NODE_SCALAR)
		return a->type == NODE_NULL || strcmp(a->text, b->text) == 0;
	for (unsigned i = 0; i < a->count; i++) {
		if (a->kind == NODE_LIST && !node_is_equal(a->items[i], b->items[i]))
			return false;
		if (a->kind == NODE_MAP && (strcmp(a->pairs[i].key, b->pairs[i].key) != 0 ||
					    !node_is_equal(a->pairs[i].value, b->pairs[i].value)))
			return false;
	}
	return true;
}

struct location node_location(const struct node *node)
{
	return (struct location){.file = node->file, .line = node->line, .column = node->column};
}
