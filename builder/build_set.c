/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket for each child keeps message boundaries. Its other direction carries nothing: shutting
 * it down is what cancels a build, and so the end of this process cancels too.
 */
#include "builder/build_set.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/process.h"
#include "builder/build_message.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define AT_ONCE	      4
#define TICK_MS	      200
#define MESSAGE_EVENT 'E'

struct record {
	char type; /* 'L': a log line in @err; 'R': the result */
	enum log_level level;
	int result;
	char id[72], digest[72];
	size_t cached, run;
	struct error err;
};

/* --- in the child ----------------------------------------------------------------------------- */

static void say(int fd, const struct record *record)
{
	ssize_t n;

	do
		n = send(fd, record, sizeof(*record), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
}

static void say_log(enum log_level level, const char *text, void *data)
{
	struct record record = {.type = 'L', .level = level};

	snprintf(record.err.text, sizeof(record.err.text), "%s", text);
	say(*(int *)data, &record);
}

static void say_event(const struct build_event *event, void *data)
{
	const char type = MESSAGE_EVENT;

	build_message_send(*(int *)data, &type, 1, event);
}

/* The terminal sends Ctrl-C to everybody in its foreground: what it means is decided by the parent.
 */
static void leave_session(void)
{
	setpgid(0, 0);
	process_reset_children();
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

static void work(struct build_set *set, struct build_job *job, int fd) __attribute__((noreturn));
static void work(struct build_set *set, struct build_job *job, int fd)
{
	struct arena arena = {0};
	struct record record = {.type = 'R'};
	struct build_result result = {0};

	leave_session();
	log_set_sink(say_log, &fd);
	job->request.progress = say_event;
	job->request.data = &fd;
	job->request.cancel_fd = fd;
	record.result = build_run(set->engine, &job->request, &result, &arena, &record.err);
	snprintf(record.id, sizeof(record.id), "%s", result.id ? result.id : "");
	snprintf(record.digest, sizeof(record.digest), "%s", result.digest ? result.digest : "");
	record.cached = result.cached;
	record.run = result.run;
	say(fd, &record);
	_exit(0);
}

/* --- in the parent ---------------------------------------------------------------------------- */

static int fork_child(struct build_set *set, struct build_job *job, struct error *err)
{
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return error_errno(err, "cannot create a socket pair");
	job->pid = fork();
	if (job->pid == 0) {
		for (size_t i = 0; i < set->count; i++)
			if (set->jobs[i].socket_fd >= 0)
				close(set->jobs[i].socket_fd);
		close(sockets[0]);
		work(set, job, sockets[1]);
	}
	close(sockets[1]);
	job->socket_fd = sockets[0];
	return job->pid < 0 ? error_errno(err, "cannot start a process") : 0;
}

static void end(struct build_set *set, struct build_job *job)
{
	if (job->socket_fd >= 0)
		close(job->socket_fd);
	job->socket_fd = -1;
	if (job->pid > 0)
		process_reap(job->pid);
	job->pid = 0;
	if (set->finished)
		set->finished(job, set->data);
}

static void fail(struct build_set *set, struct build_job *job, const struct error *err)
{
	job->has_failed = true;
	job->err = *err;
	end(set, job);
}

static void begin(struct build_set *set, struct build_job *job)
{
	struct error err = {0};

	job->is_begun = true;
	if ((set->begins && set->begins(job, set->data, &err) < 0) ||
	    fork_child(set, job, &err) < 0)
		fail(set, job, &err);
}

static void take_result(struct build_set *set, struct build_job *job, const struct record *record)
{
	if (record->result < 0) {
		fail(set, job, &record->err);
		return;
	}
	job->is_done = true;
	memcpy(job->id, record->id, sizeof(job->id));
	memcpy(job->digest, record->digest, sizeof(job->digest));
	job->cached = record->cached;
	job->run = record->run;
	end(set, job);
}

static void pass_log(const struct record *record)
{
	static void (*const functions[])(const char *format, ...) = {
		[LOG_LEVEL_DEBUG] = log_debug,
		[LOG_LEVEL_INFO] = log_info,
		[LOG_LEVEL_WARNING] = log_warning,
	};

	functions[record->level]("%s", record->err.text);
}

static void die(struct build_set *set, struct build_job *job)
{
	struct error err;

	error_set(&err, job->is_cancelled ? ECANCELED : ERROR_INVALID, "%s",
		  job->is_cancelled ? "interrupted" : "its process was killed");
	fail(set, job, &err);
}

static void receive(struct build_set *set, struct build_job *job)
{
	auto_free char *bytes = alloc_bytes(BUILD_MESSAGE_ROOM);
	struct build_event event;
	struct record record;
	ssize_t n = recv(job->socket_fd, bytes, BUILD_MESSAGE_ROOM, 0);

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		die(set, job);
		return;
	}
	if (bytes[0] == MESSAGE_EVENT) {
		if (set->event && build_message_read(&event, bytes + 1, (size_t)n - 1))
			set->event(job, &event, set->data);
		return;
	}
	if (n != sizeof(record))
		return;
	memcpy(&record, bytes, sizeof(record));
	if (record.type == 'L')
		pass_log(&record);
	else
		take_result(set, job, &record);
}

static bool may_begin(const struct build_set *set, const struct build_job *job)
{
	for (size_t i = 0; i < job->need_count; i++)
		if (!set->jobs[job->needs[i]].is_done)
			return false;
	return !job->is_begun;
}

static size_t count_running(const struct build_set *set)
{
	size_t running = 0;

	for (size_t i = 0; i < set->count; i++)
		running += set->jobs[i].pid > 0;
	return running;
}

static const struct build_job *find_failed(const struct build_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->jobs[i].has_failed && !set->jobs[i].is_cancelled)
			return &set->jobs[i];
	return NULL;
}

static const struct build_job *find_waiting(const struct build_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (!set->jobs[i].is_begun)
			return &set->jobs[i];
	return NULL;
}

static void begin_more(struct build_set *set)
{
	size_t limit = set->limit ? set->limit : AT_ONCE;

	for (size_t i = 0; i < set->count && !find_failed(set); i++)
		if (may_begin(set, &set->jobs[i]) && count_running(set) < limit)
			begin(set, &set->jobs[i]);
}

static void cancel(struct build_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->jobs[i].pid <= 0 || set->jobs[i].is_cancelled)
			continue;
		set->jobs[i].is_cancelled = true;
		shutdown(set->jobs[i].socket_fd, SHUT_WR);
	}
}

/* 1: the caller wants no more of it. */
static int wait_for_news(struct build_set *set, bool watches_cancel, struct error *err)
{
	auto_free struct pollfd *polls = alloc_zeroed(set->count + 1, sizeof(*polls));
	int ready;

	for (size_t i = 0; i < set->count; i++)
		polls[i] = (struct pollfd){.fd = set->jobs[i].socket_fd, .events = POLLIN};
	polls[set->count] = (struct pollfd){
		.fd = watches_cancel && set->cancel_fd > 0 ? set->cancel_fd : -1,
		.events = POLLIN,
	};
	ready = poll(polls, set->count + 1, TICK_MS);
	if (ready < 0 && errno != EINTR)
		return error_errno(err, "cannot wait for the builds");
	if (ready == 0 && set->event)
		set->event(NULL, NULL, set->data);
	for (size_t i = 0; ready > 0 && i < set->count; i++)
		if (polls[i].revents)
			receive(set, &set->jobs[i]);
	return ready > 0 && polls[set->count].revents;
}

static int run(struct build_set *set, struct error *err)
{
	bool is_interrupted = false;

	for (;;) {
		int news;

		if (!is_interrupted)
			begin_more(set);
		if (count_running(set) == 0)
			break;
		if (find_failed(set))
			cancel(set);
		news = wait_for_news(set, !is_interrupted, err);
		if (news < 0)
			return -1;
		if (news > 0) {
			is_interrupted = true;
			cancel(set);
		}
	}
	if (is_interrupted)
		return error_set(err, ECANCELED, "interrupted");
	return find_failed(set) || !find_waiting(set)
		       ? 0
		       : error_set(err, ERROR_INVALID, "%s: builds that need each other",
				   find_waiting(set)->label ? find_waiting(set)->label : "");
}

static int run_all(struct build_set *set, struct error *err)
{
	const struct build_job *failed;

	for (size_t i = 0; i < set->count; i++) {
		set->jobs[i].pid = 0;
		set->jobs[i].socket_fd = -1;
	}
	if (run(set, err) < 0) {
		cancel(set);
		for (size_t i = 0; i < set->count; i++)
			if (set->jobs[i].pid > 0)
				end(set, &set->jobs[i]);
		return -1;
	}
	failed = find_failed(set);
	return failed ? error_pass(err, &failed->err) : 0;
}

int build_set_run(struct build_set *set, struct error *err)
{
	int result = run_all(set, err);

	/* Steps leave the default network for the next one. */
	network_detach(&set->engine->net, NULL, 0, NULL);
	return result;
}
