/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/source/ignore.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "builder/source/ignore_private.h"

#include <ctype.h>
#include <string.h>

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* @written: trimmed, not empty. In a file a slash at the beginning means the root, as everything
 * does; elsewhere it keeps the pattern from matching anything. */
static int add_pattern(struct ignore *ignore, const char *written, bool is_in_file,
		       struct error *err)
{
	bool is_exception = *written == '!';
	auto_free char *copy = alloc_string(written + is_exception);
	auto_free char *cleaned = NULL;
	char *text = trim(copy);

	if (!*text)
		return error_set(err, ERROR_INVALID, "illegal exclusion pattern: \"!\"");
	cleaned = path_clean(text);
	ignore->rules =
		arena_grow(ignore->arena, ignore->rules, ignore->count, sizeof(*ignore->rules));
	ignore->rules[ignore->count++] = (struct ignore_rule){
		.text = arena_string(ignore->arena, written),
		.is_exception = is_exception,
	};
	if (ignore_compile(ignore, cleaned + (is_in_file && cleaned[0] == '/' && cleaned[1]), err) <
	    0)
		return error_wrap(err, "'%s'", written);
	return 0;
}

static struct ignore *make(const char *name, struct arena *arena)
{
	struct ignore *ignore = arena_alloc(arena, sizeof(*ignore));

	ignore->name = arena_string(arena, name);
	ignore->arena = arena;
	return ignore;
}

static int add_line(struct ignore *ignore, const char *line, size_t length, struct error *err)
{
	auto_free char *copy = alloc_string_n(line, length);
	const char *pattern = trim(copy);

	return *line == '#' || !*pattern ? 0 : add_pattern(ignore, pattern, true, err);
}

struct ignore *ignore_parse(const char *name, const char *text, size_t length, struct arena *arena,
			    struct error *err)
{
	struct ignore *ignore = make(name, arena);
	const char *end = text + length;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	for (size_t number = 1; text < end; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		if (add_line(ignore, text, (size_t)(stop - text), err) < 0) {
			error_wrap(err, "%s:%zu", name, number);
			return NULL;
		}
		text = stop + 1;
	}
	return ignore;
}

struct ignore *ignore_from_patterns(char *const *patterns, struct arena *arena, struct error *err)
{
	struct ignore *ignore = make(NULL, arena);

	for (; *patterns; patterns++) {
		auto_free char *copy = alloc_string(*patterns);
		const char *pattern = trim(copy);

		if (*pattern && add_pattern(ignore, pattern, false, err) < 0)
			return NULL;
	}
	return ignore;
}

enum ignore_verdict ignore_judge(const struct ignore *ignore, const char *path)
{
	struct ignore_found found;

	if (!ignore)
		return IGNORE_TAKES;
	found = ignore_find(ignore, path);
	if (found.rule < 0 || ignore->rules[found.rule].is_exception)
		return IGNORE_TAKES;
	return found.may_have_exceptions ? IGNORE_LOOKS_IN : IGNORE_HIDES;
}

const char *ignore_reason(const struct ignore *ignore, const char *path)
{
	struct ignore_found found;

	if (ignore_judge(ignore, path) == IGNORE_TAKES)
		return NULL;
	found = ignore_find(ignore, path);
	return ignore->rules[found.rule].text;
}
