/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command in a running container. The calling process is its parent: no monitor is asked.
 */
#include "engine/container.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/pair.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "engine/container_cgroup.h"
#include "engine/container_event.h"
#include "engine/container_store.h"
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

struct session {
	struct loop loop;
	struct loop_source process, output, input, signals;
	const struct container_exec *exec;
	struct exec_stdio stdio; /* unless there is a terminal */
	struct exec_process child;
};

static void copy_size(const struct session *session)
{
	struct winsize size;

	if (ioctl(session->exec->stdio_fds[1], TIOCGWINSZ, &size) == 0)
		ioctl(session->child.terminal_fd, TIOCSWINSZ, &size);
}

/* False at the end of the terminal: EIO, once its last user has gone. */
static bool pump_output(struct session *session)
{
	char buffer[8192];
	ssize_t n = read(session->child.terminal_fd, buffer, sizeof(buffer));

	if (n > 0)
		file_write_all(session->exec->stdio_fds[1], buffer, (size_t)n, NULL);
	return n > 0 || (n < 0 && errno == EINTR);
}

static void on_output(struct loop_source *source, uint32_t events)
{
	(void)events;
	if (!pump_output(source->data))
		loop_remove(source);
}

static void on_input(struct loop_source *source, uint32_t events)
{
	struct session *session = source->data;
	char buffer[4096];
	ssize_t n = read(source->fd, buffer, sizeof(buffer));

	(void)events;
	if (n > 0)
		file_write_all(session->child.terminal_fd, buffer, (size_t)n, NULL);
	else if (n == 0 || errno != EINTR)
		loop_remove(source);
}

static void on_process(struct loop_source *source, uint32_t events)
{
	struct session *session = source->data;

	(void)events;
	loop_stop(&session->loop);
}

static void on_signal(struct loop_source *source, uint32_t events)
{
	struct session *session = source->data;
	int number = loop_signal_read(source);

	(void)events;
	if (number == SIGWINCH)
		copy_size(session);
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
	session->output = (struct loop_source){.handler = on_output, .data = session};
	session->input = (struct loop_source){.handler = on_input, .data = session};
	session->signals = (struct loop_source){.handler = on_signal, .data = session};
	if (loop_add(&session->loop, &session->process, session->child.pidfd, EPOLLIN, err) < 0 ||
	    loop_signals_create(&session->loop, &session->signals, &signals, err) < 0)
		return -1;
	if (session->child.terminal_fd < 0)
		return exec_stdio_watch(&session->stdio, &session->loop, err);
	copy_size(session);
	if (session->exec->stdio_fds[0] >= 0)
		loop_add(&session->loop, &session->input, session->exec->stdio_fds[0], EPOLLIN,
			 NULL);
	return loop_add(&session->loop, &session->output, session->child.terminal_fd, EPOLLIN, err);
}

static int run_session(struct session *session, struct error *err)
{
	struct tty_mode mode = {.fd = -1};
	int result;

	if (loop_init(&session->loop, err) < 0 || watch(session, err) < 0)
		return -1;
	if (session->child.terminal_fd >= 0)
		tty_make_raw(&mode, session->exec->stdio_fds[0]);
	result = loop_run(&session->loop, err);
	if (session->child.terminal_fd >= 0) {
		fcntl(session->child.terminal_fd, F_SETFL, O_NONBLOCK);
		while (pump_output(session))
			;
	}
	tty_restore(&mode);
	exec_stdio_finish(&session->stdio);
	exec_stdio_release(&session->stdio);
	loop_remove(&session->signals);
	close(session->signals.fd);
	loop_release(&session->loop);
	return result < 0 ? -1 : process_reap(session->child.pid);
}

static char **merge_env(const struct spec *spec, const struct container_exec *exec,
			struct strvec *env)
{
	strvec_add_all(env, spec->env);
	if (exec->terminal && !strvec_getenv(env->items, "TERM"))
		strvec_setenv(env, "TERM=xterm");
	for (char **entry = exec->env; entry && *entry; entry++)
		strvec_setenv(env, *entry);
	return env->items;
}

static int start_command(struct engine *engine, const struct container *container,
			 struct session *session, struct error *err)
{
	static const int nothing[3] = {-1, -1, -1};
	const struct container_exec *exec = session->exec;
	bool has_pipes = !exec->detach && !exec->terminal;
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

	if (pidfd < 0)
		return error_set(err, ERROR_CONFLICT, "container %s is not running",
				 container->name);
	snprintf(path, sizeof(path), "%.64s/config.json", container->id);
	if (spec_load(engine->layout.containers_fd, path, &spec, &arena, err) < 0)
		return -1;
	if (exec_stdio_open(&session->stdio, has_pipes ? exec->stdio_fds : nothing, err) < 0)
		return -1;
	memcpy(request.stdio_fds, session->stdio.child_fds, sizeof(request.stdio_fds));
	request.env = merge_env(&spec, exec, &env);
	return exec_start(&session->child, &request, err);
}

/* The command is part of the action's name, as Docker has it. */
static void tell(const struct container *container, const char *action, char **args,
		 const char *exec_id)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_add(&text, action);
	for (size_t i = 0; args[i]; i++)
		strbuf_printf(&text, "%s%s", i ? " " : ": ", args[i]);
	container_event(container, strbuf_text(&text), &(struct pair){"execID", exec_id}, 1);
}

static int follow(const struct container *container, struct session *session, struct error *err)
{
	char exec_id[65], number[12];
	int code;

	units_random_hex(exec_id, 32);
	tell(container, "exec_create", session->exec->args, exec_id);
	tell(container, "exec_start", session->exec->args, exec_id);
	if (session->exec->detach)
		return 0; /* nobody will see its end */
	code = run_session(session, err);
	snprintf(number, sizeof(number), "%d", code);
	container_event(container, "exec_die",
			(struct pair[]){{"execID", exec_id}, {"exitCode", number}}, 2);
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
	if (container.state.status == CONTAINER_PAUSED)
		return error_set(err, ERROR_CONFLICT, "container %s is paused: unpause it first",
				 container.name);
	if (start_command(engine, &container, &session, &reason) < 0) {
		exec_stdio_release(&session.stdio);
		error_pass(err, &reason);
		if (reason.code == ENOENT || reason.code == ENOTDIR)
			return 127;
		return reason.code == EACCES || reason.code == ENOEXEC ? 126 : -1;
	}
	code = follow(&container, &session, err);
	exec_stdio_release(&session.stdio);
	close(session.child.pidfd);
	if (session.child.terminal_fd >= 0)
		close(session.child.terminal_fd);
	return code;
}
