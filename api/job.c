/* SPDX-License-Identifier: Apache-2.0 */
#include "api/job.h"

#include "api/answer.h"
#include "api/failure.h"
#include "api/http.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ROOM ((size_t)64 << 10)

/* The parent's side. */
struct running {
	struct request *request;
	const struct job *job;
	pid_t pid;
	int in, out, error; /* -1 when closed */
	struct strbuf said; /* before the answer could begin */
	bool has_begun;
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Waits for the child; what it has failed with. 1: there is an error. */
static int end(struct running *running, bool is_unwanted, struct error *reason)
{
	int failed, status;

	close_one(&running->in);
	close_one(&running->out);
	if (is_unwanted)
		kill(running->pid, SIGKILL);
	failed = error_receive(running->error, reason);
	status = process_reap(running->pid);
	close_one(&running->error);
	if (failed == 0 && status != 0 && !is_unwanted) {
		error_set(reason, ECHILD, "the process that was at it has died (status %d)",
			  status);
		failed = 1;
	}
	return failed;
}

/* --- the child -------------------------------------------------------------------------------- */

static _Noreturn void be_child(struct request *request, const struct job *job, const int in[2],
			       const int out[2], const int error[2])
{
	struct error reason = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(http_fd(request->http));
	if (in[1] >= 0)
		close(in[1]);
	close(out[0]);
	close(error[0]);
	process_reset_children();
	signal(SIGPIPE, SIG_IGN);
	if (job->work(request, in[0], out[1], job->data, &reason) < 0)
		error_send(error[1], &reason);
	_exit(0);
}

static int start(struct running *running, struct error *err)
{
	int in[2] = {-1, -1}, out[2], error[2];

	if ((running->job->takes_body && pipe2(in, O_CLOEXEC) < 0) || pipe2(out, O_CLOEXEC) < 0 ||
	    pipe2(error, O_CLOEXEC) < 0)
		return error_errno(err, "cannot make a pipe");
	running->pid = fork();
	if (running->pid < 0)
		return error_errno(err, "cannot start a process");
	if (running->pid == 0)
		be_child(running->request, running->job, in, out, error);
	close_one(&in[0]);
	close(out[1]);
	close(error[1]);
	running->in = in[1];
	running->out = out[0];
	running->error = error[0];
	return 0;
}

/* --- the body --------------------------------------------------------------------------------- */

/* What the child says meanwhile: it must not wait for us while we wait for it. */
static void hear(struct running *running)
{
	ssize_t n = read(running->out, strbuf_reserve(&running->said, ROOM), ROOM);

	if (n > 0)
		running->said.length += (size_t)n;
	else if (n == 0 || errno != EINTR)
		close_one(&running->out);
}

/* Gives it to the child. One that has read enough gets no more. */
static void give(struct running *running, const char *bytes, size_t length)
{
	while (length > 0 && running->in >= 0) {
		struct pollfd items[] = {{.fd = running->in, .events = POLLOUT},
					 {.fd = running->out, .events = POLLIN}};
		ssize_t n = 0;

		if (poll(items, array_length(items), -1) < 0)
			continue;
		if (items[1].revents)
			hear(running);
		if (items[0].revents)
			n = write(running->in, bytes, length);
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			close_one(&running->in);
		} else if (n > 0) {
			bytes += n;
			length -= (size_t)n;
		}
	}
}

static int feed(struct running *running, struct error *err)
{
	char chunk[16384];
	ssize_t n = 1;

	if (running->in >= 0)
		fcntl(running->in, F_SETFL, O_NONBLOCK);
	while (running->in >= 0 && n > 0) {
		n = request_read(running->request, chunk, sizeof(chunk), err);
		if (n > 0)
			give(running, chunk, (size_t)n);
	}
	close_one(&running->in);
	return n < 0 ? -1 : 0;
}

/* --- the answer ------------------------------------------------------------------------------- */

static int send(struct running *running, const char *bytes, size_t length)
{
	if (!length)
		return 0;
	if (!running->has_begun &&
	    answer_begin_with(running->request, running->job->type, running->job->headers,
			      running->job->header_count) < 0)
		return -1;
	running->has_begun = true;
	return answer_write(running->request, bytes, length);
}

/* Until the child ends; -1: the client has gone. */
static int forward(struct running *running)
{
	char chunk[ROOM];
	int result = send(running, running->said.text, running->said.length);

	while (result == 0 && running->out >= 0) {
		struct pollfd items[] = {
			{.fd = running->out, .events = POLLIN},
			{.fd = http_fd(running->request->http), .events = POLLRDHUP},
		};
		ssize_t n;

		if (poll(items, array_length(items), -1) < 0)
			continue;
		if (items[1].revents & (POLLRDHUP | POLLHUP | POLLERR))
			return -1;
		if (!items[0].revents)
			continue;
		n = read(running->out, chunk, sizeof(chunk));
		if (n > 0)
			result = send(running, chunk, (size_t)n);
		else if (n == 0 || errno != EINTR)
			close_one(&running->out);
	}
	return result;
}

/* As Docker's clients of all ages read it. */
static void answer_error_line(struct request *request, const struct error *reason)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *line = json_new_object();
	json *detail = json_new_object();

	failure_text(&text, reason);
	json_set_string(detail, "message", strbuf_text(&text));
	json_set(line, "errorDetail", detail);
	json_set_string(line, "error", strbuf_text(&text));
	answer_line(request, line, "\r\n");
}

static int finish(struct running *running, bool is_unwanted, struct error *err)
{
	struct error reason = {0};
	int failed = end(running, is_unwanted, &reason);

	if (is_unwanted) {
		running->request->is_answered = true;
		answer_break(running->request);
		return 1;
	}
	if (!running->has_begun && failed && running->job->tells_errors)
		running->has_begun = answer_begin(running->request, running->job->type) == 0;
	if (!running->has_begun)
		return failed ? error_pass(err, &reason) : 0;
	if (failed && strcmp(running->job->type, ANSWER_JSON) != 0) {
		answer_break(running->request);
		return error_pass(err, &reason);
	}
	if (failed)
		answer_error_line(running->request, &reason);
	answer_end(running->request);
	return 1;
}

int job_run(struct request *request, const struct job *job, struct error *err)
{
	struct running running = {.request = request, .job = job, .in = -1, .out = -1, .error = -1};
	int result;

	if (start(&running, err) < 0)
		return -1;
	result = finish(&running, feed(&running, err) < 0 || forward(&running) < 0, err);
	strbuf_release(&running.said);
	return result;
}

int job_line(int out, const json *value, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	json_print(&text, value, false);
	strbuf_add(&text, "\r\n");
	return file_write_all(out, text.text, text.length, err);
}

int job_say(int out, const char *name, const char *text, struct error *err)
{
	auto_json json *line = json_new_object();

	json_set_string(line, name, text);
	return job_line(out, line, err);
}
