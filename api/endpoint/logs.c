/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What containers have written, and write.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/http.h"
#include "api/log_frames.h"
#include "api/request.h"
#include "base/error.h"
#include "base/units.h"
#include "describe/log_details.h"
#include "describe/times.h"
#include "engine/container.h"
#include "engine/log_follow.h"

#include <string.h>

/* Only its going can be heard from a client that has asked for this. */
static bool client_has_gone(struct log_follow *follow, void *data)
{
	struct log_frames *reading = data;

	(void)follow;
	reading->has_gone = true;
	return false;
}

/* A client that follows does so to the end of the run, as Docker does it: with the next start it
 * asks anew. */
static int run(struct log_view *view, struct log_frames *reading, const struct request *request,
	       struct error *err)
{
	const struct log_follower follower = {.readable = client_has_gone, .data = reading};
	struct log_follow *follow;
	int result;

	if (!reading->follows)
		return log_view_show(view, err);
	follow = log_follow_new(view, &follower);
	result = log_follow_watch(follow, http_fd(request->http), err);
	if (result == 0)
		result = log_follow_run(follow, err);
	log_follow_free(follow);
	return result;
}

static int read_bound(const struct request *request, const char *name, struct timespec *time,
		      struct error *err)
{
	const char *text = request_query(request, name, NULL);
	struct timespec now = units_now();

	if (!text || strcmp(text, "0") == 0)
		return 0;
	return times_parse(time, text, &now, err) < 0 ? error_wrap(err, "bad parameter '%s'", name)
						      : 0;
}

static int read_options(const struct request *request, struct log_view_options *options,
			struct error *err)
{
	const char *tail = request_query(request, "tail", "all");

	*options = (struct log_view_options){.tail = -1};
	/* What is no number means all. */
	if (units_parse_int(&options->tail, tail, -1, INT64_MAX, NULL) < 0)
		options->tail = -1;
	return read_bound(request, "since", &options->since, err) < 0 ||
			       read_bound(request, "until", &options->until, err) < 0
		       ? -1
		       : 0;
}

int endpoint_container_logs(struct request *request, struct error *err)
{
	struct log_frames reading = {
		.wanted = {request_flag(request, "stdout"), request_flag(request, "stderr")},
		.has_times = request_flag(request, "timestamps"),
	};
	const struct log_view_sink sink = log_frames_sink(&reading);
	struct log_view_options options;
	struct container container;
	struct log_view *view;
	int result;

	if (!reading.wanted[0] && !reading.wanted[1])
		return error_set(err, ERROR_INVALID,
				 "Bad parameters: you must choose at least one stream");
	if (read_options(request, &options, err) < 0 ||
	    request_container(request, &container, err) < 0)
		return -1;
	if (container.config.log_driver && strcmp(container.config.log_driver, "none") == 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "configured logging driver does not support reading");
	if (request_flag(request, "details"))
		reading.details = log_details(&container, &request->arena);
	/* Between two runs there is none to follow. */
	reading.follows =
		request_flag(request, "follow") && container.state.status != CONTAINER_RESTARTING;
	reading.frames = (struct frames){.request = request, .is_raw = container.config.tty};
	if (answer_begin(request, frames_type(request, container.config.tty)) < 0)
		return 0;
	view = log_view_new(request->engine, &options, &sink);
	result = log_view_add(view, &container, LOG_VIEW_BOTH, err);
	if (result == 0)
		result = run(view, &reading, request, err);
	log_view_free(view);
	if (result == 0 && !reading.has_gone)
		answer_end(request);
	return result;
}
