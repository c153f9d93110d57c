/* SPDX-License-Identifier: Apache-2.0 */
/* The making of documents, of notes and of names: the small functions of
 * compose/export/export_private.h. */
#include "compose/export/export_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

#define MOST_OF_NAME  ((size_t)52) /* a StatefulSet's pods have a number and a hash behind it */
#define MOST_OF_LABEL ((size_t)63)
#define MOST_OF_KEY   ((size_t)253)

void export_set_text(struct export_work *work, struct node *map, const char *key, const char *text)
{
	node_set(work->arena, map, key, node_new_string(work->arena, NULL, text));
}

void export_set_number(struct export_work *work, struct node *map, const char *key, int64_t number)
{
	node_set(work->arena, map, key,
		 node_new_scalar(work->arena, NULL, NODE_INT,
				 arena_format(work->arena, "%lld", (long long)number)));
}

void export_set_flag(struct export_work *work, struct node *map, const char *key, bool flag)
{
	node_set(work->arena, map, key,
		 node_new_scalar(work->arena, NULL, NODE_BOOL, flag ? "true" : "false"));
}

void export_set_texts(struct export_work *work, struct node *map, const char *key,
		      char *const *texts)
{
	struct node *list = export_list_at(work, map, key);

	for (; texts && *texts; texts++)
		export_add_text(work, list, *texts);
}

struct node *export_map_at(struct export_work *work, struct node *map, const char *key)
{
	struct node *at = node_get(map, key);

	if (!at) {
		at = node_new_map(work->arena, NULL);
		node_set(work->arena, map, key, at);
	}
	return at;
}

struct node *export_list_at(struct export_work *work, struct node *map, const char *key)
{
	struct node *at = node_get(map, key);

	if (!at) {
		at = node_new_list(work->arena, NULL);
		node_set(work->arena, map, key, at);
	}
	return at;
}

struct node *export_add_map(struct export_work *work, struct node *list)
{
	struct node *map = node_new_map(work->arena, NULL);

	node_append(work->arena, list, map);
	return map;
}

void export_add_text(struct export_work *work, struct node *list, const char *text)
{
	node_append(work->arena, list, node_new_string(work->arena, NULL, text));
}

const char *export_split(struct export_work *work, const char *pair, const char **value)
{
	const char *equals = strchr(pair, '=');

	*value = equals ? equals + 1 : NULL;
	return arena_string_n(work->arena, pair, equals ? (size_t)(equals - pair) : strlen(pair));
}

const char *export_label(char *const *labels, const char *name)
{
	size_t length = strlen(name);

	for (; labels && *labels; labels++)
		if (strncmp(*labels, name, length) == 0 && (*labels)[length] == '=')
			return *labels + length + 1;
	return NULL;
}

/* ------------------------------------------------------------------ notes and files */

struct export_note export_note_make(const struct project *project, const struct step *way,
				    const char *text, struct arena *arena)
{
	auto_strbuf struct strbuf path = {0};

	place_format(&path, way);
	return (struct export_note){
		.where = place_find(project->tree, way),
		.path = arena_string(arena, strbuf_text(&path)),
		.text = arena_string(arena, text),
	};
}

void export_note(struct export_work *work, const struct step *way, const char *format, ...)
{
	struct export_result *result = work->result;
	auto_free char *text = NULL, *key = NULL;
	struct export_note note;
	va_list args;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	note = export_note_make(work->project, way, text, work->arena);
	key = alloc_format("%s: %s", note.path, note.text);
	if (map_has(&work->noted, key))
		return;
	map_set(&work->noted, key, NULL);
	result->notes =
		arena_grow(work->arena, result->notes, result->note_count, sizeof(*result->notes));
	result->notes[result->note_count++] = note;
}

/* Values of variables may hold any byte; readers of YAML and of units want UTF-8. */
void export_add_file(struct export_work *work, const char *path, const struct strbuf *text,
		     bool is_private)
{
	struct export_result *result = work->result;
	auto_strbuf struct strbuf sound = {0};

	utf8_repair(&sound, strbuf_text(text), text->length);
	result->files =
		arena_grow(work->arena, result->files, result->file_count, sizeof(*result->files));
	result->files[result->file_count++] = (struct export_file){
		.path = arena_string(work->arena, path),
		.text = arena_string_n(work->arena, strbuf_text(&sound), sound.length),
		.length = sound.length,
		.is_private = is_private,
	};
}

/* ------------------------------------------------------------------ names */

static bool is_small(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool export_is_name(const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length > MOST_OF_NAME || isdigit((unsigned char)text[0]) ||
	    text[0] == '-' || text[length - 1] == '-')
		return false;
	for (; *text; text++)
		if (!is_small(*text) && *text != '-')
			return false;
	return true;
}

/* Letters, digits, and within them -_. */
static bool is_word(const char *text, size_t length)
{
	if (length == 0 || length > MOST_OF_LABEL || !isalnum((unsigned char)text[0]) ||
	    !isalnum((unsigned char)text[length - 1]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("-_.", text[i]))
			return false;
	return true;
}

bool export_is_label_value(const char *text)
{
	return !*text || is_word(text, strlen(text));
}

/* A domain in small letters. */
static bool is_domain(const char *text, size_t length)
{
	if (length == 0 || length > MOST_OF_KEY || !is_small(text[0]) ||
	    !is_small(text[length - 1]))
		return false;
	for (size_t i = 0; i < length; i++) {
		bool is_inside = text[i] == '-' || text[i] == '.';

		if (!is_small(text[i]) && !is_inside)
			return false;
		if (text[i] == '.' && (text[i - 1] == '-' || !is_small(text[i + 1])))
			return false;
	}
	return true;
}

bool export_is_label_key(const char *text)
{
	const char *slash = strchr(text, '/');

	if (!slash)
		return is_word(text, strlen(text));
	return is_domain(text, (size_t)(slash - text)) && is_word(slash + 1, strlen(slash + 1));
}

/* What of @wish may be in a name. */
static void clean_name(struct strbuf *out, const char *wish)
{
	for (; *wish && out->length < MOST_OF_NAME; wish++) {
		char c = (char)tolower((unsigned char)*wish);

		if (!is_small(c))
			c = '-';
		if (out->length == 0 && isdigit((unsigned char)c))
			strbuf_add(out, "n");
		if (c != '-' || (out->length && out->text[out->length - 1] != '-'))
			strbuf_add_char(out, c);
	}
	while (out->length && out->text[out->length - 1] == '-')
		out->text[--out->length] = '\0';
	if (!out->length)
		strbuf_add(out, "unnamed");
}

/* Cut, and told apart by what it was. */
static char *distinct_name(struct export_work *work, const char *clean, const char *wish)
{
	char hex[DIGEST_HEX_SIZE];
	size_t length = strlen(clean);

	digest_hex(hex, wish, strlen(wish));
	if (length > MOST_OF_NAME - 7)
		length = MOST_OF_NAME - 7;
	while (length && clean[length - 1] == '-')
		length--;
	return arena_format(work->arena, "%.*s-%.6s", (int)length, clean, hex);
}

const char *export_name(struct export_work *work, const char *kind, const char *id,
			const char *wish)
{
	const char *key = arena_format(work->arena, "%s/%s", kind, id);
	auto_strbuf struct strbuf clean = {0};
	const char *name = map_get(&work->names, key), *taken;

	if (name)
		return name;
	clean_name(&clean, wish);
	name = strlen(wish) > MOST_OF_NAME ? distinct_name(work, strbuf_text(&clean), wish)
					   : arena_string(work->arena, strbuf_text(&clean));
	taken = arena_format(work->arena, "%s/%s", kind, name);
	for (unsigned attempt = 0; map_has(&work->taken, taken); attempt++) {
		name = distinct_name(work, strbuf_text(&clean),
				     arena_format(work->arena, "%s %u", id, attempt));
		taken = arena_format(work->arena, "%s/%s", kind, name);
	}
	map_set(&work->taken, taken, NULL);
	map_set(&work->names, key, arena_string(work->arena, name));
	return map_get(&work->names, key);
}
