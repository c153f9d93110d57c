/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/job.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "registry/text.h"
#include "registry/transport/answer.h"
#include "registry/transport/auth.h"
#include "registry/transport/endpoint.h"
#include "registry/transport/exchange.h"
#include "registry/transport/reply.h"
#include "registry/transport/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define MOST_REDIRECTS	5
#define MOST_CHALLENGES 2
#define PROGRESS_EVERY	(SECOND / 10)
/* So much more than at the last failure, and the attempts count anew. */
#define ENOUGH_PROGRESS (1 << 20)

static const struct job_kind *const kinds[] = {
	[WIRE_GET_MANIFEST] = &job_get_manifest, [WIRE_HEAD_MANIFEST] = &job_head_manifest,
	[WIRE_FETCH_BLOB] = &job_fetch_blob,	 [WIRE_SEND_BLOB] = &job_send_blob,
	[WIRE_HAS_BLOB] = &job_has_blob,	 [WIRE_MOUNT_BLOB] = &job_mount_blob,
	[WIRE_PUT_MANIFEST] = &job_put_manifest, [WIRE_CHECK_LOGIN] = &job_check_login,
	[WIRE_GET_URL] = &job_get_url,		 [WIRE_LIST_TAGS] = &job_list_tags,
};

static void answered(struct exchange *exchange);

struct endpoint *job_endpoint(const struct job *job)
{
	return &job->transport->endpoints[job->endpoint];
}

/* ---- life ------------------------------------------------------------------------------------ */

void job_free(struct job *job)
{
	for (size_t i = 0; i < WIRE_REQUESTS; i++)
		if (job->transport->jobs[i] == job)
			job->transport->jobs[i] = NULL;
	exchange_free(job->exchange);
	if (job->fd >= 0)
		close(job->fd);
	free(job->buffer);
	free(job->session);
	free(job->content);
	free(job);
}

static int64_t bytes_done(const struct job *job)
{
	return job->position - (int64_t)(job->buffered - job->flushed);
}

void job_break(struct job *job, const struct error *err)
{
	struct wire_reply reply = {.kind = WIRE_FAILED, .id = job->request.id, .code = err->code};

	/* Whoever resumes later counts what is there. */
	job_spill(job);
	reply.bytes = job->request.offset;
	if (job->request.kind == WIRE_FETCH_BLOB)
		reply.bytes = bytes_done(job);
	text_copy(reply.text, sizeof(reply.text), err->text, strlen(err->text));
	reply_send(job->transport, &reply);
	job_free(job);
}

void job_complete(struct job *job)
{
	if (job->flushed < job->buffered) {
		job->state = JOB_WAITS_OUTPUT;
		return;
	}
	job->reply.kind = WIRE_DONE;
	job->reply.id = job->request.id;
	reply_send(job->transport, &job->reply);
	job_free(job);
}

void job_progress(struct job *job)
{
	struct wire_reply reply = {.kind = WIRE_PROGRESS, .id = job->request.id};
	int64_t now = units_monotonic_ns();

	if (now - job->progress_ns < PROGRESS_EVERY)
		return;
	job->progress_ns = now;
	reply.bytes = bytes_done(job);
	if (job->request.kind == WIRE_SEND_BLOB && job->exchange)
		reply.bytes += job->exchange->uploaded;
	if (reply.bytes <= job->request.size)
		reply_send(job->transport, &reply);
}

ssize_t job_stop(struct job *job, enum job_verdict verdict)
{
	job->is_stopped = true;
	job->verdict = verdict;
	return EXCHANGE_STOP;
}

/* ---- which endpoint -------------------------------------------------------------------------- */

static bool is_usable(const struct job *job, size_t index)
{
	const struct endpoint *endpoint = &job->transport->endpoints[index];

	if (endpoint->is_dead || (endpoint->settings->is_mirror && !job->kind->is_pull))
		return false;
	return !endpoint->settings->is_fallback || (index > 0 && endpoint[-1].is_dead);
}

static bool has_fallback(const struct job *job)
{
	size_t next = job->endpoint + 1;

	return next < job->transport->endpoint_count &&
	       job->transport->endpoints[next].settings->is_fallback;
}

/* To the first usable endpoint from @index on. */
static bool choose_endpoint(struct job *job, size_t index)
{
	while (index < job->transport->endpoint_count && !is_usable(job, index))
		index++;
	if (index == job->transport->endpoint_count)
		return false;
	job->endpoint = index;
	job->attempts = 0;
	job->challenges = 0;
	return true;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* What only the registry itself may see. */
static void show_credentials(struct job *job, struct exchange *exchange)
{
	struct endpoint *endpoint = job_endpoint(job);
	char **headers = job->transport->settings.headers;
	bool is_own = url_is_same_origin(&exchange->url, &endpoint->base);

	exchange->authorization = is_own ? auth_header(endpoint) : NULL;
	job->generation = endpoint->auth.generation;
	for (; *headers; headers++) {
		for (size_t i = exchange->headers.count; i > 0; i--)
			if (strcmp(exchange->headers.items[i - 1], *headers) == 0)
				strvec_remove(&exchange->headers, i - 1);
		if (is_own)
			strvec_add(&exchange->headers, *headers);
	}
}

static void fail(struct job *job, const struct error *err);

static void ask(struct job *job)
{
	struct endpoint *endpoint = job_endpoint(job);
	struct error err = {0};

	exchange_free(job->exchange);
	job->exchange = NULL;
	job->redirects = 0;
	job->has_begun = false;
	job->is_stopped = false;
	if (auth_needs_token(endpoint)) {
		job->state = JOB_WAITS_TOKEN;
		auth_fetch(job->transport, endpoint); /* may end the job */
		return;
	}
	job->exchange = exchange_new(job->transport, endpoint);
	job->exchange->owner = job;
	job->exchange->done = answered;
	if (job->kind->prepare(job, job->exchange, &err) < 0) {
		fail(job, &err);
		return;
	}
	show_credentials(job, job->exchange);
	job->state = JOB_ASKING;
	exchange_start(job->exchange);
}

void job_continue(struct job *job)
{
	ask(job);
}

void job_start(struct transport *transport, const struct wire_request *request, int fd)
{
	struct job *job = alloc_zeroed(1, sizeof(*job));
	struct error err = {0};

	job->transport = transport;
	job->kind = kinds[request->kind];
	job->request = *request;
	job->fd = fd;
	job->position = job->trusted = request->offset;
	for (size_t i = 0; i < WIRE_REQUESTS; i++)
		if (!transport->jobs[i]) {
			transport->jobs[i] = job;
			if (choose_endpoint(job, 0)) {
				ask(job);
				return;
			}
			error_set(&err, EHOSTUNREACH, "'%s' cannot be reached",
				  transport->settings.host);
			job_break(job, &err);
			return;
		}
	error_set(&err, ERROR_BUSY, "more than %d requests at once", WIRE_REQUESTS);
	job_break(job, &err);
}

int job_address(struct job *job, struct exchange *exchange, struct error *err, const char *format,
		...)
{
	const struct endpoint *endpoint = job_endpoint(job);
	auto_free char *path = NULL;
	va_list args;
	int n;

	va_start(args, format);
	path = alloc_vformat(format, args);
	va_end(args);
	exchange->url = endpoint->base;
	n = snprintf(exchange->url.rest, sizeof(exchange->url.rest), "%s/v2/%s%s%s",
		     endpoint->base.rest, job->transport->settings.repository ?: "",
		     job->transport->settings.repository ? "/" : "", path);
	if ((size_t)n >= sizeof(exchange->url.rest))
		return error_set(err, ERROR_INVALID, "the address is too long");
	return 0;
}

/* ---- failing --------------------------------------------------------------------------------- */

/* Not here: at the next endpoint, if there is one. */
static void fail(struct job *job, const struct error *err)
{
	struct endpoint *endpoint = job_endpoint(job);

	if (!choose_endpoint(job, job->endpoint + 1)) {
		job_break(job, err);
		return;
	}
	if (endpoint->settings->is_mirror && !endpoint->has_warned)
		reply_warn(job->transport, "mirror %s: %s; asking %s instead", endpoint->label,
			   err->text, job_endpoint(job)->label);
	endpoint->has_warned = true;
	if (job->kind->repeat)
		job->kind->repeat(job);
	ask(job);
}

/* Seconds until the next attempt; -1: the registry wants more than we wait. */
static double next_wait(const struct job *job)
{
	const struct limits *limits = &job->transport->settings.limits;
	int64_t asked = job->exchange ? answer_retry_after(job->exchange) : -1;
	double wait = limits->retry_seconds;

	for (int64_t i = 1; i < job->attempts && wait < limits->wait_seconds; i++)
		wait *= 2;
	if (wait > limits->wait_seconds)
		wait = limits->wait_seconds;
	if ((double)asked > limits->wait_seconds)
		return -1;
	return (double)asked > wait ? (double)asked : wait;
}

/* Who waits for a blob is told. */
static void tell_repetition(const struct job *job, const struct error *why)
{
	struct wire_reply reply = {.kind = WIRE_PROGRESS, .id = job->request.id};

	if (job->request.kind != WIRE_FETCH_BLOB && job->request.kind != WIRE_SEND_BLOB)
		return;
	reply.bytes = bytes_done(job);
	text_copy(reply.text, sizeof(reply.text), why->text, strlen(why->text));
	reply_send(job->transport, &reply);
}

/* Later: unless a mirror failed, or it was too often. */
static void repeat(struct job *job, const struct error *err)
{
	double wait;

	if (job->position - job->trusted >= ENOUGH_PROGRESS) {
		job->attempts = 0;
		job->trusted = job->position;
	}
	job->attempts++;
	wait = next_wait(job);
	if (job_endpoint(job)->settings->is_mirror || wait < 0 ||
	    job->attempts >= job->transport->settings.limits.attempts) {
		fail(job, err);
		return;
	}
	tell_repetition(job, err);
	exchange_free(job->exchange);
	job->exchange = NULL;
	job->challenges = 0;
	if (job->kind->repeat)
		job->kind->repeat(job);
	job->state = JOB_WAITS_TIME;
	job->wake_ns = units_monotonic_ns() + (int64_t)(wait * (double)SECOND);
}

void job_token_failed(struct job *job, const struct error *err, bool is_passing)
{
	if (is_passing)
		repeat(job, err);
	else
		fail(job, err);
}

static void conclude(struct job *job, enum job_verdict verdict, const struct error *err)
{
	switch (verdict) {
	case JOB_NEXT:
		ask(job);
		break;
	case JOB_DONE:
		job_complete(job);
		break;
	case JOB_REPEAT:
		repeat(job, err);
		break;
	case JOB_FAILED:
		fail(job, err);
		break;
	case JOB_BROKEN:
		job_break(job, err);
		break;
	}
}

/* ---- answers --------------------------------------------------------------------------------- */

/* No answer, or half of one. */
static void lost(struct job *job, struct exchange *exchange)
{
	struct endpoint *endpoint = job_endpoint(job);
	bool is_first = job->attempts == 0 && job->position == job->request.offset;
	bool is_unreachable = exchange_is_unreachable(exchange);
	struct error err = {0};

	answer_error(exchange, &err);
	if (!endpoint->has_answered && has_fallback(job))
		endpoint->is_dead |= !exchange->had_tls;
	else if (!endpoint->has_answered && endpoint->settings->is_mirror)
		endpoint->is_dead |= is_unreachable;
	if (endpoint->is_dead || !(exchange_is_passing(exchange) || (is_unreachable && !is_first)))
		fail(job, &err);
	else
		repeat(job, &err);
}

static void challenged(struct job *job, struct exchange *exchange)
{
	struct endpoint *endpoint = job_endpoint(job);
	struct error err = {0};
	/* With a token that is fresh, another one would be no better. */
	int rc = job->challenges++ < MOST_CHALLENGES
			 ? auth_answer(endpoint, exchange, job->generation, &err)
			 : answer_error(exchange, &err);

	if (rc < 0)
		fail(job, &err);
	else
		ask(job);
}

static void redirected(struct job *job, struct exchange *exchange)
{
	struct error err = {0};

	if (job->redirects++ == MOST_REDIRECTS)
		error_set(&err, ELOOP, "%s: more than %d redirects", job_endpoint(job)->label,
			  MOST_REDIRECTS);
	else if (exchange_redirect(exchange, &err) == 0) {
		show_credentials(job, exchange);
		exchange_start(exchange);
		return;
	}
	fail(job, &err);
}

static void answered(struct exchange *exchange)
{
	struct job *job = exchange->owner;
	struct endpoint *endpoint = job_endpoint(job);
	bool is_own = url_is_same_origin(&exchange->url, &endpoint->base);
	struct error err = {0};
	enum job_verdict verdict;

	if (exchange->status > 0 && is_own)
		endpoint->has_answered = true;
	if (job->is_stopped) {
		err = job->err;
		conclude(job, job->verdict, &err);
	} else if (exchange->result != CURLE_OK) {
		lost(job, exchange);
	} else if (exchange->status == 401 && is_own) {
		challenged(job, exchange);
	} else if (exchange_is_redirect(exchange)) {
		redirected(job, exchange);
	} else if (exchange_is_passing(exchange)) {
		answer_error(exchange, &err);
		repeat(job, &err);
	} else {
		job->challenges = 0;
		verdict = job->kind->handle(job, exchange, &err);
		conclude(job, verdict, &err);
	}
}
