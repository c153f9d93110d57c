/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An agent that answers system calls, beside a container whose filter asks it.
 */
#include "tests/unit/runtime/box.h"

#include "base/json.h"

#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

struct agent {
	int listener, notifications;
	pid_t pid;
	json *state;
	char path[108];
};

static void agent_listen(struct agent *agent, const char *directory)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*agent = (struct agent){-1, -1, -1, NULL, ""};
	snprintf(agent->path, sizeof(agent->path), "%s/l", directory);
	strcpy(address.sun_path, agent->path);
	agent->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(agent->listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK(listen(agent->listener, 4) == 0);
}

static void agent_receive(struct agent *agent)
{
	auto_close int fd = accept4(agent->listener, NULL, NULL, SOCK_CLOEXEC);
	char text[4096];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {text, sizeof(text)};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	char more;

	CHECK(n > 0 && CMSG_FIRSTHDR(&message));
	memcpy(&agent->notifications, CMSG_DATA(&control.header), sizeof(int));
	agent->state = json_parse(text, (size_t)n, "state", NULL);
	CHECK(agent->state);
	CHECK_INT(read(fd, &more, 1), 0); /* one state for a connection */
}

/* mkdir has no room; all else goes on. */
static void answer(int notifications)
{
	struct seccomp_notif question;
	struct seccomp_notif_resp reply;

	for (;;) {
		memset(&question, 0, sizeof(question));
		if (ioctl(notifications, SECCOMP_IOCTL_NOTIF_RECV, &question) < 0) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			_exit(0);
		}
		reply = (struct seccomp_notif_resp){.id = question.id};
		if (question.data.nr == SYS_mkdirat || question.data.nr == 83 /* mkdir */)
			reply.error = -ENOSPC;
		else
			reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(notifications, SECCOMP_IOCTL_NOTIF_SEND, &reply);
	}
}

static void agent_answer(struct agent *agent)
{
	agent->pid = fork();
	if (agent->pid == 0)
		answer(agent->notifications);
}

static void agent_release(struct agent *agent)
{
	kill(agent->pid, SIGKILL);
	process_reap(agent->pid);
	cleanup_close(&agent->notifications);
	json_cleanup(&agent->state);
	agent->state = NULL;
}

static const char *profile(struct box *box, const struct agent *agent, const char *names)
{
	return arena_format(&box->arena,
			    "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"%s\","
			    "\"listenerMetadata\":\"meta\",\"flags\":["
			    "\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],\"syscalls\":[{\"names\":"
			    "[%s],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
			    agent->path, names);
}

static const char script[] = "busybox mkdir /tmp/x; busybox ls /tmp | busybox wc -l";

/* As box_run, with the agent at work from the moment on that it has its descriptor. */
static void run_with(struct box *box, struct agent *agent)
{
	char *args[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};

	if (box_create(box, args) < 0)
		fail_msg("%s", box->err.text);
	agent_receive(agent);
	agent_answer(agent);
	if (spawn_start(&box->spawned, &box->err) < 0)
		fail_msg("%s", box->err.text);
	read_all(box->output, box->text, sizeof(box->text));
	process_reap(box->spawned.pid);
	CHECK(strstr(box->text, "No space left on device\n0\n"));
}

TEST(an_agent_answers_for_the_kernel)
{
	const char *directory;
	auto_close int place = test_directory(&directory);
	struct pair annotation = {"k", "v"};
	struct agent agent;
	struct box box;

	box_init(&box);
	agent_listen(&agent, directory);
	box.spec.annotations = &annotation;
	box.spec.annotation_count = 1;
	box.spec.seccomp = profile(&box, &agent, "\"mkdir\",\"mkdirat\"");
	run_with(&box, &agent);
	CHECK_INT(json_int(agent.state, "pid", 0), box.spawned.pid);
	CHECK_TEXT(json_string(agent.state, "metadata", ""), "meta");
	CHECK_TEXT(json_string_at(json_get(agent.state, "fds"), 0), "seccompFd");
	CHECK_TEXT(json_string(json_get(agent.state, "state"), "status", ""), "creating");
	CHECK_INT(json_int(json_get(agent.state, "state"), "pid", 0), box.spawned.pid);
	CHECK_TEXT(json_string(json_path(agent.state, "state", "annotations", NULL), "k", ""), "v");
	agent_release(&agent);
	close(agent.listener);
	box_release(&box);
}

/* The trampoline may not be started then: the process itself waits. */
TEST(an_agent_is_asked_about_the_first_execve)
{
	const char *directory;
	auto_close int place = test_directory(&directory);
	struct agent agent;
	struct box box;

	box_init(&box);
	agent_listen(&agent, directory);
	box.spec.seccomp = profile(&box, &agent, "\"mkdir\",\"mkdirat\",\"execve\",\"execveat\"");
	run_with(&box, &agent);
	agent_release(&agent);
	close(agent.listener);
	box_release(&box);
}

TEST(an_agent_hears_of_further_processes)
{
	char *args[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	const char *directory;
	auto_close int place = test_directory(&directory);
	struct exec_request request = {.id = "me", .bundle = "/b", .args = args};
	struct agent agent;
	struct box box;
	pid_t helper;

	box_init(&box);
	box_start_sleeper(&box);
	agent_listen(&agent, directory);
	box.spec.seccomp = profile(&box, &agent, "\"mkdir\",\"mkdirat\"");
	helper = fork();
	if (helper == 0) {
		json *state;

		agent_receive(&agent);
		state = json_get(agent.state, "state");
		if (strcmp(json_string(state, "id", ""), "me") == 0 &&
		    strcmp(json_string(state, "status", ""), "running") == 0 &&
		    json_int(state, "pid", 0) == box.spawned.pid &&
		    json_int(agent.state, "pid", 0) > box.spawned.pid)
			answer(agent.notifications);
		_exit(1);
	}
	CHECK_INT(box_exec(&box, &request, ""), 0);
	CHECK(strstr(box.text, "No space left on device\n0\n"));
	kill(helper, SIGKILL);
	process_reap(helper);
	close(agent.listener);
	box_stop(&box);
	box_release(&box);
}

TEST(without_an_agent_nothing_starts)
{
	const char *directory;
	auto_close int place = test_directory(&directory);
	struct agent agent;
	struct box box;

	box_init(&box);
	agent_listen(&agent, directory);
	box.spec.seccomp = profile(&box, &agent, "\"sendmsg\"");
	CHECK_INT(start_failure(&box, "sh"), 128);
	CHECK(strstr(box.err.text, "has to allow sendmsg"));
	close(agent.listener);
	box.spec.seccomp = profile(&box, &agent, "\"mkdir\"");
	CHECK_INT(start_failure(&box, "sh"), 128);
	CHECK(strstr(box.err.text, "cannot connect to the seccomp listener"));
	box_release(&box);
}
