/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/endpoint/build_lines.h - how a build goes, in the words of Docker's classic builder.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct build_event;
struct build_outline;
struct build_outline_line;
struct build_result;
struct error;

struct build_lines {
	int out;
	bool is_quiet; /* nothing but the id, at the end */
	/* Set by build_lines_planned: lines of the Dockerfile, and which ones were told of. */
	const struct build_outline_line *lines;
	size_t count;
	bool *is_told;
};

/* For struct build_request: @data is a struct build_lines. */
void build_lines_planned(const struct build_outline *outline, void *data);
void build_lines_event(const struct build_event *event, void *data);
/* A line for a RUN that ended with a code of its own; other failures are passed on. */
int build_lines_failed(const struct build_lines *lines, const struct error *reason,
		       struct error *err);
int build_lines_end(const struct build_lines *lines, const struct build_result *result,
		    struct error *err);
void build_lines_release(struct build_lines *lines);
