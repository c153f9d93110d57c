/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/expand.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/dockerfile/pattern.h"
#include "builder/dockerfile/substitution.h"
#include "builder/dockerfile/words.h"

#include <ctype.h>
#include <string.h>

#define DEEPEST	     64		/* ${a:-${b:-…}} */
#define LONGEST_WORD (1 << 20)	/* bytes of a result; no process takes as much */
#define LONGEST_TEXT (16 << 20) /* of a heredoc's */

struct expander {
	const struct expansion *how;
	const char *at; /* what has not been read */
	unsigned depth;
	bool keeps_escapes;
	size_t limit;
	struct error *err;
};

/* What comes out; @words and @word only where it is to be split. */
struct output {
	struct strbuf text, word;
	struct strvec *words;
};
#define auto_output __attribute__((cleanup(output_release)))

static void output_release(struct output *out)
{
	strbuf_release(&out->text);
	strbuf_release(&out->word);
}

static void end_word(struct output *out)
{
	if (out->words && out->word.length)
		strvec_add_n(out->words, out->word.text, out->word.length);
	strbuf_clear(&out->word);
}

static void add_held(struct output *out, const char *bytes, size_t length)
{
	strbuf_add_n(&out->text, bytes, length);
	if (out->words)
		strbuf_add_n(&out->word, bytes, length);
}

/* White space in it ends words. */
static void add_loose(struct output *out, const char *text, size_t length)
{
	const char *end = text + length;

	if (!out->words) {
		strbuf_add_n(&out->text, text, length);
		return;
	}
	while (text < end) {
		size_t space = words_space(text);

		if (space) {
			strbuf_add_n(&out->text, text, space);
			end_word(out);
		} else {
			add_held(out, text, 1);
		}
		text += space ? space : 1;
	}
}

static int fail(struct expander *expander, const char *text)
{
	return error_set(expander->err, ERROR_INVALID, "%s", text);
}

static int expand_until(struct expander *expander, char stop, struct output *out);

/* The part of ${…} behind the modifier, expanded, up to @stop, which is taken. */
static int take_part(struct expander *expander, char stop, bool keeps_escapes, struct strbuf *part)
{
	auto_output struct output out = {0};
	bool outer = expander->keeps_escapes;
	int got;

	if (++expander->depth > DEEPEST)
		return fail(expander, "variables are nested too deeply");
	expander->keeps_escapes = keeps_escapes;
	got = expand_until(expander, stop, &out);
	expander->keeps_escapes = outer;
	expander->depth--;
	strbuf_add(part, strbuf_text(&out.text));
	return got;
}

static const char *find_value(struct expander *expander, const char *name, bool is_asked_for)
{
	const char *value = expander->how->lookup(name, expander->how->data);

	if (!value && is_asked_for && expander->how->missing)
		expander->how->missing(name, expander->how->data);
	return value;
}

/* A name, digits, or one of the characters that a shell has parameters for; "" for none. */
static const char *take_name(struct expander *expander)
{
	const char *start = expander->at, *end = start;

	if (isdigit((unsigned char)*start))
		while (isdigit((unsigned char)*end))
			end++;
	else if (*start && strchr("@*#?-$!", *start))
		end++;
	else
		while (isalnum((unsigned char)*end) || *end == '_' ||
		       ((unsigned char)*end >= 0x80 && !words_space(end)))
			end++;
	expander->at = end;
	return arena_string_n(expander->how->arena, start, (size_t)(end - start));
}

/* ${NAME:-WORD} and the like. */
static int take_modified(struct expander *expander, const char *name, struct strbuf *out)
{
	struct substitution substitution = {.name = name, .is_colon = *expander->at == ':'};
	const char *written = expander->at;
	auto_strbuf struct strbuf word = {0};
	enum substitution_kind kind;

	expander->at += substitution.is_colon;
	substitution.sign = *expander->at;
	if (!substitution.sign)
		return fail(expander, "syntax error: missing '}'");
	kind = substitution_kind_of(&substitution);
	if (kind == SUBSTITUTION_UNKNOWN)
		return error_set(expander->err, ERROR_INVALID,
				 "unsupported modifier (%.*s) in substitution",
				 1 + substitution.is_colon, written);
	expander->at++;
	if (take_part(expander, '}', kind == SUBSTITUTION_BY_PATTERN, &word) < 0)
		return -1;
	substitution.word = strbuf_text(&word);
	substitution.value = find_value(expander, name, kind == SUBSTITUTION_BY_PATTERN);
	if (substitution.value || !expander->how->keeps_unset)
		return substitution_apply(&substitution, out, expander->err);
	strbuf_printf(out, "${%s%.*s%s}", name, 1 + substitution.is_colon, written,
		      substitution.word);
	return 0;
}

/* ${NAME/PATTERN/BY} */
static int take_replacement(struct expander *expander, const char *name, struct strbuf *out)
{
	struct pattern_replace replace = {.is_all = expander->at[1] == '/',
					  .limit = expander->limit};
	auto_strbuf struct strbuf pattern = {0}, by = {0};
	const char *value;

	expander->at += 1 + replace.is_all;
	if (take_part(expander, '/', true, &pattern) < 0 || take_part(expander, '}', true, &by) < 0)
		return -1;
	replace.pattern = strbuf_text(&pattern);
	replace.by = strbuf_text(&by);
	value = find_value(expander, name, true);
	if (!value && expander->how->keeps_unset) {
		strbuf_printf(out, "${%s/%s%s/%s}", name, replace.is_all ? "/" : "",
			      replace.pattern, replace.by);
		return 0;
	}
	return pattern_replace(out, value ? value : "", &replace, expander->err);
}

static void add_plain(struct expander *expander, const char *name, const char *written,
		      struct strbuf *out)
{
	const char *value = find_value(expander, name, true);

	if (value)
		strbuf_add(out, value);
	else if (expander->how->keeps_unset)
		strbuf_add_n(out, written, (size_t)(expander->at - written));
}

/* Behind "${". */
static int take_braced(struct expander *expander, const char *written, struct strbuf *out)
{
	const char *name;

	if (!*expander->at)
		return fail(expander, "syntax error: missing '}'");
	if (strchr("{}:", *expander->at))
		return fail(expander, "syntax error: bad substitution");
	name = take_name(expander);
	if (*expander->at == '/')
		return take_replacement(expander, name, out);
	if (*expander->at != '}')
		return take_modified(expander, name, out);
	expander->at++;
	add_plain(expander, name, written, out);
	return 0;
}

static int take_dollar(struct expander *expander, struct strbuf *out)
{
	const char *written = expander->at++, *name;

	if (*expander->at == '{') {
		expander->at++;
		return take_braced(expander, written, out);
	}
	name = take_name(expander);
	if (*name)
		add_plain(expander, name, written, out);
	else
		strbuf_add_char(out, '$');
	return 0;
}

static int take_single_quotes(struct expander *expander, struct strbuf *out)
{
	const char *start = expander->at, *end = strchr(start + 1, '\'');
	bool keeps = expander->how->keeps_quotes;

	if (!end)
		return fail(expander,
			    "unexpected end of statement while looking for matching single-quote");
	expander->at = end + 1;
	strbuf_add_n(out, start + !keeps, (size_t)(end - start) - 1 + 2 * keeps);
	return 0;
}

/* In double quotes the escape character only escapes what would not be itself there. */
static void take_quoted_character(struct expander *expander, struct strbuf *out)
{
	char escape = expander->how->escape;
	const char *at = expander->at++;

	if (*at != escape) {
		strbuf_add_char(out, *at);
		return;
	}
	if (expander->keeps_escapes)
		strbuf_add_char(out, escape);
	if (!at[1])
		return;
	if (at[1] == '"' || at[1] == '$' || at[1] == escape)
		at = expander->at++;
	strbuf_add_char(out, *at);
}

static int take_double_quotes(struct expander *expander, struct strbuf *out)
{
	bool keeps = expander->how->keeps_quotes;

	strbuf_add_n(out, expander->at++, keeps);
	while (*expander->at && *expander->at != '"') {
		if (*expander->at != '$')
			take_quoted_character(expander, out);
		else if (take_dollar(expander, out) < 0)
			return -1;
	}
	if (!*expander->at)
		return fail(expander,
			    "unexpected end of statement while looking for matching double-quote");
	strbuf_add_n(out, expander->at++, keeps);
	return 0;
}

/* "<<" and the blanks behind it stay together with the word that follows. */
static int take_heredoc_mark(struct expander *expander, struct strbuf *out)
{
	size_t length = 1;

	if (expander->at[1] == '<')
		length = 2 + strspn(expander->at + 2, "\t\r ");
	strbuf_add_n(out, expander->at, length);
	expander->at += length;
	return 0;
}

static void take_escape(struct expander *expander, struct output *out)
{
	if (expander->keeps_escapes)
		add_held(out, expander->at, 1);
	expander->at++;
	if (*expander->at)
		add_held(out, expander->at++, 1);
}

static int (*find_special(const struct expansion *how, char c))(struct expander *, struct strbuf *)
{
	if (c == '$')
		return take_dollar;
	if (c == '<')
		return take_heredoc_mark;
	if (c == '\'' && !how->ignores_quotes)
		return take_single_quotes;
	return c == '"' && !how->ignores_quotes ? take_double_quotes : NULL;
}

static int take_special(struct expander *expander, struct output *out,
			int (*take)(struct expander *, struct strbuf *))
{
	auto_strbuf struct strbuf part = {0};

	if (take(expander, &part) < 0)
		return -1;
	if (take == take_dollar)
		add_loose(out, strbuf_text(&part), part.length);
	else
		add_held(out, strbuf_text(&part), part.length);
	if (out->text.length <= expander->limit)
		return 0;
	return error_set(expander->err, ERROR_INVALID,
			 "what its variables make of it is longer "
			 "than %zu MiB",
			 expander->limit >> 20);
}

static int expand_until(struct expander *expander, char stop, struct output *out)
{
	while (*expander->at && *expander->at != stop) {
		int (*take)(struct expander *, struct strbuf *) =
			find_special(expander->how, *expander->at);
		size_t space;

		if (take) {
			if (take_special(expander, out, take) < 0)
				return -1;
			continue;
		}
		if (*expander->at == expander->how->escape) {
			take_escape(expander, out);
			continue;
		}
		space = words_space(expander->at);
		add_loose(out, expander->at, space ? space : 1);
		expander->at += space ? space : 1;
	}
	if (stop && !*expander->at)
		return error_set(expander->err, ERROR_INVALID, "syntax error: missing '%c'", stop);
	expander->at += stop != '\0';
	end_word(out);
	return 0;
}

static int expand(const struct expansion *how, const char *word, struct output *out,
		  struct error *err)
{
	struct expander expander = {.how = how, .at = word, .err = err};

	expander.keeps_escapes = how->keeps_escapes;
	expander.limit = how->ignores_quotes ? LONGEST_TEXT : LONGEST_WORD;
	if (strlen(word) > expander.limit)
		expander.limit = strlen(word);
	if (expand_until(&expander, '\0', out) < 0)
		return error_wrap(err, "'%.80s'", word);
	return 0;
}

const char *expand_word(const struct expansion *how, const char *word, struct error *err)
{
	auto_output struct output out = {0};

	if (expand(how, word, &out, err) < 0)
		return NULL;
	return arena_string_n(how->arena, strbuf_text(&out.text), out.text.length);
}

char **expand_words(const struct expansion *how, const char *word, struct error *err)
{
	auto_strvec struct strvec words = {0};
	auto_output struct output out = {.words = &words};

	if (expand(how, word, &out, err) < 0)
		return NULL;
	return strvec_copy(&words, how->arena);
}
