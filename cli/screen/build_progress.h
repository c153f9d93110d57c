/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/screen/build_progress.h - what builds do meanwhile: their steps, what these write, how long
 * it took.
 *
 * Plain: lines with the step's number in front, as BuildKit has them; the output of a step is
 * passed on as it is. On a terminal: a block that its owner redraws (build_progress_draw), with the
 * last lines of the steps that run; of their control sequences only colours pass. JSON: one object
 * an event (docs/building.md).
 */
#pragma once

#include "cli/screen/progress.h"

#include <stdbool.h>
#include <stddef.h>

struct build_event;
struct build_progress;
struct strbuf;

/* @fd: where plain lines and JSON go. */
struct build_progress *build_progress_new(enum progress_mode mode, int fd, bool has_colour);
void build_progress_free(struct build_progress *progress);
/* @job: of several builds at once, which one; @label: its name, NULL when it is the only one.
 * Returns whether a block on a terminal looks different now, and cannot wait. */
bool build_progress_event(struct build_progress *progress, size_t job, const char *label,
			  const struct build_event *event);
/* At most @rows lines of at most @columns characters, or (SIZE_MAX rows) all of it as it stays on
 * the screen, nothing cut. Returns how many lines there are. */
size_t build_progress_draw(struct build_progress *progress, struct strbuf *out, size_t rows,
			   size_t columns);
/* What is said at the end: the output of steps that failed, and warnings. */
void build_progress_conclude(struct build_progress *progress, struct strbuf *out);
bool build_progress_is_empty(const struct build_progress *progress);
