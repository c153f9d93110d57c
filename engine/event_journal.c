/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/event_journal.h"

#include "base/cleanup.h"
#include "base/event.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/engine.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static json *attributes_of(const struct event *event)
{
	json *attributes = json_new_object();
	size_t size = 0;

	for (size_t i = 0; i < event->attribute_count; i++) {
		const struct pair *pair = &event->attributes[i];

		size += strlen(pair->name) + (pair->value ? strlen(pair->value) : 0);
		if (size > EVENT_JOURNAL_LINE_SIZE)
			break;
		json_set_string(attributes, pair->name, pair->value ? pair->value : "");
	}
	return attributes;
}

static void format(struct strbuf *line, const struct event *event)
{
	auto_json json *document = json_new_object();
	json *actor = json_new_object();

	json_set_string(document, "Type", event_type_name(event->type));
	json_set_string(document, "Action", event->action);
	json_set_string(actor, "ID", event->id);
	json_set(actor, "Attributes", attributes_of(event));
	json_set(document, "Actor", actor);
	json_set_string(document, "scope", "local");
	json_set_int(document, "time", event->time_ns / SECOND);
	json_set_int(document, "timeNano", event->time_ns);
	json_print(line, document, false);
	strbuf_add(line, "\n");
}

/* Only if it still has its name: somebody else may have been first. */
static void rotate(int dirfd, int fd, const struct stat *own)
{
	struct stat named;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    fstatat(dirfd, EVENT_JOURNAL_NAME, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    named.st_ino == own->st_ino && named.st_dev == own->st_dev)
		renameat(dirfd, EVENT_JOURNAL_NAME, dirfd, EVENT_JOURNAL_BEFORE);
}

/* A line that a full disk cut off must not take the next one with it. One that somebody is just
 * writing looks the same: then an empty line stands between them. */
static bool is_cut_off(int fd, off_t size)
{
	char last = '\n';

	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

static void append(const struct event *event, void *data)
{
	const struct engine *engine = data;
	int dirfd = engine->layout.run_events_fd;
	auto_close int fd = file_open(dirfd, EVENT_JOURNAL_NAME, O_RDWR | O_APPEND | O_CREAT, NULL);
	auto_strbuf struct strbuf line = {0};
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return;
	if (is_cut_off(fd, status.st_size))
		strbuf_add(&line, "\n");
	format(&line, event);
	if (write(fd, line.text, line.length) < 0)
		return;
	if (status.st_size + (off_t)line.length >= EVENT_JOURNAL_SIZE)
		rotate(dirfd, fd, &status);
}

void event_journal_open(struct engine *engine)
{
	event_set_sink(append, engine);
}

void event_journal_close(void)
{
	event_set_sink(NULL, NULL);
}
