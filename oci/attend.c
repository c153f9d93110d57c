/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/attend.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct session {
	struct loop loop;
	struct loop_source process, signals, input, terminal;
	const struct oci_child *child;
	bool has_ended; /* the process */
	bool has_input; /* ours has more to say */
	bool is_polled; /* and it can be waited for */
	bool is_closed; /* the terminal: nobody is at its other side */
	char pending[4096];
	size_t pending_length;
	struct termios saved;
	bool is_raw;
};

static void fill_signals(sigset_t *set)
{
	static const int forwarded[] = {SIGHUP,	 SIGINT,  SIGQUIT, SIGTERM,
					SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH};

	sigemptyset(set);
	for (size_t i = 0; i < array_length(forwarded); i++)
		sigaddset(set, forwarded[i]);
}

void oci_attend_begin(void)
{
	sigset_t set;

	fill_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* ---- the terminal ---------------------------------------------------------------------------- */

static void copy_size(const struct session *session)
{
	struct winsize size;

	if (session->child->terminal_fd >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(session->child->terminal_fd, TIOCSWINSZ, &size);
}

static void make_raw(struct session *session)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &session->saved) < 0)
		return;
	raw = session->saved;
	cfmakeraw(&raw);
	raw.c_oflag |= OPOST; /* what else is printed there stays readable */
	session->is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

/* What the terminal is to be asked for. */
static int watch_terminal(struct session *session, struct error *err)
{
	bool wants_room =
		session->pending_length > 0 || (session->has_input && !session->is_polled);

	if (session->is_closed)
		return 0;
	return loop_watch(&session->loop, &session->terminal, session->child->terminal_fd,
			  EPOLLIN | (wants_room ? EPOLLOUT : 0), err);
}

static void pass_pending(struct session *session)
{
	ssize_t n = write(session->child->terminal_fd, session->pending, session->pending_length);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		session->pending_length = 0; /* nobody is there any more */
	if (n <= 0)
		return;
	session->pending_length -= (size_t)n;
	memmove(session->pending, session->pending + n, session->pending_length);
}

static void end_input(struct session *session)
{
	session->has_input = false;
	loop_remove(&session->input);
}

static void take_input(struct session *session)
{
	ssize_t n = read(STDIN_FILENO, session->pending, sizeof(session->pending));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		end_input(session);
		return;
	}
	session->pending_length = (size_t)n;
	pass_pending(session);
}

static void on_input(struct loop_source *source, uint32_t events)
{
	struct session *session = source->data;

	(void)events;
	take_input(session);
	if (session->pending_length > 0)
		loop_watch(&session->loop, source, STDIN_FILENO, 0, NULL);
	watch_terminal(session, NULL);
}

/* False when nothing is left just now, or for ever. */
static bool pass_output(struct session *session)
{
	char text[16384];
	ssize_t n = read(session->child->terminal_fd, text, sizeof(text));

	if (n > 0)
		return file_write_all(STDOUT_FILENO, text, (size_t)n, NULL) == 0;
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		session->is_closed = true;
		loop_remove(&session->terminal);
	}
	return false;
}

static void on_terminal(struct loop_source *source, uint32_t events)
{
	struct session *session = source->data;

	if (events & EPOLLOUT) {
		if (session->pending_length > 0)
			pass_pending(session);
		else if (session->has_input && !session->is_polled)
			take_input(session);
		if (session->pending_length == 0 && session->has_input && session->is_polled)
			loop_watch(&session->loop, &session->input, STDIN_FILENO, EPOLLIN, NULL);
		watch_terminal(session, NULL);
	}
	if (events & ~(uint32_t)EPOLLOUT)
		pass_output(session);
}

static int open_terminal(struct session *session, struct error *err)
{
	int fd = session->child->terminal_fd;
	struct error reason = {0};

	if (fd < 0)
		return 0;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	copy_size(session);
	make_raw(session);
	session->has_input = session->is_polled = true;
	if (loop_add(&session->loop, &session->input, STDIN_FILENO, EPOLLIN, &reason) < 0) {
		if (reason.code != EPERM)
			return error_pass(err, &reason);
		session->is_polled = false; /* a file always has something to say */
	}
	return watch_terminal(session, err);
}

/* ---- the process ----------------------------------------------------------------------------- */

static void on_process(struct loop_source *source, uint32_t events)
{
	struct session *session = source->data;

	(void)events;
	session->has_ended = true;
	loop_remove(source);
}

static void on_signal(struct loop_source *source, uint32_t events)
{
	struct session *session = source->data;
	int number = loop_signal_read(source, NULL);

	(void)events;
	if (number == SIGWINCH)
		copy_size(session);
	else if (number > 0)
		process_signal(session->child->pidfd, number, NULL);
}

static int watch(struct session *session, struct error *err)
{
	sigset_t signals;

	fill_signals(&signals);
	session->process = (struct loop_source){.handler = on_process, .data = session};
	session->signals = (struct loop_source){.handler = on_signal, .data = session};
	session->input = (struct loop_source){.handler = on_input, .data = session};
	session->terminal = (struct loop_source){.handler = on_terminal, .data = session};
	if (loop_add(&session->loop, &session->process, session->child->pidfd, EPOLLIN, err) < 0 ||
	    loop_signals_create(&session->loop, &session->signals, &signals, err) < 0)
		return -1;
	return open_terminal(session, err);
}

int oci_attend(const struct oci_child *child, struct error *err)
{
	struct session session = {.child = child};
	int result;

	if (loop_init(&session.loop, err) < 0)
		return -1;
	result = watch(&session, err);
	while (result >= 0 && !session.has_ended)
		result = loop_step(&session.loop, -1, err);
	if (child->terminal_fd >= 0)
		while (pass_output(&session))
			;
	if (session.is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &session.saved);
	cleanup_close(&session.signals.fd);
	loop_release(&session.loop);
	return result < 0 ? -1 : process_reap(child->pid);
}
