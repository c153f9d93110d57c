/* SPDX-License-Identifier: Apache-2.0 */
#include "api/session.h"

#include "api/frames.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define CHUNK 32768

/* Our ends, and those of the process; one terminal is all of them. */
struct streams {
	int ours[3], theirs[3];
};

struct relay {
	struct session *session;
	int fds[3];	      /* ours; -1: ended */
	struct strbuf input;  /* for the process */
	struct strbuf output; /* for the client */
	bool has_gone;
};

static void close_all(int fds[3])
{
	for (int i = 0; i < 3; i++)
		for (int j = 2; j >= i; j--)
			if (fds[i] >= 0 && (j == i || fds[j] == fds[i])) {
				if (j == i)
					close(fds[i]);
				fds[j] = -1;
			}
}

static int open_terminal(const struct session *session, struct streams *streams, struct error *err)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave = -1;
	const struct winsize size = {.ws_row = session->rows, .ws_col = session->columns};
	struct termios mode;
	char name[64];

	if (master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 &&
	    ptsname_r(master, name, sizeof(name)) == 0)
		slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0) {
		error_errno(err, "cannot open a terminal");
		cleanup_close(&master);
		return -1;
	}
	/* From the first byte on: the process would do so a moment later. */
	tcgetattr(slave, &mode);
	cfmakeraw(&mode);
	tcsetattr(slave, TCSANOW, &mode);
	if (size.ws_row && size.ws_col)
		ioctl(slave, TIOCSWINSZ, &size);
	for (int i = 0; i < 3; i++) {
		streams->ours[i] = i < 2 ? fcntl(master, F_DUPFD_CLOEXEC, 3) : -1;
		streams->theirs[i] = fcntl(slave, F_DUPFD_CLOEXEC, 3);
	}
	close(master);
	close(slave);
	return 0;
}

static int open_pipes(struct streams *streams, struct error *err)
{
	for (int i = 0; i < 3; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) < 0)
			return error_errno(err, "cannot make a pipe");
		streams->ours[i] = ends[i == 0];
		streams->theirs[i] = ends[i != 0];
	}
	return 0;
}

static pid_t start(struct session *session, struct streams *streams, struct error *err)
{
	pid_t pid = fork();

	if (pid < 0)
		return error_errno(err, "cannot start a process for the streams");
	if (pid == 0) {
		close_all(streams->ours);
		if (session->raw.fd > 0)
			close(session->raw.fd);
		signal(SIGPIPE, SIG_DFL);
		_exit(session->run(streams->theirs, session->data));
	}
	return pid;
}

/* ---- moving bytes ---- */

static void end_stream(struct relay *relay, int i)
{
	close(relay->fds[i]);
	relay->fds[i] = -1;
}

static void send_output(struct relay *relay)
{
	ssize_t n = send(relay->session->raw.fd, relay->output.text, relay->output.length,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		relay->has_gone = true;
		return;
	}
	if (n <= 0)
		return;
	memmove(relay->output.text, relay->output.text + n, relay->output.length - (size_t)n);
	relay->output.length -= (size_t)n;
}

static void read_output(struct relay *relay, int i)
{
	struct session *session = relay->session;
	const struct frames frames = {session->request, NULL, session->is_raw};
	char bytes[CHUNK];
	ssize_t n = read(relay->fds[i], bytes, sizeof(bytes));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* of a terminal: EIO */
		end_stream(relay, i);
		return;
	}
	if (!session->raw.is_hijacked) {
		relay->has_gone = frames_write(&frames, (unsigned)i, bytes, (size_t)n) < 0;
		return;
	}
	frames_add(&relay->output, session->is_raw ? 0 : (unsigned)i, bytes, (size_t)n);
	send_output(relay);
}

static void write_input(struct relay *relay)
{
	ssize_t n = write(relay->fds[0], relay->input.text, relay->input.length);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		relay->input.length = 0; /* nobody will read it */
		end_stream(relay, 0);
	}
	if (n <= 0)
		return;
	memmove(relay->input.text, relay->input.text + n, relay->input.length - (size_t)n);
	relay->input.length -= (size_t)n;
}

/* The end of it is that of the process's: of a terminal that is a key, which its user types. */
static void read_input(struct relay *relay, bool *has_ended)
{
	char bytes[CHUNK];
	ssize_t n = recv(relay->session->raw.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		strbuf_add_n(&relay->input, bytes, (size_t)n);
	else
		*has_ended = true;
}

/* Of each direction one side is waited for: its source while nothing is on its way. */
static void step(struct relay *relay, bool *input_has_ended)
{
	const struct answer_raw *raw = &relay->session->raw;
	bool has_output = relay->output.length > 0, has_input = relay->input.length > 0;
	bool reads = raw->is_hijacked && !*input_has_ended && !has_input && relay->fds[0] >= 0;
	struct pollfd items[] = {
		{.fd = raw->fd,
		 .events = (short)((has_output ? POLLOUT : 0) | (reads ? POLLIN : 0) |
				   (raw->is_hijacked ? 0 : POLLRDHUP))},
		{.fd = has_input ? relay->fds[0] : -1, .events = POLLOUT},
		{.fd = has_output ? -1 : relay->fds[1], .events = POLLIN},
		{.fd = has_output ? -1 : relay->fds[2], .events = POLLIN},
	};

	if (poll(items, array_length(items), -1) < 0)
		return;
	if (items[0].revents & (POLLHUP | POLLERR | POLLRDHUP))
		relay->has_gone = true;
	if (items[0].revents & POLLOUT)
		send_output(relay);
	if (items[0].revents & POLLIN && reads)
		read_input(relay, input_has_ended);
	if (items[1].revents)
		write_input(relay);
	for (int i = 1; i < 3; i++)
		if (items[i + 1].revents && relay->fds[i] >= 0)
			read_output(relay, i);
}

static void relay(struct session *session, const int fds[3])
{
	struct relay relay = {.session = session, .fds = {fds[0], fds[1], fds[2]}};
	bool input_has_ended = !session->takes_input;

	strbuf_add_n(&relay.input, session->raw.early ? session->raw.early : "",
		     session->takes_input ? session->raw.early_length : 0);
	while (!relay.has_gone &&
	       (relay.fds[1] >= 0 || relay.fds[2] >= 0 || relay.output.length > 0)) {
		if (input_has_ended && !relay.input.length && relay.fds[0] >= 0 &&
		    !session->has_terminal)
			end_stream(&relay, 0);
		step(&relay, &input_has_ended);
	}
	close_all(relay.fds);
	strbuf_release(&relay.input);
	strbuf_release(&relay.output);
}

static int open_streams(const struct session *session, struct streams *streams, struct error *err)
{
	*streams = (struct streams){{-1, -1, -1}, {-1, -1, -1}};
	return session->has_terminal ? open_terminal(session, streams, err)
				     : open_pipes(streams, err);
}

int session_run(struct session *session, struct error *err)
{
	struct streams streams;
	pid_t pid;

	if (open_streams(session, &streams, err) < 0)
		return -1;
	fcntl(streams.ours[0], F_SETFL, O_NONBLOCK);
	pid = start(session, &streams, err);
	close_all(streams.theirs);
	if (pid < 0) {
		close_all(streams.ours);
		return -1;
	}
	if (session->started)
		session->started(pid, session->has_terminal ? streams.ours[0] : -1, session->data);
	relay(session, streams.ours);
	answer_raw_end(session->request, &session->raw);
	return 0;
}

int session_run_alone(struct session *session, struct error *err)
{
	struct streams streams = {{-1, -1, -1}, {-1, -1, -1}};

	for (int i = 0; i < 3; i++)
		streams.theirs[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (start(session, &streams, err) < 0)
		return -1;
	close_all(streams.theirs);
	return 0;
}
