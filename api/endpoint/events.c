/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events, as they were and as they come; and waiting for the end of a container, which is one.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/http.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "describe/filters.h"
#include "describe/times.h"
#include "engine/container.h"
#include "engine/event_follow.h"

#include <stdlib.h>
#include <string.h>

#define GLANCE_MS 1000 /* a monitor that was killed tells nothing: somebody has to look */

static int64_t nanoseconds(const struct timespec *time)
{
	return time->tv_sec * SECOND + time->tv_nsec;
}

/* ---- events ---- */

struct listener {
	struct request *request;
	struct strvec filters;
};

/* What clients read that are older than the 1.22 of the API: some of today's. */
static json *with_old_members(const json *document)
{
	const char *type = json_string(document, "Type", "");
	const json *actor = json_get(document, "Actor");
	bool is_container = strcmp(type, "container") == 0;
	json *whole = json_new_object();

	if (is_container || strcmp(type, "image") == 0) {
		json_set_string(whole, "status", json_string(document, "Action", ""));
		json_set_string(whole, "id", json_string(actor, "ID", ""));
	}
	if (is_container)
		json_set_string(whole, "from",
				json_string(json_get(actor, "Attributes"), "image", ""));
	json_each (name, value, document)
		json_set(whole, name, json_object_get(value));
	return whole;
}

static bool pass_on(const json *document, void *data)
{
	struct listener *listener = data;
	auto_json json *whole = NULL;

	if (!filters_fit(event_filters, &listener->filters, document))
		return true;
	whole = with_old_members(document);
	return answer_line(listener->request, whole, "\n") == 0;
}

static int read_time(const struct request *request, const char *name, int64_t *time_ns,
		     struct error *err)
{
	const char *text = request_query(request, name, NULL);
	struct timespec now = units_now(), time;

	if (!text)
		return 0;
	if (times_parse(&time, text, &now, err) < 0)
		return error_wrap(err, "bad parameter '%s'", name);
	*time_ns = nanoseconds(&time);
	if (*time_ns == 0) /* a time as others, not none */
		*time_ns = 1;
	return 0;
}

static int listen(struct listener *listener, struct error *err)
{
	struct request *request = listener->request;
	struct event_follow follow = {
		.take = pass_on, .data = listener, .reader_fd = http_fd(request->http)};
	struct timespec now = units_now();

	if (request_filters(request, event_filters, &listener->filters, err) < 0 ||
	    read_time(request, "since", &follow.since_ns, err) < 0 ||
	    read_time(request, "until", &follow.until_ns, err) < 0)
		return -1;
	/* What happens from now on, even if we are slow to begin; an end in the past is for who
	 * asks for what was. */
	if (!follow.since_ns)
		follow.since_ns = nanoseconds(&now);
	if (answer_begin(request, ANSWER_JSON) < 0)
		return 0;
	if (event_follow_run(request->engine, &follow, err) < 0)
		return -1;
	answer_end(request);
	return 0;
}

int endpoint_events(struct request *request, struct error *err)
{
	struct listener listener = {.request = request};
	int result = listen(&listener, err);

	strvec_release(&listener.filters);
	return result;
}

/* ---- wait ---- */

enum condition { NOT_RUNNING, NEXT_EXIT, REMOVED };

struct waiting {
	struct request *request;
	enum condition condition;
	const char *id;
	int exit_code;
	bool is_over;
};

static bool look_for_end(const json *document, void *data)
{
	struct waiting *waiting = data;
	const json *actor = json_get(document, "Actor");
	const char *action = json_string(document, "Action", "");
	bool has_died = strcmp(action, "die") == 0, has_gone = strcmp(action, "destroy") == 0;

	if (strcmp(json_string(document, "Type", ""), "container") != 0 ||
	    strcmp(json_string(actor, "ID", ""), waiting->id) != 0)
		return true;
	if (has_died)
		waiting->exit_code = (int)strtol(
			json_string(json_get(actor, "Attributes"), "exitCode", "0"), NULL, 10);
	waiting->is_over = has_gone || (has_died && waiting->condition != REMOVED);
	return !waiting->is_over;
}

static bool heal(void *data)
{
	struct waiting *waiting = data;

	container_heal(waiting->request->engine, waiting->id);
	return true;
}

static int read_condition(const struct request *request, enum condition *condition,
			  struct error *err)
{
	static const char *const words[] = {"not-running", "next-exit", "removed"};
	const char *text = request_query(request, "condition", words[0]);

	for (size_t i = 0; i < array_length(words); i++)
		if (strcmp(words[i], text) == 0) {
			*condition = i;
			return 0;
		}
	*condition = NOT_RUNNING;
	return request->version < 42
		       ? 0
		       : error_set(err, ERROR_INVALID, "invalid condition: \"%s\"", text);
}

static int finish(const struct waiting *waiting)
{
	auto_json json *document = json_new_object();

	json_set_int(document, "StatusCode", waiting->exit_code);
	if (answer_line(waiting->request, document, "\n") == 0)
		answer_end(waiting->request);
	return 0;
}

int endpoint_container_wait(struct request *request, struct error *err)
{
	struct waiting waiting = {.request = request};
	struct timespec now = units_now();
	struct event_follow follow = {.take = look_for_end,
				      .idle = heal,
				      .data = &waiting,
				      .since_ns = nanoseconds(&now),
				      .glance_ms = GLANCE_MS,
				      .reader_fd = http_fd(request->http)};
	struct container container;

	if (read_condition(request, &waiting.condition, err) < 0 ||
	    request_container(request, &container, err) < 0)
		return -1;
	waiting.id = container.id;
	waiting.exit_code = container.state.exit_code;
	if (answer_begin(request, ANSWER_JSON) < 0)
		return 0;
	if (waiting.condition == NOT_RUNNING && !container_is_live(&container))
		return finish(&waiting);
	if (event_follow_run(request->engine, &follow, err) < 0)
		return -1;
	return waiting.is_over ? finish(&waiting) : 0;
}
