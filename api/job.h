/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/job.h - what takes long, or wants a descriptor to read from or to write to: a child does
 * it, while this process moves bytes between it and the client.
 *
 * A client that goes away ends the child, as a command of the command line is killed.
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct pair;
struct request;

struct job {
	/* In the child. @in: the body of the request, -1 unless @takes_body. What it writes to @out
	 * is the answer. */
	int (*work)(struct request *request, int in, int out, void *data, struct error *err);
	void *data;
	bool takes_body;
	bool tells_errors; /* in the answer, even when nothing else is in it */
	const char *type;  /* of the answer. With ANSWER_JSON an error is its last line */
	const struct pair *headers;
	size_t header_count;
};

/* 1: there is an answer, however it went; 0: it is done, has written nothing, and the answer is the
 * caller's; -1: it has failed before it wrote anything. */
int job_run(struct request *request, const struct job *job, struct error *err);

/* For the child: a document as a line. */
int job_line(int out, const json *value, struct error *err);
/* {NAME: text} as a line. */
int job_say(int out, const char *name, const char *text, struct error *err);
