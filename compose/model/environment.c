/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/environment.h"

#include "compose/model/dotenv.h"
#include "compose/model/input.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void environment_init(struct environment *environment, const struct environment *parent,
		      struct arena *arena)
{
	*environment = (struct environment){.parent = parent, .arena = arena};
}

void environment_release(struct environment *environment)
{
	map_release(&environment->values);
}

void environment_set(struct environment *environment, const char *name, const char *value)
{
	map_set(&environment->values, name, arena_string(environment->arena, value));
}

void environment_add_all(struct environment *environment, char *const *entries)
{
	for (; entries && *entries; entries++) {
		const char *equals = strchr(*entries, '=');

		if (equals && equals > *entries) {
			auto_free char *name = strndup(*entries, (size_t)(equals - *entries));

			environment_set(environment, name, equals + 1);
		}
	}
}

const char *environment_lookup(void *data, const char *name)
{
	const struct environment *environment = data;
	const char *value = NULL;

	if (environment->parent)
		value = environment_lookup((void *)environment->parent, name);
	return value ? value : map_get(&environment->values, name);
}

static void set_value(void *data, const char *name, const char *value)
{
	if (value)
		environment_set(data, name, value);
}

int environment_load(struct environment *environment, const char *path, struct error *err)
{
	const struct dotenv dotenv = {
		.lookup = environment_lookup, .set = set_value, .data = environment};
	auto_strbuf struct strbuf text = {0};
	struct stat stat;

	if (fstatat(AT_FDCWD, path, &stat, 0) == 0 && S_ISDIR(stat.st_mode))
		return error_set(err, EISDIR, "%s is a directory", path);
	if (input_is_null(path))
		return 0;
	if (input_read(path, DOTENV_SIZE_LIMIT, &text, err) < 0)
		return -1;
	return dotenv_parse(&dotenv, strbuf_text(&text), text.length, path, err);
}

char **environment_list(const struct environment *environment)
{
	auto_strvec struct strvec all = {0};
	auto_map struct map seen = {0};
	char **items;

	/* The process comes last in the chain but wins: from there outward. */
	for (const struct environment *e = environment; e; e = e->parent)
		map_each (entry, &e->values) {
			const char *value = environment_lookup((void *)environment, entry->key);

			if (!map_has(&seen, entry->key))
				strvec_addf(&all, "%s=%s", entry->key, value);
			map_set(&seen, entry->key, (void *)1);
		}
	strvec_sort(&all);
	items = arena_array(environment->arena, all.count + 1, sizeof(*items));
	for (size_t i = 0; i < all.count; i++)
		items[i] = arena_string(environment->arena, all.items[i]);
	return items;
}
