/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/screen/build_line.h - what is known of the steps of builds, for those who show them.
 */
#pragma once

#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/build.h"
#include "cli/screen/build_progress.h"

/* "naming to …", a layer on its way. */
struct build_detail {
	char *text;
	int64_t done, total; /* total 0: not about bytes */
	int64_t said_ns;     /* plain: when it was said last */
};

#define SGR_RESET "\x1b[0m"

struct build_line {
	size_t job;
	int step, number; /* of its build; over all builds */
	char *name;	  /* with the label */
	enum build_event_kind state;
	bool has_ended, is_for_terminal;
	int64_t begun_ns, now_ns, duration_ns; /* as its events say */
	int64_t seen_ns;		       /* when it began, by our clock */
	struct strbuf partial[2];	       /* of each stream: what has no end of line yet */
	struct strbuf log;		       /* the end of what it wrote */
	size_t dropped;			       /* bytes before that */
	struct build_detail *details;
	size_t detail_count;
};

struct build_progress {
	enum progress_mode mode;
	int fd;
	bool has_colour;
	struct build_line **lines;
	size_t count;
	struct build_line *current; /* plain: whose lines are being written */
	struct strvec warnings;
	int64_t begun_ns;
	size_t columns; /* of the block that is being drawn */
	bool is_final;
};

void build_line_free(struct build_line *line);
/* So long it has taken. */
double build_line_seconds(const struct build_line *line);
/* "1.2MB / 3.4MB" behind the text, where it is about bytes. */
void build_detail_print(struct strbuf *out, const struct build_detail *detail);
/* cli/screen/build_plain.c */
void build_plain_event(struct build_progress *progress, struct build_line *line,
		       const struct build_event *event, struct build_detail *detail);
void build_json_event(struct strbuf *out, const struct build_line *line, const char *label,
		      const struct build_event *event);
