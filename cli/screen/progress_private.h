/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/screen/progress_private.h - the lines of progress: what is known of each object, and how that
 * stands on a terminal.
 */
#pragma once

#include "base/map.h"
#include "compose/apply/apply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;

struct progress_line {
	char *action, *detail;
	char *parent; /* NULL: none */
	enum apply_event_kind kind;
	int64_t started_ns, ended_ns;
	int64_t done, total; /* bytes; total 0: no bar */
};

/* Object -> struct progress_line, in the order in which they came. */
struct progress_lines {
	struct map map;
};

/* ---- progress_lines.c ---- */

/* Returns false when nothing has changed; @least: so many bytes more are a change, 0: none are. */
bool progress_lines_take(struct progress_lines *lines, const struct apply_event *event,
			 int64_t least);
/* Is it not yet what it shall be? */
bool progress_line_goes_on(const struct progress_line *line);
bool progress_lines_go_on(const struct progress_lines *lines);
void progress_lines_clear(struct progress_lines *lines);

/* Does it belong to another line of them? */
bool progress_lines_is_part(const struct progress_lines *lines, const struct progress_line *line);

/* ---- progress_block.c ---- */

struct progress_room {
	size_t rows, columns;  /* SIZE_MAX: as many as it takes */
	bool is_final;	       /* it stays on the screen, all of it */
	const char *operation; /* "up" */
	bool has_colour, is_dry_run;
};

/* A heading and a line for each object; when there are more than rows, one that says how many more,
 * and those that go on have precedence. */
void progress_block_draw(struct strbuf *out, const struct progress_lines *lines,
			 const struct progress_room *room);

/* ---- progress_heading.c ---- */

/* "[+] up 7/9: 1 waiting", of objects without their parts. */
void progress_heading_add(struct strbuf *out, const struct progress_lines *lines,
			  const struct progress_room *room);
