/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/judge.h"

#include "compose/model/problems.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct judgement {
	struct judgement *next;
	enum judge_kind kind;
	struct location where;
	char *path, *text;
};

static void keep(struct walk *walk, const struct node *at, enum judge_kind kind, const char *text)
{
	struct judgement *judgement = arena_alloc(walk->arena, sizeof(*judgement));
	struct judge *judge = walk->judge;

	*judgement = (struct judgement){
		.kind = kind,
		.where = node_location(at),
		.path = arena_string(walk->arena, strbuf_text(&walk->path)),
		.text = arena_format(walk->arena, "%s%s", text, problem_origin(at))};
	if (!judge->last)
		judge->last = &judge->first;
	*judge->last = judgement;
	judge->last = &judgement->next;
	if (kind == JUDGE_MISTAKE) /* what else is wrong there may only follow from it */
		problems_add_path(walk->problems, judgement->path);
}

void judge_add(struct walk *walk, const struct node *at, enum judge_kind kind, const char *format,
	       ...)
{
	char text[800];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (walk->judge)
		keep(walk, at, kind, text);
	else
		problem_add(walk, at, "%s", text);
}

bool judge_is_asked(const struct map *asked, const char *path)
{
	auto_free char *prefix = strdup(path);
	size_t length = strlen(prefix);

	while (length && !map_has(asked, prefix)) {
		while (length && prefix[--length] != '.' && prefix[length] != '[')
			;
		prefix[length] = '\0';
	}
	return length > 0 || !strchr(path, '.');
}

void judge_settle(struct judge *judge, const struct map *asked, struct problems *problems)
{
	for (const struct judgement *item = judge->first; item; item = item->next) {
		if (!judge_is_asked(asked, item->path))
			continue;
		if (item->kind == JUDGE_NOTE)
			log_warning_once("%s:%u: %s %s", item->where.file ? item->where.file : "?",
					 item->where.line, item->path, item->text);
		else if (item->kind == JUDGE_LIMIT)
			problem_add_limit(problems, item->where, "%s: %s", item->path, item->text);
		else
			problem_add_at(problems, item->where, "%s: %s", item->path, item->text);
	}
	*judge = (struct judge){0};
}
