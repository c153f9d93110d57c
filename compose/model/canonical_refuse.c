/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/canonical_refuse.h"

#include "compose/model/problems.h"

#include "base/cleanup.h"

#include <string.h>

/* How to write what stands there, where that is clear. */
static void add_hint(struct strbuf *hint, const struct node *node, const char *allowed)
{
	bool takes_list = strstr(allowed, "a list"), takes_pairs = strchr(allowed, '='), is_short;

	is_short = node_is_string(node) && *node->text && strlen(node->text) <= 60 &&
		   !strpbrk(node->text, "\"\\\n") && (!takes_pairs || strchr(node->text, '='));
	if (takes_list && node_is_string(node) && *node->text == '-' && node->text[1] != ' ')
		strbuf_add(hint, "; a blank is missing behind '-'");
	else if (is_short && takes_pairs && strchr(node->text, ' '))
		strbuf_add(hint,
			   "; write each on a line of its own as '- NAME=value' or 'NAME: value'");
	else if (takes_list && is_short && !strstr(allowed, "of mappings"))
		strbuf_printf(hint, "; write [\"%s\"]", node->text);
	else if (node_is_map(node) &&
		 (strncmp(allowed, "a list", 6) == 0 || strcmp(allowed, "a string or a list") == 0))
		strbuf_add(hint, "; begin each entry with '- '");
	else if (strcmp(allowed, "a name") == 0 && node_is_map(node) && node->count == 1)
		strbuf_printf(hint, "; write '%.60s:' without '-'", node->pairs[0].key);
	else if (node_is_scalar(node) && node->type != NODE_STRING &&
		 (strncmp(allowed, "a string", 8) == 0 || strcmp(allowed, "a name") == 0))
		strbuf_printf(hint, "; put it in quotes: \"%.60s\"", node->text);
}

struct node *canonical_refuse(struct walk *walk, const struct node *node, const char *allowed)
{
	auto_strbuf struct strbuf hint = {0};

	add_hint(&hint, node, allowed);
	problem_add(walk, node, "must be %s, not %s%s", allowed, node_describe(node),
		    strbuf_text(&hint));
	return node_new_null(walk->arena, node);
}
