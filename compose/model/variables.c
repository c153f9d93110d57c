/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which variables the compose files use, for `config --variables`: a walk over the tree that was
 * not interpolated.
 */
#include "compose/model/project.h"

#include "compose/model/interpolate.h"
#include "compose/model/tree.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

struct collection {
	struct project_variable *items;
	size_t count;
	struct arena *arena;
};

static void keep(struct collection *collection, char **slot, const char *text)
{
	if (!*slot && text)
		*slot = arena_string(collection->arena, text);
}

static void add_variable(void *data, const char *name, const char *default_value,
			 const char *alternate, bool required)
{
	struct collection *collection = data;
	struct project_variable *variable = NULL;

	for (size_t i = 0; i < collection->count && !variable; i++)
		if (strcmp(collection->items[i].name, name) == 0)
			variable = &collection->items[i];
	if (!variable) {
		collection->items = arena_grow(collection->arena, collection->items,
					       collection->count, sizeof(*collection->items));
		variable = &collection->items[collection->count++];
		*variable = (struct project_variable){
			.name = arena_string(collection->arena, name),
		};
	}
	keep(collection, &variable->default_value, default_value);
	keep(collection, &variable->alternate, alternate);
	variable->is_required |= required;
}

static void walk_tree(struct collection *collection, const struct node *node)
{
	if (node_is_string(node))
		interpolate_list(node->text, add_variable, collection);
	for (unsigned i = 0; node->kind != NODE_SCALAR && i < node->count; i++)
		walk_tree(collection,
			  node->kind == NODE_MAP ? node->pairs[i].value : node->items[i]);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct project_variable *)a)->name,
		      ((const struct project_variable *)b)->name);
}

size_t project_variables(const struct project *project, struct project_variable **variables,
			 struct arena *arena)
{
	struct collection collection = {.arena = arena};

	if (project->raw)
		walk_tree(&collection, project->raw);
	if (collection.count > 0)
		qsort(collection.items, collection.count, sizeof(*collection.items), compare);
	*variables = collection.items;
	return collection.count;
}
