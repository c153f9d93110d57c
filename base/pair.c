/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pair.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/strbuf.h"

#include <string.h>

static const char *value_of(const struct pair *pair)
{
	return pair->value ? pair->value : "";
}

const char *pair_find(const struct pair *pairs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(pairs[i].name, name) == 0)
			return value_of(&pairs[i]);
	return NULL;
}

bool pair_fits(const struct pair *pairs, size_t count, const char *wanted)
{
	size_t length = strcspn(wanted, "=");

	for (size_t i = 0; i < count; i++)
		if (strlen(pairs[i].name) == length && memcmp(pairs[i].name, wanted, length) == 0)
			return !wanted[length] ||
			       strcmp(value_of(&pairs[i]), wanted + length + 1) == 0;
	return false;
}

void pair_set(struct pair **pairs, size_t *count, struct pair pair, struct arena *arena)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp((*pairs)[i].name, pair.name) == 0) {
			(*pairs)[i] = pair;
			return;
		}
	*pairs = arena_grow(arena, *pairs, *count, sizeof(**pairs));
	(*pairs)[(*count)++] = pair;
}

/* Where each name stands, plus one: lists may have as many as an image's author likes. */
struct merging {
	struct pair **pairs;
	size_t *count;
	struct arena *arena;
	struct map places;
};

static void merge(struct merging *merging, struct pair pair)
{
	void **place = map_slot(&merging->places, pair.name);

	if (*place) {
		(*merging->pairs)[(size_t)*place - 1] = pair;
		return;
	}
	*merging->pairs = arena_grow(merging->arena, *merging->pairs, *merging->count,
				     sizeof(**merging->pairs));
	(*merging->pairs)[(*merging->count)++] = pair;
	*place = (void *)*merging->count;
}

static void begin_merging(struct merging *merging)
{
	for (size_t i = 0; i < *merging->count; i++) {
		void **place = map_slot(&merging->places, (*merging->pairs)[i].name);

		if (!*place)
			*place = (void *)(i + 1);
	}
}

void pair_merge(struct pair **pairs, size_t *count, const struct pair *more, size_t more_count,
		struct arena *arena)
{
	struct merging merging = {pairs, count, arena, {0}};

	begin_merging(&merging);
	for (size_t i = 0; i < more_count; i++)
		merge(&merging, more[i]);
	map_release(&merging.places);
}

void pair_set_entries(struct pair **pairs, size_t *count, char *const *entries, struct arena *arena)
{
	struct merging merging = {pairs, count, arena, {0}};

	begin_merging(&merging);
	for (; entries && *entries; entries++) {
		size_t length = strcspn(*entries, "=");
		const char *name = arena_string_n(arena, *entries, length);

		merge(&merging,
		      (struct pair){name, (*entries)[length] ? *entries + length + 1 : ""});
	}
	map_release(&merging.places);
}

struct pair *pair_from_json(const struct json_object *object, size_t *count, struct arena *arena)
{
	struct pair *pairs;

	*count = 0;
	if (!json_is_object(object))
		return NULL;
	pairs = arena_array(arena, (size_t)json_object_object_length(object) + 1, sizeof(*pairs));
	json_each (name, value, object)
		pairs[(*count)++] = (struct pair){
			arena_string(arena, name),
			arena_string(arena,
				     json_is_string(value) ? json_object_get_string(value) : "")};
	return pairs;
}

json *pair_to_json(const struct pair *pairs, size_t count)
{
	json *object = json_new_object();

	for (size_t i = 0; i < count; i++)
		json_set_string(object, pairs[i].name, value_of(&pairs[i]));
	return object;
}

/* One field from @text, with its quotes undone; returns what is behind it, NULL: a quote is open.
 */
static const char *take_field(struct strbuf *field, const char *text)
{
	bool is_quoted = *text == '"';

	strbuf_clear(field);
	if (!is_quoted) {
		size_t length = strcspn(text, ",");

		strbuf_add_n(field, text, length);
		return text + length;
	}
	for (text++; *text; text++) {
		if (*text != '"')
			strbuf_add_char(field, *text);
		else if (text[1] == '"')
			strbuf_add_char(field, *text++);
		else
			return text + 1;
	}
	return NULL;
}

int pair_from_csv(struct pair **pairs, size_t *count, const char *text, struct arena *arena,
		  struct error *err)
{
	auto_strbuf struct strbuf field = {0};
	const char *whole = text;

	*pairs = NULL;
	*count = 0;
	for (;; text++) {
		const char *equals;
		struct pair pair = {0};

		text = take_field(&field, text);
		if (!text || (*text && *text != ','))
			return error_set(err, ERROR_INVALID, "'%s': a quote is not closed", whole);
		equals = strchr(strbuf_text(&field), '=');
		pair.name = arena_string_n(arena, strbuf_text(&field),
					   equals ? (size_t)(equals - field.text) : field.length);
		if (equals)
			pair.value = arena_string(arena, equals + 1);
		*pairs = arena_grow(arena, *pairs, *count, sizeof(**pairs));
		(*pairs)[(*count)++] = pair;
		if (!*text)
			return 0;
	}
}
