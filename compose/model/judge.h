/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/judge.h - what speaks against running something, kept until it is known who is
 * asked for.
 *
 * The form of a file is judged everywhere, at once (compose/model/problems.h). What a service says
 * beyond that is judged only of those that a command makes something of: `up web` does not care
 * about the GPU that another service wants, nor does `down`.
 */
#pragma once

#include <stdbool.h>

struct map;
struct node;
struct problems;
struct walk;

enum judge_kind {
	JUDGE_MISTAKE, /* an error */
	JUDGE_LIMIT,   /* Docker Compose takes it: an error for who runs it, a warning for who looks
			*/
	JUDGE_NOTE,    /* a warning */
};

/* In the walk's arena, in the order of the file. */
struct judge {
	struct judgement *first, **last;
};

/* Notes it for the walk's place; without a judge it is a problem at once. */
void judge_add(struct walk *walk, const struct node *at, enum judge_kind kind, const char *format,
	       ...) __attribute__((format(printf, 4, 5)));
/* Is @path ("services.web.ports[1]") one of @asked ("services.web"), or in one? */
bool judge_is_asked(const struct map *asked, const char *path);
/* Says what concerns @asked; the rest is forgotten. */
void judge_settle(struct judge *judge, const struct map *asked, struct problems *problems);
