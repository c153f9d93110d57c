/* SPDX-License-Identifier: Apache-2.0 */
/* `oci events`: what a container uses, and when its memory ran out. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "cli/screen/output.h"
#include "oci/events.h"

struct events_options {
	int64_t interval_ns;
	bool stats;
};

static const struct option_spec options_table[] = {
	OPTION(SECONDS, "interval", 0, events_options, interval_ns,
	       "So much time between statistics", .value = "TIME", .fallback = "5s"),
	OPTION(BOOL, "stats", 0, events_options, stats, "Show statistics once, at once"),
	{0},
};

static int events_check(const void *data, struct error *err)
{
	const struct events_options *options = data;

	if (options->interval_ns == 0)
		return error_set(err, ERROR_INVALID, "--interval must be more than 0");
	return 0;
}

static int print(const json *event, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	json_print(&text, event, false);
	strbuf_add_char(&text, '\n');
	output_text(text.text, text.length);
	return output_finish(err);
}

static int events_run(struct invocation *invocation, struct error *err)
{
	const struct events_options *options = invocation->options;
	const char *root = invocation->globals->oci_root, *id = invocation->arguments[0];
	auto_json json *event = NULL;

	if (!options->stats)
		return oci_events(root, id,
				  options->interval_ns < 0 ? 5 * SECOND : options->interval_ns,
				  print, err);
	event = oci_stats(root, id, err);
	return event ? print(event, err) : -1;
}

const struct command cmd_oci_events = COMMAND(
	"events", "CONTAINER", "Show what a container uses, again and again, as JSON",
	EXAMPLE("--stats web", "Show it once"), .needs = NEEDS_ROOT, .least = 1, .most = 1,
	COMMAND_OPTIONS(events_options, options_table), .check = events_check, .run = events_run);
