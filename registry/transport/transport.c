/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/transport.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "registry/transport/auth.h"
#include "registry/transport/endpoint.h"
#include "registry/transport/exchange.h"
#include "registry/transport/job.h"
#include "registry/transport/reply.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define LONGEST_SLEEP_MS 60000

/* ---- tokens ---------------------------------------------------------------------------------- */

/* A token of @endpoint has come, or (with @err) not. */
static void token_ended(struct transport *transport, struct endpoint *endpoint,
			const struct error *err, bool is_passing)
{
	struct error copy = {0};

	if (err)
		copy = *err;
	for (size_t i = 0; i < WIRE_REQUESTS; i++) {
		struct job *job = transport->jobs[i];

		if (!job || job->state != JOB_WAITS_TOKEN || job_endpoint(job) != endpoint)
			continue;
		if (err)
			job_token_failed(job, &copy, is_passing);
		else
			job_continue(job);
	}
}

/* ---- life ------------------------------------------------------------------------------------ */

int transport_init(struct transport *transport, struct error *err)
{
	const struct settings *settings = &transport->settings;

	transport->token_ended = token_ended;
	transport->multi = curl_multi_init();
	if (!transport->multi)
		return error_set(err, ENOMEM, "cannot prepare libcurl");

	curl_multi_setopt(transport->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	transport->endpoints =
		alloc_zeroed(settings->endpoint_count, sizeof(*transport->endpoints));
	for (size_t i = 0; i < settings->endpoint_count; i++) {
		if (endpoint_init(&transport->endpoints[i], settings, i, err) < 0)
			return -1;
		transport->endpoint_count++;
	}
	return 0;
}

void transport_release(struct transport *transport)
{
	for (size_t i = 0; i < WIRE_REQUESTS; i++)
		if (transport->jobs[i])
			job_free(transport->jobs[i]);
	for (size_t i = 0; i < transport->endpoint_count; i++) {
		auth_release(&transport->endpoints[i].auth);
		endpoint_release(&transport->endpoints[i]);
	}
	free(transport->endpoints);
	for (size_t i = 0; i < transport->session_count; i++)
		free(transport->sessions[i].url);
	if (transport->multi)
		curl_multi_cleanup(transport->multi);
	free(transport->outbox);
	settings_release(&transport->settings);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static int wait_events(struct transport *transport, struct error *err)
{
	struct curl_waitfd fds[1 + WIRE_REQUESTS] = {
		{.fd = WIRE_SOCKET_FD,
		 .events = (short)(CURL_WAIT_POLLIN |
				   (transport->outbox_count > 0 ? CURL_WAIT_POLLOUT : 0))}};
	int64_t now = units_monotonic_ns(), sleep_ms = LONGEST_SLEEP_MS;
	unsigned count = 1;
	CURLMcode rc;

	for (size_t i = 0; i < WIRE_REQUESTS; i++) {
		const struct job *job = transport->jobs[i];

		if (!job)
			continue;
		if (job_wants_output(job))
			fds[count++] =
				(struct curl_waitfd){.fd = job->fd, .events = CURL_WAIT_POLLOUT};
		if (job->state == JOB_WAITS_TIME) {
			int64_t left = (job->wake_ns - now) / MILLISECOND + 1;

			if (left < sleep_ms)
				sleep_ms = left < 0 ? 0 : left;
		}
	}
	rc = curl_multi_poll(transport->multi, fds, count, (int)sleep_ms, NULL);
	if (rc != CURLM_OK)
		return error_set(err, EIO, "cannot wait: %s", curl_multi_strerror(rc));
	return 0;
}

static int handle_network(struct transport *transport, struct error *err)
{
	int running, left;
	CURLMcode rc = curl_multi_perform(transport->multi, &running);
	const CURLMsg *message;

	if (rc != CURLM_OK)
		return error_set(err, EIO, "libcurl: %s", curl_multi_strerror(rc));
	while ((message = curl_multi_info_read(transport->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			exchange_finish(message->easy_handle, message->data.result);
	return 0;
}

static void handle_jobs(struct transport *transport)
{
	int64_t now = units_monotonic_ns();

	for (size_t i = 0; i < WIRE_REQUESTS; i++) {
		struct job *job = transport->jobs[i];

		if (!job || (job_wants_output(job) && !job_flush(job)))
			continue;
		if (job->state == JOB_WAITS_TIME && now >= job->wake_ns)
			job_continue(job);
		else if (job->state == JOB_ASKING)
			job_progress(job);
	}
}

static int handle_requests(struct transport *transport, struct error *err)
{
	struct wire_request request;
	int fd = -1, rc;

	while ((rc = wire_receive_request(WIRE_SOCKET_FD, &request, &fd, &transport->is_closed,
					  err)) > 0) {
		job_start(transport, &request, take_fd(&fd));
	}
	return rc;
}

int transport_run(struct transport *transport, struct error *err)
{
	while (!transport->is_closed) {
		if (handle_requests(transport, err) < 0 || handle_network(transport, err) < 0)
			return -1;
		handle_jobs(transport);
		reply_flush(transport);
		if (!transport->is_closed && wait_events(transport, err) < 0)
			return -1;
	}
	return 0;
}
