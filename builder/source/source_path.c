/* SPDX-License-Identifier: Apache-2.0 */
/* From what an instruction names to paths without links below a source's root. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/source/ignore_private.h"
#include "builder/source/source_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define MOST_LINKS 255

static int open_below(const struct source *source, const char *path, int flags, struct error *err)
{
	return path_open(source->fd, *path ? path : ".", PATH_NO_LINKS, flags, err);
}

int source_path_open(const struct source *source, const char *path, struct error *err)
{
	return open_below(source, path, O_RDONLY | O_DIRECTORY, err);
}

int source_path_missing(const struct source *source, const char *path, const char *real,
			struct error *err)
{
	auto_free char *shown = path_join("/", *path == '/' ? path + 1 : path);
	const char *reason = source->ignore ? ignore_reason(source->ignore, real) : NULL;

	if (reason)
		return error_set(err, ERROR_NOT_FOUND,
				 "\"%s\": not found in the %s: '%s' in %s hides it", shown,
				 source->name, reason, source->ignore->name);
	return error_set(err, ERROR_NOT_FOUND, "\"%s\": not found in the %s", shown, source->name);
}

static void drop_last(struct strbuf *path)
{
	const char *slash = path->length ? strrchr(path->text, '/') : NULL;

	path->length = slash ? (size_t)(slash - path->text) : 0;
	if (path->text)
		path->text[path->length] = '\0';
}

static void append(struct strbuf *path, const char *name, size_t length)
{
	if (path->length)
		strbuf_add_char(path, '/');
	strbuf_add_n(path, name, length);
}

struct follow {
	const struct source *source;
	const char *wanted;
	struct strbuf done; /* has no links */
	char *rest;	    /* malloc'ed */
	const char *at;	    /* in rest */
	int links;
};

/* A link is taken off @done, and where it leads is put before what is left. */
static int follow_link(struct follow *follow, int fd, struct error *err)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(fd, "", target, sizeof(target) - 1);
	char *rest;

	if (length < 0)
		return error_errno(err, "cannot read the link '%s'", follow->done.text);
	target[length] = '\0';
	if (ignore_judge(follow->source->ignore, follow->done.text) != IGNORE_TAKES)
		return source_path_missing(follow->source, follow->wanted, follow->done.text, err);
	if (++follow->links > MOST_LINKS)
		return error_number(err, ELOOP, "\"%s\"", follow->wanted);
	rest = alloc_format("%s/%s", target, follow->at);
	free(follow->rest);
	follow->at = follow->rest = rest;
	if (target[0] == '/')
		strbuf_clear(&follow->done);
	else
		drop_last(&follow->done);
	return 0;
}

static int follow_name(struct follow *follow, const char *name, size_t length, struct error *err)
{
	auto_close int fd = -1;
	struct error reason = {0};
	struct stat status;

	append(&follow->done, name, length);
	fd = open_below(follow->source, follow->done.text, O_PATH | O_NOFOLLOW, &reason);
	if (fd < 0 && (reason.code == ENOENT || reason.code == ENOTDIR || reason.code == ELOOP))
		return source_path_missing(follow->source, follow->wanted, follow->done.text, err);
	if (fd < 0)
		return error_pass(err, &reason);
	if (fstat(fd, &status) < 0)
		return error_errno(err, "cannot read '%s'", follow->done.text);
	return S_ISLNK(status.st_mode) ? follow_link(follow, fd, err) : 0;
}

static int follow_all(struct follow *follow, struct error *err)
{
	while (*follow->at) {
		const char *name = follow->at;
		size_t length = strcspn(name, "/");

		follow->at += length + (name[length] == '/');
		if (length == 0 || (length == 1 && name[0] == '.'))
			continue;
		if (length == 2 && name[0] == '.' && name[1] == '.')
			drop_last(&follow->done);
		else if (follow_name(follow, name, length, err) < 0)
			return -1;
	}
	return 0;
}

char *source_path_follow(const struct source *source, const char *path, struct error *err)
{
	struct follow follow = {.source = source, .wanted = path, .rest = alloc_string(path)};
	auto_strbuf struct strbuf done = {0};
	int result;

	follow.at = follow.rest;
	result = follow_all(&follow, err);
	free(follow.rest);
	done = follow.done;
	return result < 0 ? NULL : strbuf_take(&done);
}

struct expansion {
	const struct source *source;
	struct pattern *components;
	size_t count;
	struct strvec *paths;
};

static int expand_below(const struct expansion *expansion, const char *path, size_t depth,
			struct error *err);

static int expand_name(const struct expansion *expansion, const char *path, size_t depth,
		       struct error *err)
{
	if (ignore_judge(expansion->source->ignore, path) == IGNORE_HIDES)
		return 0;
	if (depth < expansion->count)
		return expand_below(expansion, path, depth, err);
	strvec_add(expansion->paths, path);
	return 0;
}

/* What is no directory, and a link is none, has nothing below it. */
static int expand_below(const struct expansion *expansion, const char *path, size_t depth,
			struct error *err)
{
	auto_source_names struct source_names names = {0};
	struct error reason = {0};
	auto_close int fd = source_path_open(expansion->source, path, &reason);

	if (fd < 0 && (reason.code == ENOTDIR || reason.code == ELOOP || reason.code == ENOENT))
		return 0;
	if (fd < 0)
		return error_pass(err, &reason);
	if (source_names_read(&names, fd, err) < 0)
		return error_wrap(err, "%s", path);
	for (size_t i = 0; i < names.count; i++) {
		auto_free char *child = NULL;

		if (!pattern_matches(&expansion->components[depth], names.items[i]))
			continue;
		child = alloc_format("%s%s%s", path, *path ? "/" : "", names.items[i]);
		if (expand_name(expansion, child, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

static int parse_components(struct expansion *expansion, const char *text, struct arena *arena,
			    struct error *err)
{
	for (size_t length; *text; text += length + (text[length] == '/')) {
		length = strcspn(text, "/");
		expansion->components = arena_grow(arena, expansion->components, expansion->count,
						   sizeof(*expansion->components));
		if (pattern_parse(&expansion->components[expansion->count++], text, length, arena,
				  err) < 0)
			return -1;
	}
	return 0;
}

/* Where the first component with a wildcard begins. */
static const char *find_wildcard(const char *pattern)
{
	for (;;) {
		size_t length = strcspn(pattern, "/");
		auto_free char *component = alloc_string_n(pattern, length);

		if (pattern_has_wildcard(component))
			return pattern;
		pattern += length + 1;
	}
}

int source_path_expand(const struct source *source, const char *pattern, struct strvec *paths,
		       struct error *err)
{
	auto_arena struct arena arena = {0};
	struct expansion expansion = {.source = source, .paths = paths};
	struct error reason = {0};
	auto_free char *cleaned = path_join("/", *pattern == '/' ? pattern + 1 : pattern);
	const char *wild = find_wildcard(cleaned);
	auto_free char *before = alloc_string_n(cleaned, (size_t)(wild - cleaned));
	auto_free char *real = NULL;

	if (parse_components(&expansion, wild, &arena, err) < 0)
		return error_wrap(err, "'%s'", pattern);
	real = source_path_follow(source, before, &reason);
	if (!real)
		return reason.code == ERROR_NOT_FOUND ? 0 : error_pass(err, &reason);
	return expand_below(&expansion, real, 0, err);
}
