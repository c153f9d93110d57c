/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/problems.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PATHS   10000
#define LONGEST_NAME 40
#define MOST_LISTED  10

static size_t count_kept(const struct problems *problems)
{
	return problems->count < array_length(problems->items) ? problems->count
							       : array_length(problems->items);
}

void problems_release(struct problems *problems)
{
	for (size_t i = 0; i < count_kept(problems); i++)
		free(problems->items[i].text);
	map_release(&problems->paths);
	map_release(&problems->above);
}

/* Calls for "", "a", "a.b" and "a.b[1]" of "a.b[1]" until one says true. */
static bool any_prefix(const char *path, bool (*call)(struct problems *, const char *),
		       struct problems *problems)
{
	auto_free char *prefix = alloc_string(path);

	for (size_t length = 0;; length++) {
		char end = prefix[length];
		bool is_end = !end || end == '.' || end == '[' || !length;
		bool result;

		prefix[length] = '\0';
		result = is_end && call(problems, prefix);
		prefix[length] = end;
		if (result || !end)
			return result;
	}
}

static bool is_known(struct problems *problems, const char *path)
{
	return map_has(&problems->paths, path);
}

static bool add_above(struct problems *problems, const char *path)
{
	map_set(&problems->above, path, problems);
	return false;
}

void problems_add_path(struct problems *problems, const char *path)
{
	if (problems->paths.count >= MOST_PATHS || is_known(problems, path))
		return;
	map_set(&problems->paths, path, problems);
	any_prefix(path, add_above, problems);
}

bool problems_touch(const struct problems *problems, const char *path)
{
	return map_has(&problems->above, path) ||
	       any_prefix(path, is_known, (struct problems *)problems);
}

void walk_release(struct walk *walk)
{
	strbuf_release(&walk->path);
}

size_t walk_enter(struct walk *walk, const char *key)
{
	size_t length = walk->path.length;

	if (length)
		strbuf_add_char(&walk->path, '.');
	strbuf_add(&walk->path, key);
	return length;
}

size_t walk_enter_item(struct walk *walk, unsigned index)
{
	size_t length = walk->path.length;

	strbuf_printf(&walk->path, "[%u]", index);
	return length;
}

void walk_leave(struct walk *walk, size_t length)
{
	walk->path.length = length;
	if (walk->path.text)
		walk->path.text[length] = '\0';
}

static void note(struct problems *problems, struct location where, const struct strbuf *text)
{
	size_t number = problems->count++;

	if (number < array_length(problems->items))
		problems->items[number] =
			(struct problem){where, number, alloc_string(strbuf_text(text))};
}

static int compare_places(const void *a, const void *b)
{
	const struct problem *one = a, *other = b;

	if (one->where.line != other->where.line)
		return one->where.line < other->where.line ? -1 : 1;
	if (one->where.column != other->where.column)
		return one->where.column < other->where.column ? -1 : 1;
	return one->number < other->number ? -1 : 1;
}

/* Those of the first one's file, moved to the front and sorted as they stand in it. */
static size_t gather_file(struct problem *items, size_t count)
{
	size_t together = 0;

	for (size_t i = 0; i < count; i++) {
		const char *file = items[0].where.file, *other = items[i].where.file;
		struct problem item = items[i];

		if (file != other && !(file && other && strcmp(file, other) == 0))
			continue;
		memmove(items + together + 1, items + together, (i - together) * sizeof(*items));
		items[together++] = item;
	}
	qsort(items, together, sizeof(*items), compare_places);
	return together;
}

void problems_print(struct problems *problems, struct strbuf *out, struct error *first)
{
	size_t count = count_kept(problems);

	for (size_t done = 0; done < count;)
		done += gather_file(problems->items + done, count - done);
	if (count)
		error_set(first, ERROR_INVALID, "%s", problems->items[0].text);
	for (size_t i = 0; out && i < count; i++)
		strbuf_printf(out, "%s\n", problems->items[i].text);
	if (out && problems->count > count)
		strbuf_printf(out, "and %zu mistakes more\n", problems->count - count);
}

static void add_place(struct strbuf *text, struct location where)
{
	if (where.file && where.line)
		strbuf_printf(text, "%s:%u:%u: ", where.file, where.line, where.column);
	else if (where.file)
		strbuf_printf(text, "%s: ", where.file);
}

const char *problem_origin(const struct node *at)
{
	bool is_empty = at && at->is_interpolated && node_text(at) && !*at->text;

	return is_empty ? "; its variable is empty or not set" : "";
}

void problem_add(struct walk *walk, const struct node *at, const char *format, ...)
{
	struct location where = at ? node_location(at) : (struct location){0};
	auto_strbuf struct strbuf text = {0};
	char message[800];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	add_place(&text, where);
	if (walk->path.length)
		strbuf_printf(&text, "%.300s: ", strbuf_text(&walk->path));
	strbuf_add(&text, message);
	strbuf_add(&text, problem_origin(at));
	problems_add_path(walk->problems, strbuf_text(&walk->path));
	note(walk->problems, where, &text);
}

/* What other tools, or the short forms, call an attribute. */
static const char *find_synonym(const char *const *names, const char *key)
{
	static const char *const synonyms[][2] = {
		{"src", "source"},
		{"dst", "target"},
		{"dest", "target"},
		{"destination", "target"},
		{"readonly", "read_only"},
		{"ro", "read_only"},
		{"env", "environment"},
		{"cmd", "command"},
		{"args", "command"},
		{"workdir", "working_dir"},
		{"cwd", "working_dir"},
		{"memory", "mem_limit"},
		{"mem", "mem_limit"},
		{"depends", "depends_on"},
		{"requires", "depends_on"},
		{"mount", "volumes"},
		{"mounts", "volumes"},
		{"net", "network_mode"},
		{"capabilities", "cap_add"},
		{"health", "healthcheck"},
		{"log_driver", "logging"},
		{"log_opt", "logging"},
		{"name", "container_name"},
		{"from", "extends"},
		{"replicas", "deploy"},
		{"resources", "deploy"},
		{"restart_policy", "restart"},
		{"file", "dockerfile"},
		{"ip", "ipv4_address"},
		{"ip_address", "ipv4_address"},
		{"ipv4", "ipv4_address"},
		{"ipv6", "ipv6_address"},
		{"mac", "mac_address"},
	};

	for (size_t i = 0; i < array_length(synonyms); i++)
		for (const char *const *name = names; strcmp(synonyms[i][0], key) == 0 && *name;
		     name++)
			if (strcmp(*name, synonyms[i][1]) == 0)
				return *name;
	return NULL;
}

/* What looks like a service, at the top level. */
static bool is_service(const struct walk *walk, const struct node *value)
{
	return !walk->path.length && (node_get(value, "image") || node_get(value, "build"));
}

static void add_path_of(struct walk *walk, const char *key)
{
	auto_strbuf struct strbuf path = {0};

	strbuf_printf(&path, "%s%s%s", strbuf_text(&walk->path), walk->path.length ? "." : "", key);
	problems_add_path(walk->problems, strbuf_text(&path));
}

void problem_list(struct strbuf *out, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		strbuf_printf(out, "%s%s", i ? ", " : "", names[i]);
}

static size_t count_names(const char *const *names)
{
	size_t count = 0;

	while (names[count])
		count++;
	return count;
}

void problem_add_unknown(struct walk *walk, const struct node *map, const struct node_pair *pair,
			 const char *const *names)
{
	struct location where = {pair->value->file ? pair->value->file : map->file, pair->line,
				 pair->column};
	const char *near = find_synonym(names, pair->key);
	auto_strbuf struct strbuf text = {0}, hint = {0};

	if (!near)
		near = problem_suggest(names, pair->key);
	if (is_service(walk, pair->value))
		strbuf_add(&hint, "; a service stands below 'services:'");
	else if (near && *near)
		strbuf_printf(&hint, "; did you mean '%s'?", near);
	else if (count_names(names) <= MOST_LISTED) {
		strbuf_add(&hint, "; allowed: ");
		problem_list(&hint, names);
	}
	add_place(&text, where);
	if (walk->path.length)
		strbuf_printf(&text, "%.300s: ", strbuf_text(&walk->path));
	strbuf_printf(&text, "additional properties '%.60s' not allowed%s", pair->key,
		      strbuf_text(&hint));
	/* It says nothing about its neighbours, but what was meant is missing because of it. */
	add_path_of(walk, walk->path.length ? pair->key : "");
	if (near && *near)
		add_path_of(walk, near);
	note(walk->problems, where, &text);
}

void problem_add_at(struct problems *problems, struct location where, const char *format, ...)
{
	auto_strbuf struct strbuf text = {0};
	char message[800];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	add_place(&text, where);
	strbuf_add(&text, message);
	note(problems, where, &text);
}

void problem_add_limit(struct problems *problems, struct location where, const char *format, ...)
{
	char message[800];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (problems->limits_warn)
		log_warning_once("%s:%u: %s", where.file ? where.file : "?", where.line, message);
	else
		problem_add_at(problems, where, "%s", message);
}

void problem_add_error(struct walk *walk, const struct node *at, const struct error *err)
{
	problem_add(walk, at, "%s", err->text);
}

static unsigned least_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned problem_distance(const char *a, const char *b)
{
	unsigned rows[3][LONGEST_NAME + 1]; /* the one before the last, the last, this one */
	size_t height = strlen(a), width = strlen(b);

	if (height > LONGEST_NAME || width > LONGEST_NAME)
		return LONGEST_NAME;
	for (size_t j = 0; j <= width; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= height; i++) {
		unsigned *row = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= width; j++) {
			row[j] = least_of(last[j - 1] + (a[i - 1] != b[j - 1]),
					  least_of(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least_of(row[j], before[j - 2] + 1);
		}
	}
	return rows[height % 3][width];
}

const char *problem_suggest(const char *const *names, const char *text)
{
	const char *best = NULL;
	unsigned least = ((unsigned)strlen(text) + 1) / 3;

	if (least > 3)
		least = 3;
	for (; *names; names++) {
		unsigned distance = problem_distance(*names, text);

		if (distance < least || (distance == least && !best)) {
			least = distance;
			best = *names;
		}
	}
	return best;
}

void problem_add_suggestion(struct strbuf *out, const char *const *names, const char *text)
{
	const char *near = problem_suggest(names, text);

	if (near && *near)
		strbuf_printf(out, "; did you mean '%s'?", near);
}
