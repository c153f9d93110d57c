/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers are started, stopped, signalled, paused, renamed, updated and removed.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/failure.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/attach_wait.h"
#include "engine/container.h"
#include "engine/engine.h"

#include <errno.h>
#include <string.h>

#define NO_CONTENT   204
#define NOT_MODIFIED 304

static int done(struct request *request)
{
	answer_empty(request, NO_CONTENT);
	return 0;
}

/* Docker's clients find the reason in these words, and the exit code with it. */
static int start_failed(struct request *request, const struct error *reason)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_add(&text, "failed to create task for container: ");
	if (failure_execution(&text, reason))
		answer_message(request, 400, strbuf_text(&text));
	else
		answer_message(request, failure_status(reason), reason->text);
	return 0;
}

int endpoint_container_start(struct request *request, struct error *err)
{
	struct error reason = {0};
	struct container container;

	if (request_container(request, &container, err) < 0)
		return -1;
	if (container_is_live(&container) && container.state.status != CONTAINER_PAUSED) {
		answer_empty(request, NOT_MODIFIED);
		return 0;
	}
	if (attach_wait_start(request->engine, container.id, &reason) == 0)
		return done(request);
	return reason.fact ? error_pass(err, &reason) : start_failed(request, &reason);
}

/* "t" seconds and "signal" of stop and restart; what they have not is the container's own. */
struct stopping {
	const char *signal;
	int64_t timeout_ms;
};

static int read_stopping(struct request *request, struct container *container,
			 struct stopping *stopping, struct error *err)
{
	int64_t seconds = 0;

	if (request_number(request, "t", &seconds, err) < 0 ||
	    request_container(request, container, err) < 0)
		return -1;
	if (seconds > INT32_MAX)
		seconds = INT32_MAX;
	stopping->signal = request->version < 42 ? NULL : request_query(request, "signal", NULL);
	/* Docker's -1: for ever. */
	stopping->timeout_ms = !request_query(request, "t", NULL) ? -1
			       : seconds < 0			  ? INT64_C(1000) * INT32_MAX
								  : seconds * 1000;
	return 0;
}

int endpoint_container_stop(struct request *request, struct error *err)
{
	struct container container;
	struct stopping stopping;

	if (read_stopping(request, &container, &stopping, err) < 0)
		return -1;
	if (!container_is_live(&container) && !container_is_between(request->engine, &container)) {
		answer_empty(request, NOT_MODIFIED);
		return 0;
	}
	if (container_stop(request->engine, container.id, stopping.signal, stopping.timeout_ms,
			   err) < 0)
		return -1;
	return done(request);
}

int endpoint_container_restart(struct request *request, struct error *err)
{
	struct error reason = {0};
	struct container_task task;
	struct container container;
	struct stopping stopping;

	if (read_stopping(request, &container, &stopping, err) < 0)
		return -1;
	if (container_restart_begin(request->engine, container.id, stopping.signal,
				    stopping.timeout_ms, &task, err) < 0)
		return -1;
	if (container_task_finish(request->engine, &task, &reason) == 0)
		return done(request);
	return reason.fact ? error_pass(err, &reason) : start_failed(request, &reason);
}

int endpoint_container_kill(struct request *request, struct error *err)
{
	struct container container;

	if (request_container(request, &container, err) < 0)
		return -1;
	if (container_kill(request->engine, container.id, request_query(request, "signal", NULL),
			   err) < 0) {
		if (err->fact == FACT_KILL_STOPPED)
			error_state(err, err->fact, container.id, container.name);
		return -1;
	}
	return done(request);
}

static int pause_or_not(struct request *request, bool is_paused, struct error *err)
{
	struct container container;

	if (request_container(request, &container, err) < 0 ||
	    container_pause(request->engine, container.id, is_paused, err) < 0)
		return -1;
	return done(request);
}

int endpoint_container_pause(struct request *request, struct error *err)
{
	return pause_or_not(request, true, err);
}

int endpoint_container_unpause(struct request *request, struct error *err)
{
	return pause_or_not(request, false, err);
}

int endpoint_container_rename(struct request *request, struct error *err)
{
	const char *name = request_query(request, "name", "");
	struct container container;

	name += *name == '/';
	if (!*name)
		return error_set(err, ERROR_INVALID, "Neither old nor new names may be empty");
	if (request_container(request, &container, err) < 0)
		return -1;
	if (strcmp(container.name, name) == 0)
		return error_set(err, ERROR_INVALID,
				 "Renaming a container with the same name as its current name");
	if (container_rename(request->engine, container.id, name, err) < 0)
		return -1;
	return done(request);
}

int endpoint_container_remove(struct request *request, struct error *err)
{
	unsigned flags = (request_flag(request, "force") ? CONTAINER_REMOVE_FORCE : 0U) |
			 (request_flag(request, "v") ? CONTAINER_REMOVE_VOLUMES : 0U);
	struct container container;

	if (request_flag(request, "link"))
		return error_set(err, ERROR_UNSUPPORTED,
				 "links between containers are names of a network here: disconnect "
				 "the container from it");
	if (request_container(request, &container, err) < 0)
		return -1;
	if (container.state.status == CONTAINER_REMOVING)
		return error_set(err, ERROR_CONFLICT,
				 "removal of container %s is already in progress", request->name);
	if (container_remove(request->engine, container.id, flags, err) < 0)
		return -1;
	return done(request);
}
