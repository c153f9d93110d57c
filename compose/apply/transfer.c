/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/transfer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/process.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/interruption.h"

enum record_kind { RECORD_STEP, RECORD_LOG, RECORD_DONE, RECORD_FAILED };

struct record {
	enum record_kind kind;
	enum log_level level;
	struct image_step step;
	char blob[65];
	bool is_new;
	int64_t size;
	char digest[72];
	char name[400];
	struct error err; /* its text also carries a log line, and why a step is repeated */
};

/* --- in the child ----------------------------------------------------------------------------- */

static void say(int fd, const struct record *record)
{
	ssize_t n;

	do
		n = send(fd, record, sizeof(*record), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
}

static void say_step(const struct image_step *step, void *data)
{
	struct record record = {.kind = RECORD_STEP, .step = *step};

	snprintf(record.blob, sizeof(record.blob), "%s", step->blob);
	if (step->why)
		snprintf(record.err.text, sizeof(record.err.text), "%s", step->why);
	say(*(int *)data, &record);
}

static void say_log(enum log_level level, const char *text, void *data)
{
	struct record record = {.kind = RECORD_LOG, .level = level};

	snprintf(record.err.text, sizeof(record.err.text), "%s", text);
	say(*(int *)data, &record);
}

static int pull(const struct transfer *transfer, const struct transfer_item *item,
		struct record *record, int *fd)
{
	auto_arena struct arena arena = {0};
	struct image_pulled pulled;
	struct image_pull request = {
		.transport = transfer->executable,
		.reference = item->reference,
		.platform = item->platform,
		.blobs = item->blobs,
		.progress = say_step,
		.data = fd,
	};

	if (image_pull(&transfer->apply->engine->layout, &request, &pulled, &arena, &record->err) <
	    0)
		return -1;
	record->is_new = pulled.is_new;
	snprintf(record->name, sizeof(record->name), "%s", pulled.name);
	snprintf(record->digest, sizeof(record->digest), "%s", pulled.digest);
	return 0;
}

static int push(const struct transfer *transfer, const struct transfer_item *item,
		struct record *record, int *fd)
{
	auto_arena struct arena arena = {0};
	struct image_pushed pushed;
	struct image_push request = {
		.transport = transfer->executable,
		.reference = item->reference,
		.progress = say_step,
		.data = fd,
	};

	if (image_push(&transfer->apply->engine->layout, &request, &pushed, &arena, &record->err) <
	    0)
		return -1;
	record->size = pushed.size;
	snprintf(record->name, sizeof(record->name), "%s", pushed.name);
	snprintf(record->digest, sizeof(record->digest), "%s", pushed.digest);
	return 0;
}

static void work(const struct transfer *transfer, const struct transfer_item *item, int fd,
		 pid_t parent) __attribute__((noreturn));
static void work(const struct transfer *transfer, const struct transfer_item *item, int fd,
		 pid_t parent)
{
	struct record record = {0};
	int result;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	log_set_sink(say_log, &fd);
	result = transfer->is_push ? push(transfer, item, &record, &fd)
				   : pull(transfer, item, &record, &fd);
	record.kind = result < 0 ? RECORD_FAILED : RECORD_DONE;
	say(fd, &record);
	_exit(0);
}

/* --- in the parent ---------------------------------------------------------------------------- */

static int begin(struct transfer *transfer, struct transfer_item *item, struct error *err)
{
	pid_t parent = getpid();
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return error_errno(err, "cannot create a socket pair");
	item->pid = fork();
	if (item->pid == 0) {
		for (size_t i = 0; i < transfer->count; i++)
			if (transfer->items[i].socket_fd >= 0)
				close(transfer->items[i].socket_fd);
		close(sockets[0]);
		work(transfer, item, sockets[1], parent);
	}
	close(sockets[1]);
	item->socket_fd = sockets[0];
	if (item->pid < 0)
		return error_errno(err, "cannot start a process");
	if (transfer->begun)
		transfer->begun(item, transfer->data);
	return 0;
}

static void end(struct transfer_item *item)
{
	if (item->socket_fd >= 0)
		close(item->socket_fd);
	item->socket_fd = -1;
	if (item->pid > 0) {
		kill(item->pid, SIGKILL); /* our child, not reaped yet: the pid is his */
		process_reap(item->pid);
	}
	item->pid = 0;
}

static void finish(struct transfer *transfer, struct transfer_item *item,
		   const struct record *record)
{
	item->has_failed = record->kind == RECORD_FAILED;
	item->err = record->err;
	item->is_new = record->is_new;
	item->size = record->size;
	memcpy(item->name, record->name, sizeof(item->name));
	memcpy(item->digest, record->digest, sizeof(item->digest));
	end(item);
	if (transfer->finished)
		transfer->finished(item, transfer->data);
}

static void pass_log(const struct record *record)
{
	if (record->level == LOG_LEVEL_WARNING)
		log_warning("%s", record->err.text);
	else if (record->level == LOG_LEVEL_INFO)
		log_info("%s", record->err.text);
	else
		log_debug("%s", record->err.text);
}

static void receive(struct transfer *transfer, struct transfer_item *item)
{
	struct record record;
	ssize_t n = recv(item->socket_fd, &record, sizeof(record), 0);

	if (n < 0 && errno == EINTR)
		return;
	if (n != sizeof(record)) {
		record = (struct record){.kind = RECORD_FAILED};
		error_set(&record.err, ERROR_INVALID, "'%s': its process was killed",
			  item->reference);
	}
	switch (record.kind) {
	case RECORD_STEP:
		record.step.blob = record.blob;
		record.step.why = record.err.text[0] ? record.err.text : NULL;
		if (transfer->step)
			transfer->step(item, &record.step, transfer->data);
		return;
	case RECORD_LOG:
		pass_log(&record);
		return;
	case RECORD_DONE:
	case RECORD_FAILED:
		break;
	}
	finish(transfer, item, &record);
}

static int wait_for_news(struct transfer *transfer, struct error *err)
{
	auto_free struct pollfd *polls = alloc_zeroed(transfer->count + 1, sizeof(*polls));
	int ready;

	for (size_t i = 0; i < transfer->count; i++)
		polls[i] = (struct pollfd){.fd = transfer->items[i].socket_fd, .events = POLLIN};
	polls[transfer->count] = (struct pollfd){
		.fd = transfer->apply->cancel_fd > 0 ? transfer->apply->cancel_fd : -1,
		.events = POLLIN,
	};
	ready = apply_poll(transfer->apply, polls, transfer->count + 1, -1);
	if (ready < 0 && errno != EINTR)
		return error_errno(err, "cannot wait for the transfers");
	if (ready > 0 && polls[transfer->count].revents)
		return error_set(err, ECANCELED, INTERRUPTED);
	for (size_t i = 0; ready > 0 && i < transfer->count; i++)
		if (polls[i].revents)
			receive(transfer, transfer->items + i);
	return 0;
}

static int run(struct transfer *transfer, struct error *err)
{
	size_t next = 0;

	for (;;) {
		size_t active = 0;

		for (size_t i = 0; i < next; i++)
			active += transfer->items[i].pid > 0;
		while (active < TRANSFER_MOST_AT_ONCE && next < transfer->count) {
			if (begin(transfer, transfer->items + next++, err) < 0)
				return -1;
			active++;
		}
		if (active == 0)
			return 0;
		if (wait_for_news(transfer, err) < 0)
			return -1;
	}
}

int transfer_run(struct transfer *transfer, struct error *err)
{
	int result;

	for (size_t i = 0; i < transfer->count; i++) {
		transfer->items[i].pid = 0;
		transfer->items[i].socket_fd = -1;
	}
	result = run(transfer, err);
	for (size_t i = 0; i < transfer->count; i++)
		end(transfer->items + i);
	return result;
}
