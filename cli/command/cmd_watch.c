/* SPDX-License-Identifier: Apache-2.0 */
/* `watch`: brings the services up and follows their files; the containers stay when it ends. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/invocation.h"
#include "cli/log_show.h"
#include "cli/screen/terminal.h"
#include "cli/up_options.h"
#include "cli/watching.h"
#include "compose/watch/watch.h"
#include "engine/engine.h"
#include "engine/log_follow.h"

#include <signal.h>

struct watch_options {
	bool no_up, quiet;
	int prune;
};

static const struct option_spec watch_options[] = {
	OPTION(BOOL, "no-up", 0, watch_options, no_up,
	       "Do not build and start services before watching"),
	OPTION(TRISTATE, "prune", 0, watch_options, prune,
	       "Remove images that a rebuild has replaced", .fallback = "true"),
	OPTION(BOOL, "quiet", 0, watch_options, quiet, "Show no progress of builds"),
	{0},
};

struct session {
	struct invocation *invocation;
	struct loop loop;
	struct watching watching;
	struct log_show *show;
	bool is_interrupted, has_failed;
	struct error err;
};

/* ---- up ----------------------------------------------------------------------------------------
 */

static int up(struct invocation *invocation, const struct watch_options *options, struct error *err)
{
	struct apply apply = invocation_apply(invocation);
	const struct apply_up request = {
		.timeout_ns = -1,
		.quiet_pull = options->quiet,
		.quiet_build = options->quiet,
	};

	if (options->quiet)
		apply.builds = NULL;
	if (watch_build(&apply, err) < 0 || apply_up(&apply, &request, err) < 0)
		return -1;
	invocation_end_progress(invocation);
	return 0;
}

/* ---- watching ----------------------------------------------------------------------------------
 */

static void show_event(const struct apply_event *event, void *data)
{
	const struct session *session = data;

	progress_event(event, session->invocation->progress);
}

static void show_build(const struct apply_build_event *event, void *data)
{
	const struct session *session = data;

	progress_build_event(event, session->invocation->progress);
}

static void show_output(const struct apply_output *output, void *data)
{
	const struct session *session = data;

	invocation_end_progress(session->invocation);
	log_show_hook(session->show, output, session->invocation->project_name);
}

static void show_line(const char *line, void *data)
{
	const struct session *session = data;

	invocation_end_progress(session->invocation);
	log_show_say(session->show, line);
}

static void failed(const struct error *err, void *data)
{
	struct session *session = data;

	session->has_failed = true;
	session->err = *err;
}

static bool readable(struct log_follow *follow, void *data)
{
	struct session *session = data;

	(void)follow;
	if (loop_step(&session->loop, 0, &session->err) < 0)
		session->has_failed = true;
	return !session->has_failed;
}

static bool interrupted(struct log_follow *follow, int signal, void *data)
{
	struct session *session = data;

	(void)follow;
	(void)signal;
	session->is_interrupted = true;
	watching_end(&session->watching);
	return false;
}

/* Whoever takes the project down ends us, too. */
static bool is_there(void *data)
{
	const struct session *session = data;
	struct apply apply = invocation_apply(session->invocation);
	auto_arena struct arena arena = {0};
	struct container *containers;
	struct error err = {0};
	size_t count = 0;

	apply.services = NULL;
	return watching_is_busy(&session->watching) || apply.dry_run ||
	       apply_list(&apply, false, &containers, &count, &arena, &err) < 0 || count > 0;
}

/* Asked whenever containers come or go: is_there() says whether to go on. */
static int look(struct log_view *view, void *data, struct error *err)
{
	(void)view;
	(void)data;
	(void)err;
	return 0;
}

static int follow(struct session *session, struct error *err)
{
	const struct log_follower follower = {
		.look = look,
		.interrupted = interrupted,
		.readable = readable,
		.is_waiting = is_there,
		.data = session,
	};
	struct log_follow *following = log_follow_new(log_show_view(session->show), &follower);
	int result = log_follow_watch(following, session->loop.epoll_fd, err);

	watching_begin(&session->watching);
	if (result == 0 && !session->has_failed)
		result = log_follow_run(following, err);
	log_follow_free(following);
	watching_end(&session->watching);
	if (result == 0 && session->has_failed)
		return error_pass(err, &session->err);
	return result;
}

static int watch(struct session *session, const struct watch_options *options, struct error *err)
{
	struct invocation *invocation = session->invocation;

	if (watching_open(&session->watching, err) < 0)
		return -1;
	if (!options->no_up && up(invocation, options, err) < 0)
		return -1;
	invocation_uncatch(invocation);
	invocation_unlock(invocation);
	if (follow(session, err) < 0)
		return -1;
	return session->is_interrupted ? CODE_INTERRUPTED : 0;
}

/* One process is enough for a project. */
static int lock_watch(const struct invocation *invocation, struct error *err)
{
	auto_free char *path = alloc_format("%s.watch.lock", invocation->project_name);
	struct error reason = {0};
	int fd = file_lock(invocation->engine->layout.projects_fd, path, true, false, &reason);

	if (fd < 0 && reason.code == ERROR_BUSY)
		return error_set(err, ERROR_BUSY,
				 "cannot take exclusive lock for project \"%s\": it is being "
				 "watched already",
				 invocation->project_name);
	return fd < 0 ? error_pass(err, &reason) : fd;
}

static int run_session(struct session *session, const struct watch_options *options,
		       struct error *err)
{
	const struct log_show_options show = {
		.bounds.tail = -1,
		.no_prefix = true,
		.no_colour = true,
	};
	int result;

	if (loop_init(&session->loop, err) < 0)
		return -1;
	session->show = log_show_new(session->invocation, &show);
	result = watch(session, options, err);
	watching_release(&session->watching);
	log_show_free(session->show);
	loop_release(&session->loop);
	return result;
}

static int watch_run(struct invocation *invocation, struct error *err)
{
	const struct watch_options *options = invocation->options;
	struct session session = {.invocation = invocation};
	const struct background_reader reader = {show_event, show_output, show_build,
						 show_line,  NULL,	  &session};
	auto_close int lock_fd = lock_watch(invocation, err);

	if (lock_fd < 0)
		return -1;
	session.watching = (struct watching){
		.invocation = invocation,
		.loop = &session.loop,
		.reader = &reader,
		.failed = failed,
		.data = &session,
		.prunes = options->prune != 0,
		.is_quiet = options->quiet,
	};
	return run_session(&session, options, err);
}

const struct command cmd_watch =
	COMMAND("watch", "[SERVICE...]", "Update containers whenever files change",
		EXAMPLE("--no-up web", "Watch the files of web, which runs already"),
		.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_MONITORS | NEEDS_FILE | NEEDS_LOCK |
			 SERVICE_ARGUMENTS | HAS_DRY_RUN,
		.most = ANY_NUMBER, COMMAND_OPTIONS(watch_options, watch_options),
		.goes_on = "'coracle watch' goes on, 'coracle down' removes what is there",
		.run = watch_run);
