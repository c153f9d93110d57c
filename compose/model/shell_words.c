/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/shell_words.h"

#include "compose/model/problems.h"

#include "base/log.h"

#include <string.h>

enum word_state {
	WORD_NONE,
	WORD_BARE,
	WORD_QUOTED, /* counts even when it is empty */
};

struct splitting {
	struct walk *walk;
	struct node *list;
	struct strbuf word;
	enum word_state state;
	char quote; /* what ends where we are: ' or " or `, ) for $(…), 0 outside */
};

static void add_char(struct splitting *splitting, char c)
{
	strbuf_add_char(&splitting->word, c);
	splitting->state = WORD_BARE;
}

static void end_word(struct splitting *splitting)
{
	const char *text = strbuf_text(&splitting->word);

	if (splitting->state == WORD_QUOTED || (splitting->state == WORD_BARE && *text))
		node_append(splitting->walk->arena, splitting->list,
			    node_new_string(splitting->walk->arena, NULL, text));
	strbuf_clear(&splitting->word);
	splitting->state = WORD_NONE;
}

/* What stands behind a backslash. In `…` and $(…) it belongs to whoever reads that. */
static void add_escaped(struct splitting *splitting, char c)
{
	bool is_kept = splitting->quote == '`' || splitting->quote == ')';

	if (is_kept)
		add_char(splitting, '\\');
	else
		c = c == 't' ? '\t' : c == 'n' ? '\n' : c;
	add_char(splitting, c);
}

/* One character inside a quote. */
static void add_quoted(struct splitting *splitting, char c)
{
	if (c != splitting->quote) {
		add_char(splitting, c);
		return;
	}
	if (c == '\'' || c == '"')
		splitting->state = WORD_QUOTED;
	else
		add_char(splitting, c);
	splitting->quote = 0;
}

/* One character outside of quotes; false: no text may have it there. */
static bool add_plain(struct splitting *splitting, char c)
{
	const char *word = strbuf_text(&splitting->word);
	size_t length = splitting->word.length;

	if (strchr(" \t\r\n", c)) {
		end_word(splitting);
		return true;
	}
	if (c == ')' || (c == '(' && (!length || word[length - 1] != '$')))
		return false;
	if (c == '(')
		splitting->quote = ')';
	else if (strchr("'\"`", c))
		splitting->quote = c;
	if (c != '\'' && c != '"')
		add_char(splitting, c);
	return true;
}

/* No shell is there to understand "&&" and its like: the command ends before it. */
static void cut(struct splitting *splitting, const struct node *node, const char *at)
{
	const char *word = strbuf_text(&splitting->word);

	if (*at == '>' && *word && !word[strspn(word, "0123456789")])
		splitting->state = WORD_NONE; /* 2>file */
	end_word(splitting);
	log_warning_once("%s:%u: %s: the command ends before '%.20s', which only a shell "
			 "understands; write [sh, -c, '…']",
			 node->file, node->line, strbuf_text(&splitting->walk->path), at);
}

static void fail(struct splitting *splitting, const struct node *node, const char *at)
{
	if (splitting->quote && !*at)
		problem_add(splitting->walk, node,
			    "an open %c quote in '%.100s'; close it or write a list",
			    splitting->quote == ')' ? '(' : splitting->quote, node->text);
	else
		problem_add(splitting->walk, node,
			    "'%.1s' cannot stand there in '%.100s': no shell reads it; put it in "
			    "quotes or write a list",
			    *at ? at : "\\", node->text);
}

/* Adds the words; where it fails, otherwise NULL. */
static const char *split(struct splitting *splitting, const struct node *node)
{
	const char *p;

	for (p = node->text; *p; p++) {
		if (*p == '\\' && splitting->quote != '\'') {
			if (!p[1])
				return p + 1;
			add_escaped(splitting, *++p);
		} else if (splitting->quote == ')' && *p == '(') {
			return p;
		} else if (splitting->quote) {
			add_quoted(splitting, *p);
		} else if (strchr(";&|<>", *p)) {
			cut(splitting, node, p);
			return NULL;
		} else if (!add_plain(splitting, *p)) {
			return p;
		}
	}
	end_word(splitting);
	return splitting->quote ? p : NULL;
}

struct node *shell_words_split(struct walk *walk, const struct node *node)
{
	struct splitting splitting = {.walk = walk, .list = node_new_list(walk->arena, node)};
	const char *failed = split(&splitting, node);

	if (failed)
		fail(&splitting, node, failed);
	strbuf_release(&splitting.word);
	return failed ? NULL : splitting.list;
}
