/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stopping takes its time, and output must go on meanwhile: so a forked child stops while this
 * process shows. It is in a process group of its own, since the terminal sends the second Ctrl-C to
 * the whole group.
 */
#include "cli/up_attached.h"

#include "base/error.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/log_view.h"
#include "engine/engine.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CODE_INTERRUPTED 130

struct attached {
	struct invocation *invocation;
	const struct up_attached *options;
	bool aborts_on_exit;
	bool is_stopping, is_interrupted;
	pid_t stopper; /* 0: none */
	int code;      /* of the container that made us stop */
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

	if (strvec_contains(&options->no_attach, name))
		return false;
	if (options->attach.count > 0)
		return strvec_contains(&options->attach, name);
	if (service && !model_flag(service->attach, true))
		return false;
	return options->attach_dependencies || is_selected(attached->invocation, name);
}

static int add_containers(struct log_view *view, void *data, struct error *err)
{
	struct attached *attached = data;
	struct container_list list;

	if (invocation_list(attached->invocation, NULL, false, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		const char *service = invocation_service(&list.items[i]);
		bool shown = is_shown(attached, service);
		bool awaited = is_selected(attached->invocation, service);

		if (!project_find_service(attached->invocation->project, service) ||
		    (!shown && !awaited))
			continue;
		if (log_view_add(view, &list.items[i],
				 !shown	   ? LOG_VIEW_AWAITED
				 : awaited ? LOG_VIEW_BOTH
					   : LOG_VIEW_SHOWN,
				 err) < 0)
			return -1;
	}
	return 0;
}

/* Output of containers goes on between the lines of progress: nothing can be redrawn. */
static void use_plain_progress(struct invocation *invocation)
{
	struct progress_options style = {
		.mode = invocation->globals->progress_mode,
		.is_dry_run = invocation->globals->dry_run,
		.fd = progress_fd(),
	};

	if (style.mode == PROGRESS_TTY)
		style.mode = PROGRESS_PLAIN;
	progress_free(invocation->progress);
	invocation->progress = progress_new(&style);
}

/* In the child. */
static int stop_services(struct attached *attached)
{
	struct invocation *invocation = attached->invocation;
	struct apply apply;
	struct error err = {0};
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	use_plain_progress(invocation);
	apply = invocation_apply(invocation);
	if (invocation_lock(invocation, &err) == 0 &&
	    apply_stop(&apply, attached->options->timeout_ns, &err) == 0) {
		invocation_end_progress(invocation);
		return 0;
	}
	invocation_error(invocation->globals, &err);
	return 1;
}

static void begin_stop(struct attached *attached)
{
	if (attached->is_stopping)
		return;
	attached->is_stopping = true;
	attached->stopper = fork();
	if (attached->stopper == 0)
		_exit(stop_services(attached));
	if (attached->stopper < 0) /* no process to be had: do it here, without output */
		stop_services(attached);
}

static void kill_services(struct attached *attached)
{
	struct invocation *invocation = attached->invocation;
	struct container_list list;
	struct error err = {0};

	if (attached->stopper > 0)
		kill(attached->stopper, SIGKILL);
	if (invocation_list(invocation, invocation->arguments, false, &list, &err) < 0) {
		invocation_error(invocation->globals, &err);
		return;
	}
	for (size_t i = 0; i < list.count; i++)
		if (container_is_live(&list.items[i]) &&
		    container_stop(invocation->engine, list.items[i].id, "KILL", 0, &err) < 0)
			invocation_error(invocation->globals, &err);
}

static bool interrupted(struct log_view *view, int signal, void *data)
{
	struct attached *attached = data;

	(void)view;
	(void)signal;
	if (attached->is_interrupted) {
		kill_services(attached);
		return true;
	}
	attached->is_interrupted = true;
	invocation_say(attached->invocation, "Gracefully stopping… press Ctrl+C again to force");
	begin_stop(attached);
	return true;
}

static bool exited(struct log_view *view, const struct container *container, void *data)
{
	struct attached *attached = data;
	int code = container->state.exit_code;
	bool counts =
		attached->aborts_on_exit || (attached->options->abort_on_failure && code != 0);

	(void)view;
	if (counts && !attached->is_stopping) {
		attached->code = code;
		invocation_say(attached->invocation, "Aborting on container exit…");
		begin_stop(attached);
	}
	return true;
}

/* The named service's code, once all is over. */
static int code_of(struct attached *attached, const char *service, struct error *err)
{
	struct container_choice choice = {.service = service};
	struct container container;

	if (invocation_choose(attached->invocation, &choice, &container, err) < 0)
		return -1;
	return container.state.exit_code;
}

static void say_attaching(struct attached *attached)
{
	auto_strbuf struct strbuf text = {0};
	struct container_list list;
	struct error err = {0};
	const char *separator = "Attaching to ";

	if (invocation_list(attached->invocation, NULL, false, &list, &err) < 0)
		return;
	for (size_t i = 0; i < list.count; i++) {
		if (!is_shown(attached, invocation_service(&list.items[i])))
			continue;
		strbuf_printf(&text, "%s%s", separator, list.items[i].name);
		separator = ", ";
	}
	if (text.length > 0)
		invocation_say(attached->invocation, text.text);
}

static int show(struct attached *attached, struct log_view *view, struct error *err)
{
	struct log_view_follower follower = {
		.exited = exited,
		.look = add_containers,
		.interrupted = interrupted,
		.data = attached,
	};

	if (add_containers(view, attached, err) < 0 || log_view_print(view, err) < 0 ||
	    log_view_follow(view, &follower, err) < 0)
		return -1;
	if (attached->stopper > 0)
		process_reap(attached->stopper);
	return log_view_print(view, err);
}

int up_attached_run(struct invocation *invocation, const struct up_attached *options,
		    struct error *err)
{
	struct attached attached = {
		.invocation = invocation,
		.options = options,
		.aborts_on_exit = options->abort_on_exit ||
				  (options->exit_code_from && !options->abort_on_failure),
	};
	struct log_view_options view_options = {
		.no_prefix = options->no_prefix,
		.no_colour = options->no_colour,
		.timestamps = options->timestamps,
		.tail = -1,
		.since = options->since,
		.report_exits = true,
	};
	struct log_view *view =
		log_view_new(invocation->engine, invocation->globals, &view_options);
	int result;

	say_attaching(&attached);
	result = show(&attached, view, err);
	log_view_free(view);
	if (result < 0)
		return -1;
	if (options->exit_code_from)
		return code_of(&attached, options->exit_code_from, err);
	return attached.is_interrupted ? CODE_INTERRUPTED : attached.code;
}
