/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/terminal.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios original;
static volatile sig_atomic_t is_saved;
static pid_t owner;

/* Safe in a signal handler. A forked child has no business with the terminal. */
static void restore(void)
{
	if (is_saved && getpid() == owner)
		tcsetattr(STDIN_FILENO, TCSANOW, &original);
}

static char last_words[1024];
static size_t last_words_length;
static volatile sig_atomic_t holds_last_words;

void terminal_last_words(const char *text)
{
	snprintf(last_words, sizeof(last_words), "%s", text);
	last_words_length = strlen(last_words);
}

void terminal_hold_last_words(bool hold)
{
	holds_last_words = hold;
}

static void end_by_signal(int signal)
{
	ssize_t written = 0;

	restore();
	if ((signal == SIGINT || signal == SIGTERM) && getpid() == owner && !holds_last_words)
		written = write(STDERR_FILENO, last_words, last_words_length);
	(void)written;
	_exit(signal == SIGINT || signal == SIGTERM ? 130 : 128 + signal);
}

void terminal_guard(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = end_by_signal}, old;

	owner = getpid();
	/* Only a foreground process may set the terminal without being stopped for it. */
	if (tcgetattr(STDIN_FILENO, &original) == 0 && tcgetpgrp(STDIN_FILENO) == getpgrp()) {
		is_saved = 1;
		atexit(restore);
	}
	for (size_t i = 0; i < array_length(signals); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
}

static int caught_pipe[2] = {-1, -1};

/* The next one ends us as ever. */
static void note_signal(int signal)
{
	struct sigaction action = {.sa_handler = end_by_signal};
	int reason = errno;
	ssize_t written = write(caught_pipe[1], "", 1);

	(void)signal;
	(void)written;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	errno = reason;
}

int terminal_catch(struct error *err)
{
	static const int signals[] = {SIGINT, SIGTERM};
	struct sigaction action = {.sa_handler = note_signal}, old;

	if (caught_pipe[0] < 0 && pipe2(caught_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_errno(err, "cannot make a pipe");
	for (size_t i = 0; i < array_length(signals); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	return caught_pipe[0];
}

void terminal_uncatch(void)
{
	static const int signals[] = {SIGINT, SIGTERM};
	struct sigaction action = {.sa_handler = end_by_signal}, old;

	for (size_t i = 0; i < array_length(signals); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == note_signal)
			sigaction(signals[i], &action, NULL);
}

static struct termios keys;
static volatile sig_atomic_t has_keys;
static int resumed_pipe[2] = {-1, -1};
static void (*stopping)(void);

bool terminal_is_ours(void)
{
	return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* As long as somebody else has the terminal, setting it would stop us. */
static void set_keys(void)
{
	if (has_keys && getpid() == owner && terminal_is_ours())
		tcsetattr(STDIN_FILENO, TCSANOW, &keys);
}

static void go_on(int signal)
{
	int reason = errno;
	ssize_t written = 0;

	(void)signal;
	set_keys();
	if (has_keys && getpid() == owner)
		written = write(resumed_pipe[1], "", 1);
	(void)written;
	errno = reason;
}

static void stop(int signal);

/* In the way of the kernel, which does not stop what nobody could continue. */
static void stop_as_ever(void)
{
	struct sigaction usual = {.sa_handler = SIG_DFL}, own = {.sa_handler = stop};
	sigset_t signals, old;

	own.sa_flags = SA_RESTART;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTSTP);
	sigaction(SIGTSTP, &usual, NULL);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &signals, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	sigaction(SIGTSTP, &own, NULL);
}

static void stop(int signal)
{
	int reason = errno;

	if (has_keys && getpid() == owner) {
		stopping();
		restore();
	}
	stop_as_ever();
	go_on(signal);
	errno = reason;
}

int terminal_keys_begin(void (*stopped)(void), struct error *err)
{
	if (!is_saved)
		return error_set(err, ERROR_UNSUPPORTED, "there is no terminal");
	if (resumed_pipe[0] < 0 && pipe2(resumed_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_errno(err, "cannot make a pipe");
	stopping = stopped;
	keys = original;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_cc[VMIN] = 0;
	keys.c_cc[VTIME] = 0;
	has_keys = 1;
	sigaction(SIGTSTP, &(struct sigaction){.sa_handler = stop, .sa_flags = SA_RESTART}, NULL);
	sigaction(SIGCONT, &(struct sigaction){.sa_handler = go_on, .sa_flags = SA_RESTART}, NULL);
	set_keys();
	return resumed_pipe[0];
}

ssize_t terminal_keys_read(char *typed, size_t size)
{
	char bytes[64];

	while (read(resumed_pipe[0], bytes, sizeof(bytes)) > 0)
		;
	return terminal_is_ours() ? read(STDIN_FILENO, typed, size) : 0;
}

void terminal_keys_end(void)
{
	if (!has_keys)
		return;
	has_keys = 0;
	sigaction(SIGTSTP, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigaction(SIGCONT, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	if (terminal_is_ours())
		restore();
}

bool terminal_is_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || strcmp(term, "dumb") == 0;
}

size_t terminal_columns(int fd)
{
	struct winsize size = {0};

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : SIZE_MAX;
}

void terminal_size(int fd, size_t *rows, size_t *columns)
{
	struct winsize size = {0};
	bool is_known = ioctl(fd, TIOCGWINSZ, &size) == 0;

	*rows = is_known && size.ws_row > 1 ? size.ws_row : 24;
	*columns = is_known && size.ws_col > 1 ? size.ws_col : 80;
}
