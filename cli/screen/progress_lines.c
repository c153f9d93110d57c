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
		free(line);
	}
	map_release(&lines->map);
}

static struct progress_line *find_line(struct progress_lines *lines, const char *object)
{
	void **slot = map_slot(&lines->map, object);
	struct progress_line *line = *slot;

	if (!line) {
		line = *slot = alloc_zeroed(1, sizeof(*line));
		line->started_ns = units_monotonic_ns();
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

bool progress_lines_take(struct progress_lines *lines, const struct apply_event *event,
			 bool counts_bytes)
{
	struct progress_line *line = find_line(lines, event->object);

	if (is_known(line, event) && (!counts_bytes || line->done == event->done))
		return false;
	line->done = event->done;
	line->total = event->total;
	free(line->action);
	free(line->detail);
	line->action = alloc_string(event->action ? event->action : "");
	line->detail = event->detail ? alloc_string(event->detail) : NULL;
	line->kind = event->kind;
	line->ended_ns = event->kind == APPLY_WORKING ? 0 : units_monotonic_ns();
	return true;
}
