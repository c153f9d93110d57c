/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/emit.h - trees as YAML or JSON text that reads back the same.
 */
#pragma once

#include <stdbool.h>

struct node;
struct strbuf;

struct emit {
	bool double_dollars; /* strings are escaped against interpolation */
};

/* Block style, two spaces a level, lists indented under their key. Ends with a newline. */
void emit_yaml(struct strbuf *out, const struct node *node, const struct emit *emit);
/* One string as a value at @depth levels, quoted where it has to be. */
void emit_yaml_text(struct strbuf *out, const char *text, unsigned depth);
/* With @pretty two spaces a level and a final newline, else one line without. */
void emit_json(struct strbuf *out, const struct node *node, const struct emit *emit, bool pretty);
