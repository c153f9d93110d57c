/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/log_view.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/units.h"
#include "engine/engine.h"
#include "engine/log_view_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void take_record(struct log_feed *feed, const struct log_record *record, void *data)
{
	const struct log_view_entry *entry = feed->data;
	const struct log_view *view = data;

	view->sink.record(entry->source, record, view->sink.data);
}

struct log_view *log_view_new(struct engine *engine, const struct log_view_options *options,
			      const struct log_view_sink *sink)
{
	struct log_view *view = alloc_zeroed(1, sizeof(*view));

	view->engine = engine;
	view->options = *options;
	view->sink = *sink;
	view->merge.take = take_record;
	view->merge.data = view;
	return view;
}

static void free_entry(struct log_view_entry *entry)
{
	if (entry->feed.reader)
		log_reader_close(entry->feed.reader);
	if (entry->container_fd >= 0)
		close(entry->container_fd);
	arena_release(&entry->arena);
	arena_release(&entry->labels);
	free(entry);
}

void log_view_free(struct log_view *view)
{
	if (!view)
		return;
	for (size_t i = 0; i < view->count; i++)
		free_entry(view->entries[i]);
	free(view->entries);
	log_merge_release(&view->merge);
	free(view);
}

int log_view_begin(struct log_view_entry *entry, struct error *err)
{
	struct log_view *view = entry->view;
	struct log_reader_request request = {
		.id = entry->container.id,
		.tail = view->options.tail,
		.since = view->options.since,
		.until = view->options.until,
	};

	entry->source = view->sink.begin(&entry->container, view->sink.data);
	entry->container_fd = openat(view->engine->layout.containers_fd, entry->container.id,
				     O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (entry->container_fd < 0 && errno == ENOENT) /* it has been removed */
		return 0;
	if (entry->container_fd < 0)
		return error_errno(err, "cannot read the log of '%s'", entry->container.name);
	request.container_fd = entry->container_fd;
	return log_reader_open(&entry->feed.reader, &request, err);
}

void log_view_end(struct log_view_entry *entry, enum log_view_end how)
{
	const struct log_view_sink *sink = &entry->view->sink;

	if (entry->source)
		sink->end(entry->source, &entry->container, how, sink->data);
}

/* What of a container outlives the caller's memory. */
static void copy_container(struct log_view_entry *entry, const struct container *container)
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
	if (config->log_driver)
		entry->container.config.log_driver =
			arena_string(&entry->labels, config->log_driver);
}

static struct log_view_entry *new_entry(struct log_view *view, const struct container *container)
{
	struct log_view_entry *entry = alloc_zeroed(1, sizeof(*entry));
	const struct timespec *since = &view->options.exits_since;
	struct timespec end = log_lives_end(container);

	entry->view = view;
	entry->container_fd = -1;
	entry->feed.data = entry;
	copy_container(entry, container);
	entry->was_live = container_is_live(container);
	if (!since->tv_sec || units_is_earlier(&end, since))
		entry->ended = end;
	return entry;
}

static bool is_known(const struct log_view *view, const char *id)
{
	for (size_t i = 0; i < view->count; i++)
		if (strcmp(view->entries[i]->container.id, id) == 0)
			return true;
	return false;
}

int log_view_add(struct log_view *view, const struct container *container, enum log_view_role role,
		 struct error *err)
{
	struct log_view_entry *entry;

	if (is_known(view, container->id))
		return 0;
	entry = new_entry(view, container);
	view->entries = alloc_resize(view->entries, view->count + 1, sizeof(*view->entries));
	view->entries[view->count++] = entry;
	log_merge_add(&view->merge, &entry->feed);
	entry->is_awaited = role != LOG_VIEW_SHOWN;
	entry->is_coming = view->holds_created && container->state.status == CONTAINER_CREATED;
	return role == LOG_VIEW_AWAITED || entry->is_coming ? 0 : log_view_begin(entry, err);
}

size_t log_view_count(const struct log_view *view)
{
	return view->count;
}

int log_view_show(struct log_view *view, struct error *err)
{
	if (log_merge_run(&view->merge, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < view->count; i++)
		if (!view->entries[i]->was_live)
			log_view_end(view->entries[i], LOG_VIEW_OVER);
	view->sink.flush(view->sink.data);
	return 0;
}
