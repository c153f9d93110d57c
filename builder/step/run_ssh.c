/* SPDX-License-Identifier: Apache-2.0 */
/* --mount=type=ssh: a socket that belongs to the step's user, and behind it whoever's agent it is.
 * The agent sees this process as its client. */
#include "builder/step/run_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_CONNECTIONS 64

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static bool set_path(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	return strlen(path) < sizeof(address->sun_path);
}

/* A path of any length, by its directory. */
static int connect_to(const char *path)
{
	auto_close int fd = open_socket(), there = open(path, O_PATH | O_CLOEXEC);
	struct sockaddr_un address;
	char short_path[40];

	snprintf(short_path, sizeof(short_path), "/proc/self/fd/%d", there);
	if (fd < 0 || there < 0 || !set_path(&address, short_path) ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return take_fd(&fd);
}

static void accept_client(struct loop_source *source, uint32_t events)
{
	struct run_agent *agent = source->data;
	auto_close int client = loop_accept(source);
	auto_close int target = -1;

	(void)events;
	if (client < 0 || agent->relay.count >= MOST_CONNECTIONS)
		return;
	target = connect_to(agent->path);
	if (target >= 0)
		socket_relay_add(&agent->relay, take_fd(&client), take_fd(&target));
}

/* In the step's directory, which is looked up by its descriptor. */
static int listen_at(struct step_run *run, const char *name, const struct dockerfile_mount *mount,
		     struct error *err)
{
	auto_close int fd = open_socket();
	struct sockaddr_un address;
	char path[60];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", run->directory_fd, name);
	if (fd < 0 || !set_path(&address, path) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    fchownat(run->directory_fd, name, mount->uid, mount->gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(run->directory_fd, name, mount->has_mode ? mount->mode & 0777 : 0600, 0) < 0 ||
	    listen(fd, MOST_CONNECTIONS) < 0)
		return error_errno(err, "cannot make a socket for the agent");
	return take_fd(&fd);
}

static int serve(struct step_run *run, struct run_agent *agent, const char *name,
		 const struct dockerfile_mount *mount, struct error *err)
{
	int fd = listen_at(run, name, mount, err);

	if (fd < 0)
		return -1;
	agent->relay.loop = &run->loop;
	agent->source = (struct loop_source){.handler = accept_client, .data = agent, .fd = fd};
	return loop_add(&run->loop, &agent->source, fd, EPOLLIN, err);
}

static int bind_socket(struct step_run *run, const char *target, const char *name,
		       struct error *err)
{
	struct spec_mount *mount = run_mount_add_bind(run, target, false);

	mount->source_is_file = true;
	mount->source_fd = openat(run->directory_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return mount->source_fd < 0 ? error_errno(err, "cannot open the agent's socket") : 0;
}

int run_ssh_add(struct step_run *run, const struct run_mount *wanted, struct error *err)
{
	const struct dockerfile_mount *mount = &wanted->mount;
	struct run_agent *agent = arena_alloc(&run->arena, sizeof(*agent));
	char name[24];
	const char *target = mount->target;

	snprintf(name, sizeof(name), "ssh_agent.%zu", run->agent_count++);
	if (!target)
		target = arena_format(&run->arena, "/run/buildkit/%s", name);
	/* Also where there is no agent: programs say that better than we could. */
	if (!strvec_getenv(run->env.items, "SSH_AUTH_SOCK"))
		strvec_addf(&run->env, "SSH_AUTH_SOCK=%s", target);
	if (!wanted->socket)
		return 0;
	agent->path = wanted->socket;
	agent->source.fd = -1;
	agent->next = run->agents;
	run->agents = agent;
	return serve(run, agent, name, mount, err) < 0 ? -1 : bind_socket(run, target, name, err);
}

void run_ssh_release(struct step_run *run)
{
	for (struct run_agent *agent = run->agents; agent; agent = agent->next) {
		socket_relay_close(&agent->relay);
		loop_remove(&agent->source);
		cleanup_close(&agent->source.fd);
	}
}
