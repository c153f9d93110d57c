/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching a blob: whatever happens on the way, the descriptor gets bytes offset…size once, in
 * order.
 */
#include "registry/transport/job.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "registry/transport/answer.h"
#include "registry/transport/endpoint.h"
#include "registry/transport/exchange.h"
#include "registry/transport/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* The first bytes of an answer: which part of the blob are they? */
static int begin(struct job *job, const struct exchange *exchange)
{
	const struct exchange_headers *answer = &exchange->answer;
	const char *label = job_endpoint(job)->label;
	bool is_part = exchange->status == 206;
	int64_t start = is_part ? answer->range_start : 0;

	job->has_begun = true;
	job->err = (struct error){0};
	if (start < 0 || start > job->position) {
		/* It does not know how to do ranges: once more without. */
		error_set(&job->err, EPROTO, "%s sends another part than the one asked for", label);
		job_stop(job, job->no_ranges ? JOB_FAILED : JOB_NEXT);
		job->no_ranges = true;
		return -1;
	}
	job->skip = job->position - start;
	if (answer->length >= 0 && start + answer->length != job->request.size) {
		error_set(&job->err, EPROTO,
			  "%s offers %lld bytes for blob sha256:%.12s, which has %lld", label,
			  (long long)(start + answer->length), job->request.hex,
			  (long long)job->request.size);
		job_stop(job, JOB_FAILED);
		return -1;
	}
	return 0;
}

static bool make_room(struct job *job, size_t length)
{
	if (job->buffered + length <= JOB_BUFFER)
		return true;
	/* What is to be written is not looked at here: the loop does so after each round. */
	if (job->flushed > 0) {
		memmove(job->buffer, job->buffer + job->flushed, job->buffered - job->flushed);
		job->buffered -= job->flushed;
		job->flushed = 0;
	}
	return job->buffered + length <= JOB_BUFFER;
}

static ssize_t take(struct exchange *exchange, const char *bytes, size_t length)
{
	struct job *job = exchange->owner;
	size_t skipped = 0;

	if (!job->has_begun && begin(job, exchange) < 0)
		return EXCHANGE_STOP;
	if (job->skip > 0)
		skipped = job->skip < (int64_t)length ? (size_t)job->skip : length;
	if ((int64_t)(length - skipped) > job->request.size - job->position) {
		error_set(&job->err, EPROTO,
			  "%s sends more than the %lld bytes of blob sha256:%.12s",
			  job_endpoint(job)->label, (long long)job->request.size, job->request.hex);
		return job_stop(job, JOB_FAILED);
	}
	if (!make_room(job, length - skipped))
		return EXCHANGE_PAUSE;
	memcpy(job->buffer + job->buffered, bytes + skipped, length - skipped);
	job->buffered += length - skipped;
	job->position += (int64_t)(length - skipped);
	job->skip -= (int64_t)skipped;
	return (ssize_t)length;
}

static int prepare(struct job *job, struct exchange *exchange, struct error *err)
{
	int flags = fcntl(job->fd, F_GETFL);

	if (!job->buffer) {
		job->buffer = alloc_bytes(JOB_BUFFER);
		if (flags >= 0) /* without effect on a file */
			fcntl(job->fd, F_SETFL, flags | O_NONBLOCK);
	}
	exchange->method = HTTP_GET;
	exchange->is_bulk = true;
	exchange->stream = take;
	strvec_add(&exchange->headers, "Accept: */*");
	if (job->position > 0 && !job->no_ranges)
		strvec_addf(&exchange->headers, "Range: bytes=%lld-", (long long)job->position);
	return job_address(job, exchange, err, "blobs/sha256:%s", job->request.hex);
}

static enum job_verdict handle(struct job *job, struct exchange *exchange, struct error *err)
{
	if (exchange->status == 416 && !job->no_ranges) {
		job->no_ranges = true;
		return JOB_NEXT;
	}
	if (exchange->status != 200 && exchange->status != 206) {
		answer_error(exchange, err);
		return JOB_FAILED;
	}
	job->reply.bytes = job->position;
	if (job->position == job->request.size)
		return JOB_DONE;
	error_set(err, ECONNRESET, "%s ends blob sha256:%.12s after %lld of %lld bytes",
		  job_endpoint(job)->label, job->request.hex, (long long)job->position,
		  (long long)job->request.size);
	return JOB_REPEAT;
}

bool job_wants_output(const struct job *job)
{
	return job->flushed < job->buffered;
}

/* -1 with errno: not all of it, yet or at all. */
static int write_buffered(struct job *job)
{
	while (job->flushed < job->buffered) {
		ssize_t n =
			write(job->fd, job->buffer + job->flushed, job->buffered - job->flushed);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			job->flushed += (size_t)n;
	}
	return 0;
}

void job_spill(struct job *job)
{
	write_buffered(job);
}

bool job_flush(struct job *job)
{
	struct error err = {0};

	if (write_buffered(job) < 0) {
		if (errno == EAGAIN)
			return true;
		error_errno(&err, "cannot write what was received");
		job_break(job, &err);
		return false;
	}
	job->flushed = job->buffered = 0;
	if (job->state == JOB_WAITS_OUTPUT) {
		job_complete(job);
		return false;
	}
	if (job->exchange)
		exchange_resume(job->exchange);
	return true;
}

const struct job_kind job_fetch_blob = {.prepare = prepare, .handle = handle, .is_pull = true};
