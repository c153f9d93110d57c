/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/exec_stdio.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* An output that cannot be written to is no place to drop things: its user is to be told. */
static bool is_null(int number, int fd)
{
	struct stat about;

	if (fd < 0)
		return true;
	if (fstat(fd, &about) < 0 || !S_ISCHR(about.st_mode) || about.st_rdev != makedev(1, 3))
		return false;
	return number == 0 || (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

static bool is_same_file(int a, int b)
{
	struct stat left, right;

	return fstat(a, &left) == 0 && fstat(b, &right) == 0 && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino;
}

static void prepare(struct exec_stdio *stdio)
{
	*stdio = (struct exec_stdio){.child_fds = {-1, -1, -1}, .is_open = true};
	for (int i = 0; i < 3; i++)
		stdio->pumps[i].from = stdio->pumps[i].to.fd = stdio->pumps[i].ours = -1;
}

static int open_pipe(struct exec_stdio *stdio, int number, int fd, struct error *err)
{
	struct pump *pump = &stdio->pumps[number];
	bool is_input = number == 0;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	stdio->child_fds[number] = ends[!is_input];
	pump->ours = ends[is_input];
	pump->from = is_input ? fd : pump->ours;
	pump->to.fd = is_input ? pump->ours : fd;
	/* Ours alone: the other end is an open file of its own. */
	if (fcntl(pump->ours, F_SETFL, O_NONBLOCK) < 0)
		return error_errno(err, "cannot set up a pipe");
	return 0;
}

/* To the same place both go by one pipe: so their order stays. */
int exec_stdio_open(struct exec_stdio *stdio, const int fds[3], struct error *err)
{
	bool is_one_output =
		!is_null(1, fds[1]) && !is_null(2, fds[2]) && is_same_file(fds[1], fds[2]);

	prepare(stdio);
	for (int i = 0; i < 3; i++)
		if (!(i == 2 && is_one_output) && !is_null(i, fds[i]) &&
		    open_pipe(stdio, i, fds[i], err) < 0)
			return -1;
	if (is_one_output)
		stdio->child_fds[2] = fcntl(stdio->child_fds[1], F_DUPFD_CLOEXEC, 3);
	return 0;
}

int exec_stdio_open_taken(struct exec_stdio *stdio, outlet_take *take, void *const data[2],
			  struct error *err)
{
	prepare(stdio);
	for (int i = 1; i < 3; i++) {
		if (open_pipe(stdio, i, -1, err) < 0)
			return -1;
		stdio->pumps[i].to.take = take;
		stdio->pumps[i].to.data = data[i - 1];
	}
	return 0;
}

static bool filter_keys(void *keys, const char *bytes, size_t length, struct strbuf *out)
{
	return tty_detach_filter(keys, bytes, length, out);
}

int exec_stdio_open_terminal(struct exec_stdio *stdio, const int fds[3], const char *keys,
			     struct error *err)
{
	prepare(stdio);
	stdio->pumps[0].from = fds[0];
	stdio->pumps[0].filter = filter_keys;
	stdio->pumps[0].filter_data = &stdio->keys;
	stdio->pumps[1].to.fd = fds[1];
	return tty_detach_parse(&stdio->keys, keys, err);
}

/* In both directions; a loop knows a descriptor once only. */
static int connect_terminal(struct exec_stdio *stdio, int terminal_fd, struct error *err)
{
	struct pump *pumps = stdio->pumps;

	pumps[0].to.fd = pumps[0].ours = fcntl(terminal_fd, F_DUPFD_CLOEXEC, 3);
	pumps[1].from = terminal_fd;
	if (pumps[0].ours < 0 || fcntl(terminal_fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return error_errno(err, "cannot set up the terminal");
	return 0;
}

static void close_child_fds(struct exec_stdio *stdio)
{
	for (int i = 0; i < 3; i++) {
		cleanup_close(&stdio->child_fds[i]);
		stdio->child_fds[i] = -1;
	}
}

int exec_stdio_watch(struct exec_stdio *stdio, struct loop *loop, int terminal_fd,
		     struct error *err)
{
	close_child_fds(stdio);
	if (terminal_fd >= 0 && connect_terminal(stdio, terminal_fd, err) < 0)
		return -1;
	stdio->is_watching = true;
	stdio->on_sigpipe = signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 3; i++) {
		struct pump *pump = &stdio->pumps[i];

		if (pump->from < 0 || (pump->to.fd < 0 && !pump->to.take))
			continue;
		if (!pump->to.take)
			outlet_open(&pump->to, pump->to.fd);
		pump->loop = loop;
		pump_start(pump);
	}
	return 0;
}

void exec_stdio_finish(struct exec_stdio *stdio)
{
	pump_stop(&stdio->pumps[0]);
	pump_finish(&stdio->pumps[1]);
	pump_finish(&stdio->pumps[2]);
}

bool exec_stdio_has_left(const struct exec_stdio *stdio)
{
	return stdio->pumps[0].has_left;
}

bool exec_stdio_is_busy(const struct exec_stdio *stdio)
{
	return pump_is_running(&stdio->pumps[1]) || pump_is_running(&stdio->pumps[2]);
}

int exec_stdio_check(const struct exec_stdio *stdio, struct error *err)
{
	static const char *const names[] = {"input", "output", "error"};

	/* A command that has not read all of its input need not have. */
	for (int i = 0; i < 3; i++) {
		const struct pump *pump = &stdio->pumps[i];

		if (pump->error && (i > 0 || pump->is_unwatched))
			return error_number(err, pump->error, "cannot %s standard %s",
					    pump->is_unwatched ? "wait for" : "write to", names[i]);
	}
	return 0;
}

void exec_stdio_release(struct exec_stdio *stdio)
{
	if (!stdio->is_open)
		return;
	close_child_fds(stdio);
	for (int i = 0; i < 3; i++) {
		pump_stop(&stdio->pumps[i]);
		cleanup_close(&stdio->pumps[i].ours);
		stdio->pumps[i].ours = -1;
	}
	if (stdio->is_watching)
		signal(SIGPIPE, stdio->on_sigpipe);
	stdio->is_open = stdio->is_watching = false;
}
