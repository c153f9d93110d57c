/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of an ignore file as branches of a tree of signs. */
#include "base/arena.h"
#include "builder/source/ignore_private.h"

#include <string.h>

static uint32_t add_node(struct ignore *ignore, const struct ignore_node *node)
{
	ignore->nodes = arena_grow(ignore->arena, ignore->nodes, ignore->node_count,
				   sizeof(*ignore->nodes));
	ignore->nodes[ignore->node_count] = *node;
	return (uint32_t)ignore->node_count++;
}

static struct ignore_node *visit(struct ignore *ignore, uint32_t at)
{
	int32_t rule = (int32_t)ignore->count - 1;
	struct ignore_node *node = &ignore->nodes[at];

	node->last = rule;
	if (ignore->rules[rule].is_exception)
		node->last_exception = rule;
	return node;
}

/* Where @sign leads from @at: a branch that is there, or a new one. */
static uint32_t follow(struct ignore *ignore, uint32_t at, struct ignore_node sign)
{
	uint32_t child = ignore->nodes[at].child;

	for (; child; child = ignore->nodes[child].sibling)
		if (ignore->nodes[child].kind == sign.kind &&
		    ignore->nodes[child].code == sign.code && sign.kind != IGNORE_CLASS)
			break;
	if (!child) {
		sign.sibling = ignore->nodes[at].child;
		sign.end = sign.last = sign.last_exception = -1;
		child = add_node(ignore, &sign);
		ignore->nodes[at].child = child;
	}
	visit(ignore, child);
	return child;
}

/* Two stars are any number of whole components, with the slash behind them; at the end anything.
 * At the beginning, before plain text that does not begin with a slash, they are anything, too. */
static struct ignore_node two_stars(const char *pattern, const char **text)
{
	bool is_first = *text == pattern;
	bool has_slash = (*text)[2] == '/';

	*text += has_slash ? 3 : 2;
	if (!**text || (is_first && !has_slash && !strpbrk(*text, "*?[]\\")))
		return (struct ignore_node){.kind = IGNORE_DEEP};
	return (struct ignore_node){.kind = IGNORE_SUBTREES};
}

static int one_sign(struct ignore_node *node, const char **text, struct arena *arena,
		    struct error *err)
{
	static const enum ignore_node_kind kinds[] = {
		[PATTERN_LITERAL] = IGNORE_LITERAL,
		[PATTERN_ANY] = IGNORE_ANY,
		[PATTERN_STAR] = IGNORE_STAR,
		[PATTERN_CLASS] = IGNORE_CLASS,
	};
	struct pattern_sign sign;

	if (pattern_next(&sign, text, arena, err) < 0)
		return -1;
	*node = (struct ignore_node){
		.kind = kinds[sign.kind],
		.code = sign.code,
		.class = sign.class,
	};
	return 0;
}

int ignore_compile(struct ignore *ignore, const char *pattern, struct error *err)
{
	const struct ignore_node root = {IGNORE_ROOT, .end = -1, .last = -1, .last_exception = -1};
	const char *text = pattern;
	uint32_t at = 0;

	if (ignore->node_count == 0)
		add_node(ignore, &root);
	visit(ignore, 0);
	while (*text) {
		struct ignore_node node;

		if (text[0] == '*' && text[1] == '*')
			node = two_stars(pattern, &text);
		else if (one_sign(&node, &text, ignore->arena, err) < 0)
			return -1;
		at = follow(ignore, at, node);
	}
	ignore->nodes[at].end = (int32_t)ignore->count - 1;
	return 0;
}
