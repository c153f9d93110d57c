/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket keeps message boundaries. Its other direction carries nothing but answers to
 * questions: shutting it down is what cancels, and so the end of this process cancels too.
 */
#include "compose/apply/background.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/process.h"
#include "builder/build.h"
#include "builder/build_message.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST_TEXT APPLY_OUTPUT_PIECE

enum message_type {
	MESSAGE_EVENT,
	MESSAGE_OUTPUT,
	MESSAGE_BUILD,
	MESSAGE_LOG,
	MESSAGE_SAY,
	MESSAGE_ASK,
	MESSAGE_RESULT,
};

struct message {
	uint8_t type;
	uint8_t kind; /* of the event; the log's level */
	uint8_t has_detail;
	int32_t result, code;
	int64_t done, total;		    /* of the event */
	uint64_t length;		    /* of the output's bytes, behind its names */
	char texts[3 * (LONGEST_TEXT + 1)]; /* each with its zero byte */
};

/* What stands before an event of a build (builder/build_message.h). */
struct build_head {
	uint8_t type, has_label, is_tick;
	uint64_t job;
	char label[256];
};

static size_t add_text(struct message *message, size_t used, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (length > LONGEST_TEXT)
		length = LONGEST_TEXT;
	if (length > 0)
		memcpy(message->texts + used, text, length);
	message->texts[used + length] = '\0';
	return used + length + 1;
}

/* Nobody there to hear it is fine: the work then ends soon, or wants to go on alone. */
static void send_message(int fd, const struct message *message, size_t used)
{
	ssize_t sent;

	do {
		sent = send(fd, message, offsetof(struct message, texts) + used, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
}

static void send_event(const struct apply_event *event, void *data)
{
	const int *fd = data;
	struct message message = {
		.type = MESSAGE_EVENT,
		.kind = (uint8_t)event->kind,
		.has_detail = event->detail != NULL,
		.done = event->done,
		.total = event->total,
	};
	size_t used = add_text(&message, 0, event->object);

	used = add_text(&message, used, event->action);
	send_message(*fd, &message, add_text(&message, used, event->detail));
}

static void send_output(const struct apply_output *output, void *data)
{
	const int *fd = data;
	struct message message = {.type = MESSAGE_OUTPUT, .length = output->length};
	size_t used = add_text(&message, 0, output->container);

	used = add_text(&message, used, output->service);
	if (output->length > 0)
		memcpy(message.texts + used, output->bytes, output->length);
	send_message(*fd, &message, used + output->length);
}

static void send_build(const struct apply_build_event *event, void *data)
{
	const struct build_event nothing = {0};
	const int *fd = data;
	struct build_head head = {
		.type = MESSAGE_BUILD,
		.has_label = event->label != NULL,
		.is_tick = event->event == NULL,
		.job = event->job,
	};

	snprintf(head.label, sizeof(head.label), "%s", event->label ? event->label : "");
	build_message_send(*fd, &head, sizeof(head), event->event ? event->event : &nothing);
}

static void send_log(enum log_level level, const char *text, void *data)
{
	const int *fd = data;
	struct message message = {.type = MESSAGE_LOG, .kind = (uint8_t)level};

	send_message(*fd, &message, add_text(&message, 0, text));
}

void background_say(const char *line, void *data)
{
	const int *fd = data;
	struct message message = {.type = MESSAGE_SAY};

	send_message(*fd, &message, add_text(&message, 0, line));
}

bool background_ask(const char *question, void *data)
{
	const int *fd = data;
	struct message message = {.type = MESSAGE_ASK};
	char answer = 0;
	ssize_t n;

	send_message(*fd, &message, add_text(&message, 0, question));
	do {
		n = recv(*fd, &answer, 1, 0);
	} while (n < 0 && errno == EINTR);
	return n == 1 && answer == 'y';
}

static void run_child(int fd, const struct apply *original, background_work *work, void *data)
{
	struct apply apply = *original;
	struct message message = {.type = MESSAGE_RESULT};
	struct error err = {0};
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	log_set_sink(send_log, &fd);
	apply.progress = send_event;
	apply.output = send_output;
	apply.tick = NULL;
	if (apply.builds)
		apply.builds = send_build;
	apply.data = &fd;
	apply.cancel_fd = fd;
	message.result = work(&apply, data, &err);
	message.code = err.code;
	send_message(fd, &message, add_text(&message, 0, err.text));
}

int background_begin(struct background *background, const struct apply *apply,
		     background_work *work, void *data, struct error *err)
{
	int fds[2];
	pid_t pid;

	*background = (struct background){.fd = -1};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return error_errno(err, "cannot make a socket");
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		run_child(fds[1], apply, work, data);
		_exit(0);
	}
	close(fds[1]);
	if (pid < 0) {
		error_errno(err, "cannot fork");
		close(fds[0]);
		return -1;
	}
	background->pid = pid;
	background->fd = fds[0];
	background->result = -1;
	error_set(&background->err, ECANCELED, "interrupted");
	return 0;
}

static void pass_event(const struct message *message, const struct background_reader *reader)
{
	const char *first = message->texts, *second = first + strlen(first) + 1;
	const struct apply_event event = {
		.kind = message->kind,
		.object = first,
		.action = second,
		.detail = message->has_detail ? second + strlen(second) + 1 : NULL,
		.done = message->done,
		.total = message->total,
	};

	if (reader->progress)
		reader->progress(&event, reader->data);
}

static void pass_output(const struct message *message, const struct background_reader *reader)
{
	const char *first = message->texts, *second = first + strlen(first) + 1;
	const struct apply_output output = {
		.container = first,
		.service = second,
		.bytes = second + strlen(second) + 1,
		.length = message->length,
	};

	if (reader->output)
		reader->output(&output, reader->data);
}

static void pass_log(const struct message *message)
{
	if (message->kind == LOG_LEVEL_WARNING)
		log_warning("%s", message->texts);
	else if (message->kind == LOG_LEVEL_INFO)
		log_info("%s", message->texts);
	else
		log_debug("%s", message->texts);
}

static void answer(const struct background *background, bool is_yes)
{
	ssize_t sent;

	do {
		sent = send(background->fd, is_yes ? "y" : "n", 1, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
}

static void pass_on(struct background *background, const struct message *message,
		    const struct background_reader *reader)
{
	switch ((enum message_type)message->type) {
	case MESSAGE_BUILD:
		break;
	case MESSAGE_EVENT:
		pass_event(message, reader);
		break;
	case MESSAGE_OUTPUT:
		pass_output(message, reader);
		break;
	case MESSAGE_LOG:
		pass_log(message);
		break;
	case MESSAGE_SAY:
		reader->say(message->texts, reader->data);
		break;
	case MESSAGE_ASK:
		answer(background, reader->ask(message->texts, reader->data));
		break;
	case MESSAGE_RESULT:
		background->result = message->result;
		background->err = (struct error){0};
		error_set(&background->err, message->code, "%s", message->texts);
		break;
	}
}

static void pass_build(char *bytes, size_t length, const struct background_reader *reader)
{
	struct build_event event;
	struct build_head head;

	if (length < sizeof(head))
		return;
	memcpy(&head, bytes, sizeof(head));
	if (build_message_read(&event, bytes + sizeof(head), length - sizeof(head)))
		reader->builds(
			&(struct apply_build_event){
				.job = head.job,
				.label = head.has_label ? head.label : NULL,
				.event = head.is_tick ? NULL : &event,
			},
			reader->data);
}

static void pass_message(struct background *background, char *bytes, size_t length,
			 const struct background_reader *reader)
{
	struct message message = {0};

	if (bytes[0] == MESSAGE_BUILD) {
		pass_build(bytes, length, reader);
		return;
	}
	memcpy(&message, bytes, length < sizeof(message) ? length : sizeof(message));
	message.texts[sizeof(message.texts) - 1] = '\0';
	pass_on(background, &message, reader);
}

bool background_read(struct background *background, const struct background_reader *reader)
{
	auto_free char *bytes = alloc_bytes(BUILD_MESSAGE_ROOM);

	for (;;) {
		ssize_t n = recv(background->fd, bytes, BUILD_MESSAGE_ROOM, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		pass_message(background, bytes, (size_t)n, reader);
	}
}

void background_end(struct background *background)
{
	close(background->fd);
	background->fd = -1;
	process_reap(background->pid);
	background->pid = 0;
}

void background_cancel(struct background *background)
{
	if (background->pid > 0)
		shutdown(background->fd, SHUT_WR);
}

void background_kill(struct background *background)
{
	if (background->pid > 0)
		kill(background->pid, SIGKILL);
}
