/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_view.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/globals.h"
#include "cli/log_view_internal.h"
#include "cli/output.h"
#include "cli/times.h"
#include "engine/engine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LABEL "com.docker.compose."

int log_view_parse_bounds(struct log_view_options *options, const char *since, const char *until,
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

struct log_view *log_view_new(struct engine *engine, const struct globals *globals,
			      const struct log_view_options *options)
{
	struct log_view *view = alloc_zeroed(1, sizeof(*view));

	view->engine = engine;
	view->options = *options;
	view->state_fd = view->directory_fd = -1;
	view->printer.has_prefixes = !options->no_prefix;
	view->printer.has_timestamps = options->timestamps;
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		view->printer.fds[i] = i + 1;
		view->printer.is_terminal[i] = output_is_terminal(i + 1);
		view->printer.has_colour[i] =
			!options->no_colour && globals_has_colour(globals, i + 1);
	}
	return view;
}

static void stop_reading(struct view_entry *entry)
{
	loop_remove(&entry->readable);
	if (entry->reader)
		log_reader_close(entry->reader);
	entry->reader = NULL;
	if (entry->container_fd >= 0)
		close(entry->container_fd);
	entry->container_fd = -1;
}

void log_view_free(struct log_view *view)
{
	if (!view)
		return;
	for (size_t i = 0; i < view->count; i++) {
		stop_reading(view->entries[i]);
		log_source_release(&view->entries[i]->source);
		arena_release(&view->entries[i]->arena);
		free(view->entries[i]->next_text);
		free(view->entries[i]);
	}
	free(view->entries);
	if (view->state_fd >= 0)
		close(view->state_fd);
	log_printer_release(&view->printer);
	free(view);
}

/* As Docker Compose: without the project's name, unless the container has a name of its own. */
static char *make_label(const struct container *container)
{
	const char *project = container_label(container, LABEL "project");
	const char *name = container->name ? container->name : container->id;
	size_t length = project ? strlen(project) : 0;

	if (length > 0 && strncmp(name, project, length) == 0 && name[length] == '-' &&
	    name[length + 1])
		name += length + 1;
	return alloc_string(name);
}

static int open_reader(struct view_entry *entry, struct error *err)
{
	struct log_view *view = entry->view;
	struct log_reader_request request = {
		.id = entry->container.id,
		.tail = view->options.tail,
		.since = view->options.since,
		.until = view->options.until,
	};

	entry->container_fd = openat(view->engine->layout.containers_fd, entry->container.id,
				     O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (entry->container_fd < 0)
		return error_errno(err, "cannot read the log of '%s'", entry->container.name);
	request.container_fd = entry->container_fd;
	return log_reader_open(&entry->reader, &request, err);
}

int log_view_add(struct log_view *view, const struct container *container, enum log_view_role role,
		 struct error *err)
{
	struct view_entry *entry;

	for (size_t i = 0; i < view->count; i++)
		if (strcmp(view->entries[i]->container.id, container->id) == 0)
			return 0;
	entry = alloc_zeroed(1, sizeof(*entry));
	entry->view = view;
	entry->container_fd = -1;
	entry->container = *container;
	entry->container.id = arena_string(&entry->arena, container->id);
	entry->container.name = arena_string(&entry->arena, container->name);
	entry->source.label = make_label(container);
	entry->source.colour = view->count;
	entry->was_live = container_is_live(container);
	entry->restarts = container->state.restart_count;
	view->entries = alloc_resize(view->entries, view->count + 1, sizeof(*view->entries));
	view->entries[view->count++] = entry;
	entry->is_awaited = role != LOG_VIEW_SHOWN;
	if (role != LOG_VIEW_AWAITED) {
		log_printer_admit(&view->printer, &entry->source);
		if (open_reader(entry, err) < 0)
			return -1;
	}
	return view->is_looping ? log_view_follow_entry(entry, err) : 0;
}

static int fetch(struct view_entry *entry, struct error *err)
{
	int more = entry->reader ? log_reader_next(entry->reader, &entry->next, err) : 0;

	free(entry->next_text);
	entry->next_text = NULL;
	entry->has_next = more > 0;
	if (more > 0) /* the record is only good until the next call */
		entry->next.text = entry->next_text =
			alloc_string_n(entry->next.text, entry->next.length);
	return more;
}

static bool is_earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

int log_view_print(struct log_view *view, struct error *err)
{
	for (size_t i = 0; i < view->count; i++)
		if (fetch(view->entries[i], err) < 0)
			return -1;
	for (;;) {
		struct view_entry *first = NULL;

		for (size_t i = 0; i < view->count; i++) {
			struct view_entry *entry = view->entries[i];

			if (entry->has_next &&
			    (!first || is_earlier(&entry->next.time, &first->next.time)))
				first = entry;
		}
		if (!first)
			break;
		log_printer_record(&view->printer, &first->source, &first->next);
		if (fetch(first, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < view->count; i++)
		if (!view->entries[i]->was_live)
			log_printer_end(&view->printer, &view->entries[i]->source);
	log_printer_flush(&view->printer);
	return 0;
}
