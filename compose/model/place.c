/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/place.h"

#include "compose/model/tree.h"

#include "base/strbuf.h"

static struct location place_of_pair(const struct node_pair *pair, struct location above)
{
	/* Nulls of our own have no place; a mapping's value begins on a later line than its key. */
	if (node_is_scalar(pair->value) && pair->value->line)
		return node_location(pair->value);
	return (struct location){
		.file = pair->value->file ? pair->value->file : above.file,
		.line = pair->line,
		.column = pair->column,
	};
}

struct location place_find(const struct node *tree, const struct step *way)
{
	struct location place = {0};

	for (; tree && (way->key || way->item); way++) {
		const struct node_pair *pair = way->key ? node_find(tree, way->key) : NULL;

		if (pair) {
			if (pair->line)
				place = place_of_pair(pair, place);
			tree = pair->value;
		} else if (way->item && node_is_list(tree) && way->item <= tree->count) {
			tree = tree->items[way->item - 1];
			if (tree->line)
				place = node_location(tree);
		} else {
			break;
		}
	}
	return place;
}

void place_format(struct strbuf *out, const struct step *way)
{
	size_t start = out->length;

	for (; way->key || way->item; way++) {
		if (way->item)
			strbuf_printf(out, "[%zu]", way->item - 1);
		else
			strbuf_printf(out, "%s%s", out->length > start ? "." : "", way->key);
	}
}
