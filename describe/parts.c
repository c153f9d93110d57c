/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the descriptions of several kinds of objects are made of.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *describe_text_or(const char *text, const char *fallback)
{
	return text ? text : fallback;
}

json *describe_unset(const char *text)
{
	return json_parse(text, strlen(text), "defaults", NULL);
}

json *describe_drop_null(json *value, const char *const *names)
{
	for (; *names; names++)
		if (!json_get(value, *names))
			json_object_object_del(value, *names);
	return value;
}

json *describe_unless_empty(json *value)
{
	if (json_length(value) > 0 ||
	    (json_is_object(value) && json_object_object_length(value) > 0))
		return value;
	json_object_put(value);
	return NULL;
}

void describe_free_text(json *value, void *text)
{
	(void)value;
	free(text);
}

void describe_flatten(json *row, const char *name)
{
	auto_strvec struct strvec entries = {0};
	auto_strbuf struct strbuf text = {0};
	json *object = json_get(row, name);

	if (!json_is_object(object))
		return;
	json_each (key, value, object)
		strvec_addf(&entries, "%s=%s", key,
			    describe_text_or(json_object_get_string(value), ""));
	strvec_sort(&entries);
	strvec_each (entry, &entries)
		strbuf_printf(&text, "%s%s", entry == entries.items ? "" : ",", *entry);
	json_set_string(row, name, strbuf_text(&text));
}

void describe_short_id(char out[13], const char *id)
{
	const char *colon = id ? strchr(id, ':') : NULL;

	snprintf(out, 13, "%.12s", colon ? colon + 1 : id ? id : "");
}
