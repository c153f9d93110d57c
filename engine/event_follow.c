/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/event_follow.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/engine.h"
#include "engine/event_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)

/* One of the journal's two files. A writer may have it open still when it has lost its name, so the
 * one before is looked at until the next change of names. */
struct part {
	int fd;		    /* -1: none */
	struct strbuf rest; /* a line whose end has not come */
};

struct reader {
	struct engine *engine;
	const struct event_follow *follow;
	struct part before, now;
	int watch_fd;
	bool is_done;
};

static void close_part(struct part *part)
{
	if (part->fd >= 0)
		close(take_fd(&part->fd));
	strbuf_release(&part->rest);
	part->rest = (struct strbuf){0};
}

static void release(struct reader *reader)
{
	close_part(&reader->before);
	close_part(&reader->now);
	if (reader->watch_fd >= 0)
		close(reader->watch_fd);
}

static void take_line(struct reader *reader, const char *line, size_t length)
{
	const struct event_follow *follow = reader->follow;
	auto_json json *document = length ? json_parse(line, length, "event", NULL) : NULL;
	int64_t time_ns = json_int(document, "timeNano", 0);

	if (!document || time_ns < follow->since_ns)
		return;
	if (follow->until_ns && time_ns >= follow->until_ns)
		return;
	if (!follow->take(document, follow->data))
		reader->is_done = true;
}

static void take_lines(struct reader *reader, struct part *part)
{
	size_t at = 0;

	if (!part->rest.length)
		return;
	while (!reader->is_done && at < part->rest.length) {
		const char *line = part->rest.text + at;
		const char *end = memchr(line, '\n', part->rest.length - at);

		if (!end)
			break;
		take_line(reader, line, (size_t)(end - line));
		at += (size_t)(end - line) + 1;
	}
	memmove(part->rest.text, part->rest.text + at, part->rest.length - at);
	part->rest.length -= at;
}

static void drain(struct reader *reader, struct part *part)
{
	char chunk[CHUNK];

	while (part->fd >= 0 && !reader->is_done) {
		ssize_t n = read(part->fd, chunk, sizeof(chunk));

		if (n <= 0)
			return;
		strbuf_add_n(&part->rest, chunk, (size_t)n);
		take_lines(reader, part);
	}
}

static int open_part(const struct reader *reader, const char *name)
{
	return file_open(reader->engine->layout.run_events_fd, name, O_RDONLY, NULL);
}

/* Has this part of the journal still the name @name? One that is not open has not. */
static bool is_named(const struct reader *reader, const struct part *part, const char *name)
{
	struct stat own, named;

	return part->fd >= 0 && fstat(part->fd, &own) == 0 &&
	       fstatat(reader->engine->layout.run_events_fd, name, &named, AT_SYMLINK_NOFOLLOW) ==
		       0 &&
	       own.st_ino == named.st_ino && own.st_dev == named.st_dev;
}

/* The files have changed their names: what was current is the one before. When that was too quick
 * for us, the one before is one that we have not seen. */
static void turn_over(struct reader *reader)
{
	drain(reader, &reader->before);
	close_part(&reader->before);
	if (reader->now.fd >= 0) {
		drain(reader, &reader->now);
		reader->before = reader->now;
		reader->now = (struct part){.fd = -1};
		if (!is_named(reader, &reader->before, EVENT_JOURNAL_BEFORE)) {
			close_part(&reader->before);
			reader->before.fd = open_part(reader, EVENT_JOURNAL_BEFORE);
			drain(reader, &reader->before);
		}
	}
	reader->now.fd = open_part(reader, EVENT_JOURNAL_NAME);
}

static void read_news(struct reader *reader)
{
	drain(reader, &reader->before);
	if (!is_named(reader, &reader->now, EVENT_JOURNAL_NAME))
		turn_over(reader);
	drain(reader, &reader->now);
}

/* From its beginning when somebody asks for what was, else from its end. */
static int begin(struct reader *reader, struct error *err)
{
	char path[32];

	reader->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (reader->watch_fd < 0)
		return error_errno(err, "cannot watch the journal of events");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", reader->engine->layout.run_events_fd);
	if (inotify_add_watch(reader->watch_fd, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return error_errno(err, "cannot watch '%s/events'", reader->engine->layout.run);
	reader->now.fd = open_part(reader, EVENT_JOURNAL_NAME);
	if (reader->follow->since_ns)
		reader->before.fd = open_part(reader, EVENT_JOURNAL_BEFORE);
	else if (reader->now.fd >= 0)
		lseek(reader->now.fd, 0, SEEK_END);
	return 0;
}

/* How long to wait at most; 0: the time is over. */
static int remaining_ms(const struct event_follow *follow)
{
	struct timespec now = units_now();
	int64_t left;

	if (!follow->until_ns)
		return -1;
	left = follow->until_ns - (now.tv_sec * SECOND + now.tv_nsec);
	if (left <= 0)
		return 0;
	left = left / MILLISECOND + 1;
	return left < INT_MAX ? (int)left : INT_MAX;
}

static int wait_for_news(struct reader *reader, int timeout_ms, struct error *err)
{
	const struct event_follow *follow = reader->follow;
	struct pollfd waits[] = {
		{.fd = reader->watch_fd, .events = POLLIN},
		{.fd = follow->reader_fd > 0 ? follow->reader_fd : -1, .events = POLLRDHUP}};
	char news[4096];

	if (follow->glance_ms > 0 && (timeout_ms < 0 || timeout_ms > follow->glance_ms))
		timeout_ms = follow->glance_ms;
	if (poll(waits, array_length(waits), timeout_ms) < 0 && errno != EINTR)
		return error_errno(err, "cannot wait for events");
	if (waits[1].revents)
		reader->is_done = true;
	while (read(reader->watch_fd, news, sizeof(news)) > 0)
		continue;
	return 0;
}

static int run(struct reader *reader, struct error *err)
{
	const struct event_follow *follow = reader->follow;

	for (;;) {
		int timeout_ms = remaining_ms(follow); /* before reading: nothing is missed then */

		read_news(reader);
		if (follow->idle && !reader->is_done && !follow->idle(follow->data))
			return 0;
		if (reader->is_done || timeout_ms == 0)
			return 0;
		if (wait_for_news(reader, timeout_ms, err) < 0)
			return -1;
	}
}

int event_follow_run(struct engine *engine, const struct event_follow *follow, struct error *err)
{
	struct reader reader = {
		.engine = engine,
		.follow = follow,
		.before.fd = -1,
		.now.fd = -1,
		.watch_fd = -1,
	};
	int result = begin(&reader, err);

	if (result == 0)
		result = run(&reader, err);
	release(&reader);
	return result;
}
