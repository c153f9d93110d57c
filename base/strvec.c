/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strvec.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/map.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void strvec_release(struct strvec *vec)
{
	for (size_t i = 0; i < vec->count; i++)
		free(vec->items[i]);
	free(vec->items);
	*vec = (struct strvec){0};
}

void strvec_add_owned(struct strvec *vec, char *text)
{
	/* Capacities are powers of two from 8; one place stays free for the final NULL. */
	if (!vec->items || (vec->count + 1 >= 8 && ((vec->count + 1) & vec->count) == 0))
		vec->items = alloc_resize(vec->items, vec->count < 7 ? 8 : (vec->count + 1) * 2,
					  sizeof(char *));
	vec->items[vec->count++] = text;
	vec->items[vec->count] = NULL;
}

void strvec_add(struct strvec *vec, const char *text)
{
	strvec_add_owned(vec, alloc_string(text));
}

void strvec_add_n(struct strvec *vec, const char *text, size_t length)
{
	strvec_add_owned(vec, alloc_string_n(text, length));
}

void strvec_addf(struct strvec *vec, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strvec_add_owned(vec, alloc_vformat(format, args));
	va_end(args);
}

void strvec_add_all(struct strvec *vec, char *const *items)
{
	for (; items && *items; items++)
		strvec_add(vec, *items);
}

void strvec_remove(struct strvec *vec, size_t index)
{
	free(vec->items[index]);
	memmove(vec->items + index, vec->items + index + 1, (vec->count - index) * sizeof(char *));
	vec->count--;
}

bool strvec_contains(const struct strvec *vec, const char *text)
{
	strvec_each (item, vec)
		if (strcmp(*item, text) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *vec)
{
	if (vec->count > 1)
		qsort(vec->items, vec->count, sizeof(char *), compare);
}

char **strvec_copy(const struct strvec *vec, struct arena *arena)
{
	char **copy = arena_array(arena, vec->count + 1, sizeof(*copy));

	for (size_t i = 0; i < vec->count; i++)
		copy[i] = arena_string(arena, vec->items[i]);
	return copy;
}

static size_t name_length(const char *assignment)
{
	return strcspn(assignment, "=");
}

static long find_name(char *const *env, const char *name, size_t length)
{
	for (long i = 0; env && env[i]; i++)
		if (name_length(env[i]) == length && memcmp(env[i], name, length) == 0)
			return i;
	return -1;
}

void strvec_setenv(struct strvec *env, const char *assignment)
{
	long at = find_name(env->items, assignment, name_length(assignment));
	char *old;

	if (at < 0) {
		strvec_add(env, assignment);
		return;
	}
	old = env->items[at];
	env->items[at] = alloc_string(assignment);
	free(old);
}

void strvec_unsetenv(struct strvec *env, const char *name)
{
	long at = find_name(env->items, name, strlen(name));

	if (at >= 0)
		strvec_remove(env, (size_t)at);
}

/* Where each name stands, plus one. */
static void **find_place(struct map *places, const char *assignment)
{
	auto_free char *name = alloc_string_n(assignment, name_length(assignment));

	return map_slot(places, name);
}

static void drop_empty(struct strvec *vec)
{
	size_t kept = 0;

	strvec_each (item, vec)
		if (*item)
			vec->items[kept++] = *item;
	vec->count = kept;
	if (vec->items)
		vec->items[kept] = NULL;
}

void strvec_merge_env(struct strvec *env, char *const *changes)
{
	auto_map struct map places = {0};

	for (size_t i = 0; i < env->count; i++) {
		void **place = find_place(&places, env->items[i]);

		if (!*place)
			*place = (void *)(i + 1);
	}
	for (; changes && *changes; changes++) {
		void **place = find_place(&places, *changes);
		size_t at = (size_t)*place;
		bool is_set = strchr(*changes, '=');

		if (at > 0) {
			free(env->items[at - 1]);
			env->items[at - 1] = is_set ? alloc_string(*changes) : NULL;
		} else if (is_set) {
			strvec_add(env, *changes);
		}
		*place = !is_set ? NULL : at > 0 ? (void *)at : (void *)env->count;
	}
	drop_empty(env);
}

const char *strvec_getenv(char *const *env, const char *name)
{
	long at = find_name(env, name, strlen(name));

	if (at < 0 || env[at][strlen(name)] != '=')
		return NULL;
	return env[at] + strlen(name) + 1;
}
