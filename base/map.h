/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/map.h - string -> pointer, in insertion order.
 *
 * Open addressing with a seeded hash: keys come from files that somebody else wrote. Keys are
 * copied; values belong to the caller.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct map_entry {
	char *key;
	void *value;
};

/* A zeroed struct map is empty. */
struct map {
	struct map_entry *entries; /* in insertion order */
	size_t count;
	size_t capacity;
	unsigned *slots; /* index + 1 into entries; 0 is free */
	size_t slot_count;
};

#define auto_map __attribute__((cleanup(map_release)))
#define map_each(entry, map)                                                                       \
	for (struct map_entry *entry = (map)->entries;                                             \
	     entry && entry < (map)->entries + (map)->count; entry++)

void map_release(struct map *map);
/* Sets or replaces; returns the value that stood there, NULL if the key is new. */
void *map_set(struct map *map, const char *key, void *value);
/* NULL when the key is not there. */
void *map_get(const struct map *map, const char *key);
bool map_has(const struct map *map, const char *key);
/* Where the value of @key stands (added with NULL when new); valid until the next change. */
void **map_slot(struct map *map, const char *key);
