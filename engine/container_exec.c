/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command in a running container. The calling process is its parent: no monitor is asked.
 */
#include "engine/container.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/pair.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "engine/container_cgroup.h"
#include "engine/container_event.h"
#include "engine/container_store.h"
#include "engine/exec_keep.h"
#include "engine/exec_stdio.h"
#include "engine/start.h"
#include "engine/tty.h"
#include "runtime/cgroup.h"
#include "runtime/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#define TICK_MS	 100
#define PATIENCE 3 /* so many times INT or TERM: whoever sends them wants to leave */

struct session {
	struct loop loop;
	struct loop_source process, signals, cancel;
	const struct container_exec *exec;
	struct exec_stdio stdio;
	struct exec_process child;
	bool has_ended;
	int interruptions;
	int left_by; /* the signal, 0: not left */
};

static void copy_size(const struct session *session)
{
	struct winsize size;

	if (ioctl(session->exec->stdio_fds[1], TIOCGWINSZ, &size) == 0)
		ioctl(session->child.terminal_fd, TIOCSWINSZ, &size);
}

static void on_process(struct loop_source *source, uint32_t events)
{
	struct session *session = source->data;

	(void)events;
	session->has_ended = true;
	loop_remove(source);
	exec_stdio_finish(&session->stdio);
}

static void note_interruption(struct session *session)
{
	session->interruptions++;
	if (session->exec->interrupted)
		*session->exec->interrupted = true;
}

/* What the caller has caught before signals came here. */
static void on_cancel(struct loop_source *source, uint32_t events)
{
	struct session *session = source->data;

	(void)events;
	loop_remove(source);
	note_interruption(session);
	process_signal(session->child.pidfd, SIGINT, NULL);
}

static void on_signal(struct loop_source *source, uint32_t events)
{
	struct session *session = source->data;
	int number = loop_signal_read(source, NULL);
	int patience = session->exec->patience ? session->exec->patience : PATIENCE;

	(void)events;
	if (number == SIGINT || number == SIGTERM)
		note_interruption(session);
	if (number == SIGWINCH)
		copy_size(session);
	else if (session->interruptions == patience)
		session->left_by = number;
	else if (number > 0)
		process_signal(session->child.pidfd, number, NULL);
}

static int watch(struct session *session, struct error *err)
{
	static const int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < array_length(forwarded); i++)
		sigaddset(&signals, forwarded[i]);
	session->process = (struct loop_source){.handler = on_process, .data = session};
	session->signals = (struct loop_source){.handler = on_signal, .data = session};
	session->cancel = (struct loop_source){.handler = on_cancel, .data = session};
	if (session->exec->cancel_fd > 0 &&
	    loop_add(&session->loop, &session->cancel, session->exec->cancel_fd, EPOLLIN, err) < 0)
		return -1;
	if (loop_add(&session->loop, &session->process, session->child.pidfd, EPOLLIN, err) < 0 ||
	    loop_signals_create(&session->loop, &session->signals, &signals, err) < 0)
		return -1;
	if (session->child.terminal_fd >= 0)
		copy_size(session); /* it may have changed since */
	return exec_stdio_watch(&session->stdio, &session->loop, session->child.terminal_fd, err);
}

/* The command's exit code, unless its user or its reader has left. */
static int end_session(struct session *session, struct error *err)
{
	struct error lost = {0};
	int code;

	if (exec_stdio_has_left(&session->stdio)) {
		exec_keep(&session->child);
		return CONTAINER_EXEC_DETACHED;
	}
	if (session->left_by) {
		error_set(err, ERROR_TIMEOUT, "the command does not end: it goes on running");
		return 128 + session->left_by;
	}
	code = process_reap(session->child.pid);
	if (exec_stdio_check(&session->stdio, &lost) == 0)
		return code;
	if (lost.code == EPIPE)
		return code ? code : 128 + SIGPIPE;
	return error_pass(err, &lost);
}

static int step(struct session *session, struct error *err)
{
	const struct container_exec *exec = session->exec;

	if (exec->tick)
		exec->tick(exec->tick_data);
	return loop_step(&session->loop, exec->tick ? TICK_MS : -1, err);
}

static int run_session(struct session *session, struct error *err)
{
	struct tty_mode mode = {.fd = -1};
	int result = 0;

	if (loop_init(&session->loop, err) < 0 || watch(session, err) < 0)
		return -1;
	if (session->child.terminal_fd >= 0)
		tty_make_raw(&mode, session->exec->stdio_fds[0]);
	while (result >= 0 && !session->left_by && !exec_stdio_has_left(&session->stdio) &&
	       (!session->has_ended || exec_stdio_is_busy(&session->stdio)))
		result = step(session, err);
	tty_restore(&mode);
	exec_stdio_release(&session->stdio);
	loop_remove(&session->signals);
	close(session->signals.fd);
	loop_release(&session->loop);
	return result < 0 ? -1 : end_session(session, err);
}

/* Another user's home is found by exec_start, in the container, unless somebody has set one. */
static char **merge_env(const struct spec *spec, const struct container *container,
			const struct container_exec *exec, struct strvec *env)
{
	strvec_add_all(env, spec->env);
	if (exec->user && !strvec_getenv(container->env, "HOME"))
		strvec_unsetenv(env, "HOME");
	if (exec->terminal && !strvec_getenv(env->items, "TERM"))
		strvec_setenv(env, "TERM=xterm");
	strvec_merge_env(env, exec->env);
	return env->items;
}

static int open_stdio(struct session *session, struct exec_request *request, struct error *err)
{
	static const int nothing[3] = {-1, -1, -1};
	const struct container_exec *exec = session->exec;
	struct winsize size;
	int result = 0;

	if (exec->terminal) {
		result = exec_stdio_open_terminal(&session->stdio, exec->stdio_fds,
						  exec->detach_keys, err);
		if (ioctl(exec->stdio_fds[1], TIOCGWINSZ, &size) == 0) {
			request->rows = size.ws_row;
			request->columns = size.ws_col;
		}
	} else if (exec->take_output) {
		result = exec_stdio_open_taken(&session->stdio, exec->take_output,
					       exec->output_data, err);
	} else {
		result = exec_stdio_open(&session->stdio, exec->detach ? nothing : exec->stdio_fds,
					 err);
	}
	memcpy(request->stdio_fds, session->stdio.child_fds, sizeof(request->stdio_fds));
	return result;
}

/* Docker's: 127 when there is no such command, 126 for whatever else keeps it from starting. -1
 * when there is no container to start it in. */
static int start_code(const struct error *err)
{
	if (err->code == ENOENT)
		return 127;
	return err->code == ESRCH || err->code == ENOMEM ? -1 : 126;
}

/* Returns 0, or the exit code of a command that could not start. */
static int start_command(struct engine *engine, const struct container *container,
			 struct session *session, struct error *err)
{
	const struct container_exec *exec = session->exec;
	auto_arena struct arena arena = {0};
	auto_strvec struct strvec env = {0};
	struct process_id process = {container->state.pid, container->state.start_time};
	auto_close int pidfd = process_open(&process, err);
	auto_close int cgroup_fd = cgroup_open(container_cgroup_path(container, &arena), NULL);
	struct spec spec;
	char path[100];
	struct exec_request request = {
		.spec = &spec,
		.init_pidfd = pidfd,
		.init_pid = process.pid,
		.cgroup_fd = cgroup_fd,
		.args = exec->args,
		.cwd = exec->working_dir,
		.user = exec->user,
		.terminal = exec->terminal,
		.privileged = exec->privileged,
		.seccomp_cache = engine->seccomp_cache,
	};

	if (pidfd < 0 && err->code != ESRCH)
		return error_wrap(err, "cannot join container %s", container->name);
	if (pidfd < 0) {
		error_set(err, ERROR_CONFLICT, "container %s is not running", container->name);
		return error_state(err, FACT_NOT_RUNNING, container->id, NULL);
	}
	snprintf(path, sizeof(path), "%.64s/config.json", container->id);
	if (spec_load(engine->layout.containers_fd, path, &spec, &arena, err) < 0)
		return -1;
	if (open_stdio(session, &request, err) < 0)
		return -1;
	request.env = merge_env(&spec, container, exec, &env);
	return exec_start(&session->child, &request, err) < 0 ? start_code(err) : 0;
}

static int follow(const struct container *container, struct session *session, struct error *err)
{
	const struct container_exec *exec = session->exec;
	const char *exec_id = exec->id;
	char made[65];
	int code;

	if (!exec_id) {
		units_random_hex(made, 32);
		exec_id = made;
		container_event_exec(container, "exec_create", exec->args, exec_id);
	}
	container_event_exec(container, "exec_start", exec->args, exec_id);
	if (exec->detach)
		return 0; /* nobody will see its end */
	code = run_session(session, err);
	if (code == CONTAINER_EXEC_DETACHED) {
		container_event(container, "exec_detach", &(struct pair){"execID", exec_id}, 1);
		return code;
	}
	container_event_exec_end(container, exec_id, code);
	return code;
}

int container_exec(struct engine *engine, const char *id, const struct container_exec *exec,
		   struct error *err)
{
	auto_arena struct arena arena = {0};
	struct session session = {.exec = exec, .child = {.pidfd = -1, .terminal_fd = -1}};
	struct error reason = {0};
	struct container container;
	int code;

	if (container_load(engine, id, &container, &arena, err) < 0)
		return -1;
	if (container.state.status == CONTAINER_PAUSED) {
		error_set(err, ERROR_CONFLICT, "container %s is paused: unpause it first",
			  container.name);
		return error_state(err, FACT_PAUSED, id, NULL);
	}
	code = start_command(engine, &container, &session, &reason);
	if (code == 0)
		code = follow(&container, &session, &reason);
	exec_stdio_release(&session.stdio);
	cleanup_close(&session.child.pidfd);
	cleanup_close(&session.child.terminal_fd);
	if (reason.code)
		error_pass(err, &reason);
	return code;
}
