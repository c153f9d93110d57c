/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/seccomp_listener.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/pair.h"
#include "base/strbuf.h"
#include "runtime/spec.h"
#include "runtime/spec_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static json *state_of(const struct spec *spec, const struct seccomp_process *who)
{
	json *state = json_new_object();

	json_set_string(state, "ociVersion", SPEC_JSON_VERSION);
	json_set_string(state, "id", who->id ? who->id : "");
	json_set_string(state, "status", who->status);
	json_set_int(state, "pid", who->init_pid);
	json_set_string(state, "bundle", who->bundle ? who->bundle : "");
	if (spec->annotation_count)
		json_set(state, "annotations",
			 pair_to_json(spec->annotations, spec->annotation_count));
	return state;
}

static json *process_state(const struct spec *spec, const struct seccomp_process *who,
			   const char *metadata)
{
	json *state = json_new_object();
	json *names = json_new_array();

	json_add_string(names, "seccompFd");
	json_set_string(state, "ociVersion", SPEC_JSON_VERSION);
	json_set(state, "fds", names);
	json_set_int(state, "pid", who->pid);
	json_set_string(state, "metadata", metadata);
	json_set(state, "state", state_of(spec, who));
	return state;
}

/* A path may be longer than an address has room for. */
static int connect_to(const char *path, struct error *err)
{
	auto_close int place = open(path, O_PATH | O_CLOEXEC);
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", place);
	if (place < 0 || fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return error_errno(err, "cannot connect to the seccomp listener '%s'", path);
	return take_fd(&fd);
}

/* The descriptor comes with the first part. */
static int send_all(int fd, const struct strbuf *text, int passed_fd, struct error *err)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
				.cmsg_len = CMSG_LEN(sizeof(int))}};
	struct msghdr message = {.msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};

	memcpy(CMSG_DATA(&control.header), &passed_fd, sizeof(int));
	for (size_t sent = 0; sent < text->length;) {
		struct iovec part = {text->text + sent, text->length - sent};
		ssize_t n;

		message.msg_iov = &part;
		message.msg_iovlen = 1;
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot talk to the seccomp listener");
		sent += (size_t)n;
		message.msg_control = NULL;
		message.msg_controllen = 0;
	}
	return 0;
}

int seccomp_listener_send(const struct spec *spec, const struct seccomp_process *who,
			  int listener_fd, struct error *err)
{
	auto_json json *profile =
		json_parse(spec->seccomp, strlen(spec->seccomp), "seccomp profile", err);
	auto_json json *state = NULL;
	auto_strbuf struct strbuf text = {0};
	auto_close int fd = -1;
	const char *path;

	if (!profile)
		return -1;
	path = json_string(profile, "listenerPath", "");
	state = process_state(spec, who, json_string(profile, "listenerMetadata", NULL));
	json_print(&text, state, false);
	fd = connect_to(path, err);
	return fd < 0 ? -1 : send_all(fd, &text, listener_fd, err);
}
