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
#include "cli/output.h"
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
	struct log_source **sources;
	size_t count;
};

int log_show_parse_bounds(struct log_view_options *options, const char *since, const char *until,
			  const char *tail, struct error *err)
{
	struct timespec now = units_now();

	if (since && times_parse(&options->since, since, &now, err) < 0)
		return error_wrap(err, "--since");
	if (until && times_parse(&options->until, until, &now, err) < 0)
		return error_wrap(err, "--until");
	options->tail = -1;
	if (tail && strcmp(tail, "all") != 0 &&
	    units_parse_int(&options->tail, tail, -1, INT64_MAX, err) < 0)
		return error_wrap(err, "--tail");
	return 0;
}

static void set_up_printer(struct log_printer *printer, const struct globals *globals,
			   const struct log_show_options *options)
{
	printer->has_prefixes = !options->no_prefix;
	printer->has_timestamps = options->timestamps;
	printer->before_output = options->before_output;
	printer->data = options->data;
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		printer->fds[i] = i + 1;
		printer->is_terminal[i] = output_is_terminal(i + 1);
		printer->has_colour[i] = !options->no_colour && globals_has_colour(globals, i + 1);
	}
}

void log_show_free(struct log_show *show)
{
	log_view_free(show->view);
	for (size_t i = 0; i < show->count; i++) {
		log_source_release(show->sources[i]);
		free(show->sources[i]);
	}
	free(show->sources);
	log_printer_release(&show->printer);
	free(show);
}

const char *log_show_label(const char *name, const char *project)
{
	size_t length = project ? strlen(project) : 0;

	if (length > 0 && strncmp(name, project, length) == 0 && name[length] == '-' &&
	    name[length + 1])
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
	struct log_source *source = alloc_zeroed(1, sizeof(*source));

	warn_without_log(container);
	source->label = alloc_string(log_show_label(
		container->name ? container->name : container->id, labels_project(container)));
	source->colour = show->count;
	show->sources = alloc_resize(show->sources, show->count + 1, sizeof(*show->sources));
	show->sources[show->count++] = source;
	log_printer_admit(&show->printer, source);
	return source;
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
