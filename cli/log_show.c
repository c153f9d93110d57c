/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_show.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/globals.h"
#include "cli/invocation.h"
#include "cli/log_print.h"
#include "cli/screen/output.h"
#include "compose/apply/apply.h"
#include "describe/times.h"
#include "engine/labels.h"
#include "engine/log_follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct log_show {
	struct log_view *view;
	struct log_printer printer;
	bool report_exits, outlives_output;
	struct log_sources {
		struct log_source **items;
		size_t count;
	} containers, hooks;
};

int log_show_parse_bounds(struct log_view_options *options, const char *since, const char *until,
			  const char *tail, struct error *err)
{
	struct timespec now = units_now();
	struct error reason;

	if (since && times_parse(&options->since, since, &now, err) < 0)
		return error_wrap(err, "--since");
	if (until && times_parse(&options->until, until, &now, err) < 0)
		return error_wrap(err, "--until");
	options->tail = -1;
	/* Docker takes for all what is no number, and an empty variable must not fail. */
	if (tail && *tail && strcmp(tail, "all") != 0 &&
	    units_parse_int(&options->tail, tail, -1, INT64_MAX, &reason) < 0)
		log_warning("--tail: %s: all lines are shown", reason.text);
	return 0;
}

static void set_up_printer(struct log_printer *printer, const struct globals *globals,
			   const struct log_show_options *options)
{
	printer->has_prefixes = !options->no_prefix;
	printer->has_timestamps = options->timestamps;
	printer->details = options->details;
	printer->before_output = options->before_output;
	printer->after_output = options->after_output;
	printer->data = options->data;
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		int fd = options->all_to_stdout ? 1 : i + 1;

		printer->fds[i] = fd;
		printer->is_terminal[i] = output_is_terminal(fd);
		printer->has_colour[i] = !options->no_colour && globals_has_colour(globals, fd);
	}
}

static struct log_source *find_source(const struct log_sources *sources, const char *label)
{
	for (size_t i = sources->count; i > 0; i--)
		if (strcmp(sources->items[i - 1]->label, label) == 0)
			return sources->items[i - 1];
	return NULL;
}

/* Takes @label. */
static struct log_source *add_source(struct log_show *show, struct log_sources *sources,
				     char *label, size_t colour)
{
	struct log_source *source = alloc_zeroed(1, sizeof(*source));

	source->label = label;
	source->colour = colour;
	sources->items =
		alloc_resize(sources->items, sources->count + 1, sizeof(struct log_source *));
	sources->items[sources->count++] = source;
	log_printer_admit(&show->printer, source);
	return source;
}

static void release_sources(struct log_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		log_source_release(sources->items[i]);
		free(sources->items[i]);
	}
	free(sources->items);
}

void log_show_free(struct log_show *show)
{
	log_view_free(show->view);
	release_sources(&show->containers);
	release_sources(&show->hooks);
	log_printer_release(&show->printer);
	free(show);
}

const char *log_show_label(const char *name, const char *project)
{
	size_t length = project ? strlen(project) : 0;

	if (length > 0 && strncmp(name, project, length) == 0 && strchr("-_", name[length]) &&
	    name[length] && name[length + 1])
		name += length + 1;
	return name;
}

void log_show_expect(struct log_show *show, const char *name, const char *project)
{
	struct log_source source = {.label = (char *)log_show_label(name, project)};

	log_printer_admit(&show->printer, &source);
}

static void warn_without_log(const struct container *container)
{
	const char *driver = container->config.log_driver;

	if (driver && strcmp(driver, "none") == 0)
		log_warning_once("container %s keeps no output: its logging driver is 'none'",
				 container->name);
}

static void *begin(const struct container *container, void *data)
{
	struct log_show *show = data;
	const char *name = container->name ? container->name : container->id;

	warn_without_log(container);
	return add_source(show, &show->containers,
			  alloc_string(log_show_label(name, labels_project(container))),
			  show->containers.count);
}

static void print_record(void *source, const struct log_record *record, void *data)
{
	struct log_show *show = data;

	log_printer_record(&show->printer, source, record);
}

static void print_end(void *source, const struct container *container, enum log_view_end how,
		      void *data)
{
	struct log_show *show = data;
	char text[64];

	log_printer_end(&show->printer, source);
	if (!show->report_exits || how == LOG_VIEW_OVER)
		return;
	snprintf(text, sizeof(text), "exited with code %d%s", container->state.exit_code,
		 how == LOG_VIEW_RESTARTING ? " (restarting)" : "");
	log_printer_note(&show->printer, source, text);
}

bool log_show_knows(const struct log_show *show, const char *name, const char *project)
{
	return find_source(&show->containers, log_show_label(name, project)) != NULL;
}

static void print_pieces(struct log_show *show, struct log_source *source,
			 const struct apply_output *output)
{
	struct log_record record = {.stream = LOG_STDOUT, .time = units_now()};
	const char *at = output->bytes, *end = at + output->length;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		record.text = at;
		at = newline ? newline + 1 : end;
		record.length = (size_t)(at - record.text);
		log_printer_record(&show->printer, source, &record);
	}
}

/* A hook that writes nothing makes no prefix wider. */
void log_show_hook(struct log_show *show, const struct apply_output *output, const char *project)
{
	const char *name = log_show_label(output->container, project);
	const struct log_source *container = find_source(&show->containers, name);
	auto_free char *label = alloc_format("%s ->", name);
	struct log_source *source = find_source(&show->hooks, label);

	if (output->length == 0) {
		if (source)
			log_printer_end(&show->printer, source);
	} else {
		if (!source) /* in the colour of its container */
			source = add_source(show, &show->hooks, take_ptr(label),
					    container ? container->colour : show->containers.count);
		print_pieces(show, source, output);
	}
	log_printer_flush(&show->printer);
}

void log_show_say(struct log_show *show, const char *text)
{
	log_printer_say(&show->printer, text);
	log_printer_flush(&show->printer);
}

static bool flush(void *data)
{
	struct log_show *show = data;

	log_printer_flush(&show->printer);
	return show->outlives_output || !show->printer.failure.code;
}

struct log_show *log_show_new(const struct invocation *invocation,
			      const struct log_show_options *options)
{
	struct log_show *show = alloc_zeroed(1, sizeof(*show));
	const struct log_view_sink sink = {
		.begin = begin,
		.record = print_record,
		.end = print_end,
		.flush = flush,
		.data = show,
	};

	show->report_exits = options->report_exits;
	show->outlives_output = options->outlives_output;
	set_up_printer(&show->printer, invocation->globals, options);
	show->view = log_view_new(invocation->engine, &options->bounds, &sink);
	return show;
}

struct log_view *log_show_view(struct log_show *show)
{
	return show->view;
}

int log_show_finish(struct log_show *show, struct error *err)
{
	if (log_view_show(show->view, err) < 0)
		return -1;
	if (!show->printer.failure.code)
		return 0;
	return error_pass(err, &show->printer.failure);
}

int log_show_run(struct log_show *show, const struct log_follower *follower, struct error *err)
{
	struct log_follow *follow;
	int result = log_show_finish(show, err);

	if (result < 0 || !follower)
		return result;
	follow = log_follow_new(show->view, follower);
	result = log_follow_run(follow, err);
	log_follow_free(follow);
	return result < 0 ? -1 : log_show_finish(show, err);
}
