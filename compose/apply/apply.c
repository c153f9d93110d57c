/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/apply.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "compose/apply/actual.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/interruption.h"
#include "compose/apply/service_instance.h"
#include "engine/labels.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define TICK_MS 100

void apply_report(const struct apply *apply, enum apply_event_kind kind, const char *object,
		  const char *action, const char *detail)
{
	struct apply_event event = {
		.kind = kind, .object = object, .action = action, .detail = detail};

	if (apply->progress)
		apply->progress(&event, apply->data);
}

void apply_report_container(const struct apply *apply, enum apply_event_kind kind, const char *name,
			    const char *action, const char *detail)
{
	auto_free char *object = alloc_format("Container %s", name);

	apply_report(apply, kind, object, action, detail);
}

const char *apply_name(const struct apply *apply)
{
	return apply->project ? apply->project->name : apply->project_name;
}

int apply_check_cancelled(const struct apply *apply, struct error *err)
{
	struct pollfd poll_fd = {.fd = apply->cancel_fd, .events = POLLIN};

	if (apply->cancel_fd > 0 && poll(&poll_fd, 1, 0) > 0)
		return error_set(err, ECANCELED, INTERRUPTED);
	return 0;
}

int apply_poll(const struct apply *apply, struct pollfd *fds, size_t count, int timeout_ms)
{
	int left = timeout_ms, ready;

	while (apply->tick && (left < 0 || left > TICK_MS)) {
		ready = poll(fds, count, TICK_MS);
		if (ready != 0)
			return ready;
		apply->tick(apply->tick_data);
		left -= left < 0 ? 0 : TICK_MS;
	}
	return poll(fds, count, left);
}

const char *apply_container_name(const struct project *project, const struct service *service,
				 int number, struct arena *arena)
{
	return service_container_name(project, service, number, arena);
}

static bool is_selected(const struct apply *apply, const struct container *container)
{
	if (!apply->services || !apply->services[0])
		return true;
	for (char **name = apply->services; *name; name++)
		if (strcmp(*name, labels_service(container)) == 0)
			return true;
	return false;
}

int apply_list(const struct apply *apply, bool one_offs, struct container **containers,
	       size_t *count, struct arena *arena, struct error *err)
{
	struct actual actual;
	size_t used = 0;

	if (actual_load(&actual, apply->engine, apply_name(apply), arena, err) < 0)
		return -1;
	for (size_t i = 0; i < actual.count; i++)
		if (is_selected(apply, &actual.containers[i]) &&
		    (one_offs || !labels_is_one_off(&actual.containers[i])))
			actual.containers[used++] = actual.containers[i];
	*containers = actual.containers;
	*count = used;
	return 0;
}

/* A service that the files do not know, in this project. */
static bool is_orphan(const struct apply *apply, const struct container *container)
{
	return apply->project &&
	       !project_find_any_service(apply->project, labels_service(container));
}

static bool is_chosen(const struct apply *apply, const struct container *container, unsigned others)
{
	if (is_orphan(apply, container) && !(others & APPLY_ORPHANS))
		return false;
	if (labels_is_hook(container))
		return others & APPLY_HOOKS;
	return !labels_is_one_off(container) || others & APPLY_ONE_OFFS;
}

int apply_choose(const struct apply *apply, unsigned others, struct container ***out, size_t *count,
		 struct arena *arena, struct error *err)
{
	struct container *list;
	size_t used = 0;

	if (apply_list(apply, true, &list, count, arena, err) < 0)
		return -1;
	*out = arena_array(arena, *count + 1, sizeof(**out));
	for (size_t i = 0; i < *count; i++)
		if (is_chosen(apply, &list[i], others))
			(*out)[used++] = &list[i];
	*count = used;
	return 0;
}
