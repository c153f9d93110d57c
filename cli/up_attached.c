/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and stopping take their time, and output must go on meanwhile: both are done in the
 * background while this process shows. What interrupts goes through here: the start is cancelled
 * (what has been begun is finished, so that it can be stopped), then the stop begins.
 */
#include "cli/up_attached.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "cli/background.h"
#include "cli/log_show.h"
#include "cli/output.h"
#include "engine/labels.h"
#include "engine/log_follow.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define CODE_INTERRUPTED 130

struct attached {
	struct invocation *invocation;
	const struct up_attached *options;
	const struct apply_up *up;
	struct log_show *show;
	struct log_follow *follow;
	bool aborts_on_exit;
	bool is_starting, is_stopping, is_interrupted, is_killing;
	bool has_said_attaching, has_failed; /* to start; start_err says why */
	struct background starter, stopper;
	struct error start_err;
	int code; /* of the container that made us stop, the first one to end */
	struct timespec ended;
};

/* Asked for on the command line, or all. */
static bool is_selected(const struct invocation *invocation, const char *service)
{
	if (invocation->argument_count == 0)
		return true;
	for (size_t i = 0; i < invocation->argument_count; i++)
		if (strcmp(invocation->arguments[i], service) == 0)
			return true;
	return false;
}

static bool is_shown(const struct attached *attached, const char *name)
{
	const struct up_attached *options = attached->options;
	const struct service *service = project_find_service(attached->invocation->project, name);

	if (!service || strvec_contains(&options->no_attach, name))
		return false;
	if (options->attach.count > 0)
		return strvec_contains(&options->attach, name);
	if (!model_flag(service->attach, true))
		return false;
	return options->attach_dependencies || is_selected(attached->invocation, name);
}

static int add_container(struct attached *attached, struct log_view *view,
			 struct container *container, struct error *err)
{
	struct invocation *invocation = attached->invocation;
	const char *name = labels_service(container);
	const struct service *service = project_find_service(invocation->project, name);
	bool shown = is_shown(attached, name), awaited = is_selected(invocation, name);

	if (!service || (!shown && !awaited))
		return 0;
	if (attached->is_killing && container_is_live(container))
		container_kill(invocation->engine, container->id, "KILL", NULL);
	/* One that takes another's place has a temporary name at first. */
	container->name = apply_container_name(invocation->project, service,
					       labels_number(container), invocation->arena);
	return log_view_add(view, container,
			    !shown    ? LOG_VIEW_AWAITED
			    : awaited ? LOG_VIEW_BOTH
				      : LOG_VIEW_SHOWN,
			    err);
}

/* Called again and again for as long as we stay, so its memory must go. */
static int add_containers(struct log_view *view, void *data, struct error *err)
{
	struct attached *attached = data;
	struct invocation *invocation = attached->invocation;
	struct arena *outer = invocation->arena;
	auto_arena struct arena arena = {0};
	struct container_list list;
	int result;

	invocation->arena = &arena;
	result = invocation_list(invocation, NULL, false, &list, err);
	for (size_t i = 0; result == 0 && i < list.count; i++) {
		container_heal(invocation->engine, list.items[i].id);
		result = add_container(attached, view, &list.items[i], err);
	}
	invocation->arena = outer;
	return result;
}

static void say_attaching(struct attached *attached)
{
	auto_strbuf struct strbuf text = {0};
	struct container_list list;
	struct error err = {0};
	const char *separator = "Attaching to ";

	if (attached->has_said_attaching ||
	    invocation_list(attached->invocation, NULL, false, &list, &err) < 0)
		return;
	attached->has_said_attaching = true;
	for (size_t i = 0; i < list.count; i++) {
		if (!is_shown(attached, labels_service(&list.items[i])))
			continue;
		strbuf_printf(
			&text, "%s%s", separator,
			log_show_label(list.items[i].name, attached->invocation->project_name));
		separator = ", ";
	}
	if (text.length == 0)
		return;
	progress_hide(attached->invocation->progress);
	output_line(text.text);
	output_finish(NULL);
}

/* All containers have been created when the first one is started. */
static void show_event(const struct apply_event *event, void *data)
{
	struct attached *attached = data;

	if (strcmp(event->action, "Starting") == 0)
		say_attaching(attached);
	progress_event(event, attached->invocation->progress);
}

/* The container itself is there by now, even if it has not been seen yet. */
static void show_output(const struct apply_output *output, void *data)
{
	struct attached *attached = data;
	const char *project = attached->invocation->project_name;

	if (!is_shown(attached, output->service))
		return;
	if (!log_show_knows(attached->show, output->container, project))
		log_follow_look(attached->follow);
	log_show_hook(attached->show, output, project);
}

static void show_build(const struct apply_build_event *event, void *data)
{
	const struct attached *attached = data;

	progress_build_event(event, attached->invocation->progress);
}

/* Between the output of containers nothing can be redrawn. */
static void make_plain(void *data)
{
	const struct attached *attached = data;

	progress_make_plain(attached->invocation->progress);
}

static int do_start(struct apply *apply, void *data, struct error *err)
{
	const struct attached *attached = data;

	return apply_up(apply, attached->up, err);
}

static int do_stop(struct apply *apply, void *data, struct error *err)
{
	const struct attached *attached = data;

	apply->cancel_fd = 0;
	if (invocation_lock(attached->invocation, err) < 0)
		return -1;
	return apply_stop(apply, attached->options->timeout_ns, err);
}

/* Once the start has ended. */
static void stop_now(struct attached *attached)
{
	struct apply apply = invocation_apply(attached->invocation);
	struct error err = {0};

	make_plain(attached);
	if (background_begin(&attached->stopper, &apply, do_stop, attached, &err) < 0 ||
	    log_follow_watch(attached->follow, attached->stopper.fd, &err) < 0)
		invocation_error(attached->invocation, &err);
}

static void begin_stop(struct attached *attached)
{
	if (attached->is_stopping)
		return;
	attached->is_stopping = true;
	if (attached->is_starting)
		background_cancel(&attached->starter);
	else
		stop_now(attached);
}

/* Returns false when that is all: what has been started is left alone. */
static bool end_start(struct attached *attached)
{
	struct background *starter = &attached->starter;
	bool aborts = attached->aborts_on_exit || attached->options->abort_on_failure;

	/* The ends of what was replaced are no news, and they are all there by now. */
	log_follow_look(attached->follow);
	attached->is_starting = false;
	invocation_end_progress(attached->invocation);
	if (starter->result < 0 && starter->err.code != ECANCELED) {
		attached->has_failed = true;
		attached->start_err = starter->err;
	} else if (!attached->is_stopping) {
		say_attaching(attached);
	}
	if (attached->is_stopping || (attached->has_failed && aborts)) {
		attached->is_stopping = true;
		stop_now(attached);
		return true;
	}
	return !attached->has_failed;
}

static bool handle_background(struct log_follow *follow, void *data)
{
	struct attached *attached = data;
	const struct background_reader reader = {show_event, show_output, show_build, NULL,
						 attached};
	bool is_start = attached->starter.pid > 0;
	struct background *background = is_start ? &attached->starter : &attached->stopper;

	if (background_read(background, &reader))
		return true;
	log_follow_watch(follow, -1, NULL);
	background_end(background);
	if (is_start)
		return end_start(attached);
	if (background->result < 0 && !attached->is_killing)
		invocation_error(attached->invocation, &background->err);
	return true;
}

static bool is_busy(void *data)
{
	const struct attached *attached = data;

	return attached->is_starting || attached->stopper.pid > 0;
}

static void kill_services(struct attached *attached)
{
	struct invocation *invocation = attached->invocation;
	struct container_list list;
	struct error err = {0};

	attached->is_killing = true;
	background_kill(&attached->starter);
	background_kill(&attached->stopper);
	if (invocation_list(invocation, invocation->arguments, false, &list, &err) < 0) {
		invocation_error(invocation, &err);
		return;
	}
	for (size_t i = 0; i < list.count; i++)
		if (container_is_live(&list.items[i]) &&
		    container_stop(invocation->engine, list.items[i].id, "KILL", 0, &err) < 0)
			invocation_error(invocation, &err);
}

/* The third time nothing is waited for any more. */
static bool interrupted(struct log_follow *follow, int signal, void *data)
{
	struct attached *attached = data;

	(void)follow;
	(void)signal;
	if (attached->is_killing)
		return false;
	if (attached->is_interrupted) {
		kill_services(attached);
		return true;
	}
	attached->is_interrupted = true;
	make_plain(attached);
	invocation_say(attached->invocation, "Gracefully Stopping... press Ctrl+C again to force");
	begin_stop(attached);
	return true;
}

/* Is this the successful end that another service waits for? */
static bool is_job(const struct attached *attached, const char *service)
{
	const struct project *project = attached->invocation->project;

	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *other = &project->services.items[i];

		for (size_t j = 0; j < other->depends_on.count; j++)
			if (strcmp(other->depends_on.items[j].service, service) == 0 &&
			    other->depends_on.items[j].condition ==
				    CONDITION_COMPLETED_SUCCESSFULLY)
				return true;
	}
	return false;
}

/* A job whose end others wait for ends nothing where the code of one of them is asked for. */
static bool is_reason_to_stop(const struct attached *attached, const struct container *container)
{
	const struct up_attached *options = attached->options;

	if (container->state.exit_code != 0)
		return attached->aborts_on_exit || options->abort_on_failure;
	return attached->aborts_on_exit &&
	       !(options->exit_code_from && is_job(attached, labels_service(container)));
}

/* Of several that are found ended, the one that was first says the code. */
static bool exited(struct log_follow *follow, const struct container *container, void *data)
{
	struct attached *attached = data;
	struct timespec ended = {0};

	(void)follow;
	if (attached->is_stopping && !attached->ended.tv_sec) /* for another reason */
		return true;
	if (!is_reason_to_stop(attached, container) || !container->state.finished_at ||
	    units_parse_time(&ended, container->state.finished_at, NULL) < 0)
		return true;
	if (!attached->ended.tv_sec || units_is_earlier(&ended, &attached->ended)) {
		attached->code = container->state.exit_code;
		attached->ended = ended;
	}
	if (!attached->is_stopping) {
		invocation_say(attached->invocation, "Aborting on container exit...");
		begin_stop(attached);
	}
	return true;
}

/* Stopped by the start itself: another one takes its place. */
static bool is_replaced(const struct container *container, void *data)
{
	const struct attached *attached = data;

	return attached->is_starting &&
	       (container->state.stopped_by_user || container->state.status == CONTAINER_DEAD);
}

static void expect_labels(struct attached *attached)
{
	const struct project *project = attached->invocation->project;

	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *service = &project->services.items[i];
		const char *name =
			apply_container_name(project, service, (int)project_replicas(service),
					     attached->invocation->arena);

		/* What a provider provides is no container. */
		if (!service->provider && is_shown(attached, service->name))
			log_show_expect(attached->show, name, project->name);
	}
}

static int show(struct attached *attached, struct error *err)
{
	const struct log_follower follower = {
		.exited = exited,
		.look = add_containers,
		.interrupted = interrupted,
		.is_expected = is_replaced,
		.readable = handle_background,
		.is_waiting = is_busy,
		.data = attached,
	};
	int result;

	attached->follow = log_follow_new(log_show_view(attached->show), &follower);
	result = log_follow_watch(attached->follow, attached->starter.fd, err);
	if (result == 0)
		result = log_follow_run(attached->follow, err);
	log_follow_free(attached->follow);
	if (result < 0)
		return -1;
	return attached->is_killing || attached->has_failed ? 0
							    : log_show_finish(attached->show, err);
}

/* The code of the service that was asked for; one that never ran has none. */
static int final_code(struct attached *attached, struct error *err)
{
	const char *from = attached->options->exit_code_from;
	struct container_choice choice = {.service = from};
	struct container container;
	int code = attached->is_interrupted ? CODE_INTERRUPTED : attached->code;
	bool is_known = false;

	if (from) {
		int found = invocation_choose(attached->invocation, &choice, &container, err);

		if (found < 0 && !attached->has_failed)
			return -1;
		is_known = found == 0 && container.state.started_at;
		code = is_known ? container.state.exit_code : 0;
	}
	if (attached->has_failed && code != 0)
		invocation_error(attached->invocation, &attached->start_err);
	if (!attached->has_failed || code != 0)
		return code;
	return error_pass(err, &attached->start_err);
}

/* Until the loop takes them: Ctrl-C must not come between the start and the loop. */
static void hold_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
}

int up_attached_run(struct invocation *invocation, const struct up_attached *options,
		    const struct apply_up *up, struct error *err)
{
	struct attached attached = {
		.invocation = invocation,
		.options = options,
		.up = up,
		.aborts_on_exit = options->abort_on_exit ||
				  (options->exit_code_from && !options->abort_on_failure),
		.is_starting = true,
	};
	struct apply apply = invocation_apply(invocation);
	struct timespec now = units_now();
	const struct log_show_options show_options = {
		.bounds = {.tail = -1, .since = now, .exits_since = now},
		.no_prefix = options->no_prefix,
		.no_colour = options->no_colour,
		.timestamps = options->timestamps,
		.report_exits = true,
		.outlives_output = true,
		.before_output = make_plain,
		.data = &attached,
	};
	int result;

	hold_signals();
	if (background_begin(&attached.starter, &apply, do_start, &attached, err) < 0)
		return -1;
	invocation_unlock(invocation);
	attached.show = log_show_new(invocation, &show_options);
	expect_labels(&attached);
	result = show(&attached, err);
	log_show_free(attached.show);
	return result < 0 ? -1 : final_code(&attached, err);
}
