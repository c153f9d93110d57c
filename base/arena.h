/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/arena.h - the memory of one document, released at once.
 *
 * A YAML tree, a compose model, a container description: many small objects with one lifetime.
 * Memory comes from mmap in growing blocks, so that a process which releases an arena really gives
 * the memory back (a monitor does so before it goes idle).
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *last;
};

/* A zeroed struct arena is empty and ready. */
#define auto_arena __attribute__((cleanup(arena_release)))

void arena_release(struct arena *arena);
/* Zeroed, aligned for any type; never NULL. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
void *arena_array(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));
/* Copies; NULL stays NULL. */
char *arena_string(struct arena *arena, const char *text);
char *arena_string_n(struct arena *arena, const char *text, size_t length);
char *arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));
/* Grows an array kept in the arena by doubling; returns the (possibly moved) array with room for
 * at least one element more than @count. Start with items = NULL, count = 0. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t size)
	__attribute__((returns_nonnull));
