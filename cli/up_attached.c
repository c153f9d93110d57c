/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and stopping take their time, and output must go on meanwhile: both are done in the
 * background while this process shows. What interrupts goes through here: the start is cancelled
 * (what has been begun is finished, so that it can be stopped), then the stop begins.
 */
#include "cli/up_attached.h"

#include "base/error.h"
#include "base/units.h"
#include "cli/log_show.h"
#include "cli/up_attached_private.h"
#include "cli/up_menu.h"
#include "engine/log_follow.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>

#define TICK_NS (100 * MILLISECOND)

/* Until the loop takes them: Ctrl-C must not come between the start and the loop. */
static void hold_signals(int how)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(how, &signals, NULL);
}

/* All containers have been created when the first one is started. */
static void show_event(const struct apply_event *event, void *data)
{
	struct attached *attached = data;

	if (strcmp(event->action, "Starting") == 0)
		up_shown_say(attached);
	progress_event(event, attached->invocation->progress);
}

/* The container itself is there by now, even if it has not been seen yet. */
static void show_output(const struct apply_output *output, void *data)
{
	struct attached *attached = data;
	const char *project = attached->invocation->project_name;

	if (!up_shown_has(attached, output->service))
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

static void show_line(const char *line, void *data)
{
	const struct attached *attached = data;

	log_show_say(attached->show, line);
}

/* Who does not want to answer may end us: then the start is cancelled. */
static bool ask(const char *question, void *data)
{
	const struct attached *attached = data;
	bool is_yes;

	up_menu_pause(attached->menu);
	hold_signals(SIG_UNBLOCK);
	is_yes = attached->up->confirm(question, attached->up->confirm_data);
	hold_signals(SIG_BLOCK);
	up_menu_go_on(attached->menu);
	return is_yes;
}

/* While lines are still redrawn, theirs is the bottom of the screen. */
static void show_menu(void *data)
{
	const struct attached *attached = data;

	if (!attached->is_starting && !attached->is_stopping)
		up_menu_show(attached->menu);
}

/* Between the output of containers nothing can be redrawn. */
static void make_plain(void *data)
{
	const struct attached *attached = data;

	progress_make_plain(attached->invocation->progress);
	up_menu_hide(attached->menu);
}

static int do_start(struct apply *apply, void *data, struct error *err)
{
	const struct attached *attached = data;
	struct apply_up up = *attached->up;

	if (up.confirm) { /* the terminal is not the background's */
		up.confirm = background_ask;
		up.confirm_data = apply->data;
	}
	return apply_up(apply, &up, err);
}

static int do_stop(struct apply *apply, void *data, struct error *err)
{
	const struct attached *attached = data;

	apply->cancel_fd = 0;
	if (invocation_lock(attached->invocation, err) < 0)
		return -1;
	return apply_stop(apply, attached->options->timeout_ns, err);
}

static void handle_work(struct loop_source *source, uint32_t events);

static int wait_for_work(struct attached *attached, const struct background *background,
			 struct error *err)
{
	attached->working = (struct loop_source){.handler = handle_work, .data = attached};
	return loop_add(&attached->loop, &attached->working, background->fd, EPOLLIN, err);
}

static void tick(struct loop_source *source, uint32_t events)
{
	struct attached *attached = source->data;

	(void)events;
	loop_timer_read(source);
	if (progress_is_live(attached->invocation->progress))
		progress_tick(attached->invocation->progress);
	else
		loop_timer_set(source, 0, 0);
}

static int begin_ticking(struct attached *attached, struct error *err)
{
	if (!progress_is_live(attached->invocation->progress))
		return 0;
	attached->ticking = (struct loop_source){.handler = tick, .data = attached};
	if (loop_timer_create(&attached->loop, &attached->ticking, err) < 0)
		return -1;
	loop_timer_set(&attached->ticking, TICK_NS, TICK_NS);
	return 0;
}

/* Once the start has ended. */
static void stop_now(struct attached *attached)
{
	struct apply apply = invocation_apply(attached->invocation);
	struct error err = {0};

	make_plain(attached);
	if (background_begin(&attached->stopper, &apply, do_stop, attached, &err) < 0 ||
	    wait_for_work(attached, &attached->stopper, &err) < 0)
		up_shown_error(attached, &err);
}

static void begin_stop(struct attached *attached)
{
	if (attached->is_stopping)
		return;
	watching_end(&attached->watching);
	attached->is_stopping = true;
	if (attached->is_starting)
		background_cancel(&attached->starter);
	else
		stop_now(attached);
}

/* Nothing is redrawn from now on. */
static void end_progress(struct attached *attached)
{
	loop_timer_release(&attached->ticking);
	invocation_end_progress(attached->invocation);
	if (attached->menu || attached->watching.watch)
		make_plain(attached);
}

static void begin_staying(struct attached *attached)
{
	up_shown_say(attached);
	if (attached->watching.watch)
		watching_begin(&attached->watching);
}

static void end_start(struct attached *attached)
{
	const struct background *starter = &attached->starter;
	bool aborts = attached->aborts_on_exit || attached->options->abort_on_failure;

	/* The ends of what was replaced are no news, and they are all there by now. */
	log_follow_look(attached->follow);
	attached->is_starting = false;
	end_progress(attached);
	if (starter->result < 0 && starter->err.code != ECANCELED) {
		attached->has_failed = true;
		attached->start_err = starter->err;
	} else if (!attached->is_stopping) {
		begin_staying(attached);
	}
	if (attached->is_stopping || (attached->has_failed && aborts)) {
		attached->is_stopping = true;
		stop_now(attached);
	}
}

static void handle_work(struct loop_source *source, uint32_t events)
{
	struct attached *attached = source->data;
	bool is_start = attached->starter.pid > 0;
	struct background *background = is_start ? &attached->starter : &attached->stopper;

	(void)events;
	if (background_read(background, &attached->reader))
		return;
	loop_remove(&attached->working);
	background_end(background);
	if (is_start)
		end_start(attached);
	else if (background->result < 0 && !attached->is_killing)
		up_shown_error(attached, &background->err);
}

/* What has been started is left alone when the start fails. */
static bool is_over(const struct attached *attached)
{
	if (attached->is_starting || attached->is_stopping)
		return false;
	return attached->has_failed || attached->is_leaving;
}

static bool handle_readable(struct log_follow *follow, void *data)
{
	struct attached *attached = data;
	struct error err = {0};

	attached->is_replacing = watching_is_busy(&attached->watching);
	if (loop_step(&attached->loop, 0, &err) < 0)
		up_shown_error(attached, &err);
	/* As after the start. */
	if (attached->is_replacing && !watching_is_busy(&attached->watching))
		log_follow_look(follow);
	attached->is_replacing = false;
	show_menu(attached);
	return !is_over(attached);
}

static bool is_busy(void *data)
{
	const struct attached *attached = data;

	return attached->is_starting || attached->stopper.pid > 0 ||
	       watching_is_busy(&attached->watching);
}

/* Stopped by the start itself, or for a changed file: another one takes its place. */
static bool is_replaced(const struct container *container, void *data)
{
	const struct attached *attached = data;
	bool is_working = attached->is_starting || attached->is_replacing ||
			  watching_is_busy(&attached->watching);

	return is_working &&
	       (container->state.stopped_by_user || container->state.status == CONTAINER_DEAD);
}

static void kill_services(struct attached *attached)
{
	struct invocation *invocation = attached->invocation;
	struct container_list list;
	struct error err = {0};

	attached->is_killing = true;
	background_kill(&attached->starter);
	background_kill(&attached->stopper);
	background_kill(&attached->watching.worker);
	if (invocation_list(invocation, invocation->arguments, false, &list, &err) < 0) {
		up_shown_error(attached, &err);
		return;
	}
	for (size_t i = 0; i < list.count; i++)
		if (container_is_live(&list.items[i]) &&
		    container_stop(invocation->engine, list.items[i].id, "KILL", 0, &err) < 0)
			up_shown_error(attached, &err);
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
	up_menu_free(attached->menu);
	attached->menu = NULL;
	invocation_say(attached->invocation, "Gracefully Stopping... press Ctrl+C again to force");
	begin_stop(attached);
	return true;
}

static bool exited(struct log_follow *follow, const struct container *container, void *data)
{
	struct attached *attached = data;

	(void)follow;
	if (!up_exits_end_all(attached, container) || attached->is_stopping)
		return true;
	up_menu_hide(attached->menu);
	invocation_say(attached->invocation, "Aborting on container exit...");
	begin_stop(attached);
	return true;
}

static int show(struct attached *attached, struct error *err)
{
	const struct log_follower follower = {
		.exited = exited,
		.look = up_shown_look,
		.interrupted = interrupted,
		.is_expected = is_replaced,
		.readable = handle_readable,
		.is_waiting = is_busy,
		.data = attached,
	};
	int result;

	attached->follow = log_follow_new(log_show_view(attached->show), &follower);
	result = log_follow_watch(attached->follow, attached->loop.epoll_fd, err);
	if (result == 0)
		result = log_follow_run(attached->follow, err);
	log_follow_free(attached->follow);
	watching_end(&attached->watching);
	if (result < 0)
		return -1;
	return attached->is_killing || attached->has_failed ? 0
							    : log_show_finish(attached->show, err);
}

static struct log_show *open_show(struct attached *attached)
{
	const struct up_attached *options = attached->options;
	struct timespec now = units_now();
	const struct log_show_options show_options = {
		.bounds = {.tail = -1, .since = now, .exits_since = now},
		.no_prefix = options->no_prefix,
		.no_colour = options->no_colour,
		.timestamps = options->timestamps,
		.report_exits = true,
		.outlives_output = true,
		.before_output = make_plain,
		.after_output = show_menu,
		.data = attached,
	};

	return log_show_new(attached->invocation, &show_options);
}

/* The start begins before the log is opened: what it writes is later than that. */
static int start_and_show(struct attached *attached, struct error *err)
{
	struct apply apply = invocation_apply(attached->invocation);
	int result;

	hold_signals(SIG_BLOCK);
	if (background_begin(&attached->starter, &apply, do_start, attached, err) < 0 ||
	    wait_for_work(attached, &attached->starter, err) < 0 ||
	    begin_ticking(attached, err) < 0)
		return -1;
	invocation_unlock(attached->invocation);
	up_shown_expect(attached);
	result = show(attached, err);
	return result < 0 ? -1 : 0;
}

int up_attached_run(struct invocation *invocation, const struct up_attached *options,
		    const struct apply_up *up, struct error *err)
{
	struct attached attached = {
		.invocation = invocation,
		.options = options,
		.up = up,
		.reader = {show_event, show_output, show_build, show_line, ask, &attached},
		.aborts_on_exit = options->abort_on_exit ||
				  (options->exit_code_from && !options->abort_on_failure),
		.is_starting = true,
	};
	int result;

	if (loop_init(&attached.loop, err) < 0)
		return -1;
	attached.show = open_show(&attached);
	result = up_extras_open(&attached, err);
	if (result == 0)
		result = start_and_show(&attached, err);
	up_extras_close(&attached);
	loop_timer_release(&attached.ticking);
	log_show_free(attached.show);
	loop_release(&attached.loop);
	return result < 0 ? -1 : up_exits_code(&attached, err);
}
