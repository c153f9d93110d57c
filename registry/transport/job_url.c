/* SPDX-License-Identifier: Apache-2.0 */
/* A file by its URL: the endpoint's own address, whose length nobody knows beforehand. */
#include "registry/transport/job.h"

#include "base/alloc.h"
#include "registry/text.h"
#include "registry/transport/answer.h"
#include "registry/transport/endpoint.h"
#include "registry/transport/exchange.h"
#include "registry/transport/transport.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static ssize_t take(struct exchange *exchange, const char *bytes, size_t length)
{
	struct job *job = exchange->owner;

	if ((int64_t)length > job->request.size - job->position) {
		error_set(&job->err, ERROR_INVALID, "%s sends more than %lld bytes",
			  job_endpoint(job)->label, (long long)job->request.size);
		return job_stop(job, JOB_BROKEN);
	}
	for (size_t done = 0; done < length;) {
		ssize_t n = pwrite(job->fd, bytes + done, length - done, job->position);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			error_errno(&job->err, "cannot write what was received");
			return job_stop(job, JOB_BROKEN);
		}
		done += (size_t)n;
		job->position += n;
	}
	return (ssize_t)length;
}

static void add_condition(const struct job *job, struct exchange *exchange)
{
	const char *validator = job->request.media_type;
	bool is_weak = strncmp(validator, "W/", 2) == 0;

	if (*validator)
		strvec_addf(&exchange->headers, "If-None-Match: %s\"%s\"", is_weak ? "W/" : "",
			    validator + (is_weak ? 2 : 0));
}

/* Each attempt begins at the beginning. */
static int prepare(struct job *job, struct exchange *exchange, struct error *err)
{
	(void)err;
	job->position = job->trusted = 0;
	exchange->method = HTTP_GET;
	exchange->is_bulk = true;
	exchange->stream = take;
	exchange->url = job_endpoint(job)->base;
	if (!exchange->url.rest[0])
		memcpy(exchange->url.rest, "/", 2);
	strvec_add(&exchange->headers, "Accept: */*");
	add_condition(job, exchange);
	return 0;
}

/* Between its quotes, what can be a name for the command; anything else is as good as none. */
static void set_validator(struct wire_reply *reply, const char *etag)
{
	bool is_weak = strncmp(etag, "W/", 2) == 0;
	const char *text = etag + (is_weak ? 2 : 0);
	size_t length = strlen(text);

	if (length < 3 || length + 2 > sizeof(reply->media_type) || text[0] != '"' ||
	    text[length - 1] != '"')
		return;
	for (size_t i = 1; i < length - 1; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f || strchr("\"'\\<>", text[i]))
			return;
	snprintf(reply->media_type, sizeof(reply->media_type), "%s%.*s", is_weak ? "W/" : "",
		 (int)length - 2, text + 1);
}

static enum job_verdict handle(struct job *job, struct exchange *exchange, struct error *err)
{
	const struct exchange_headers *answer = &exchange->answer;

	job->reply.answer = exchange->status == 304 && job->request.media_type[0];
	if (job->reply.answer)
		return JOB_DONE;
	if (exchange->status / 100 != 2) {
		answer_error(exchange, err);
		return JOB_FAILED;
	}
	job->reply.bytes = job->position;
	job->reply.modified_s =
		answer->last_modified ? (int64_t)curl_getdate(answer->last_modified, NULL) : -1;
	if (job->reply.modified_s < 0)
		job->reply.modified_s = -1;
	if (answer->etag)
		set_validator(&job->reply, answer->etag);
	if (answer->file_name)
		text_copy(job->reply.text, sizeof(job->reply.text), answer->file_name,
			  strlen(answer->file_name));
	return JOB_DONE;
}

const struct job_kind job_get_url = {.prepare = prepare, .handle = handle};
