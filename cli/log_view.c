/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_view.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/globals.h"
#include "cli/log_view_private.h"
#include "cli/output.h"
#include "describe/times.h"
#include "engine/engine.h"
#include "engine/labels.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	view->state_fd = view->directory_fd = view->extra_fd = -1;
	view->printer.has_prefixes = !options->no_prefix;
	view->printer.has_timestamps = options->timestamps;
	view->printer.before_output = options->before_output;
	view->printer.data = options->data;
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
		arena_release(&view->entries[i]->labels);
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
static char *make_label(const char *name, const char *project)
{
	size_t length = project ? strlen(project) : 0;

	if (length > 0 && strncmp(name, project, length) == 0 && name[length] == '-' &&
	    name[length + 1])
		name += length + 1;
	return alloc_string(name);
}

void log_view_expect(struct log_view *view, const char *name, const char *project)
{
	auto_free char *label = make_label(name, project);

	log_printer_admit(&view->printer, &(struct log_source){.label = label});
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

bool log_view_is_earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

struct timespec log_view_end_of(const struct container *container)
{
	struct timespec end = {0};

	if (container->state.finished_at)
		units_parse_time(&end, container->state.finished_at, NULL);
	return end;
}

/* What of a container outlives the caller's memory. */
static void copy_container(struct view_entry *entry, const struct container *container)
{
	const struct container_config *config = &container->config;
	struct pair *labels = arena_array(&entry->labels, config->label_count + 1, sizeof(*labels));

	for (size_t i = 0; i < config->label_count; i++) {
		labels[i].name = arena_string(&entry->labels, config->labels[i].name);
		labels[i].value = arena_string(&entry->labels, config->labels[i].value);
	}
	entry->container.id = arena_string(&entry->arena, container->id);
	entry->container.name = arena_string(&entry->arena, container->name);
	entry->container.config.labels = labels;
	entry->container.config.label_count = config->label_count;
}

static struct view_entry *new_entry(struct log_view *view, const struct container *container)
{
	struct view_entry *entry = alloc_zeroed(1, sizeof(*entry));
	const struct timespec *since = &view->options.exits_since;
	struct timespec end = log_view_end_of(container);

	entry->view = view;
	entry->container_fd = -1;
	copy_container(entry, container);
	entry->source.label = make_label(container->name ? container->name : container->id,
					 labels_project(container));
	entry->source.colour = view->count;
	entry->was_live = container_is_live(container);
	if (!since->tv_sec || log_view_is_earlier(&end, since))
		entry->ended = end;
	return entry;
}

static void warn_without_log(const struct container *container)
{
	const char *driver = container->config.log_driver;

	if (driver && strcmp(driver, "none") == 0)
		log_warning_once("container %s keeps no output: its logging driver is 'none'",
				 container->name);
}

int log_view_add(struct log_view *view, const struct container *container, enum log_view_role role,
		 struct error *err)
{
	struct view_entry *entry;

	for (size_t i = 0; i < view->count; i++)
		if (strcmp(view->entries[i]->container.id, container->id) == 0)
			return 0;
	entry = new_entry(view, container);
	view->entries = alloc_resize(view->entries, view->count + 1, sizeof(*view->entries));
	view->entries[view->count++] = entry;
	entry->is_awaited = role != LOG_VIEW_SHOWN;
	if (role != LOG_VIEW_AWAITED) {
		warn_without_log(container);
		log_printer_admit(&view->printer, &entry->source);
		if (open_reader(entry, err) < 0)
			return -1;
	}
	return view->is_looping ? log_view_follow_entry(entry, err) : 0;
}

static int fetch(struct view_entry *entry, struct error *err)
{
	int more;

	if (entry->has_next)
		return 1;
	more = entry->reader ? log_reader_next(entry->reader, &entry->next, err) : 0;
	free(entry->next_text);
	entry->next_text = NULL;
	entry->has_next = more > 0;
	if (more > 0) /* the record is only good until the next call */
		entry->next.text = entry->next_text =
			alloc_string_n(entry->next.text, entry->next.length);
	return more;
}

size_t log_view_count(const struct log_view *view)
{
	return view->count;
}

static struct view_entry *earliest(const struct log_view *view)
{
	struct view_entry *first = NULL;

	for (size_t i = 0; i < view->count; i++) {
		struct view_entry *entry = view->entries[i];

		if (entry->has_next &&
		    (!first || log_view_is_earlier(&entry->next.time, &first->next.time)))
			first = entry;
	}
	return first;
}

int log_view_merge(struct log_view *view, size_t limit, struct error *err)
{
	struct view_entry *first;

	for (size_t i = 0; i < view->count; i++)
		if (fetch(view->entries[i], err) < 0)
			return -1;
	for (size_t n = 0; (first = earliest(view)) != NULL; n++) {
		if (n == limit && limit > 0)
			return 1;
		log_printer_record(&view->printer, &first->source, &first->next);
		first->has_next = false;
		if (fetch(first, err) < 0)
			return -1;
	}
	return 0;
}

int log_view_print(struct log_view *view, struct error *err)
{
	if (log_view_merge(view, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < view->count; i++)
		if (!view->entries[i]->was_live)
			log_printer_end(&view->printer, &view->entries[i]->source);
	log_printer_flush(&view->printer);
	if (!view->printer.failure.code)
		return 0;
	return error_pass(err, &view->printer.failure);
}
