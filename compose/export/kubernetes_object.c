/* SPDX-License-Identifier: Apache-2.0 */
/* What all objects have: their start, labels and names, and how they are printed. */
#include "compose/export/kubernetes_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "compose/model/emit.h"

#include <string.h>

#define PART_OF "app.kubernetes.io/part-of"
#define NAME	"app.kubernetes.io/name"

void kubernetes_select(struct export_work *work, struct node *labels, const struct service *service)
{
	export_set_text(work, labels, NAME, kubernetes_name(work, service));
	export_set_text(work, labels, PART_OF,
			export_name(work, "project", "", work->project->name));
}

void kubernetes_label(struct export_work *work, struct node *labels, const struct service *service)
{
	if (service)
		kubernetes_select(work, labels, service);
	else
		export_set_text(work, labels, PART_OF,
				export_name(work, "project", "", work->project->name));
	export_set_text(work, labels, "app.kubernetes.io/managed-by", "coracle");
}

struct node *kubernetes_object(struct export_work *work, const char *api, const char *kind,
			       const char *name)
{
	struct node *object = node_new_map(work->arena, NULL);

	export_set_text(work, object, "apiVersion", api);
	export_set_text(work, object, "kind", kind);
	export_set_text(work, export_map_at(work, object, "metadata"), "name", name);
	return object;
}

/* Keys that hold a domain in front may only be annotations where the value is free text. */
static void add_entry(struct export_work *work, struct node *metadata, const char *pair,
		      bool may_be_label, const struct step *way)
{
	const char *value, *key = export_split(work, pair, &value);
	bool is_label = may_be_label && export_is_label_value(value ? value : "");
	struct node *map;

	if (strncmp(key, LABEL_OURS, strlen(LABEL_OURS)) == 0)
		return;
	if (!export_is_label_key(key)) {
		export_note(work, way, "'%s' cannot be the name of a label or annotation there",
			    key);
		return;
	}
	map = export_map_at(work, metadata, is_label ? "labels" : "annotations");
	if (!node_get(map, key))
		export_set_text(work, map, key, value ? value : "");
}

void kubernetes_add_labels(struct export_work *work, struct node *metadata, char *const *labels,
			   const struct step *way)
{
	for (; labels && *labels; labels++)
		add_entry(work, metadata, *labels, true, way);
}

void kubernetes_add_annotations(struct export_work *work, struct node *metadata,
				char *const *annotations, const struct step *way)
{
	for (; annotations && *annotations; annotations++)
		add_entry(work, metadata, *annotations, false, way);
}

void kubernetes_print(struct strbuf *out, struct node *object)
{
	if (out->length)
		strbuf_add(out, "---\n");
	emit_yaml(out, object, &(struct emit){0});
}

const char *kubernetes_name(struct export_work *work, const struct service *service)
{
	return export_name(work, "service", service->name, service->name);
}

/* "$(NAME)" is a variable to the kubelet, and "$$" a dollar. */
const char *kubernetes_text(struct export_work *work, const char *text)
{
	auto_strbuf struct strbuf out = {0};

	for (; *text; text++) {
		strbuf_add_char(&out, *text);
		if (*text == '$' && (text[1] == '$' || text[1] == '('))
			strbuf_add_char(&out, '$');
	}
	return arena_string(work->arena, strbuf_text(&out));
}
