/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static uint64_t seed(void)
{
	static uint64_t value;

	while (!value)
		if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
			value = (uintptr_t)&value | 1;
	return value;
}

static uint64_t hash(const char *key)
{
	uint64_t h = seed();

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ (h >> 32);
}

void map_release(struct map *map)
{
	for (size_t i = 0; i < map->count; i++)
		free(map->entries[i].key);
	free(map->entries);
	free(map->slots);
	*map = (struct map){0};
}

static size_t find_slot(const struct map *map, const char *key)
{
	size_t at = hash(key) & (map->slot_count - 1);

	while (map->slots[at] && strcmp(map->entries[map->slots[at] - 1].key, key) != 0)
		at = (at + 1) & (map->slot_count - 1);
	return at;
}

static void rehash(struct map *map, size_t slot_count)
{
	free(map->slots);
	map->slots = alloc_zeroed(slot_count, sizeof(*map->slots));
	map->slot_count = slot_count;
	for (size_t i = 0; i < map->count; i++)
		map->slots[find_slot(map, map->entries[i].key)] = (unsigned)i + 1;
}

void **map_slot(struct map *map, const char *key)
{
	size_t at;

	if (map->count * 2 >= map->slot_count)
		rehash(map, map->slot_count ? map->slot_count * 2 : 16);
	at = find_slot(map, key);
	if (!map->slots[at]) {
		if (map->count == map->capacity) {
			map->capacity = map->capacity ? map->capacity * 2 : 8;
			map->entries =
				alloc_resize(map->entries, map->capacity, sizeof(*map->entries));
		}
		map->entries[map->count] = (struct map_entry){.key = alloc_string(key)};
		map->slots[at] = (unsigned)++map->count;
	}
	return &map->entries[map->slots[at] - 1].value;
}

void *map_set(struct map *map, const char *key, void *value)
{
	void **slot = map_slot(map, key);
	void *old = *slot;

	*slot = value;
	return old;
}

bool map_has(const struct map *map, const char *key)
{
	return map->count && map->slots[find_slot(map, key)] != 0;
}

void *map_get(const struct map *map, const char *key)
{
	size_t at;

	if (!map->count)
		return NULL;
	at = find_slot(map, key);
	return map->slots[at] ? map->entries[map->slots[at] - 1].value : NULL;
}
