/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/export/export_private.h - what the files of this room share: the work at one export, and
 * the making of documents.
 */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "compose/export/export.h"
#include "compose/model/place.h"
#include "compose/model/tree.h"

struct strbuf;

struct export_work {
	const struct export_request *request;
	const struct project *project;
	struct arena *arena;
	struct export_result *result;
	struct map names; /* "kind/id" -> the name that it was given */
	struct map taken; /* "kind/name" -> "" */
	struct map noted; /* what was said */
	struct map maps;  /* id of a ConfigMap -> struct config_map */
};

/* Says that what stands at @way is not carried over, or not as it is. */
void export_note(struct export_work *work, const struct step *way, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A file with @text, which is copied. */
void export_add_file(struct export_work *work, const char *path, const struct strbuf *text,
		     bool is_private);

/* A name for the object @id of @kind that Kubernetes takes (RFC 1035: small letters, digits and
 * dashes, a letter first, at most 52 characters), made of @wish; no two ids have the same. */
const char *export_name(struct export_work *work, const char *kind, const char *id,
			const char *wish);
/* Is it such a name as it is? */
bool export_is_name(const char *text);
/* May it be a label's key (or an annotation's), and its value? */
bool export_is_label_key(const char *text);
bool export_is_label_value(const char *text);

/* Documents: maps and lists that are filled in the order in which they are printed. */
void export_set_text(struct export_work *work, struct node *map, const char *key, const char *text);
void export_set_number(struct export_work *work, struct node *map, const char *key, int64_t number);
void export_set_flag(struct export_work *work, struct node *map, const char *key, bool flag);
void export_set_texts(struct export_work *work, struct node *map, const char *key,
		      char *const *texts);
/* The map or list at @key, made when it is not there. */
struct node *export_map_at(struct export_work *work, struct node *map, const char *key);
struct node *export_list_at(struct export_work *work, struct node *map, const char *key);
struct node *export_add_map(struct export_work *work, struct node *list);
void export_add_text(struct export_work *work, struct node *list, const char *text);

/* "NAME=VALUE" to its two parts; a value of NULL: there is none. The name is the arena's. */
const char *export_split(struct export_work *work, const char *pair, const char **value);
/* The value of a label, NULL when the service (or volume) has none of that name. */
const char *export_label(char *const *labels, const char *name);

int export_kubernetes(struct export_work *work, struct error *err);
int export_systemd(struct export_work *work, struct error *err);
