/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/alloc.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct arena_block {
	struct arena_block *previous;
	size_t size; /* with this header */
	size_t used;
};

#define FIRST_BLOCK   ((size_t)16 << 10)
#define LARGEST_BLOCK ((size_t)1 << 20)
#define ALIGNMENT     alignof(max_align_t)

void arena_release(struct arena *arena)
{
	while (arena->last) {
		struct arena_block *block = arena->last;

		arena->last = block->previous;
		munmap(block, block->size);
	}
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static void add_block(struct arena *arena, size_t wanted)
{
	size_t size = arena->last ? arena->last->size * 2 : FIRST_BLOCK;
	struct arena_block *block;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	wanted += round_up(sizeof(*block), ALIGNMENT);
	if (size < wanted)
		size = round_up(wanted, 4096);
	block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		block = alloc_bytes(SIZE_MAX / 2); /* says "out of memory" and exits */
	block->previous = arena->last;
	block->size = size;
	block->used = round_up(sizeof(*block), ALIGNMENT);
	arena->last = block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->last;
	void *p;

	if (size > SIZE_MAX / 4)
		return alloc_bytes(SIZE_MAX / 2);
	size = round_up(size ? size : 1, ALIGNMENT);
	if (!block || block->size - block->used < size) {
		add_block(arena, size);
		block = arena->last;
	}
	p = (char *)block + block->used;
	block->used += size;
	return p;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return alloc_bytes(SIZE_MAX / 2);
	return arena_alloc(arena, count * size);
}

char *arena_string_n(struct arena *arena, const char *text, size_t length)
{
	char *copy;

	if (!text)
		return NULL;
	copy = arena_alloc(arena, length + 1);
	memcpy(copy, text, length);
	return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
	return text ? arena_string_n(arena, text, strlen(text)) : NULL;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text, *copy;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	copy = arena_string(arena, text);
	free(text);
	return copy;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t size)
{
	void *moved;

	/* Capacities are the powers of two from 4: a full one is recognised by its count. */
	if (items && (count < 4 || (count & (count - 1)) != 0))
		return items;
	moved = arena_array(arena, count < 4 ? 4 : count * 2, size);
	if (items)
		memcpy(moved, items, count * size);
	return moved;
}
