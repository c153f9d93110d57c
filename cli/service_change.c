/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/service_change.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "engine/engine.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------ begin and end */

static void prepare(struct service_change *change, struct invocation *invocation)
{
	*change = (struct service_change){.invocation = invocation,
					  .apply = invocation_apply(invocation)};
	change->apply.services = NULL;
	change->change = (struct stack_change){
		.stack = &change->stack, .apply = &change->apply, .arena = invocation->arena};
}

int service_change_begin_stack(struct service_change *change, struct invocation *invocation,
			       const char *name, struct error *err)
{
	prepare(change, invocation);
	invocation_unlock(invocation);
	invocation->project_name = arena_string(invocation->arena, name);
	if (invocation_lock(invocation, err) < 0)
		return -1;
	return stack_load(&change->stack, &invocation->engine->layout, name, err);
}

/* Between the look and the lock somebody else may have removed it. */
int service_change_begin(struct service_change *change, struct invocation *invocation,
			 const char *text, struct error *err)
{
	struct stack_service service;

	prepare(change, invocation);
	if (stack_find_service(&service, &invocation->engine->layout, text, invocation->arena,
			       err) < 0)
		return -1;
	text = arena_string(invocation->arena, service.name);
	if (service_change_begin_stack(change, invocation,
				       arena_string(invocation->arena, service.stack.name),
				       err) < 0) {
		stack_release(&service.stack);
		return -1;
	}
	stack_release(&service.stack);
	change->service = text;
	if (!json_get(stack_services(&change->stack), text))
		return error_set(err, ERROR_NOT_FOUND, "no such service: %s", text);
	return 0;
}

void service_change_end(struct service_change *change)
{
	if (!change->invocation)
		return;
	stack_release(&change->stack);
	strvec_release(&change->change.created);
	strvec_release(&change->running);
	invocation_unlock(change->invocation);
	if (change->is_background)
		_exit(0);
}

/* ------------------------------------------------------------------ tasks that come to run */

static void say_progress(const struct service_change *change, const char *what)
{
	output_printf("overall progress: %s%zu out of %zu tasks\n", what, change->running.count,
		      change->replicas);
	output_finish(NULL);
}

static bool runs_now(const struct apply_event *event)
{
	static const char *const words[] = {"Running", "Started", "Recreated", "Healthy"};

	if (event->kind != APPLY_DONE)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(event->action, words[i]) == 0)
			return true;
	return false;
}

static void note_event(const struct apply_event *event, void *data)
{
	struct service_change *change = data;
	struct invocation *invocation = change->invocation;

	if (strncmp(event->object, "Image ", 6) == 0) {
		progress_event(event, invocation->progress);
		return;
	}
	if (strncmp(event->object, "Container ", 10) != 0)
		return;
	if (strcmp(event->action, "Restored") == 0)
		say_progress(change, "rolling back update: ");
	if (!runs_now(event) || strvec_contains(&change->running, event->object))
		return;
	strvec_add(&change->running, event->object);
	if (change->running.count <= change->replicas)
		say_progress(change, "");
}

/* ------------------------------------------------------------------ in the background */

/* The lock goes with the child; whoever is next waits for it. Where there can be none, the command
 * does it itself. */
bool service_change_detach(struct service_change *change)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid;

	output_finish(NULL);
	pid = fork();
	change->is_left = pid > 0;
	change->is_background = pid == 0;
	if (pid != 0)
		return pid < 0;
	setsid();
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	change->apply.progress = NULL;
	return true;
}

static bool has_begun(const struct stack_change *request, void *data)
{
	struct service_change *change = data;

	(void)request;
	change->has_begun = true;
	if (change->says_id)
		output_line(json_string(stack_record(&change->stack, change->service), "id", ""));
	else if (change->say)
		output_line(change->say);
	if (change->detach)
		return service_change_detach(change);
	if (!change->quiet)
		say_progress(change, "");
	return true;
}

/* ------------------------------------------------------------------ one service */

static int replicas_of(const struct service_change *change, const json *model)
{
	const json *deploy = json_path(model, "services", change->service, "deploy", NULL);

	if (strncmp(json_string(deploy, "mode", "replicated"), "global", 6) == 0)
		return 1;
	return (int)json_int(deploy, "replicas", 1);
}

static void arrange(struct service_change *change, const json *model)
{
	static char *services[2];

	services[0] = (char *)change->service;
	change->replicas = (size_t)replicas_of(change, model);
	change->change.services = services;
	change->change.begun = has_begun;
	change->change.data = change;
	change->apply.progress = change->quiet ? NULL : note_event;
	change->apply.data = change;
}

/* As Docker: an update that was rolled back has ended as it should, one that stands still has not.
 */
static int conclude(struct service_change *change, int result, struct error *err)
{
	const char *message;
	enum stack_end end;

	if (!change->has_begun)
		return -1;
	if (change->is_left)
		return 0;
	end = stack_update_end(&change->stack, change->service, &message);

	if (result < 0 && end == STACK_PAUSED)
		return error_set(err, err->code, "service update paused: %s", message);
	if (result < 0 && end != STACK_ROLLED_BACK)
		return -1;
	if (change->quiet)
		return 0;
	output_line("verify: Service converged");
	if (result < 0)
		output_printf("rollback: update rolled back: %s\n", message);
	return 0;
}

int service_change_run(struct service_change *change, const json *model, struct error *err)
{
	arrange(change, model);
	return conclude(change, stack_change(&change->change, model, err), err);
}

int service_change_roll_back(struct service_change *change, struct error *err)
{
	arrange(change, stack_model(&change->stack));
	return conclude(change, stack_roll_back(&change->change, change->service, err), err);
}
