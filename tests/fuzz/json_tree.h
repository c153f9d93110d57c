/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/json_tree.h - inputs that are a byte, which says what kind of document follows, and a
 * JSON document: mutations change its tree. Bytes that are no JSON any more come, too, but seldom:
 * readers see little of them. Included once by a target.
 */
#pragma once

#include "base/json.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#define MOST_PLACES 512

/* Where a value hangs: in an object by name, or in a list. */
struct place {
	json *parent;
	const char *name; /* NULL: at @index */
	size_t index;
};

struct places {
	struct place items[MOST_PLACES];
	size_t count;
};

static void collect(struct places *places, json *value)
{
	for (size_t i = 0; i < json_length(value) && places->count < MOST_PLACES; i++) {
		places->items[places->count++] = (struct place){value, NULL, i};
		collect(places, json_at(value, i));
	}
	if (!json_is_object(value))
		return;
	json_each (name, member, value) {
		if (places->count < MOST_PLACES)
			places->items[places->count++] = (struct place){value, name, 0};
		collect(places, member);
	}
}

static json *value_at(const struct place *place)
{
	return place->name ? json_get(place->parent, place->name)
			   : json_at(place->parent, place->index);
}

static json *copy_of(json *value)
{
	json *copy = NULL;

	if (value)
		json_object_deep_copy(value, &copy, NULL);
	return copy;
}

static json *text_like(json *before)
{
	char text[256] = "";
	size_t length = 0;

	if (json_is_string(before)) {
		length = (size_t)json_object_get_string_len(before);
		length = length < sizeof(text) ? length : sizeof(text);
		memcpy(text, json_object_get_string(before), length);
	}
	length = LLVMFuzzerMutate((uint8_t *)text, length, sizeof(text));
	return json_object_new_string_len(text, (int)length);
}

static json *odd_value(unsigned choice)
{
	static const int64_t numbers[] = {0,	     1,		-1,
					  255,	     256,	65536,
					  INT32_MAX, INT32_MIN, (int64_t)INT32_MAX + 1,
					  INT64_MAX, INT64_MIN};

	switch (choice % 8) {
	case 0:
		return NULL;
	case 1:
		return json_object_new_boolean(choice & 8);
	case 2:
		return json_object_new_string("");
	case 3:
		return json_object_new_string_len("a\0b", 3);
	case 4:
		return json_new_array();
	case 5:
		return json_new_object();
	case 6:
		return json_object_new_double(1e300);
	default:
		return json_object_new_int64(
			numbers[choice / 8 % (sizeof(numbers) / sizeof(*numbers))]);
	}
}

static void put(const struct place *place, json *value)
{
	if (place->name)
		json_object_object_add(place->parent, place->name, value);
	else
		json_object_array_put_idx(place->parent, place->index, value);
}

static void change(const struct place *place, const struct place *other)
{
	unsigned choice = (unsigned)rand();

	switch (choice % 8) {
	case 0:
		if (place->name)
			json_object_object_del(place->parent, place->name);
		else
			json_object_array_del_idx(place->parent, place->index, 1);
		break;
	case 1:
		put(place, copy_of(value_at(other)));
		break;
	case 2:
		if (json_is_array(value_at(place)))
			json_add(value_at(place), copy_of(value_at(other)));
		else if (json_is_object(value_at(place)) && other->name)
			json_set(value_at(place), other->name, copy_of(value_at(other)));
		break;
	case 3:
	case 4:
		put(place, odd_value((unsigned)rand()));
		break;
	default:
		put(place, text_like(value_at(place)));
		break;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	static struct places places;
	auto_json json *document = NULL;
	const char *text;
	size_t length;

	srand(seed);
	if (size < 2 || rand() % 16 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	document = json_parse((const char *)data + 1, size - 1, "fuzz", NULL);
	places.count = 0;
	if (document)
		collect(&places, document);
	if (!places.count)
		return LLVMFuzzerMutate(data, size, max_size);
	change(&places.items[(size_t)rand() % places.count],
	       &places.items[(size_t)rand() % places.count]);
	text = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN);
	length = strlen(text);
	if (length + 1 > max_size)
		return LLVMFuzzerMutate(data, size, max_size);
	memcpy(data + 1, text, length);
	return length + 1;
}
