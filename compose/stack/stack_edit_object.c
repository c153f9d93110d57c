/* SPDX-License-Identifier: Apache-2.0 */
/* Walking and filling the objects of a model that is being changed. */
#include "compose/stack/stack_edit.h"
#include "compose/stack/stack_edit_private.h"
#include "compose/stack/stack_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#include <string.h>

char *stack_edit_escape(const char *text)
{
	auto_strbuf struct strbuf out = {0};

	for (; *text; text++)
		strbuf_add(&out, *text == '$' ? "$$" : (char[]){*text, '\0'});
	return strbuf_take(&out);
}

void stack_edit_set(json *object, const char *name, const char *text)
{
	auto_free char *escaped = stack_edit_escape(text);

	json_set_string(object, name, escaped);
}

json *stack_edit_parent(json *object, const char **path)
{
	const char *dot;

	while ((dot = strchr(*path, '.'))) {
		auto_free char *name = alloc_string_n(*path, (size_t)(dot - *path));

		object = stack_object(object, name);
		*path = dot + 1;
	}
	return object;
}

/* The place of the first item of @list for which @fits; its length when there is none. */
size_t stack_edit_find(const json *list, stack_edit_fits *fits, const char *value)
{
	size_t i = 0;

	while (i < json_length(list) && !fits(json_at(list, i), value))
		i++;
	return i;
}

void stack_edit_take(json *list, stack_edit_fits *fits, const char *value)
{
	size_t i;

	while ((i = stack_edit_find(list, fits, value)) < json_length(list))
		json_object_array_del_idx(list, i, 1);
}
