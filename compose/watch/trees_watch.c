/* SPDX-License-Identifier: Apache-2.0 */
/* The list of directories that are watched, and what is known of each. */
#include "compose/watch/trees_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

/* How many paths of directories that have gone are kept before the map is made anew. */
#define MOST_GONE 4096

bool trees_is_at_or_below(const char *path, const char *base)
{
	size_t length = strlen(base);

	return strcmp(base, "/") == 0 ||
	       (strncmp(path, base, length) == 0 && (!path[length] || path[length] == '/'));
}

/* Where @wd stands, or would. */
static size_t place_of(const struct trees *trees, int wd)
{
	size_t low = 0, high = trees->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (trees->watches[middle]->wd < wd)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct trees_watch *trees_watch_find(const struct trees *trees, int wd)
{
	size_t at = place_of(trees, wd);

	return at < trees->count && trees->watches[at]->wd == wd ? trees->watches[at] : NULL;
}

struct trees_watch *trees_watch_at(const struct trees *trees, const char *path)
{
	return map_get(&trees->by_path, path);
}

static struct trees_watch *insert(struct trees *trees, int wd)
{
	size_t at = place_of(trees, wd);
	struct trees_watch *watch = alloc_zeroed(1, sizeof(*watch));

	watch->wd = wd;
	trees->watches = alloc_resize(trees->watches, trees->count + 1, sizeof(watch));
	memmove(trees->watches + at + 1, trees->watches + at,
		(trees->count - at) * sizeof(struct trees_watch *));
	trees->watches[at] = watch;
	trees->count++;
	return watch;
}

struct trees_watch *trees_watch_put(struct trees *trees, int wd, const char *path)
{
	struct trees_watch *watch = trees_watch_find(trees, wd);

	if (!watch)
		watch = insert(trees, wd);
	else if (watch->path)
		map_set(&trees->by_path, watch->path, NULL);
	free(watch->path);
	watch->path = alloc_string(path);
	map_set(&trees->by_path, path, watch);
	return watch;
}

static void free_watch(struct trees_watch *watch)
{
	free(watch->path);
	strvec_release(&watch->names);
	free(watch);
}

static void drop(struct trees *trees, size_t at)
{
	struct trees_watch *watch = trees->watches[at];

	inotify_rm_watch(trees->fd, watch->wd);
	map_set(&trees->by_path, watch->path, NULL);
	free_watch(watch);
	trees->count--;
	memmove(trees->watches + at, trees->watches + at + 1,
		(trees->count - at) * sizeof(struct trees_watch *));
}

static void tidy(struct trees *trees)
{
	if (trees->by_path.count < trees->count + MOST_GONE)
		return;
	map_release(&trees->by_path);
	trees->by_path = (struct map){0};
	for (size_t i = 0; i < trees->count; i++)
		map_set(&trees->by_path, trees->watches[i]->path, trees->watches[i]);
}

void trees_watch_forget(struct trees *trees, const char *path, bool with_below)
{
	const struct trees_watch *watch = trees_watch_at(trees, path);
	auto_free char *base = alloc_string(path);

	if (!watch)
		return;
	if (!with_below)
		drop(trees, place_of(trees, watch->wd));
	for (size_t i = trees->count; with_below && i > 0; i--)
		if (trees_is_at_or_below(trees->watches[i - 1]->path, base))
			drop(trees, i - 1);
	tidy(trees);
}

void trees_watch_release(struct trees *trees)
{
	for (size_t i = 0; i < trees->count; i++)
		free_watch(trees->watches[i]);
	free(trees->watches);
	map_release(&trees->by_path);
}

/* ---- names -------------------------------------------------------------------------------------
 */

static size_t place_of_name(const struct trees_watch *watch, const char *name, bool *is_there)
{
	size_t low = 0, high = watch->names.count;

	*is_there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(watch->names.items[middle], name);

		*is_there |= order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool trees_watch_has_name(const struct trees_watch *watch, const char *name)
{
	bool is_there;

	place_of_name(watch, name, &is_there);
	return is_there;
}

void trees_watch_add_name(struct trees_watch *watch, const char *name)
{
	bool is_there;
	size_t at = place_of_name(watch, name, &is_there);
	char *added;

	if (is_there)
		return;
	strvec_add(&watch->names, name);
	added = watch->names.items[watch->names.count - 1];
	memmove(watch->names.items + at + 1, watch->names.items + at,
		(watch->names.count - 1 - at) * sizeof(char *));
	watch->names.items[at] = added;
}

void trees_watch_drop_name(struct trees_watch *watch, const char *name)
{
	bool is_there;
	size_t at = place_of_name(watch, name, &is_there);

	if (is_there)
		strvec_remove(&watch->names, at);
}

int trees_compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}
