/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/invocation.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/bundled.h"
#include "cli/near.h"
#include "cli/screen/output.h"
#include "cli/screen/terminal.h"
#include "cli/unknown.h"
#include "cli/wording.h"
#include "compose/stack/stack_change.h"
#include "engine/engine.h"
#include "engine/labels.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* flock cannot be polled, so an alarm says why nothing happens while we wait for it, and the next
 * ones see to it that nobody waits on who wants no more. */
static void say_waiting(int signal)
{
	static const char text[] = "Waiting for another command that changes this project\n";
	static volatile sig_atomic_t is_said;
	ssize_t written = is_said ? 0 : write(STDERR_FILENO, text, sizeof(text) - 1);

	is_said = 1;
	(void)signal;
	(void)written;
}

static int wait_for_lock(struct invocation *invocation, const char *path, struct error *err)
{
	static const struct itimerval ticks = {{1, 0}, {2, 0}}, none = {0};
	struct sigaction action = {.sa_handler = say_waiting}, old;
	int fd;

	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &ticks, NULL);
	fd = file_lock_until(invocation->engine->layout.projects_fd, path, invocation->cancel_fd,
			     err);
	setitimer(ITIMER_REAL, &none, NULL);
	sigaction(SIGALRM, &old, NULL);
	if (fd < 0 && err->code == ECANCELED)
		error_set(err, ECANCELED,
			  "interrupted: another command changes the project '%s', and nothing was "
			  "done",
			  invocation->project_name);
	return fd;
}

int invocation_lock(struct invocation *invocation, struct error *err)
{
	auto_free char *path = NULL;

	if (invocation->lock_fd >= 0 || !invocation->project_name)
		return 0;
	path = alloc_format("%s.lock", invocation->project_name);
	invocation->lock_fd =
		file_lock(invocation->engine->layout.projects_fd, path, true, false, err);
	if (invocation->lock_fd < 0 && err->code == ERROR_BUSY)
		invocation->lock_fd = wait_for_lock(invocation, path, err);
	if (invocation->lock_fd < 0 && err->code == ECANCELED)
		return -1;
	if (invocation->lock_fd < 0)
		return error_wrap(err, "cannot lock the project '%s'", invocation->project_name);
	return 0;
}

int invocation_lock_project(struct invocation *invocation, struct error *err)
{
	if (invocation_lock(invocation, err) < 0)
		return -1;
	return invocation->project_name ? stack_check_project(&invocation->engine->layout,
							      invocation->project_name, err)
					: 0;
}

void invocation_unlock(struct invocation *invocation)
{
	if (invocation->lock_fd >= 0)
		close(invocation->lock_fd);
	invocation->lock_fd = -1;
}

int invocation_load(struct invocation *invocation, const struct project_request *request,
		    struct project *project, struct error *err)
{
	auto_strbuf struct strbuf problems = {0}, text = {0}, line = {0};
	struct project_request own = *request;
	const char *newline;

	if (bundled_resolve(invocation, &own, err) < 0)
		return -1;
	if (project_load(project, &own, invocation->arena, &problems, err) == 0)
		return 0;
	newline = strchr(strbuf_text(&problems), '\n');
	if (!newline || !newline[1])
		return -1;
	wording_text(&line, invocation, problems.text);
	progress_format_error(&text, invocation->globals->progress_mode, strbuf_text(&line));
	file_write_all(STDERR_FILENO, text.text, text.length, NULL);
	err->text[0] = '\0';
	return -1;
}

struct apply invocation_apply(struct invocation *invocation)
{
	return (struct apply){
		.engine = invocation->engine,
		.project = invocation->project,
		.project_name = invocation->project_name,
		.services = invocation->argument_count > 0 ? invocation->arguments : NULL,
		.dry_run = invocation->globals->dry_run,
		.limit = invocation->limit,
		.cancel_fd = invocation->cancel_fd,
		.progress = progress_event,
		.builds = progress_build_event,
		.tick = progress_is_live(invocation->progress) ? progress_tick : NULL,
		.tick_data = invocation->progress,
		.data = invocation->progress,
	};
}

int invocation_set_progress(struct invocation *invocation, const char *text, int build_fd,
			    struct error *err)
{
	const char *variable = getenv("BUILDKIT_PROGRESS");

	if (!text && variable && *variable && strcmp(invocation->globals->progress, "auto") == 0)
		text = variable;
	if (text && globals_set_progress(invocation->globals, text, err) < 0)
		return -1;
	progress_set_mode(invocation->progress, invocation->globals->progress_mode, build_fd);
	return 0;
}

void invocation_end_progress(struct invocation *invocation)
{
	progress_finish(invocation->progress);
}

void invocation_say(struct invocation *invocation, const char *text)
{
	if (invocation->globals->progress_mode != PROGRESS_QUIET)
		progress_say(invocation->progress, text);
}

int invocation_list(struct invocation *invocation, char **services, bool one_offs,
		    struct container_list *list, struct error *err)
{
	struct apply apply = invocation_apply(invocation);

	apply.services = services && *services ? services : NULL;
	*list = (struct container_list){0};
	return apply_list(&apply, one_offs, &list->items, &list->count, invocation->arena, err);
}

static bool fits(const struct container_choice *choice, const struct container *container)
{
	if (choice->index > 0 &&
	    (labels_is_one_off(container) || labels_number(container) != choice->index))
		return false;
	return !choice->need_running || container->state.status == CONTAINER_RUNNING ||
	       container->state.status == CONTAINER_PAUSED;
}

/* Replicas before one-offs, then the lower number. */
static bool is_better(const struct container *a, const struct container *b)
{
	if (labels_is_one_off(a) != labels_is_one_off(b))
		return !labels_is_one_off(a);
	return labels_number(a) < labels_number(b);
}

int invocation_choose(struct invocation *invocation, const struct container_choice *choice,
		      struct container *container, struct error *err)
{
	char *services[] = {(char *)choice->service, NULL};
	struct container_list list;
	const struct container *best = NULL;

	if (invocation_list(invocation, services, true, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		if (fits(choice, &list.items[i]) && (!best || is_better(&list.items[i], best)))
			best = &list.items[i];
	if (!best)
		return unknown_container(choice, &list, err);
	*container = *best;
	return 0;
}

int invocation_scales(struct invocation *invocation, const struct strvec *rows,
		      struct apply_scale **scales, struct error *err)
{
	*scales = arena_array(invocation->arena, rows->count + 1, sizeof(**scales));
	for (size_t i = 0; i < rows->count; i++) {
		const char *equals = strchr(rows->items[i], '=');
		const char *service = arena_string_n(invocation->arena, rows->items[i],
						     (size_t)(equals - rows->items[i]));
		int64_t count;

		if (units_parse_int(&count, equals + 1, 0, INT32_MAX, err) < 0)
			return -1;
		if (invocation->project && !project_find_service(invocation->project, service))
			return unknown_service(invocation->project, service, err);
		(*scales)[i] = (struct apply_scale){service, (int)count};
	}
	return 0;
}

void invocation_error(const struct invocation *invocation, const struct error *err)
{
	auto_strbuf struct strbuf text = {0}, line = {0};
	struct error said = *err;

	output_finish(NULL);
	near_add(invocation, &said);
	wording_error(&line, invocation, &said);
	progress_format_error(&text, invocation->globals->progress_mode, strbuf_text(&line));
	file_write_all(STDERR_FILENO, strbuf_text(&text), text.length, NULL);
}

int invocation_catch(struct invocation *invocation, struct error *err)
{
	invocation->cancel_fd = terminal_catch(err);
	return invocation->cancel_fd < 0 ? -1 : 0;
}

bool invocation_is_cancelled(const struct invocation *invocation)
{
	struct pollfd poll_fd = {.fd = invocation->cancel_fd, .events = POLLIN};

	return poll_fd.fd > 0 && poll(&poll_fd, 1, 0) > 0;
}

void invocation_uncatch(struct invocation *invocation)
{
	terminal_uncatch();
	invocation->cancel_fd = 0;
}

void invocation_add_way_on(const struct invocation *invocation, struct error *err)
{
	const char *goes_on = invocation->command->goes_on;
	struct error reason = *err;

	if (goes_on && err->code == ECANCELED && invocation->cancel_fd > 0)
		error_set(err, ECANCELED, "%s; %s", reason.text, goes_on);
}

int invocation_interrupted(struct invocation *invocation, const struct error *err)
{
	struct error said = *err;

	if (err->code != ECANCELED || invocation->cancel_fd <= 0)
		return -1;
	invocation_add_way_on(invocation, &said);
	invocation_end_progress(invocation);
	invocation_error(invocation, &said);
	return CODE_INTERRUPTED;
}

int invocation_each(struct invocation *invocation, command_action *action, struct error *err)
{
	int code = 0;

	for (size_t i = 0; i < invocation->argument_count; i++) {
		struct error reason = {0};

		if (action(invocation, invocation->arguments[i], &reason) == 0)
			continue;
		if (reason.code == ECANCELED && invocation->cancel_fd > 0)
			return error_pass(err, &reason);
		invocation_error(invocation, &reason);
		code = 1;
	}
	return code;
}
