/* SPDX-License-Identifier: Apache-2.0 */
/* The model as text: `config`, the list of attributes, and the hash of a service. */
#include "compose/model/project.h"

#include "compose/model/bind.h"
#include "compose/model/emit.h"
#include "compose/model/schema.h"
#include "compose/model/tree.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static int compare_pairs(const void *a, const void *b)
{
	return strcmp(((const struct node_pair *)a)->key, ((const struct node_pair *)b)->key);
}

/* The raw model has no order of its own. */
static void sort_tree(struct node *node)
{
	for (unsigned i = 0; i < node->count && node->kind != NODE_SCALAR; i++)
		sort_tree(node->kind == NODE_MAP ? node->pairs[i].value : node->items[i]);
	if (node->kind == NODE_MAP && node->count)
		qsort(node->pairs, node->count, sizeof(*node->pairs), compare_pairs);
}

/* Members that only the loader knows are not for readers. */
static void drop_hidden(struct node *node)
{
	for (unsigned i = 0; i < node->count && node->kind != NODE_SCALAR; i++) {
		struct node *child = node->kind == NODE_MAP ? node->pairs[i].value : node->items[i];

		if (node->kind == NODE_MAP && strcmp(node->pairs[i].key, "#value") == 0) {
			node_remove(node, &node->pairs[i--]);
			continue;
		}
		if (node->kind == NODE_MAP && child->kind == NODE_MAP && node_get(child, "#single"))
			node->pairs[i].value = node_get(child, "#single");
		else
			drop_hidden(child);
	}
}

void project_print(struct strbuf *out, const struct project *project, enum project_format format)
{
	auto_arena struct arena arena = {0};
	const struct unbind unbind = {.arena = &arena, .is_json = format == PROJECT_JSON};
	const struct emit emit = {.double_dollars = !project->raw};
	auto_strbuf struct strbuf text = {0};
	struct node *tree = project->raw;

	if (tree) {
		drop_hidden(tree);
		sort_tree(tree);
	} else {
		tree = unbind_object(&unbind, &schema_project, project);
	}
	if (format == PROJECT_JSON)
		emit_json(&text, tree, &emit, true);
	else
		emit_yaml(&text, tree, &emit);
	/* Values from files of variables may hold any byte. */
	utf8_repair(out, strbuf_text(&text), text.length);
}

void project_print_text(struct strbuf *out, const char *text)
{
	auto_strbuf struct strbuf plain = {0};

	emit_yaml_text(&plain, text, 2);
	utf8_repair(out, strbuf_text(&plain), plain.length);
}

void project_service_hash(char hex[65], const struct project *project,
			  const struct service *service)
{
	auto_arena struct arena arena = {0};
	const struct unbind unbind = {.arena = &arena, .is_json = true, .for_hash = true};
	const struct emit emit = {0};
	struct strbuf text = {0};

	(void)project;
	emit_json(&text, unbind_object(&unbind, &schema_service, service), &emit, false);
	digest_hex(hex, strbuf_text(&text), text.length);
	strbuf_release(&text);
}
