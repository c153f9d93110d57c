/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/history.h"

#include <string.h>

#include "base/strbuf.h"

json *history_add(json *document, const char *created_by, bool has_layer)
{
	json *list = json_get(document, "history");
	json *entry = json_new_object();

	if (!json_is_array(list)) {
		list = json_new_array();
		json_set(document, "history", list);
	}
	json_set_string(entry, "created_by", created_by);
	json_set_string(entry, "comment", "buildkit.dockerfile.v0");
	if (!has_layer)
		json_set_bool(entry, "empty_layer", true);
	json_add(list, entry);
	return entry;
}

static void quote(struct strbuf *out, const char *text)
{
	static const char plain[] = "abtnvfr";

	strbuf_add_char(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			strbuf_printf(out, "\\%c", c);
		else if (c >= '\a' && c <= '\r')
			strbuf_printf(out, "\\%c", plain[c - '\a']);
		else if (c < ' ' || c == 0x7f)
			strbuf_printf(out, "\\x%02x", c);
		else
			strbuf_add_char(out, *text);
	}
	strbuf_add_char(out, '"');
}

void history_quote_list(struct strbuf *out, char *const *items)
{
	strbuf_add_char(out, '[');
	for (size_t i = 0; items && items[i]; i++) {
		strbuf_add(out, i ? " " : "");
		quote(out, items[i]);
	}
	strbuf_add_char(out, ']');
}

void history_list(struct strbuf *out, char *const *items)
{
	strbuf_add_char(out, '[');
	for (size_t i = 0; items && items[i]; i++)
		strbuf_printf(out, "%s%s", i ? " " : "", items[i]);
	strbuf_add_char(out, ']');
}

void history_run(struct strbuf *out, char *const *args, const struct scope *scope)
{
	strbuf_add(out, "RUN ");
	if (scope->argument_count > 0)
		strbuf_printf(out, "|%zu ", scope->argument_count);
	for (size_t i = 0; i < scope->argument_count; i++) {
		const struct pair *argument = &scope->arguments[i];
		const char *value = scope_get(scope, argument->name);

		if (!value)
			value = argument->value ? argument->value : "";
		strbuf_printf(out, "%s=%s ", argument->name, value);
	}
	for (; *args; args++)
		strbuf_printf(out, "%s ", *args);
	strbuf_add(out, "# buildkit");
}
