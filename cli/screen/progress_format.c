/* SPDX-License-Identifier: Apache-2.0 */
/* Progress where nothing is redrawn: plain lines, JSON, errors; see cli/screen/progress.h. */
#include "base/cleanup.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/screen/filter.h"
#include "cli/screen/progress.h"
#include "compose/apply/apply.h"

#include <string.h>

static const char *const statuses[] = {
	[APPLY_WORKING] = "Working",
	[APPLY_DONE] = "Done",
	[APPLY_FAILED] = "Error",
	[APPLY_SKIPPED] = "Warning",
};

static void add_safe(struct strbuf *out, const char *text)
{
	filter_text(out, text ? text : "", text ? strlen(text) : 0);
}

void progress_format_plain(struct strbuf *out, const struct apply_event *event, bool is_dry_run)
{
	char size[32];

	strbuf_add(out, is_dry_run ? " DRY-RUN MODE -  " : " ");
	add_safe(out, event->object);
	strbuf_add_char(out, ' ');
	add_safe(out, event->action);
	if (event->total > 0) {
		strbuf_add_char(out, ' ');
		strbuf_add(out, units_format_size(size, sizeof(size), event->total));
	}
	if (event->detail && *event->detail) {
		strbuf_add_char(out, ' ');
		add_safe(out, event->detail);
	}
	strbuf_add_char(out, '\n');
}

/* Nothing that is 0 is said; what is a part of something and has ended is all there, moved or not.
 */
static void set_amounts(json *object, const struct apply_event *event)
{
	int64_t percent = event->parent && event->kind == APPLY_DONE ? 100 : 0;

	if (event->total > 0)
		percent = event->done < event->total ? event->done * 100 / event->total : 100;
	if (event->done > 0)
		json_set_int(object, "current", event->done);
	if (event->total > 0)
		json_set_int(object, "total", event->total);
	if (percent > 0)
		json_set_int(object, "percent", percent);
}

static void set_details(json *object, const struct apply_event *event)
{
	char size[32];

	if (event->detail && *event->detail)
		json_set_string(object, "details", event->detail);
	else if (event->total > 0)
		json_set_string(object, "details",
				units_format_size(size, sizeof(size), event->done));
}

void progress_format_json(struct strbuf *out, const struct apply_event *event, bool is_dry_run)
{
	auto_json json *object = json_new_object();

	if (is_dry_run)
		json_set_bool(object, "dry-run", true);
	json_set_string(object, "id", event->object);
	if (event->parent)
		json_set_string(object, "parent_id", event->parent);
	json_set_string(object, "status", statuses[event->kind]);
	json_set_string(object, "text", event->action);
	set_details(object, event);
	set_amounts(object, event);
	json_print(out, object, false);
	strbuf_add_char(out, '\n');
}

void progress_format_error(struct strbuf *out, enum progress_mode mode, const char *message)
{
	auto_json json *object = NULL;

	if (mode == PROGRESS_JSON) {
		object = json_new_object();
		json_set_bool(object, "error", true);
		json_set_string(object, "message", message);
		json_print(out, object, false);
		strbuf_add_char(out, '\n');
		return;
	}
	/* Messages may have several lines; each is made safe by itself. */
	for (const char *at = message;;) {
		size_t length = strcspn(at, "\n");

		filter_text(out, at, length);
		strbuf_add_char(out, '\n');
		if (!at[length] || !at[length + 1])
			return;
		at += length + 1;
	}
}
