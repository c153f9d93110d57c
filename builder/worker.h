/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/worker.h - a process of its own for one piece of work, and what it tells of it.
 *
 * It ends when its parent does, whatever ended that. Ctrl-C is not meant for it: the parent
 * decides.
 */
#pragma once

#include "base/strbuf.h"

#include <stdint.h>
#include <sys/types.h>

struct error;

enum worker_frame_kind {
	WORKER_OUTPUT,	     /* bytes that a step wrote */
	WORKER_ERROR_OUTPUT, /* the same to stderr */
	WORKER_PROGRESS,     /* struct worker_progress */
	WORKER_WARNING,	     /* text */
	WORKER_NOTE,	     /* text */
	WORKER_RESULT,	     /* the work's own form; its last word */
	WORKER_FAILED	     /* struct error; its last word */
};
struct worker_progress {
	int64_t done, total;
	char text[72];
};
struct worker_frame {
	enum worker_frame_kind kind;
	const char *bytes; /* with a NUL behind them */
	size_t length;
};

struct worker {
	pid_t pid;
	int fd; /* -1: it has ended */
	struct strbuf buffer;
};

/* Runs in the child. @fd is for worker_say. */
typedef int worker_work(int fd, void *data, struct error *err);
int worker_start(struct worker *worker, worker_work *work, void *data, struct error *err);
/* In the child: waits while the parent is behind. */
void worker_say(int fd, enum worker_frame_kind kind, const void *bytes, size_t length);

typedef void worker_handler(const struct worker_frame *frame, void *data);
/* When worker->fd is readable: hands over what has come. 1: it has ended, and said a last word by
 * WORKER_RESULT or WORKER_FAILED. */
int worker_read(struct worker *worker, worker_handler *handle, void *data);
/* At once; worker_read still has to be called to its end. */
void worker_kill(const struct worker *worker);

struct worker_call {
	worker_work *work;
	void *data;
	worker_handler *handle; /* of all frames but WORKER_FAILED */
	void *handle_data;
	int cancel_fd; /* -1: none; readable: it is killed, ECANCELED */
};
/* All of it. */
int worker_run(const struct worker_call *call, struct error *err);
