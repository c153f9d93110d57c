/* SPDX-License-Identifier: Apache-2.0 */
/* Which files an instruction takes, in order. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/source/pattern_private.h"
#include "builder/source/source_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* Each takes a descriptor. */
#define MOST_LEVELS 900

struct walk {
	const struct source *source;
	const struct source_select *select;
	source_visit *visit;
	void *data;
	struct arena arena;
	/* of the source that was named */
	const char *named;
	bool is_named;
	const struct ignore *includes; /* --parents: what is taken of the directory */
	struct strbuf path;	       /* from the root */
	size_t base;		       /* where the part from the directory begins */
	size_t visited;
};

/* A directory on the way. One that is hidden is visited when something in it is. */
struct level {
	struct level *up;
	struct source_entry entry;
	size_t length; /* of its path */
	size_t depth;
	bool is_visited;
};

static const char *relative_path(const struct walk *walk)
{
	return walk->path.length > walk->base ? walk->path.text + walk->base : "";
}

static enum ignore_verdict join_verdicts(enum ignore_verdict one, enum ignore_verdict other)
{
	if (one == IGNORE_HIDES || other == IGNORE_HIDES)
		return IGNORE_HIDES;
	return one == IGNORE_TAKES ? other : one;
}

/* What the instruction itself says of it. */
static enum ignore_verdict judge_selected(const struct walk *walk)
{
	return join_verdicts(ignore_judge(walk->select->excludes, relative_path(walk)),
			     ignore_judge(walk->includes, relative_path(walk)));
}

static int visit(struct walk *walk, struct source_entry *entry, struct error *err)
{
	entry->path = strbuf_text(&walk->path);
	walk->visited++;
	return walk->visit(entry, walk->data, err);
}

/* The path is cut for a moment to what the level's was. */
static int visit_level(struct walk *walk, struct level *level, struct error *err)
{
	size_t length = walk->path.length;
	char kept;
	int result;

	if (!level || level->is_visited)
		return 0;
	if (visit_level(walk, level->up, err) < 0)
		return -1;
	level->is_visited = true;
	strbuf_reserve(&walk->path, 1);
	kept = walk->path.text[level->length];
	walk->path.text[level->length] = '\0';
	walk->path.length = level->length;
	level->entry.relative = relative_path(walk);
	result = visit(walk, &level->entry, err);
	walk->path.text[level->length] = kept;
	walk->path.length = length;
	return result;
}

static int visit_entry(struct walk *walk, struct level *level, struct source_entry *entry,
		       struct error *err)
{
	return visit_level(walk, level, err) < 0 ? -1 : visit(walk, entry, err);
}

static int visit_link(struct walk *walk, struct level *level, const struct source_entry *entry,
		      struct error *err)
{
	char target[PATH_MAX];
	struct source_entry link = *entry;
	ssize_t length = readlinkat(entry->parent_fd, entry->name, target, PATH_MAX - 1);

	if (length < 0)
		return error_errno(err, "cannot read the link '%s'", walk->path.text);
	target[length] = '\0';
	link.link = target;
	return visit_entry(walk, level, &link, err);
}

static int visit_file(struct walk *walk, struct level *level, struct source_entry *entry,
		      struct error *err)
{
	return S_ISLNK(entry->status.st_mode) ? visit_link(walk, level, entry, err)
					      : visit_entry(walk, level, entry, err);
}

static int walk_level(struct walk *walk, struct level *level, int fd, struct error *err);

static int enter(struct walk *walk, struct level *up, const struct source_entry *entry,
		 bool is_taken, struct error *err)
{
	struct level level = {
		.up = up,
		.entry = *entry,
		.length = walk->path.length,
		.depth = up->depth + 1,
	};
	auto_close int fd = openat(entry->parent_fd, entry->name,
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", walk->path.text);
	if (level.depth > MOST_LEVELS)
		return error_set(err, ERROR_UNSUPPORTED,
				 "'%.200s…': more than %d folders one in the other",
				 walk->path.text, MOST_LEVELS);
	if (is_taken && visit_level(walk, &level, err) < 0)
		return -1;
	return walk_level(walk, &level, fd, err);
}

/* What vanishes meanwhile was not there. */
static int walk_child(struct walk *walk, struct level *level, int fd, const char *name,
		      struct error *err)
{
	enum ignore_verdict selected = judge_selected(walk);
	enum ignore_verdict verdict = join_verdicts(
		selected, ignore_judge(walk->source->ignore, strbuf_text(&walk->path)));
	struct source_entry entry = {
		.kind = SOURCE_ENTRY_CHILD,
		.relative = relative_path(walk),
		.parent_fd = fd,
		.name = name,
		.is_implied = selected != IGNORE_TAKES,
	};

	if (verdict == IGNORE_HIDES)
		return 0;
	if (fstatat(fd, name, &entry.status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot read '%s'", walk->path.text);
	if (S_ISDIR(entry.status.st_mode))
		return enter(walk, level, &entry, verdict == IGNORE_TAKES, err);
	return verdict == IGNORE_TAKES ? visit_file(walk, level, &entry, err) : 0;
}

static int walk_level(struct walk *walk, struct level *level, int fd, struct error *err)
{
	auto_source_names struct source_names names = {0};

	if (source_names_read(&names, fd, err) < 0)
		return error_wrap(err, "'%s'", strbuf_text(&walk->path));
	for (size_t i = 0; i < names.count; i++) {
		int result;

		if (level->length)
			strbuf_add_char(&walk->path, '/');
		strbuf_add(&walk->path, names.items[i]);
		result = walk_child(walk, level, fd, names.items[i], err);
		walk->path.length = level->length;
		walk->path.text[level->length] = '\0';
		if (result < 0)
			return -1;
	}
	return 0;
}

static int walk_directory(struct walk *walk, int fd, bool is_taken, struct error *err)
{
	struct level level = {
		.entry = {.kind = SOURCE_ENTRY_DIRECTORY, .parent_fd = fd, .name = "."},
		.length = walk->path.length,
	};

	walk->base = level.length + (level.length > 0);
	if (fstat(fd, &level.entry.status) < 0)
		return error_errno(err, "cannot read '%s'", walk->named);
	if (is_taken && visit_level(walk, &level, err) < 0)
		return -1;
	return walk_level(walk, &level, fd, err);
}

/* @name: what it was called, which is not what a link leads to. */
static int walk_file(struct walk *walk, const char *real, const char *name, struct error *err)
{
	auto_free char *directory = path_directory(real);
	const char *slash = strrchr(real, '/');
	auto_close int fd = source_path_open(walk->source, directory, err);
	struct source_entry entry = {
		.kind = SOURCE_ENTRY_FILE,
		.relative = name,
		.parent_fd = fd,
		.name = slash ? slash + 1 : real,
	};

	if (fd < 0)
		return error_wrap(err, "'%s'", walk->named);
	if (fstatat(fd, entry.name, &entry.status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot read '%s'", real);
	return visit_file(walk, NULL, &entry, err);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* One that was named, or that a wildcard has found. --parents takes things below a directory only:
 * a file has none. */
static int walk_path(struct walk *walk, const char *path, struct error *err)
{
	auto_free char *cleaned = path_join("/", *path == '/' ? path + 1 : path);
	auto_free char *real = source_path_follow(walk->source, path, err);
	enum ignore_verdict verdict;
	auto_close int fd = -1;
	struct error reason = {0};

	if (!real)
		return -1;
	verdict = *real ? ignore_judge(walk->source->ignore, real) : IGNORE_TAKES;
	if (verdict == IGNORE_HIDES)
		return source_path_missing(walk->source, walk->named, real, err);
	strbuf_clear(&walk->path);
	strbuf_add(&walk->path, real);
	fd = source_path_open(walk->source, real, &reason);
	if (fd >= 0)
		return walk_directory(walk, fd, verdict == IGNORE_TAKES, err);
	if (reason.code != ENOTDIR)
		return error_pass(err, &reason);
	if (verdict != IGNORE_TAKES || walk->includes)
		return 0;
	return walk_file(walk, real, base_name(cleaned), err);
}

static int walk_wildcard(struct walk *walk, const char *pattern, struct error *err)
{
	auto_strvec struct strvec paths = {0};

	if (source_path_expand(walk->source, pattern, &paths, err) < 0)
		return -1;
	strvec_each (path, &paths)
		if (walk_path(walk, *path, err) < 0)
			return -1;
	return 0;
}

/* Nothing but @pattern, from the directory on, with all that is below it. */
static int include_only(struct walk *walk, const char *pattern, struct error *err)
{
	auto_free char *cleaned = path_join("/", *pattern == '/' ? pattern + 1 : pattern);
	auto_free char *exception = alloc_format("!%s", cleaned + 1);
	char everything[] = "**";
	char *const patterns[] = {everything, exception, NULL};

	walk->includes = NULL;
	if (!cleaned[1])
		return 0;
	walk->includes = ignore_from_patterns(patterns, &walk->arena, err);
	return walk->includes ? 0 : -1;
}

static int walk_parents(struct walk *walk, const char *pattern, struct error *err)
{
	const char *pivot = strstr(pattern, "/./");
	auto_free char *directory =
		pivot ? alloc_string_n(pattern, (size_t)(pivot - pattern)) : alloc_string("/");
	const char *rest = pivot ? pivot + 2 : pattern;

	walk->is_named = !pattern_has_wildcard(pattern);
	if (include_only(walk, rest, err) < 0)
		return -1;
	return pattern_has_wildcard(directory) ? walk_wildcard(walk, directory, err)
					       : walk_path(walk, directory, err);
}

static int walk_pattern(struct walk *walk, const char *pattern, struct error *err)
{
	auto_free char *plain = path_join("/", *pattern == '/' ? pattern + 1 : pattern);
	size_t before = walk->visited;
	int result;

	walk->named = pattern;
	walk->is_named = walk->select->is_literal || !pattern_has_wildcard(pattern);
	if (walk->select->keeps_parents)
		result = walk_parents(walk, pattern, err);
	else
		result = walk->is_named ? walk_path(walk, pattern, err)
					: walk_wildcard(walk, pattern, err);
	/* The directory that --parents begins with was not asked for. */
	if (result == 0 && walk->is_named &&
	    walk->visited == before + (walk->select->keeps_parents && walk->includes))
		return source_path_missing(walk->source, pattern, plain + 1, err);
	return result;
}

int source_walk(const struct source *source, const struct source_select *select,
		source_visit *visitor, void *data, struct error *err)
{
	struct walk walk = {.source = source, .select = select, .visit = visitor, .data = data};
	int result = 0;

	for (char *const *pattern = select->patterns; result == 0 && *pattern; pattern++)
		result = walk_pattern(&walk, *pattern, err);
	strbuf_release(&walk.path);
	arena_release(&walk.arena);
	return result;
}

/* One that is written to, or has another in its place, is read as it is now: logs do not stop a
 * build. */
int source_open_file(const struct source_entry *entry, struct error *err)
{
	auto_close int fd = openat(entry->parent_fd, entry->name,
				   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 && errno != ENOENT && errno != ELOOP)
		return error_errno(err, "cannot open '%s'", entry->path);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return error_set(err, ERROR_CONFLICT, "'%s' changes while it is read", entry->path);
	return take_fd(&fd);
}
