/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/paths.h"

#include "compose/model/merge.h"
#include "compose/model/resolve.h"
#include "compose/model/schema.h"
#include "compose/model/tree.h"

static void rebase_text(struct walk *walk, struct node *node, const char *directory)
{
	if (node_text(node) && *node->text)
		node->text = resolve_path(walk, directory, node->text);
}

static void rebase_field(struct walk *walk, const struct field *field, struct node *node,
			 const char *directory)
{
	if (field->flags & FIELD_PATH) {
		if (node->kind == NODE_LIST)
			for (unsigned i = 0; i < node->count; i++)
				rebase_text(walk, node->items[i], directory);
		else
			rebase_text(walk, node, directory);
	}
	if (!field->shape)
		return;
	if (field->kind == KIND_OBJECT)
		paths_rebase(walk, field->shape, node, directory);
	for (unsigned i = 0; field->kind == KIND_LIST && node_is_list(node) && i < node->count; i++)
		paths_rebase(walk, field->shape, node->items[i], directory);
	/* Two ways to write one path are one now. */
	if (field->kind == KIND_LIST && node_is_list(node))
		merge_drop_duplicates(field, node);
	if (field->kind == KIND_MAP && node_is_map(node))
		each_pair (pair, node)
			paths_rebase(walk, field->shape, pair->value, directory);
}

void paths_rebase(struct walk *walk, const struct shape *shape, struct node *node,
		  const char *directory)
{
	if (!node_is_map(node))
		return;
	for (unsigned i = 0; i < node->count; i++) {
		const struct field *field = schema_find(shape, node->pairs[i].key);

		if (field)
			rebase_field(walk, field, node->pairs[i].value, directory);
	}
	if (shape->rebase)
		shape->rebase(walk, node, directory);
}
