/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/hooks.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "compose/apply/apply.h"
#include "engine/labels.h"

#include <fcntl.h>

static const struct service *service_of(const struct apply *apply,
					const struct container *container)
{
	return apply->project ? project_find_any_service(apply->project, labels_service(container))
			      : NULL;
}

static int run_hook(const struct apply *apply, const struct container *container,
		    const struct service_hook *hook, const char *kind, struct error *err)
{
	auto_close int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct container_exec exec = {
		.args = hook->command,
		.env = hook->environment,
		.user = hook->user,
		.working_dir = hook->working_dir,
		.privileged = model_flag(hook->privileged, false),
		.stdio_fds = {null_fd, 2, 2},
	};
	struct error reason = {0};
	int code = container_exec(apply->engine, container->id, &exec, &reason);

	if (code < 0)
		return error_set(err, reason.code, "container %s: %s hook: %s", container->name,
				 kind, reason.text);
	if (code > 0)
		return error_set(err, ERROR_INVALID,
				 "container %s: %s: %s hook exited with status %d%s%s",
				 container->name, kind, labels_service(container), code,
				 reason.text[0] ? ": " : "", reason.text);
	return 0;
}

int apply_run_hooks(const struct apply *apply, const struct container *container, bool after_start,
		    struct error *err)
{
	const struct service *service = service_of(apply, container);
	const struct service_hook *hooks;
	size_t count;

	if (!service)
		return 0;
	hooks = after_start ? service->post_start.items : service->pre_stop.items;
	count = after_start ? service->post_start.count : service->pre_stop.count;
	for (size_t i = 0; i < count; i++)
		if (run_hook(apply, container, &hooks[i], after_start ? "post_start" : "pre_stop",
			     err) < 0)
			return -1;
	return 0;
}
