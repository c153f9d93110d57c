/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending a blob: POST opens a session, one PUT sends everything; a registry (or a proxy in front
 * of it) that does not take that gets parts by PATCH, and a PUT that ends the session.
 */
#include "registry/transport/job.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "registry/transport/answer.h"
#include "registry/transport/endpoint.h"
#include "registry/transport/exchange.h"
#include "registry/transport/transport.h"

#include <errno.h>
#include <string.h>

#define LEAST_CHUNK (64 << 10)

static enum job_verdict refused(struct exchange *exchange, struct error *err)
{
	answer_error(exchange, err);
	return JOB_FAILED;
}

/* The session's address, from each answer: it may change, be relative, and carry a state. */
static int take_session(struct job *job, struct exchange *exchange, struct error *err)
{
	auto_free struct url *session = alloc_bytes(sizeof(*session));

	if (!exchange->answer.location) {
		if (job->session)
			return 0;
		return error_set(err, EPROTO, "%s does not say where to send blobs",
				 job_endpoint(job)->label);
	}
	if (url_resolve(session, &exchange->url, exchange->answer.location, err) < 0 ||
	    url_check_redirect(&exchange->url, session, err) < 0)
		return error_wrap(err, "%s wants blobs to be sent to", job_endpoint(job)->label);
	free(job->session);
	job->session = take_ptr(session);
	return 0;
}

static void forget_session(struct job *job)
{
	free(job->session);
	job->session = NULL;
	job->position = 0;
	job->is_checking = false;
}

/* ---- requests -------------------------------------------------------------------------------- */

static ssize_t read_file(struct exchange *exchange, char *out, size_t room)
{
	struct job *job = exchange->owner;
	ssize_t n = pread(job->fd, out, room, (off_t)(job->position + exchange->uploaded));

	if (n <= 0) {
		if (n < 0)
			error_errno(&job->err, "cannot read blob sha256:%.12s", job->request.hex);
		else
			error_set(&job->err, EIO, "blob sha256:%.12s is shorter than its size",
				  job->request.hex);
		return job_stop(job, JOB_BROKEN);
	}
	return n;
}

static int add_digest(struct job *job, struct exchange *exchange, struct error *err)
{
	char *rest = exchange->url.rest;
	size_t length = strlen(rest);
	int n = snprintf(rest + length, URL_REST_SIZE - length, "%sdigest=sha256%%3A%s",
			 strchr(rest, '?') ? "&" : "?", job->request.hex);

	if ((size_t)n >= URL_REST_SIZE - length)
		return error_set(err, ERROR_INVALID, "the address is too long");
	return 0;
}

static int open_session(struct job *job, struct exchange *exchange, struct error *err)
{
	exchange->method = HTTP_POST;
	exchange->upload_size = 0;
	exchange->upload_text = "";
	strvec_add(&exchange->headers, "Content-Type:"); /* none */
	return job_address(job, exchange, err, "blobs/uploads/");
}

static void prepare_body(struct exchange *exchange, enum exchange_method method, int64_t size)
{
	exchange->method = method;
	exchange->upload_size = size;
	exchange->upload = read_file;
	exchange->is_bulk = true;
	strvec_add(&exchange->headers, "Content-Type: application/octet-stream");
}

/* A session that a refused mount left open goes to whoever sends that blob next. */
static struct url *find_session(struct transport *transport, const char *hex)
{
	for (size_t i = 0; i < transport->session_count; i++)
		if (strcmp(transport->sessions[i].hex, hex) == 0) {
			struct url *url = transport->sessions[i].url;

			transport->sessions[i] = transport->sessions[--transport->session_count];
			return url;
		}
	return NULL;
}

static int prepare(struct job *job, struct exchange *exchange, struct error *err)
{
	if (!job->chunk)
		job->chunk = job->transport->settings.limits.chunk;
	if (!job->session && job->position == 0 && !job->is_chunked)
		job->session = find_session(job->transport, job->request.hex);
	if (!job->session)
		return open_session(job, exchange, err);
	exchange->url = *job->session;
	if (job->is_checking) {
		exchange->method = HTTP_GET;
		return 0;
	}
	if (job->is_chunked && job->position < job->request.size) {
		job->chunk_end = job->position + job->chunk;
		if (job->chunk_end > job->request.size)
			job->chunk_end = job->request.size;
		prepare_body(exchange, HTTP_PATCH, job->chunk_end - job->position);
		strvec_addf(&exchange->headers, "Content-Range: %lld-%lld",
			    (long long)job->position, (long long)job->chunk_end - 1);
		return 0;
	}
	prepare_body(exchange, HTTP_PUT, job->request.size - job->position);
	return add_digest(job, exchange, err);
}

/* ---- answers --------------------------------------------------------------------------------- */

static enum job_verdict handle_session(struct job *job, struct exchange *exchange,
				       struct error *err)
{
	if (exchange->status != 202)
		return refused(exchange, err);
	if (take_session(job, exchange, err) < 0)
		return JOB_FAILED;
	if (exchange->answer.least_chunk > job->chunk)
		job->chunk = exchange->answer.least_chunk;
	return JOB_NEXT;
}

/* How far is it? "0-0" stands for nothing as well as for one byte. */
static enum job_verdict handle_check(struct job *job, struct exchange *exchange, struct error *err)
{
	int64_t last = exchange->answer.range_last;

	job->is_checking = false;
	if (exchange->status / 100 != 2 || last >= job->request.size) {
		answer_error(exchange, err);
		forget_session(job);
		return JOB_REPEAT;
	}
	if (take_session(job, exchange, err) < 0)
		return JOB_FAILED;
	job->position = last > 0 ? last + 1 : 0;
	return JOB_NEXT;
}

static enum job_verdict handle_part(struct job *job, struct exchange *exchange, struct error *err)
{
	int64_t last = exchange->answer.range_last;

	if (exchange->status == 416 && job->attempts++ < job->transport->settings.limits.attempts) {
		job->is_checking = true;
		return JOB_NEXT;
	}
	if (exchange->status == 413 && job->chunk >= 2 * LEAST_CHUNK) {
		job->chunk /= 2;
		job->is_checking = true;
		return JOB_NEXT;
	}
	if (exchange->status / 100 != 2)
		return refused(exchange, err);
	if (take_session(job, exchange, err) < 0)
		return JOB_FAILED;
	job->position = job->chunk_end;
	if (last > 0 && last + 1 < job->chunk_end)
		job->is_checking = true; /* it took less */
	return JOB_NEXT;
}

static bool wants_parts(const struct exchange *exchange)
{
	return exchange->status == 405 || exchange->status == 411 || exchange->status == 413 ||
	       exchange->status == 501;
}

static enum job_verdict handle(struct job *job, struct exchange *exchange, struct error *err)
{
	if (!job->session)
		return handle_session(job, exchange, err);
	if (job->is_checking)
		return handle_check(job, exchange, err);
	if (exchange->method == HTTP_PATCH)
		return handle_part(job, exchange, err);
	if (!job->is_chunked && wants_parts(exchange)) {
		forget_session(job);
		job->is_chunked = true;
		return JOB_NEXT;
	}
	if (exchange->status / 100 != 2)
		return refused(exchange, err);
	job->reply.bytes = job->request.size;
	return JOB_DONE;
}

/* Parts go on where they stand; anything else begins anew. */
static void repeat(struct job *job)
{
	if (job->is_chunked && job->session)
		job->is_checking = true;
	else
		forget_session(job);
}

const struct job_kind job_send_blob = {.prepare = prepare, .handle = handle, .repeat = repeat};

/* ---- mounting -------------------------------------------------------------------------------- */

static int prepare_mount(struct job *job, struct exchange *exchange, struct error *err)
{
	auto_strbuf struct strbuf from = {0};

	url_escape(&from, job->transport->settings.mount_from ?: "");
	exchange->method = HTTP_POST;
	exchange->upload_size = 0;
	exchange->upload_text = "";
	strvec_add(&exchange->headers, "Content-Type:");
	return job_address(job, exchange, err, "blobs/uploads/?mount=sha256%%3A%s&from=%s",
			   job->request.hex, strbuf_text(&from));
}

static enum job_verdict handle_mount(struct job *job, struct exchange *exchange, struct error *err)
{
	struct transport *transport = job->transport;

	if (exchange->status == 401 || exchange->status == 403)
		return refused(exchange, err);
	job->reply.answer = exchange->status == 201;
	if (exchange->status == 202 && take_session(job, exchange, NULL) == 0 &&
	    transport->session_count < WIRE_REQUESTS) {
		struct session *session = &transport->sessions[transport->session_count++];

		memcpy(session->hex, job->request.hex, sizeof(session->hex));
		session->url = take_ptr(job->session);
	}
	return JOB_DONE;
}

const struct job_kind job_mount_blob = {.prepare = prepare_mount, .handle = handle_mount};
