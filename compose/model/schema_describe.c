/* SPDX-License-Identifier: Apache-2.0 */
/* The table of attributes in words: for docs/compatibility.md and for coracle.compose(5). */
#include "compose/model/project.h"
#include "compose/model/schema.h"

#include "base/strbuf.h"

struct description {
	project_visit *visit;
	void *data;
};

static const char *kind_text(const struct field *field)
{
	static const char *const texts[] = {
		[KIND_STRING] = "A string",
		[KIND_BOOL] = "True or false",
		[KIND_INT] = "A number",
		[KIND_FRACTION] = "A number, perhaps with a fraction",
		[KIND_DURATION] = "A duration, such as 1m30s",
		[KIND_SIZE] = "A size, such as 64m",
		[KIND_MODE] = "A mode, such as 0440",
		[KIND_STRINGS] = "A list of strings",
		[KIND_COMMAND] = "A list of strings, or a string that is split as a shell would",
		[KIND_PAIRS] = "A mapping of names to values",
		[KIND_HOSTS] = "A mapping of names to addresses, or a list of NAME=ADDRESS",
		[KIND_OBJECT] = "A mapping",
		[KIND_LIST] = "A list of mappings",
		[KIND_MAP] = "A mapping of names to mappings",
		[KIND_NODE] = "Anything",
		[KIND_CONDITION] = ("service_started, service_healthy or "
				    "service_completed_successfully"),
	};

	return texts[field->kind];
}

/* {"always", "never", NULL}: "always or never"; "" stands for what is not given. */
static void add_words(struct strbuf *out, const char *const *words)
{
	const char *separator = "";

	for (; *words; words++) {
		if (!**words)
			continue;
		strbuf_printf(out, "%s%s", separator, *words);
		separator = words[1] && words[2] ? ", " : " or ";
	}
}

static void add_value(struct strbuf *out, const struct field *field)
{
	if (field->words) {
		add_words(out, field->words);
		return;
	}
	strbuf_add(out, kind_text(field));
	if (field->kind == KIND_STRINGS && field->flags & FIELD_OR_STRING)
		strbuf_add(out, ", or one string");
	if (field->kind == KIND_PAIRS && field->flags & FIELD_OR_LIST)
		strbuf_add(out, ", or a list of NAME=VALUE");
	if (field->kind == KIND_MAP && field->flags & FIELD_OR_LIST)
		strbuf_add(out, ", or a list of names");
	if (field->shape && field->shape->expand)
		strbuf_add(out,
			   field->kind == KIND_OBJECT ? ", or a short form" : " or of short forms");
	if (field->flags & FIELD_ALL)
		strbuf_add(out, ", or all");
	if (field->maximum >= INT32_MAX)
		strbuf_printf(out, ", at least %lld", (long long)field->minimum);
	else if (field->minimum || field->maximum)
		strbuf_printf(out, " from %lld to %lld", (long long)field->minimum,
			      (long long)field->maximum);
}

static void describe_shape(const struct description *to, const struct shape *shape,
			   const char *prefix, enum field_support inherited)
{
	static const char *const support[] = {
		[SUPPORT_FULL] = "honoured",
		[SUPPORT_BETTER] = "honoured, better than Docker Compose",
		[SUPPORT_WARNED] = "no effect, with a warning",
		[SUPPORT_REFUSED] = "refused",
		[SUPPORT_NOTHING_TO_DO] = "accepted, nothing to do",
		[SUPPORT_LATER] = "not yet",
	};

	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		auto_strbuf struct strbuf path = {0}, value = {0};
		enum field_support own = inherited > SUPPORT_BETTER ? inherited : field->support;

		if (field->flags & FIELD_HIDDEN)
			continue;
		strbuf_printf(&path, "%s%s%s", prefix, *prefix ? "." : "", field->key);
		if (field->kind == KIND_LIST)
			strbuf_add(&path, "[]");
		if (field->kind == KIND_MAP)
			strbuf_add(&path, ".*");
		add_value(&value, field);
		to->visit(&(const struct project_attribute){strbuf_text(&path), strbuf_text(&value),
							    support[own],
							    field->note ? field->note : ""},
			  to->data);
		if (field->shape)
			describe_shape(to, field->shape, strbuf_text(&path), own);
	}
}

void project_each_attribute(project_visit *visit, void *data)
{
	const struct description to = {visit, data};

	describe_shape(&to, &schema_project, "", SUPPORT_FULL);
}

static void add_row(const struct project_attribute *attribute, void *data)
{
	strbuf_printf(data, "| `%s` | %s | %s |\n", attribute->path, attribute->support,
		      attribute->note);
}

void project_describe_attributes(struct strbuf *out)
{
	strbuf_add(out, "| attribute | support | note |\n| --- | --- | --- |\n");
	project_each_attribute(add_row, out);
}
