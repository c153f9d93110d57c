/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/yaml_tree.h - YAML text to trees: libyaml's events to nodes with file, line and
 * column.
 *
 * Resolves anchors, aliases and merge keys; refuses duplicate keys, keys that are not strings,
 * nesting beyond 100 levels and documents whose aliases multiply beyond the budget.
 */
#pragma once

#include "compose/model/tree.h"

#define YAML_TREE_SIZE_LIMIT  ((size_t)16 << 20)
#define YAML_TREE_NODE_LIMIT  500000 /* with keys */
#define YAML_TREE_DEPTH_LIMIT 100

struct yaml_documents {
	struct node **items; /* never null documents */
	size_t count;
};

struct yaml_input {
	const char *text; /* needs no NUL */
	size_t length;
	const char *file; /* names the text in locations; copied */
};

int yaml_tree_parse(struct yaml_documents *documents, const struct yaml_input *input,
		    struct arena *arena, struct node_budget *budget, struct error *err);
