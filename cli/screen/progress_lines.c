/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of each object that something happens to; see progress_private.h. */
#include "cli/screen/progress_private.h"

#include "base/alloc.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

void progress_lines_clear(struct progress_lines *lines)
{
	map_each (entry, &lines->map) {
		struct progress_line *line = entry->value;

		free(line->action);
		free(line->detail);
		free(line->parent);
		free(line);
	}
	map_release(&lines->map);
}

bool progress_line_goes_on(const struct progress_line *line)
{
	return line->kind == APPLY_WORKING || line->kind == APPLY_PENDING;
}

bool progress_lines_go_on(const struct progress_lines *lines)
{
	map_each (entry, &lines->map)
		if (progress_line_goes_on(entry->value))
			return true;
	return false;
}

bool progress_lines_is_part(const struct progress_lines *lines, const struct progress_line *line)
{
	return line->parent && map_has(&lines->map, line->parent);
}

static struct progress_line *find_line(struct progress_lines *lines,
				       const struct apply_event *event)
{
	void **slot = map_slot(&lines->map, event->object);
	struct progress_line *line = *slot;

	if (!line) {
		line = *slot = alloc_zeroed(1, sizeof(*line));
		line->started_ns = units_monotonic_ns();
		line->parent = event->parent ? alloc_string(event->parent) : NULL;
	}
	return line;
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool is_known(const struct progress_line *line, const struct apply_event *event)
{
	return line->action && line->kind == event->kind && is_same(line->action, event->action) &&
	       is_same(line->detail, event->detail);
}

static bool has_moved(const struct progress_line *line, const struct apply_event *event,
		      int64_t least)
{
	return least > 0 && (line->total != event->total || event->done - line->done >= least);
}

bool progress_lines_take(struct progress_lines *lines, const struct apply_event *event,
			 int64_t least)
{
	struct progress_line *line = find_line(lines, event);
	bool is_new = !line->action;

	/* A layer that two images share is fetched for the first one. */
	if (!is_same(line->parent, event->parent))
		return false;
	if (is_known(line, event) && !has_moved(line, event, least))
		return false;
	line->done = event->done;
	line->total = event->total;
	free(line->detail);
	if (event->kind != APPLY_PENDING || is_new) {
		free(line->action);
		line->action = alloc_string(event->action ? event->action : "");
	}
	line->detail = event->detail ? alloc_string(event->detail) : NULL;
	/* What waits in the middle of its work is at work all the same. */
	if (event->kind != APPLY_PENDING || line->kind != APPLY_WORKING || is_new)
		line->kind = event->kind;
	line->ended_ns = progress_line_goes_on(line) ? 0 : units_monotonic_ns();
	return true;
}
