/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as YAML; what it parses to is printed and must parse to the same tree.
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "compose/model/emit.h"
#include "compose/model/yaml_tree.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool parse(struct yaml_documents *documents, const char *text, size_t length,
		  struct arena *arena)
{
	struct node_budget budget = {.left = 20000};
	struct error err;

	return yaml_tree_parse(documents, &(struct yaml_input){text, length, "fuzz"}, arena,
			       &budget, &err) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = {0};
	const struct emit emit = {0};
	struct yaml_documents documents, again;

	if (size > 65536 || !parse(&documents, (const char *)data, size, &arena))
		return 0;
	for (size_t i = 0; i < documents.count; i++) {
		auto_strbuf struct strbuf text = {0}, second = {0};

		emit_json(&text, documents.items[i], &emit, true);
		strbuf_clear(&text);
		emit_yaml(&text, documents.items[i], &emit);
		if (!parse(&again, strbuf_text(&text), text.length, &arena))
			continue; /* a key longer than YAML allows, a budget spent */
		emit_yaml(&second, again.items[0], &emit);
		if (second.length != text.length)
			abort();
	}
	return 0;
}
