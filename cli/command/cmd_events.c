/* SPDX-License-Identifier: Apache-2.0 */
/* `events` of a project and `system events` of the host: the journal, as it grows. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/filters.h"
#include "describe/times.h"
#include "engine/event_follow.h"
#include "engine/labels.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct events_options {
	bool json;
	const char *since, *until, *format;
	struct strvec filters;
};

#define SINCE                                                                                      \
	OPTION(STRING, "since", 0, events_options, since,                                          \
	       "Begin at this time: 2026-01-02T03:04:05Z or 10m", .value = "TIME")
#define UNTIL OPTION(STRING, "until", 0, events_options, until, "End at this time", .value = "TIME")

static const struct option_spec events_options[] = {
	OPTION(BOOL, "json", 0, events_options, json, "Print a JSON object for each event"),
	SINCE,
	UNTIL,
	{0},
};

static const struct option_spec system_events_options[] = {
	OPTION(LIST, "filter", 'f', events_options, filters,
	       "Show only what fits: container=NAME, event=EVENT, image=NAME, label=NAME, "
	       "network=NAME, scope=local|swarm, type=container|image|network|volume, "
	       "volume=NAME",
	       .value = "FILTER"),
	OPTION(STRING, "format", 0, events_options, format, "Print JSON, or what a template says",
	       .value = "FORMAT", .fallback = "json"),
	SINCE,
	UNTIL,
	{0},
};

struct events {
	struct invocation *invocation;
	const struct events_options *options;
	struct error *err;
	bool has_failed;
};

/* --- one line --------------------------------------------------------------------------------- */

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* "image=busybox, name=web", in the order of names. */
static void add_attributes(struct strbuf *line, const json *attributes)
{
	size_t count = 0, room = attributes ? (size_t)json_object_object_length(attributes) : 0;
	const char **names = calloc(room + 1, sizeof(*names));

	if (attributes && names) {
		json_each (name, value, attributes) {
			(void)value;
			names[count++] = name;
		}
		qsort(names, count, sizeof(*names), by_name);
	}
	for (size_t i = 0; i < count; i++)
		strbuf_printf(line, "%s%s=%s", i ? ", " : "", names[i],
			      json_string(attributes, names[i], ""));
	free(names);
}

static int64_t local_time(const json *event, struct tm *parts)
{
	int64_t time_ns = json_int(event, "timeNano", 0);
	time_t seconds = time_ns / SECOND;

	localtime_r(&seconds, parts);
	return time_ns % SECOND;
}

/* As Docker Compose shows it: local, without its zone. */
static void format_plain_time(struct strbuf *out, const json *event)
{
	char text[32];
	struct tm parts;
	int64_t nanoseconds = local_time(event, &parts);

	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	strbuf_printf(out, "%s.%06lld", text, (long long)(nanoseconds / MICROSECOND));
}

/* As Docker shows it: RFC 3339 with all nanoseconds, local. */
static void format_full_time(struct strbuf *out, const json *event)
{
	char text[32];
	struct tm parts;
	int64_t nanoseconds = local_time(event, &parts);
	long minutes = parts.tm_gmtoff / 60;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	strbuf_printf(out, "%s.%09lld", text, (long long)nanoseconds);
	if (minutes == 0)
		strbuf_add(out, "Z");
	else
		strbuf_printf(out, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', labs(minutes) / 60,
			      labs(minutes) % 60);
}

static void print_line(const json *event, const char *time)
{
	auto_strbuf struct strbuf line = {0};
	const json *actor = json_get(event, "Actor");

	strbuf_printf(&line, "%s %s %s %s (", time, json_string(event, "Type", ""),
		      json_string(event, "Action", ""), json_string(actor, "ID", ""));
	add_attributes(&line, json_get(actor, "Attributes"));
	strbuf_add(&line, ")");
	output_line(strbuf_text(&line));
}

static int print_formatted(const char *format, const json *event, struct error *err)
{
	const struct format_request request = {.format = format, .json = FORMAT_JSON_LINES};
	auto_json json *rows = json_new_array();

	json_add(rows, json_object_get((json *)event));
	return format_print(&request, rows, err);
}

/* --- a project's ------------------------------------------------------------------------------ */

static const char *label(const json *event, const char *name)
{
	return json_string(json_path(event, "Actor", "Attributes", NULL), name, "");
}

static bool is_chosen(const struct invocation *invocation, const json *event)
{
	const char *service = label(event, LABEL_SERVICE);

	if (strcmp(json_string(event, "Type", ""), "container") != 0 ||
	    strcmp(label(event, LABEL_PROJECT), invocation->project_name) != 0 ||
	    strcmp(label(event, LABEL_ONEOFF), "True") == 0)
		return false;
	if (!invocation->argument_count)
		return true;
	for (size_t i = 0; i < invocation->argument_count; i++)
		if (strcmp(invocation->arguments[i], service) == 0)
			return true;
	return false;
}

/* How an event of a project looks: without what says that it is one of it. */
static json *own_attributes(const json *event)
{
	json *attributes = json_path(event, "Actor", "Attributes", NULL), *own = json_new_object();

	if (!attributes)
		return own;
	json_each (name, value, attributes) {
		if (!labels_is_reserved(name))
			json_set(own, name, json_object_get(value));
	}
	return own;
}

static void print_json(const json *event, json *attributes)
{
	auto_strbuf struct strbuf line = {0};
	auto_json json *document = json_new_object();
	int64_t time_ns = json_int(event, "timeNano", 0);
	struct timespec time = {time_ns / SECOND, time_ns % SECOND};
	char text[UNITS_TIME_SIZE];

	units_format_time(text, &time);
	json_set_string(document, "time", text);
	json_set_string(document, "type", "container");
	json_set_string(document, "service", label(event, LABEL_SERVICE));
	json_set_string(document, "id", json_string(json_get(event, "Actor"), "ID", ""));
	json_set_string(document, "action", json_string(event, "Action", ""));
	json_set(document, "attributes", json_object_get(attributes));
	json_print(&line, document, false);
	output_line(strbuf_text(&line));
}

static bool take_of_project(const json *event, void *data)
{
	struct events *events = data;
	auto_json json *attributes = NULL;
	auto_strbuf struct strbuf time = {0};

	if (!is_chosen(events->invocation, event))
		return true;
	attributes = own_attributes(event);
	if (events->options->json) {
		print_json(event, attributes);
	} else {
		json_set(json_get(event, "Actor"), "Attributes", json_object_get(attributes));
		format_plain_time(&time, event);
		print_line(event, strbuf_text(&time));
	}
	return true;
}

/* --- the host's ------------------------------------------------------------------------------- */

static bool take_of_host(const json *event, void *data)
{
	struct events *events = data;
	const struct events_options *options = events->options;
	auto_strbuf struct strbuf time = {0};

	if (!filters_fit(event_filters, &options->filters, event))
		return true;
	format_full_time(&time, event);
	if (!options->format)
		print_line(event, strbuf_text(&time));
	else if (print_formatted(options->format, event, events->err) < 0)
		events->has_failed = true;
	return !events->has_failed;
}

/* What was printed is seen at once; nobody reads any more: that is all. */
static bool flush(void *data)
{
	struct events *events = data;

	events->has_failed = output_finish(events->err) < 0;
	return !events->has_failed;
}

static int parse_time(int64_t *out, const char *text, const char *option, struct error *err)
{
	struct timespec now = units_now(), time;

	if (!text)
		return 0;
	if (times_parse(&time, text, &now, err) < 0)
		return error_wrap(err, "%s", option);
	*out = time.tv_sec * SECOND + time.tv_nsec;
	return 0;
}

static int follow_events(struct invocation *invocation,
			 bool (*take)(const json *document, void *data), struct error *err)
{
	const struct events_options *options = invocation->options;
	struct events events = {.invocation = invocation, .options = options, .err = err};
	struct event_follow follow = {.take = take, .idle = flush, .data = &events};

	if (parse_time(&follow.since_ns, options->since, "--since", err) < 0 ||
	    parse_time(&follow.until_ns, options->until, "--until", err) < 0 ||
	    event_follow_run(invocation->engine, &follow, err) < 0)
		return -1;
	return events.has_failed ? -1 : 0;
}

static int events_run(struct invocation *invocation, struct error *err)
{
	return follow_events(invocation, take_of_project, err);
}

static int system_events_run(struct invocation *invocation, struct error *err)
{
	const struct events_options *options = invocation->options;

	if (filters_check(event_filters, &options->filters, err) < 0 ||
	    format_check(options->format, err) < 0)
		return -1;
	return follow_events(invocation, take_of_host, err);
}

const struct command cmd_events = COMMAND(
	"events", "[SERVICE...]", "Show what happens to containers of the project",
	EXAMPLE("--since 10m", "Show what happened in the last ten minutes and go on from there"),
	.needs = FOR_OBJECTS | NEEDS_PROJECT | ALL_PROFILES | SERVICE_ARGUMENTS | CHANGES_NOTHING,
	.most = ANY_NUMBER, COMMAND_OPTIONS(events_options, events_options), .run = events_run);

const struct command cmd_system_events =
	COMMAND("events", "", "Show what happens to objects of this host",
		EXAMPLE("--filter type=container --since 10m",
			"Show what happened to containers in the last ten minutes, and go on"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING,
		COMMAND_OPTIONS(events_options, system_events_options), .run = system_events_run);
